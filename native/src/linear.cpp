#include "linear.h"

#include <algorithm>

namespace trireme {
namespace {

/// Neighbours of one name made one.
std::vector<Outputs> joined(const std::vector<Outputs>& pieces) {
  std::vector<Outputs> all;
  for (const auto& piece : pieces) {
    if (!all.empty() && all.back().name == piece.name) {
      all.back().count += piece.count;
    } else {
      all.push_back(piece);
    }
  }
  return all;
}

std::vector<Parameters::NamedRows> weights(const std::vector<Outputs>& pieces) {
  std::vector<Parameters::NamedRows> rows;
  for (const auto& piece : joined(pieces)) rows.push_back({piece.name + ".weight", piece.count});
  return rows;
}

std::vector<Parameters::NamedRows> biases(const std::vector<Outputs>& pieces) {
  std::vector<Parameters::NamedRows> rows;
  for (const auto& piece : joined(pieces)) rows.push_back({piece.bias ? piece.name + ".bias" : "", piece.count});
  return rows;
}

bool any_bias(const std::vector<Outputs>& pieces) {
  return std::any_of(pieces.begin(), pieces.end(), [](const auto& piece) { return piece.bias; });
}

int64_t sum(const std::vector<Outputs>& pieces) {
  int64_t total = 0;
  for (const auto& piece : pieces) total += piece.count;
  return total;
}

}  // namespace

Linear::Linear(Parameters& p, const std::vector<Outputs>& pieces, const LowRank::Place& place, const Options& o)
    : pieces_(pieces),
      place_(place),
      has_bias_(any_bias(pieces)),
      weight_(p.matrix(weights(pieces), place.inputs, {o.deviation, o.transposed})),
      bias_(has_bias_ ? p.vector(biases(pieces), 0) : p.zeros(sum(pieces))) {
  int64_t first = 0;
  for (const auto& piece : pieces) {
    if (has_bias_ && !piece.bias) unbiased_.emplace_back(first, piece.count);
    first += piece.count;
  }
  if (!LowRank::targets(pieces, o.lora)) return;
  p.train(true);
  update_.emplace(p, pieces, place, o.lora);
  p.train(false);
}

void Linear::add_adapter(int64_t number, Parameters& parameters, const LoraConfig& config) {
  if (LowRank::targets(pieces_, config)) adapters_.try_emplace(number, parameters, pieces_, place_, config);
}

void Linear::forward(const Pass& pass, const at::Tensor& x, at::Tensor& y, LowRankActivations& a, Scratch& scratch) const {
  if (!pass.generates()) {
    pass.kernels.linear(x, weight_.value, y, false);
    if (update_) update_->forward(pass, x, y, a, scratch);
    return;
  }
  pass.kernels.linear(x, weight_.packed, y, false);
  if (update_) update_->generate(pass, x, y, scratch);
  if (adapters_.empty()) return;
  const auto& spans = pass.spans->all;
  for (std::size_t i = 0; i < spans.size();) {  // neighbours with the same adapter go together
    int64_t begin = spans[i].begin, count = 0, adapter = spans[i].adapter;
    for (; i < spans.size() && spans[i].adapter == adapter; ++i) count += spans[i].count;
    auto found = adapters_.find(adapter);
    if (found == adapters_.end()) continue;
    auto rows = y.narrow(0, begin, count);
    found->second.generate(pass, x.narrow(0, begin, count), rows, scratch);
  }
}

void Linear::add_bias(const Pass& pass, at::Tensor& y) const {
  if (has_bias_) pass.kernels.add_bias(y, bias_.value);
}

void Linear::backward_input(const Pass& pass, const at::Tensor& dy, at::Tensor& dx, LowRankActivations& a, Scratch& scratch) const {
  pass.kernels.linear_backward_input(dy, weight_.value, dx, false);
  if (update_) update_->backward_input(pass, dy, dx, a, scratch);
}

void Linear::backward_weight(const Pass& pass, const at::Tensor& dy, const at::Tensor& x, LowRankActivations& a, Scratch& scratch,
                             bool accumulate) {
  if (update_) update_->backward_weight(pass, dy, x, a, scratch, accumulate);
  if (!weight_.trained) return;
  pass.kernels.linear_backward_weight(dy, x, weight_.gradient, accumulate);
  if (has_bias_) pass.kernels.bias_backward(dy, bias_.gradient, accumulate);
  for (auto [first, count] : unbiased_) bias_.gradient.narrow(0, first, count).zero_();
}

Norm::Norm(Parameters& p, const ModelConfig& m, const std::string& name, int64_t width)
    : epsilon_(m.norm_epsilon),
      weight_(p.vector({{name + ".weight", width}}, 1)),
      bias_(m.norm == NormKind::layer ? &p.vector({{name + ".bias", width}}, 0) : nullptr) {}

void Norm::forward(const Pass& pass, const at::Tensor& x, at::Tensor& out, at::Tensor& mean, at::Tensor& rstd) const {
  if (bias_) {
    pass.kernels.norm(x, weight_.value, bias_->value, epsilon_, out, mean, rstd);
  } else {
    pass.kernels.rms_norm(x, weight_.value, epsilon_, out, rstd);
  }
}

void Norm::backward(const Pass& pass, const at::Tensor& dy, const at::Tensor& x, const at::Tensor& mean, const at::Tensor& rstd,
                    const at::Tensor& residual, at::Tensor& dx, bool accumulate) {
  if (bias_) {  // gradients of a frozen norm are undefined
    pass.kernels.norm_backward(dy, x, weight_.value, mean, rstd, residual, dx, weight_.gradient, bias_->gradient, accumulate);
  } else {
    pass.kernels.rms_norm_backward(dy, x, weight_.value, rstd, residual, dx, weight_.gradient, accumulate);
  }
}

void Norm::spoil(const Pass& pass, const at::Tensor& loss) {
  pass.kernels.spoil(loss, weight_.gradient);
}

void Norm::zero_gradients() {
  if (!trained()) return;
  weight_.gradient.zero_();
  if (bias_) bias_->gradient.zero_();
}

}  // namespace trireme
