#include "head.h"

namespace trireme {

void HeadActivations::resize(const at::Device& device, int64_t count, const ModelConfig& model) {
  if (picked.defined() && picked.size(0) == count) return;
  picked = picked_buffer.matrix(count, model.hidden, device);
  norm = norm_buffer.matrix(count, model.hidden, device);
  mean = mean_buffer.vector(count, device);
  rstd = rstd_buffer.vector(count, device);
  logits = logits_buffer.matrix(count, model.vocabulary, device);
}

int64_t HeadActivations::bytes() const {
  int64_t total = 0;
  for (auto* b : {&picked_buffer, &norm_buffer, &mean_buffer, &rstd_buffer, &logits_buffer}) total += b->bytes();
  return total;
}

Head::Head(Parameters& p, const ModelConfig& m) : model_(m), norm_(p, m, m.names.final_norm, m.hidden) {
  if (!m.tied) projection_ = &p.matrix({{m.names.head + ".weight", m.vocabulary}}, m.hidden, {m.initializer_range});
  p.end_unit();
}

void Head::forward(const Pass& pass, const at::Tensor& x, const Labels& labels, double divisor, bool gradient, HeadActivations& a,
                   at::Tensor& loss) const {
  if (labels.count() == 0) {
    loss.zero_();
    return;
  }
  logits(pass, x, labels.rows, a);
  pass.kernels.cross_entropy(a.logits, labels.targets, labels.weights, divisor, gradient, loss);
}

void Head::backward_input(const Pass& pass, at::Tensor& x, const Labels& labels, const at::Tensor& loss, HeadActivations& a,
                          Scratch& scratch, bool accumulate) {
  auto count = labels.count();
  if (count == 0) {
    x.zero_();
    if (!accumulate) norm_.zero_gradients();
    return;
  }
  auto d_norm = scratch.narrow.matrix(count, model_.hidden, pass.device);
  auto nothing = scratch.wide.matrix(count, model_.hidden, pass.device).zero_();  // the stream ends here: no residual
  pass.kernels.linear_backward_input(a.logits, projection_->value, d_norm, false);
  if (!norm_.trained()) pass.kernels.spoil(loss, d_norm);  // and so all gradients before it
  norm_.backward(pass, d_norm, a.picked, a.mean, a.rstd, nothing, a.picked, accumulate);
  if (norm_.trained()) norm_.spoil(pass, loss);
  x.zero_();
  x.index_copy_(0, labels.rows, a.picked);
}

void Head::backward_weight(const Pass& pass, const Labels& labels, HeadActivations& a, bool accumulate) {
  if (!projection_->trained) return;
  if (labels.count() > 0) {
    pass.kernels.linear_backward_weight(a.logits, a.norm, projection_->gradient, accumulate);
  } else if (!accumulate) {
    projection_->gradient.zero_();
  }
}

const at::Tensor& Head::normed(const Pass& pass, const at::Tensor& x, const at::Tensor& rows, HeadActivations& a) const {
  a.resize(pass.device, rows.numel(), model_);
  pass.kernels.select_rows(x, rows, a.picked);
  norm_.forward(pass, a.picked, a.norm, a.mean, a.rstd);
  return a.norm;
}

const at::Tensor& Head::logits(const Pass& pass, const at::Tensor& x, const at::Tensor& rows, HeadActivations& a) const {
  normed(pass, x, rows, a);
  if (pass.generates()) {
    pass.kernels.linear(a.norm, projection_->packed, a.logits, false);
  } else {
    pass.kernels.linear(a.norm, projection_->value, a.logits, false);
  }
  return a.logits;
}

}  // namespace trireme
