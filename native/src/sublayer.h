#pragma once
#include <array>

#include "buffer.h"
#include "linear.h"

namespace trireme {

/// Activations of a sublayer for one micro-batch. Backward is in place: gradients overwrite dead activation buffers, so that deferred
/// weight gradients need no extra memory:
///
///   forward            in   norm    projected    inner    out
///   after backward    d_in   .     d_projected     .     d_out
///
/// projected is q, k and v of all heads, or (N, F) before GELU, or gate and up (N, 2 F) before SwiGLU; inner is (N, H D) mixed
/// values, or (N, F) after the activation.
class SublayerActivations {
 public:
  struct Widths {
    int64_t hidden, projected, inner;
  };
  /// @param drops whether the residual does
  void resize(const Pass& pass, const Widths& widths, bool drops);
  int64_t bytes() const;

  at::Tensor norm, mean, rstd, projected, inner, out;
  at::Tensor log_sum_exp;   // (B, H, T or more) of attention
  at::Tensor d_update;  // (N, C): the gradient before residual dropout; only where there is some
  at::Tensor head_inputs, head_mean, head_rstd;  // of all query heads, then all key heads, where they are normalised
  Buffer log_sum_exp_buffer, head_inputs_buffer, head_mean_buffer, head_rstd_buffer;
  LowRankActivations in_update, out_update;  // of the two linear layers, where they have low-rank updates

 private:
  std::array<Buffer, 7> buffers_;
  std::array<int64_t, 3> shape_{};  // B, T and drops, of the tensors as they are
};

/// Dropout sites within a layer, part of the dropout key; the embedding's site is 0. The last four are before low-rank updates.
enum DropoutSite : int64_t { kAttention = 1, kAfterAttention = 2, kAfterMlp = 3, kAttentionIn, kAttentionOut, kMlpIn, kMlpOut };

/// One of the two halves of a pre-norm transformer layer, attention and MLP (Vaswani et al. 2017, section 3.1; Radford et al. 2019, section
/// 2.3; Touvron et al. 2023, section 2.2). Both have the same form, and a model may be split between any two:
///
///   in ── norm ── in_projection ── transform ── out_projection ──(+)── out
///    └────────────────────────────────────────────────────────────┘
class Sublayer {
 public:
  virtual ~Sublayer() = default;
  /// Whether it is attention, which has a key/value cache in generation.
  virtual bool attends() const = 0;

  /// @param in (N, C)
  /// @param cache keys and values in generation, where it attends; null in training
  void forward(const Pass& pass, const at::Tensor& in, SublayerActivations& a, Scratch& scratch, LayerCache* cache) const;
  /// Gradient of the input: a.out holds d_out; in is overwritten with d_in. Computes the norm's gradients too, since they need overwritten
  /// values.
  void backward_input(const Pass& pass, at::Tensor& in, SublayerActivations& a, Scratch& scratch, bool accumulate);
  /// Weight gradients of the linear layers. May run any time after backward_input, until the activations are reused.
  void backward_weight(const Pass& pass, SublayerActivations& a, Scratch& scratch, bool accumulate);

  /// Declares its part of an adapter of generation in the adapter's parameters.
  void add_adapter(int64_t number, Parameters& parameters, const LoraConfig& config);
  void drop_adapter(int64_t number);

 protected:
  /// Names of the parts in Hugging Face's files, and their sizes.
  struct Parts {
    std::string norm;
    std::vector<Outputs> in_projection;  // without ".weight" and ".bias", as are all names
    Outputs out_projection;
    int64_t inner;  // columns of what out_projection multiplies
    DropoutSite dropout_site;  // of the dropout before the residual
    DropoutSite in_site, out_site;  // of those before low-rank updates
  };
  Sublayer(Parameters& parameters, const ModelConfig& model, int64_t layer, const Parts& parts);

  /// From projected, still without its bias, to inner.
  virtual void transform(const Pass& pass, SublayerActivations& a, Scratch& scratch, LayerCache* cache) const = 0;
  /// From d_inner (in scratch.wide), which is overwritten, to d_projected, which overwrites projected.
  virtual void transform_backward(const Pass& pass, at::Tensor& d_inner, SublayerActivations& a, Scratch& scratch, bool accumulate) = 0;

  const ModelConfig& model() const { return model_; }
  int64_t layer() const { return layer_; }
  static std::string name_of(const ModelConfig& model, int64_t layer, const std::string& part) {
    return model.names.layer + std::to_string(layer) + "." + part;
  }
  const Linear& in_projection() const { return in_projection_; }

 private:
  const ModelConfig& model_;
  int64_t layer_;
  DropoutSite dropout_site_;
  SublayerActivations::Widths widths_;
  Norm norm_;
  Linear in_projection_, out_projection_;

  bool drops(const Pass& pass) const { return pass.drops && model_.residual_dropout > 0; }
  Dropout dropout(const Pass& pass) const { return pass.dropout(model_.residual_dropout, layer_, dropout_site_); }
};

}  // namespace trireme
