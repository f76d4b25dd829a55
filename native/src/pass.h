#pragma once
#include "kernels.h"

namespace trireme {

/// Context of one pass of tokens through a stage: in training a micro-batch of B rows of T positions, in generation the new tokens of some
/// sequences.
struct Pass {
  const Kernels& kernels;
  at::Device device;
  int64_t batch, length;  // B, T; N = B * T. In generation B = 1
  at::Tensor position_ids;      // int32 (N): the position of each token; undefined without rotary embeddings in training
  at::Tensor begins;      // of documents as `Rows` has them, in training; may be undefined
  at::Tensor rotary;      // (P, D) as LayerKernels::rotate takes it; undefined where positions are learned

  int64_t first_row = 0;  // within the global batch
  int64_t seed = 0, step = 0;
  bool drops = false;     // dropout is on: training

  const Spans* spans = nullptr;  // generation: whose tokens they are

  int64_t rows() const { return batch * length; }
  Rows shape() const { return {length, begins}; }
  bool generates() const { return spans != nullptr; }
  /// Dropout at a site of a layer: see DropoutSite.
  Dropout dropout(double probability, int64_t layer, int64_t site) const;
};

}  // namespace trireme
