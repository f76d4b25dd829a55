#include "linear.h"

namespace trireme {
namespace {

std::vector<Parameters::Rows> named(std::vector<Parameters::Rows> pieces, const char* ending) {
  for (auto& piece : pieces) piece.name += ending;
  return pieces;
}

int64_t sum(const std::vector<Parameters::Rows>& pieces) {
  int64_t total = 0;
  for (const auto& piece : pieces) total += piece.count;
  return total;
}

}  // namespace

Linear::Linear(Parameters& p, const std::vector<Parameters::Rows>& pieces, int64_t inputs, const Options& o)
    : has_bias_(o.bias),
      weight_(p.matrix(named(pieces, ".weight"), inputs, {o.deviation, o.transposed})),
      bias_(o.bias ? p.vector(named(pieces, ".bias"), 0) : p.zeros(sum(pieces))) {}

void Linear::forward(const Pass& pass, const at::Tensor& x, at::Tensor& y) const {
  pass.generates() ? pass.kernels.linear(x, weight_.packed, y) : pass.kernels.linear(x, weight_.value, y);
}

void Linear::add_bias(const Pass& pass, at::Tensor& y) const {
  if (has_bias_) pass.kernels.add_bias(y, bias_.value);
}

void Linear::backward_input(const Pass& pass, const at::Tensor& dy, at::Tensor& dx) const {
  pass.kernels.linear_backward_input(dy, weight_.value, dx);
}

void Linear::backward_weight(const Pass& pass, const at::Tensor& dy, const at::Tensor& x, bool accumulate) {
  pass.kernels.linear_backward_weight(dy, x, weight_.gradient, accumulate);
  if (has_bias_) pass.kernels.bias_backward(dy, bias_.gradient, accumulate);
}

Norm::Norm(Parameters& p, const ModelConfig& m, const std::string& name)
    : epsilon_(m.norm_epsilon),
      weight_(p.vector({{name + ".weight", m.hidden}}, 1)),
      bias_(m.family == Family::gpt2 ? &p.vector({{name + ".bias", m.hidden}}, 0) : nullptr) {}

void Norm::forward(const Pass& pass, const at::Tensor& x, at::Tensor& out, at::Tensor& mean, at::Tensor& rstd) const {
  if (bias_) {
    pass.kernels.norm(x, weight_.value, bias_->value, epsilon_, out, mean, rstd);
  } else {
    pass.kernels.rms_norm(x, weight_.value, epsilon_, out, rstd);
  }
}

void Norm::backward(const Pass& pass, const at::Tensor& dy, const at::Tensor& x, const at::Tensor& mean, const at::Tensor& rstd,
                    const at::Tensor& residual, at::Tensor& dx, bool accumulate) {
  if (bias_) {
    pass.kernels.norm_backward(dy, x, weight_.value, mean, rstd, residual, dx, weight_.gradient, bias_->gradient, accumulate);
  } else {
    pass.kernels.rms_norm_backward(dy, x, weight_.value, rstd, residual, dx, weight_.gradient, accumulate);
  }
}

void Norm::zero_gradients() {
  weight_.gradient.zero_();
  if (bias_) bias_->gradient.zero_();
}

}  // namespace trireme
