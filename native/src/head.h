#pragma once
#include "block.h"

namespace trireme {

/// What the head keeps of one micro-batch. Only positions whose label has a weight reach the head: M of them, in order.
/// One copy of the logits (M, V) exists; it becomes their gradient in place.
struct HeadActivations {
  at::Tensor rows;              // (M) int64: the positions' rows in the residual stream
  at::Tensor targets, weights;  // (M) int32 and float32
  at::Tensor picked, norm, mean, rstd, logits;
  double loss = 0;  // nats, summed with the weights
  Buffer rows_buffer, targets_buffer, weights_buffer, picked_buffer, norm_buffer, mean_buffer, rstd_buffer, logits_buffer;

  void resize(const Pass& pass, int64_t count, const ModelConfig& model);
  int64_t bytes() const;
};

/// Final norm, projection onto the vocabulary and weighted cross-entropy:
///   loss = sum(token loss * weight) / divisor, logits = norm(x) tokens^T
class Head {
 public:
  /// @param tokens the embedding that the projection shares (Press and Wolf 2017); its gradient starts here
  Head(Parameters& parameters, const ModelConfig& model);
  void tie(Parameter& tokens) { tokens_ = &tokens; }

  void forward(const Pass& pass, const at::Tensor& x, double divisor, bool gradient, HeadActivations& a) const;
  /// x (N, C) is overwritten with its gradient.
  void backward_input(const Pass& pass, at::Tensor& x, HeadActivations& a, Scratch& scratch, bool accumulate);
  void backward_weight(const Pass& pass, HeadActivations& a, bool accumulate);
  /// Logits of the rows that `a` names, on the device.
  const at::Tensor& logits(const Pass& pass, const at::Tensor& x, HeadActivations& a) const;

 private:
  const ModelConfig& model_;
  Parameter &norm_weight_, &norm_bias_;
  Parameter* tokens_ = nullptr;
};

}  // namespace trireme
