#pragma once
#include <vector>

#include "buffer.h"
#include "kernels.h"

namespace trireme {

/// New tokens for some of the sequences of a cache.
struct NewTokens {
  int64_t sequences;
  const int32_t *slots, *counts, *ids;  // ids of the first sequence, then of the second, ...

  int64_t total() const;
};

/// A key/value cache of a stage: keys and values of each attention sublayer, and the output of the last pass.
struct Sequences {
  Sequences(const AttentionShape& shape, int64_t layers, int64_t slots, int64_t capacity, const GenerationKernels& kernels,
            const at::Device& device);

  /// The positions of new tokens in the cache, with physical slots. Throws, without changing anything, for an unknown or repeated slot or
  /// when a slot is full.
  std::vector<Span> spans_of(const NewTokens& tokens) const;
  /// Makes slot i a copy of slot parents[i] as it was before.
  void reorder(const int32_t* parents, const AttentionShape& shape, const GenerationKernels& kernels);
  void check_slot(int64_t slot) const;
  int64_t bytes() const;

  int64_t capacity;
  std::vector<int64_t> lengths;  // positions of each slot so far
  std::vector<LayerCache> layers;
  int64_t last = 0;  // tokens of the last pass
  Buffer hidden_buffer, ids_buffer, position_ids_buffer, chosen_buffer;
  at::Tensor hidden, ids, position_ids;  // (N, C), (N), (N) of the last pass
  at::Tensor chosen;  // (M) int64: the tokens whose logits were asked for

 private:
  std::vector<int64_t> physical_slots_;  // index of each slot's keys and values in the layers' caches
};

}  // namespace trireme
