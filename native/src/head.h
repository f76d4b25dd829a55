#pragma once
#include "sublayer.h"

namespace trireme {

/// The M positions of a micro-batch whose label has a weight, in order. Only they reach the head.
struct Labels {
  at::Tensor rows;              // (M) int64: the positions' rows in the residual stream
  at::Tensor targets, weights;  // (M) int32 and float32

  int64_t count() const { return rows.numel(); }
};

/// Activations of the head for M positions. The logits (M, V) are overwritten with their gradient.
struct HeadActivations {
  at::Tensor picked, norm, mean, rstd, logits;
  Buffer picked_buffer, norm_buffer, mean_buffer, rstd_buffer, logits_buffer;

  void resize(const at::Device& device, int64_t count, const ModelConfig& model);
  int64_t bytes() const;
};

/// Final norm, projection onto the vocabulary and weighted cross-entropy:
///   loss = sum(token loss * weight) / divisor, logits = norm(x) W^T
class Head {
 public:
  Head(Parameters& parameters, const ModelConfig& model);
  /// Ties the head: uses the token embedding as W (Press and Wolf 2017). The head's part of its gradient is computed first.
  void tie(Parameter& tokens) { projection_ = &tokens; }

  /// @param loss () becomes the weighted sum of token losses, in nats
  void forward(const Pass& pass, const at::Tensor& x, const Labels& labels, double divisor, bool gradient, HeadActivations& a,
               at::Tensor& loss) const;
  /// x (N, C) is overwritten with its gradient.
  /// @param loss of forward; where it is not finite, neither are the gradients
  void backward_input(const Pass& pass, at::Tensor& x, const Labels& labels, const at::Tensor& loss, HeadActivations& a, Scratch& scratch,
                      bool accumulate);
  void backward_weight(const Pass& pass, const Labels& labels, HeadActivations& a, bool accumulate);
  /// Chosen rows (M) int64 of x after the final norm: (M, C), on the device.
  const at::Tensor& normed(const Pass& pass, const at::Tensor& x, const at::Tensor& rows, HeadActivations& a) const;
  /// Their logits (M, V), on the device.
  const at::Tensor& logits(const Pass& pass, const at::Tensor& x, const at::Tensor& rows, HeadActivations& a) const;

 private:
  const ModelConfig& model_;
  Norm norm_;
  Parameter* projection_ = nullptr;
};

}  // namespace trireme
