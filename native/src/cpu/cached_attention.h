#pragma once
#include "../kernels.h"
#include "dispatch.h"

namespace trireme {

/// Attention of generation. Keys and values are matrices in panels (panel_kernels.h), one for each slot and key/value head, so that the
/// panel kernel computes both the scores and the weighted sum of values:
///
///   keys    (slots, K, capacity / 32, D, 32)   outputs are positions, what is summed over is the head's width
///   values  (slots, K, D / 32, capacity, 32)   the other way round                     (both / rounded up)
LayerCache cache_zeros(const AttentionShape& shape, int64_t slots, int64_t capacity, const at::Device& device);
/// Bytes of one slot.
int64_t cache_bytes(const AttentionShape& shape, int64_t capacity);

struct AttendArguments {
  const AttentionShape& shape;
  const std::vector<Span>& spans;
  const float* qkv;
  LayerCache& cache;
  float* out;
};
void attend(const InstructionSet& set, const AttendArguments& a);

/// Copies whole panels, so positions of `to` after `length` in the last panel are overwritten too.
void copy_slot(const AttentionShape& shape, int64_t from, int64_t to, int64_t length, LayerCache& cache);

}  // namespace trireme
