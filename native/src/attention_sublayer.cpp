#include "attention_sublayer.h"

namespace trireme {

AttentionSublayer::AttentionSublayer(Parameters& p, const ModelConfig& m, int64_t layer) : Sublayer(p, m, layer, parts(m, layer)) {}

Sublayer::Parts AttentionSublayer::parts(const ModelConfig& m, int64_t layer) {
  auto queries = m.heads * m.head_width, keys = m.kv_heads * m.head_width;
  if (m.family == Family::gpt2) {
    auto h = "h." + std::to_string(layer) + ".";
    return {h + "ln_1", {{h + "attn.c_attn", queries + 2 * keys}}, h + "attn.c_proj", queries, m.attention_bias, kAfterAttention};
  }
  auto l = "layers." + std::to_string(layer) + ".", attention = l + "self_attn.";
  return {l + "input_layernorm", {{attention + "q_proj", queries}, {attention + "k_proj", keys}, {attention + "v_proj", keys}},
          attention + "o_proj", queries, m.attention_bias, kAfterAttention};
}

void AttentionSublayer::transform(const Pass& pass, SublayerActivations& a, LayerCache* cache) const {
  const auto& k = pass.kernels;
  in_projection().add_bias(pass, a.projected);
  if (pass.rotary.defined()) k.rotate(shape(pass), pass.places, pass.rotary, false, a.projected);
  if (cache) {
    k.attend(shape(pass), *pass.spans, a.projected, *cache, a.inner);
  } else {
    a.log_sum = a.log_sum_buffer.vector(pass.rows() * model().heads, pass.device).view({pass.batch, model().heads, pass.length});
    k.attention(shape(pass), a.projected, attention_dropout(pass), a.inner, a.log_sum);
  }
}

void AttentionSublayer::transform_backward(const Pass& pass, at::Tensor& d_inner, SublayerActivations& a) const {
  const auto& k = pass.kernels;
  k.attention_backward(shape(pass), d_inner, a.inner, a.log_sum, attention_dropout(pass), a.projected);
  if (pass.rotary.defined()) k.rotate(shape(pass), pass.places, pass.rotary, true, a.projected);
}

AttentionShape AttentionSublayer::shape(const Pass& pass) const {
  return {pass.batch, pass.length, model().heads, model().kv_heads, model().head_width};
}

Dropout AttentionSublayer::attention_dropout(const Pass& pass) const {
  return pass.dropout(model().attention_dropout, layer(), kAttention);
}

}  // namespace trireme
