#pragma once
#include <torch/torch.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tiny_models.h"

namespace trireme::test {

/// A model written with autograd, in float64, from a stage's weights: the independent way to the same numbers. It follows
/// transformers' models operator by operator and shares no code with the core.
struct Reference {
  ModelConfig model;
  Tensors weights;  // float64 leaves

  Reference(const ModelConfig& model, const Tensors& values) : model(model) {
    for (auto& [name, value] : values) weights[name] = value.to(at::kDouble).requires_grad_();
  }
  Reference(const ModelConfig& model, const Stage& stage) : Reference(model, read_all(stage, false)) {}

  /// ids (B, T) int64 to logits (B, T, V)
  at::Tensor logits(const at::Tensor& ids) const {
    const auto& n = model.names;
    auto group = model.heads / model.kv_heads;
    auto x = at::embedding(w(n.embedding + ".weight"), ids);
    if (model.position == PositionKind::learned) x = x + w(n.positions + ".weight").narrow(0, 0, ids.size(1));
    for (int64_t layer = 0; layer < model.layers; ++layer) {
      auto name = [&](const std::string& part) { return n.layer + std::to_string(layer) + "." + part; };
      auto [q, k, v] = queries_keys_values(name, norm(name(n.attention_norm), x));
      if (model.head_norms) {
        q = norm(name(n.query_norm), q);
        k = norm(name(n.key_norm), k);
      }
      if (model.position == PositionKind::rotary) {
        q = rotated(q);
        k = rotated(k);
      }
      auto window = layer < model.full_layers ? 0 : model.window;
      auto mixed = attention(q, k.repeat_interleave(group, 1), v.repeat_interleave(group, 1), window);
      x = x + linear(name(n.attention_output), mixed);
      x = x + linear(name(n.down), activated(name, norm(name(n.mlp_norm), x)));
    }
    return norm(n.final_norm, x).matmul(w((model.tied ? n.embedding : n.head) + ".weight").t());
  }

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
  struct Heads {
    at::Tensor q, k, v;  // (B, heads, T, D)
  };

  template <typename Name>
  Heads queries_keys_values(const Name& name, const at::Tensor& y) const {
    const auto& n = model.names;
    if (n.query == n.key) {
      auto qkv = linear(name(n.query), y).chunk(3, -1);
      return {heads(qkv[0]), heads(qkv[1]), heads(qkv[2])};
    }
    return {heads(linear(name(n.query), y)), heads(linear(name(n.key), y)), heads(linear(name(n.value), y))};
  }

  template <typename Name>
  at::Tensor activated(const Name& name, const at::Tensor& y) const {
    auto up = linear(name(model.names.up), y);
    if (model.mlp == MlpKind::swiglu) return at::silu(linear(name(model.names.gate), y)) * up;
    return 0.5 * up * (1 + at::tanh(std::sqrt(2 / M_PI) * (up + 0.044715 * up.pow(3))));
  }

  /// (B, T, heads D) to (B, heads, T, D)
  at::Tensor heads(const at::Tensor& x) const { return x.view({x.size(0), x.size(1), -1, model.head_width}).transpose(1, 2); }

  /// q, k, v (B, H, T, D) to (B, T, H D); a query sees its own position and those before, `window` of them if not 0
  at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t window) const {
    auto position = at::arange(q.size(2)), distance = position.unsqueeze(1) - position;
    auto future = distance.lt(0).logical_or(window > 0 ? distance.ge(window) : at::zeros_like(distance, at::kBool));
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
  at::Tensor norm(const std::string& name, const at::Tensor& x) const {
    auto scale = w(name + ".weight");
    if (model.norm == NormKind::layer) return at::layer_norm(x, {x.size(-1)}, scale, w(name + ".bias"), model.norm_epsilon);
    return x * (x.pow(2).mean(-1, true) + model.norm_epsilon).rsqrt() * scale;
  }
  at::Tensor linear(const std::string& name, const at::Tensor& x) const {
    auto matrix = w(name + ".weight");
    auto y = x.matmul(model.names.transposed ? matrix : matrix.t());
    return weights.count(name + ".bias") > 0 ? y + w(name + ".bias") : y;
  }
};

}  // namespace trireme::test
