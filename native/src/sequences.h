#pragma once
#include <vector>

#include "buffer.h"
#include "kernels.h"

namespace trireme {

/// New tokens for some of the sequences of a cache.
struct NewTokens {
  int64_t sequences;
  const int32_t *rows, *counts, *ids;  // ids of the first sequence, then of the second, ...

  int64_t total() const;
};

/// Sequences that are being generated: keys and values of each attention of a stage, and what the last pass left.
struct Sequences {
  Sequences(const AttentionShape& shape, int64_t layers, int64_t rows, int64_t capacity, const GenerationKernels& kernels,
            const at::Device& device);

  /// Where new tokens go, with `row` the slot in the layers' caches. Throws, changing nothing, when they name an unknown row, a row twice, or have no room.
  std::vector<Span> spans_of(const NewTokens& tokens) const;
  /// Row i becomes what row parents[i] was.
  void reorder(const int32_t* parents, const AttentionShape& shape, const GenerationKernels& kernels);
  void check_row(int64_t row) const;
  int64_t bytes() const;

  int64_t capacity;
  std::vector<int64_t> lengths;  // positions of each row so far
  std::vector<LayerCache> layers;
  int64_t last = 0;  // tokens of the last pass
  Buffer hidden_buffer, ids_buffer, places_buffer, chosen_buffer;
  at::Tensor hidden, ids, places;  // (N, C), (N), (N) of the last pass
  at::Tensor chosen;  // (M) int64: the tokens whose logits were asked for

 private:
  std::vector<int64_t> slots_;  // where each row's keys and values are in the layers' caches
};

}  // namespace trireme
