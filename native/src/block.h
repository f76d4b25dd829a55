#pragma once
#include <array>

#include "buffer.h"
#include "kernels.h"
#include "parameters.h"
#include "trireme/core.h"

namespace trireme {

/// What the blocks of a micro-batch share: its shape, and the key of this step's dropout.
struct Pass {
  const Kernels& kernels;
  at::Device device;
  int64_t batch, length;  // B, T; N = B * T
  int64_t first_row;      // within the global batch
  int64_t seed, step;
  bool drops;             // dropout is on: training, not inference

  int64_t rows() const { return batch * length; }
  /// The dropout of a place (embedding 0, attention 1, after attention 2, after the MLP 3) in a layer.
  Dropout dropout(double probability, int64_t layer, int64_t place) const;
};

/// Buffers that backward needs only until the next operator: one set for all blocks of a stage.
struct Scratch {
  Buffer wide, narrow;  // (N, F) and (N, C)
};

/// What one block keeps of one micro-batch between forward and backward. Backward writes gradients over what is dead by
/// then, so that the weight gradients can be made later without a byte more:
///
///   forward            in   norm1   qkv   log_sum  mixed   middle   norm2   up   gelu   out
///   after backward    d_in   .     d_qkv     .       .    d_middle    .    d_up    .   d_out
class BlockActivations {
 public:
  void resize(const Pass& pass, int64_t hidden, int64_t intermediate, int64_t heads, bool residual_dropout);
  int64_t bytes() const;

  at::Tensor norm1, mean1, rstd1, qkv, log_sum, mixed, middle, norm2, mean2, rstd2, up, gelu, out;
  at::Tensor d_update1, d_update2;  // gradients before residual dropout; only where there is some

 private:
  std::array<Buffer, 15> buffers_;
};

/// A pre-norm transformer block (Radford et al. 2019, section 2.3):
///
///   in ── norm1 ── qkv ── attention ── proj ──(+)── middle ── norm2 ── fc ── gelu ── fc_proj ──(+)── out
///    └────────────────────────────────────────┘         └───────────────────────────────────────┘
class Block {
 public:
  Block(Parameters& parameters, const ModelConfig& model, int64_t layer);

  void forward(const Pass& pass, const at::Tensor& in, BlockActivations& a, Scratch& scratch) const;
  /// a.out holds d_out; in is overwritten with d_in. Norm gradients are made here, since they need what is overwritten.
  void backward_input(const Pass& pass, at::Tensor& in, BlockActivations& a, Scratch& scratch, bool accumulate);
  /// The linear layers' gradients; any time after backward_input, before the activations are used again.
  void backward_weight(const Pass& pass, BlockActivations& a, bool accumulate);

 private:
  const ModelConfig& model_;
  int64_t layer_;
  Parameter &norm1_weight_, &norm1_bias_, &qkv_weight_, &qkv_bias_, &proj_weight_, &proj_bias_;
  Parameter &norm2_weight_, &norm2_bias_, &fc_weight_, &fc_bias_, &out_weight_, &out_bias_;

  AttentionShape attention_shape(const Pass& pass) const;
  /// The gradient of what a residual connection added: d itself, or d through its dropout.
  const at::Tensor& through_dropout(const Pass& pass, const at::Tensor& d, int64_t place, at::Tensor& kept) const;
};

}  // namespace trireme
