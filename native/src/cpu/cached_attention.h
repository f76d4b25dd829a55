#pragma once
#include "../kernels.h"
#include "dispatch.h"

namespace trireme {

/// Attention of generation. The keys and values of a block are matrices in panels (panel_kernels.h), one for each key/value head, so that
/// the panel kernel computes both the scores and the weighted sum of values:
///
///   block, layer   (K, keys | values)
///   keys           (D, 32)            outputs are positions, what is summed over is the head's width
///   values         (D / 32, 32, 32)   the other way round                                      (D / 32 rounded up)
int64_t block_elements(const AttentionShape& shape);

struct AttendArguments {
  const AttentionShape& shape;
  const std::vector<Span>& spans;
  const float* qkv;
  LayerCache& cache;
  float* out;
};
void attend(const InstructionSet& set, const AttendArguments& a);

}  // namespace trireme
