#pragma once
#include <map>
#include <vector>

#include "buffer.h"
#include "kernels.h"

namespace trireme {

/// New tokens for some sequences.
struct NewTokens {
  int64_t sequences;
  const int32_t *firsts, *counts;  // position of the first new token, and how many there are
  const int32_t* tables;           // the blocks of all positions up to the last new one: of the first sequence, then of the second, ...
  const int32_t* ids;              // likewise
  const int32_t* adapters;         // of each sequence, 0 for none

  int64_t total() const;
};

/// The newest pass of a number: passes of different numbers may be on their way through the stages at the same time.
struct GenerationPass {
  int64_t tokens = 0;
  Buffer hidden_buffer, inputs_buffer, chosen_buffer;
  at::Tensor hidden, position_ids;       // (N, C), (N) int32
  at::Tensor chosen;                     // (M) int64: the tokens whose logits were asked for

  int64_t bytes() const;
};

/// A key/value cache of a stage: a pool of blocks of kBlock positions, each with the keys and values of all layers. Which sequence has which
/// blocks is known to the caller only, who may let several have the same one.
///
///   data   (blocks, layers, elements)     a block is one piece of memory
class PagedCache {
 public:
  PagedCache(const AttentionShape& shape, int64_t layers, int64_t blocks, CacheType type, const GenerationKernels& kernels,
             const at::Device& device);

  /// Where new tokens go. Throws, without changing anything, for a block that is not in the pool or that two sequences write to.
  Spans spans_of(const NewTokens& tokens) const;
  /// Copies whole blocks, one after the other.
  void copy(int64_t count, const int32_t* from, const int32_t* to);
  int64_t bytes() const;

  std::vector<LayerCache> layers;
  std::map<int64_t, GenerationPass> passes;

 private:
  at::Tensor data_;

  int64_t blocks() const { return data_.size(0); }
  void check_block(int64_t block) const;
};

}  // namespace trireme
