#include "embedding.h"

#include <ATen/ops/zeros.h>

namespace trireme {
namespace {

constexpr int64_t kBeforeLayers = -1, kSite = 0;

Parameter* add_positions(Parameters& p, const ModelConfig& m) {
  if (m.position != PositionKind::learned) return nullptr;
  return &p.matrix({{m.names.positions + ".weight", m.positions}}, m.hidden, {m.initializer_range, false, false});
}

}  // namespace

Parameter& add_tokens(Parameters& p, const ModelConfig& m) {
  return p.matrix({{m.names.embedding + ".weight", m.vocabulary}}, m.hidden, {m.initializer_range});
}

Embedding::Embedding(Parameters& p, const ModelConfig& m) : model_(m), tokens_(add_tokens(p, m)), positions_(add_positions(p, m)) {}

void Embedding::forward(const Pass& pass, const at::Tensor& ids, at::Tensor& out) const {
  if (pass.generates()) {
    pass.kernels.embed(ids, pass.position_ids, tokens_.packed, positions(), out);
  } else {
    pass.kernels.embedding(ids, tokens_.value, positions(), pass.shape(), pass.dropout(model_.embedding_dropout, kBeforeLayers, kSite),
                           out);
  }
}

void Embedding::backward(const Pass& pass, const at::Tensor& d_out, const at::Tensor& ids, bool accumulate) {
  if (!trained()) return;
  auto& d_tokens = tokens_gradient();
  auto d_positions = positions_ ? positions_->gradient : at::Tensor();
  if (!accumulate) {
    d_tokens.zero_();
    if (positions_) d_positions.zero_();
  }
  pass.kernels.embedding_backward(d_out, ids, pass.shape(), pass.dropout(model_.embedding_dropout, kBeforeLayers, kSite), d_tokens,
                                  d_positions);
}

void Embedding::add_tied_gradient() {
  if (own_.defined()) tokens_.gradient.add_(own_);
}

void Embedding::share(const at::Device& device) {
  own_ = at::zeros(tokens_.shape, at::device(device).dtype(at::kFloat));
}

const at::Tensor& Embedding::positions() const {
  static const at::Tensor none;
  return positions_ ? positions_->value : none;
}

}  // namespace trireme
