#pragma once
#include <torch/torch.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tiny_models.h"

namespace trireme::test {

/// A model written with autograd, in float64, from a stage's weights: the independent way to the same numbers. It follows
/// transformers' GPT2LMHeadModel and LlamaForCausalLM operator by operator and shares no code with the core.
struct Reference {
  ModelConfig model;
  Tensors weights;  // float64 leaves

  Reference(const ModelConfig& model, const Tensors& values) : model(model) {
    for (auto& [name, value] : values) weights[name] = value.to(at::kDouble).requires_grad_();
  }
  Reference(const ModelConfig& model, const Stage& stage) : Reference(model, read_all(stage, false)) {}

  /// ids (B, T) int64 to logits (B, T, V)
  at::Tensor logits(const at::Tensor& ids) const { return model.family == Family::gpt2 ? gpt2(ids) : llama(ids); }

  /// sum(token loss * weight) / sum(weight); position t predicts t + 1
  at::Tensor loss(const at::Tensor& ids, const at::Tensor& label_weights) const {
    auto l = logits(ids).slice(1, 0, -1).reshape({-1, model.vocabulary});
    auto token_loss = at::cross_entropy_loss(l, ids.slice(1, 1).reshape(-1), {}, at::Reduction::None);
    auto weight = label_weights.slice(1, 1).reshape(-1).to(at::kDouble);
    return (token_loss * weight).sum() / weight.sum();
  }

  std::vector<at::Tensor> leaves() const {
    std::vector<at::Tensor> list;
    for (const auto& [name, value] : weights) list.push_back(value);
    return list;
  }

 private:
  at::Tensor gpt2(const at::Tensor& ids) const {
    auto x = at::embedding(w("wte.weight"), ids) + w("wpe.weight").narrow(0, 0, ids.size(1));
    for (int64_t layer = 0; layer < model.layers; ++layer) {
      auto name = "h." + std::to_string(layer) + ".";
      auto qkv = conv1d(name + "attn.c_attn", layer_norm(name + "ln_1", x)).chunk(3, -1);
      x = x + conv1d(name + "attn.c_proj", attention(heads(qkv[0]), heads(qkv[1]), heads(qkv[2])));
      auto up = conv1d(name + "mlp.c_fc", layer_norm(name + "ln_2", x));
      auto gelu = 0.5 * up * (1 + at::tanh(std::sqrt(2 / M_PI) * (up + 0.044715 * up.pow(3))));
      x = x + conv1d(name + "mlp.c_proj", gelu);
    }
    return layer_norm("ln_f", x).matmul(w("wte.weight").t());
  }

  at::Tensor llama(const at::Tensor& ids) const {
    auto x = at::embedding(w("embed_tokens.weight"), ids);
    auto group = model.heads / model.kv_heads;
    for (int64_t layer = 0; layer < model.layers; ++layer) {
      auto name = "layers." + std::to_string(layer) + ".", attn = name + "self_attn.", mlp = name + "mlp.";
      auto y = rms_norm(name + "input_layernorm", x);
      auto q = rotated(heads(linear(attn + "q_proj", y)));
      auto k = rotated(heads(linear(attn + "k_proj", y))).repeat_interleave(group, 1);
      auto v = heads(linear(attn + "v_proj", y)).repeat_interleave(group, 1);
      x = x + linear(attn + "o_proj", attention(q, k, v));
      y = rms_norm(name + "post_attention_layernorm", x);
      x = x + linear(mlp + "down_proj", at::silu(linear(mlp + "gate_proj", y)) * linear(mlp + "up_proj", y));
    }
    return rms_norm("norm", x).matmul(w(model.tied ? "embed_tokens.weight" : "lm_head.weight").t());
  }

  /// (B, T, heads D) to (B, heads, T, D)
  at::Tensor heads(const at::Tensor& x) const { return x.view({x.size(0), x.size(1), -1, model.head_width}).transpose(1, 2); }

  /// q, k, v (B, H, T, D) to (B, T, H D)
  at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) const {
    auto future = at::ones({q.size(2), q.size(2)}, at::kBool).triu(1);
    auto scores = (q.matmul(k.transpose(-2, -1)) / std::sqrt(static_cast<double>(q.size(3)))).masked_fill(future, -INFINITY);
    return scores.softmax(-1).matmul(v).transpose(1, 2).flatten(2);
  }

  /// x (B, heads, T, D): x cos + rotate_half(x) sin
  at::Tensor rotated(const at::Tensor& x) const {
    auto angles = at::outer(at::arange(x.size(2), at::kDouble), at::tensor(frequencies(), at::kDouble)).repeat({1, 2});
    auto half = x.chunk(2, -1);
    return x * angles.cos() + at::cat({-half[1], half[0]}, -1) * angles.sin();
  }

  /// Radians a position, of each pair of a head.
  std::vector<double> frequencies() const {
    std::vector<double> all;
    for (int64_t d = 0; d < model.head_width; d += 2)
      all.push_back(scaled(std::pow(model.rope_theta, -static_cast<double>(d) / static_cast<double>(model.head_width))));
    return all;
  }

  /// As modeling_rope_utils has it: `default`, `linear` and `llama3`.
  double scaled(double frequency) const {
    if (model.rope_scaling == RopeScaling::none) return frequency;
    if (model.rope_scaling == RopeScaling::linear) return frequency / model.rope_factor;
    auto original = static_cast<double>(model.rope_original_positions), wavelength = 2 * M_PI / frequency;
    auto low = model.rope_low_frequency, high = model.rope_high_frequency;
    if (wavelength < original / high) return frequency;
    if (wavelength > original / low) return frequency / model.rope_factor;
    auto smooth = (original / wavelength - low) / (high - low);
    return (1 - smooth) * frequency / model.rope_factor + smooth * frequency;
  }

  const at::Tensor& w(const std::string& name) const { return weights.at(name); }
  at::Tensor layer_norm(const std::string& name, const at::Tensor& x) const {
    return at::layer_norm(x, {model.hidden}, w(name + ".weight"), w(name + ".bias"), model.norm_epsilon);
  }
  at::Tensor rms_norm(const std::string& name, const at::Tensor& x) const {
    return x * (x.pow(2).mean(-1, true) + model.norm_epsilon).rsqrt() * w(name + ".weight");
  }
  at::Tensor conv1d(const std::string& name, const at::Tensor& x) const { return x.matmul(w(name + ".weight")) + w(name + ".bias"); }
  at::Tensor linear(const std::string& name, const at::Tensor& x) const {
    bool biased = name.find("self_attn") != std::string::npos ? model.attention_bias : model.mlp_bias;
    auto y = x.matmul(w(name + ".weight").t());
    return biased ? y + w(name + ".bias") : y;
  }
};

}  // namespace trireme::test
