#include "mlp_sublayer.h"

namespace trireme {

MlpSublayer::MlpSublayer(Parameters& p, const ModelConfig& m, int64_t layer) : Sublayer(p, m, layer, parts(m, layer)) {}

Sublayer::Parts MlpSublayer::parts(const ModelConfig& m, int64_t layer) {
  if (m.family == Family::gpt2) {
    auto h = "h." + std::to_string(layer) + ".";
    return {h + "ln_2", {{h + "mlp.c_fc", m.intermediate}}, h + "mlp.c_proj", m.intermediate, m.mlp_bias, kAfterMlp};
  }
  auto l = "layers." + std::to_string(layer) + ".", mlp = l + "mlp.";
  return {l + "post_attention_layernorm", {{mlp + "gate_proj", m.intermediate}, {mlp + "up_proj", m.intermediate}},
          mlp + "down_proj", m.intermediate, m.mlp_bias, kAfterMlp};
}

void MlpSublayer::transform(const Pass& pass, SublayerActivations& a, LayerCache*) const {
  const auto& k = pass.kernels;
  if (model().family == Family::gpt2) {
    k.bias_gelu(a.projected, in_projection().bias(), a.inner);
  } else {
    in_projection().add_bias(pass, a.projected);
    k.swiglu(a.projected, a.inner);
  }
}

void MlpSublayer::transform_backward(const Pass& pass, at::Tensor& d_inner, SublayerActivations& a) const {
  const auto& k = pass.kernels;
  model().family == Family::gpt2 ? k.gelu_backward(d_inner, a.projected) : k.swiglu_backward(d_inner, a.projected);
}

}  // namespace trireme
