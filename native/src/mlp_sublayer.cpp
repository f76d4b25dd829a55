#include "mlp_sublayer.h"

namespace trireme {

MlpSublayer::MlpSublayer(Parameters& p, const ModelConfig& m, int64_t layer) : Sublayer(p, m, layer, parts(m, layer)) {}

Sublayer::Parts MlpSublayer::parts(const ModelConfig& m, int64_t layer) {
  auto name = [&](const std::string& part) { return name_of(m, layer, part); };
  std::vector<Outputs> in{{name(m.names.up), m.intermediate, m.mlp_in_bias, &LoraConfig::up}};
  if (m.mlp == MlpKind::swiglu) in.insert(in.begin(), {name(m.names.gate), m.intermediate, m.mlp_in_bias, &LoraConfig::gate});
  return {name(m.names.mlp_norm),
          in,
          {name(m.names.down), m.hidden, m.mlp_out_bias, &LoraConfig::down},
          m.intermediate,
          kAfterMlp,
          kMlpIn,
          kMlpOut};
}

void MlpSublayer::transform(const Pass& pass, SublayerActivations& a, Scratch&, LayerCache*) const {
  const auto& k = pass.kernels;
  if (model().mlp == MlpKind::gelu) {
    k.bias_gelu(a.projected, in_projection().bias(), a.inner);
  } else {
    in_projection().add_bias(pass, a.projected);
    k.swiglu(a.projected, a.inner);
  }
}

void MlpSublayer::transform_backward(const Pass& pass, at::Tensor& d_inner, SublayerActivations& a, Scratch&, bool) {
  const auto& k = pass.kernels;
  model().mlp == MlpKind::gelu ? k.gelu_backward(d_inner, a.projected) : k.swiglu_backward(d_inner, a.projected);
}

}  // namespace trireme
