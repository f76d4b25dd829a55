#include "embedding.h"

namespace trireme {
namespace {
constexpr int64_t kBeforeLayers = -1, kPlace = 0;
}

Embedding::Embedding(Parameters& p, const ModelConfig& m)
    : model_(m),
      tokens_(p.add("wte.weight", {m.vocabulary, m.hidden}, 0, m.initializer_range)),
      positions_(p.add("wpe.weight", {m.positions, m.hidden}, 0, m.initializer_range)) {}

void Embedding::forward(const Pass& pass, const at::Tensor& ids, at::Tensor& out) const {
  pass.kernels.embedding(ids, tokens_.value, positions_.value, pass.length,
                         pass.dropout(model_.embedding_dropout, kBeforeLayers, kPlace), out);
}

void Embedding::backward(const Pass& pass, const at::Tensor& d_out, const at::Tensor& ids, bool accumulate) {
  if (!accumulate) positions_.gradient.zero_();
  pass.kernels.embedding_backward(d_out, ids, pass.length, pass.dropout(model_.embedding_dropout, kBeforeLayers, kPlace),
                                  tokens_.gradient, positions_.gradient);
}

}  // namespace trireme
