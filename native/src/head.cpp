#include "head.h"

namespace trireme {

void HeadActivations::resize(const Pass& pass, int64_t count, const ModelConfig& model) {
  rows = rows_buffer.vector(count, pass.device, at::kLong);
  targets = targets_buffer.vector(count, pass.device, at::kInt);
  weights = weights_buffer.vector(count, pass.device);
  picked = picked_buffer.matrix(count, model.hidden, pass.device);
  norm = norm_buffer.matrix(count, model.hidden, pass.device);
  mean = mean_buffer.vector(count, pass.device);
  rstd = rstd_buffer.vector(count, pass.device);
}

int64_t HeadActivations::bytes() const {
  int64_t total = 0;
  for (auto* b : {&rows_buffer, &targets_buffer, &weights_buffer, &picked_buffer, &norm_buffer, &mean_buffer, &rstd_buffer, &logits_buffer})
    total += b->bytes();
  return total;
}

Head::Head(Parameters& p, const ModelConfig& m)
    : model_(m), norm_weight_(p.add("ln_f.weight", {m.hidden}, 1, 0)), norm_bias_(p.add("ln_f.bias", {m.hidden}, 0, 0)) {
  p.end_unit();
}

void Head::forward(const Pass& pass, const at::Tensor& x, double divisor, bool gradient, HeadActivations& a) const {
  a.loss = 0;
  if (a.rows.numel() == 0) return;
  logits(pass, x, a);
  a.loss = pass.kernels.cross_entropy(a.logits, a.targets, a.weights, divisor, gradient);
}

void Head::backward_input(const Pass& pass, at::Tensor& x, HeadActivations& a, Scratch& scratch, bool accumulate) {
  const auto& k = pass.kernels;
  auto count = a.rows.numel();
  if (count == 0) {
    x.zero_();
    if (!accumulate) norm_weight_.gradient.zero_(), norm_bias_.gradient.zero_();
    return;
  }
  auto d_norm = scratch.narrow.matrix(count, model_.hidden, pass.device);
  auto nothing = scratch.wide.matrix(count, model_.hidden, pass.device).zero_();  // the stream ends here: no residual
  k.linear_backward_input(a.logits, tokens_->value, d_norm);
  k.norm_backward(d_norm, a.picked, norm_weight_.value, a.mean, a.rstd, nothing, a.picked, norm_weight_.gradient,
                  norm_bias_.gradient, accumulate);
  x.zero_();
  x.index_copy_(0, a.rows, a.picked);
}

void Head::backward_weight(const Pass& pass, HeadActivations& a, bool accumulate) {
  if (a.rows.numel() > 0) {
    pass.kernels.linear_backward_weight(a.logits, a.norm, tokens_->gradient, accumulate);
  } else if (!accumulate) {
    tokens_->gradient.zero_();
  }
}

const at::Tensor& Head::logits(const Pass& pass, const at::Tensor& x, HeadActivations& a) const {
  a.logits = a.logits_buffer.matrix(a.rows.numel(), model_.vocabulary, pass.device);
  at::index_select_out(a.picked, x, 0, a.rows);
  pass.kernels.norm(a.picked, norm_weight_.value, norm_bias_.value, model_.norm_epsilon, a.norm, a.mean, a.rstd);
  pass.kernels.linear(a.norm, tokens_->value, a.logits);
  return a.logits;
}

}  // namespace trireme
