#include "low_rank.h"

#include <algorithm>
#include <cmath>

namespace trireme {

bool Tuning::trains_layer(int64_t layer) const {
  return lora.rank == 0 &&
         std::none_of(frozen_.begin(), frozen_.end(), [&](const auto& run) { return run.first <= layer && layer < run.second; });
}

int64_t Tuning::first_trained(int64_t layers) const {
  if (lora.rank > 0) return lora.query || lora.key || lora.value || lora.attention_output ? 0 : 1;
  if (embeddings) return -1;
  int64_t layer = 0;
  while (layer < layers && !trains_layer(layer)) ++layer;
  return 2 * layer;
}

bool LowRank::targets(const std::vector<Outputs>& outputs, const LoraConfig& config) {
  return config.rank > 0 && std::any_of(outputs.begin(), outputs.end(), [&](const auto& piece) { return config.*piece.target; });
}

LowRank::LowRank(Parameters& p, const std::vector<Outputs>& outputs, const Place& place, const LoraConfig& config)
    : place_(place), config_(config) {
  std::vector<Outputs> adapted;
  int64_t first = 0;
  for (const auto& piece : outputs) {
    if (config.*piece.target && !adapted.empty() && adapted.back().name == piece.name) {
      adapted.back().count += piece.count;
      parts_.back().count += piece.count;
    } else if (config.*piece.target) {
      adapted.push_back(piece);
      parts_.push_back({first, piece.count, nullptr});
    }
    first += piece.count;
  }
  std::vector<Parameters::NamedRows> rows;
  for (const auto& piece : adapted) rows.push_back({piece.name + ".lora_A.weight", config.rank});
  Parameters::Kind kind{0, false, true};
  kind.update = true;
  kind.bound = 1 / std::sqrt(static_cast<double>(place.inputs));
  a_ = &p.matrix(rows, place.inputs, kind);
  kind.bound = 0;
  for (std::size_t i = 0; i < parts_.size(); ++i)
    parts_[i].b = &p.matrix({{adapted[i].name + ".lora_B.weight", parts_[i].count}}, config.rank, kind);
  if (config.dropout > 0) zeros_ = &p.zeros(place.inputs).value;
}

void LowRank::forward(const Pass& pass, const at::Tensor& x, at::Tensor& y, LowRankActivations& a, Scratch& scratch) const {
  a.inner = a.inner_buffer.matrix(pass.rows(), width(), pass.device);
  pass.kernels.linear(dropped(pass, x, scratch), a_->value, a.inner, false);
  pass.kernels.scale(a.inner, config_.scale);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    auto columns = y.narrow(1, parts_[i].first, parts_[i].count);
    pass.kernels.linear(of(a.inner, i), parts_[i].b->value, columns, true);
  }
}

void LowRank::generate(const Pass& pass, const at::Tensor& x, at::Tensor& y, Scratch& scratch) const {
  auto inner = scratch.low_rank.matrix(x.size(0), width(), pass.device);
  pass.kernels.linear(x, a_->packed, inner, false);
  pass.kernels.scale(inner, config_.scale);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    auto columns = y.narrow(1, parts_[i].first, parts_[i].count);
    pass.kernels.linear(of(inner, i), parts_[i].b->packed, columns, true);
  }
}

void LowRank::backward_input(const Pass& pass, const at::Tensor& dy, at::Tensor& dx, LowRankActivations& a, Scratch& scratch) const {
  a.d_inner = a.d_inner_buffer.matrix(pass.rows(), width(), pass.device);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    auto d_inner = of(a.d_inner, i);
    pass.kernels.linear_backward_input(dy.narrow(1, parts_[i].first, parts_[i].count), parts_[i].b->value, d_inner, false);
  }
  pass.kernels.scale(a.d_inner, config_.scale);
  if (!drops(pass)) return pass.kernels.linear_backward_input(a.d_inner, a_->value, dx, true);
  auto d_dropped = scratch.low_rank.matrix(pass.rows(), place_.inputs, pass.device);
  pass.kernels.linear_backward_input(a.d_inner, a_->value, d_dropped, false);
  pass.kernels.residual(dx, d_dropped, *zeros_, pass.length, dropout(pass), dx);
}

void LowRank::backward_weight(const Pass& pass, const at::Tensor& dy, const at::Tensor& x, LowRankActivations& a, Scratch& scratch,
                              bool accumulate) const {
  for (std::size_t i = 0; i < parts_.size(); ++i)
    pass.kernels.linear_backward_weight(dy.narrow(1, parts_[i].first, parts_[i].count), of(a.inner, i), parts_[i].b->gradient, accumulate);
  pass.kernels.linear_backward_weight(a.d_inner, dropped(pass, x, scratch), a_->gradient, accumulate);
}

const at::Tensor& LowRank::dropped(const Pass& pass, const at::Tensor& x, Scratch& scratch) const {
  if (!drops(pass)) return x;
  scratch.dropped = scratch.low_rank.matrix(pass.rows(), place_.inputs, pass.device);
  pass.kernels.dropped(x, pass.length, dropout(pass), scratch.dropped);
  return scratch.dropped;
}

}  // namespace trireme
