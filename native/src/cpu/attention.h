#pragma once
#include "../kernels.h"
#include "vector_kernels.h"

namespace trireme {

/// Causal attention of training, with one task for each row and key/value head. A block of queries computes its scores with all keys up to
/// the block's end at once, so that softmax needs no rescaling; the scores of a block stay in the cache.
///
///        keys 0 ........ end
///   q0   . . . . . . x - -      . and x: computed; -: computed by the GEMM, then zero
///   q1   . . . . . . x x -
///   q2   . . . . . . x x x
struct AttentionForward {
  const float* qkv;
  float *out, *log_sum_exp;
};
void attention_forward(const VectorKernels&, const AttentionShape&, const Dropout&, const AttentionForward&);

struct AttentionBackward {
  const float *d_out, *out, *log_sum_exp;
  float* qkv;
};
void attention_backward(const VectorKernels&, const AttentionShape&, const Dropout&, const AttentionBackward&);

}  // namespace trireme
