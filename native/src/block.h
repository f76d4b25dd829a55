#pragma once
#include <array>

#include "buffer.h"
#include "linear.h"

namespace trireme {

/// Buffers that backward needs only until the next operator: one set for all blocks of a stage.
struct Scratch {
  Buffer wide, narrow;  // (N, F), and (N, C) or (N, H D)
};

/// What one block keeps of one micro-batch between forward and backward. Backward writes gradients over what is dead by
/// then, so that the weight gradients can be made later without a byte more:
///
///   forward            in   norm1   qkv   log_sum  mixed   middle   norm2   up   active   out
///   after backward    d_in   .     d_qkv     .       .    d_middle    .    d_up    .     d_out
///
/// up is (N, F) before GELU, or gate and up (N, 2 F) before SwiGLU.
class BlockActivations {
 public:
  void resize(const Pass& pass, const ModelConfig& model);
  int64_t bytes() const;

  at::Tensor norm1, mean1, rstd1, qkv, log_sum, mixed, middle, norm2, mean2, rstd2, up, active, out;
  at::Tensor d_update1, d_update2;  // gradients before residual dropout; only where there is some

 private:
  std::array<Buffer, 15> buffers_;
  std::array<int64_t, 3> shape_{};  // B, T and whether residuals drop, of the tensors as they are
};

/// A pre-norm transformer block (Radford et al. 2019, section 2.3; Touvron et al. 2023, section 2.2):
///
///   in ── norm1 ── qkv ── (rotate) ── attention ── proj ──(+)── middle ── norm2 ── up ── GELU or SwiGLU ── down ──(+)── out
///    └─────────────────────────────────────────────────────┘         └─────────────────────────────────────────────┘
class Block {
 public:
  Block(Parameters& parameters, const ModelConfig& model, int64_t layer);

  /// @param cache this layer's keys and values in generation; null in training
  void forward(const Pass& pass, const at::Tensor& in, BlockActivations& a, Scratch& scratch, LayerCache* cache) const;
  /// a.out holds d_out; in is overwritten with d_in. Norm gradients are made here, since they need what is overwritten.
  void backward_input(const Pass& pass, at::Tensor& in, BlockActivations& a, Scratch& scratch, bool accumulate);
  /// The linear layers' gradients; any time after backward_input, before the activations are used again.
  void backward_weight(const Pass& pass, BlockActivations& a, bool accumulate);

 private:
  struct Names;
  const ModelConfig& model_;
  int64_t layer_;
  Norm norm1_;
  Linear qkv_, proj_;
  Norm norm2_;
  Linear up_, down_;

  Block(Parameters& parameters, const ModelConfig& model, int64_t layer, const Names& names);
  void attend(const Pass& pass, BlockActivations& a, LayerCache* cache) const;
  /// The gradient of what a residual connection added: d itself, or d through its dropout.
  const at::Tensor& through_dropout(const Pass& pass, const at::Tensor& d, int64_t place, at::Tensor& kept) const;
};

/// Query, key and value heads of a pass.
AttentionShape attention_shape(const Pass& pass, const ModelConfig& model);

}  // namespace trireme
