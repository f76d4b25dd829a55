#pragma once
#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

#include "trireme/core.h"

/// GPT-2 written with autograd, in float64, from a stage's weights: the independent way to the same numbers. It follows
/// transformers' GPT2LMHeadModel operator by operator and shares no code with the core.
namespace trireme::test {

using Tensors = std::map<std::string, at::Tensor>;

/// Everything a stage holds under its parameters' names, as in files (Conv1D weights are (in, out)), float32 on the host.
inline Tensors read_all(const Stage& stage, bool gradients) {
  Tensors result;
  for (int64_t i = 0; i < stage.parameters(); ++i) {
    std::vector<int64_t> shape;
    for (int64_t axis = 0; axis < stage.parameter_axes(i); ++axis) shape.push_back(stage.parameter_size(i, axis));
    auto tensor = at::empty(shape, at::kFloat);
    if (gradients) {
      stage.read_gradient(i, tensor.data_ptr<float>(), tensor.numel());
    } else {
      stage.read_parameter(i, tensor.data_ptr<float>(), tensor.numel());
    }
    result[stage.parameter_name(i)] = tensor;
  }
  return result;
}

struct Reference {
  ModelConfig model;
  Tensors weights;  // float64 leaves

  Reference(const ModelConfig& model, const Stage& stage) : model(model) {
    for (auto& [name, value] : read_all(stage, false)) weights[name] = value.to(at::kDouble).requires_grad_();
  }

  /// ids (B, T) int64 to logits (B, T, V)
  at::Tensor logits(const at::Tensor& ids) const {
    auto T = ids.size(1), C = model.hidden, D = C / model.heads;
    auto x = at::embedding(w("wte.weight"), ids) + w("wpe.weight").narrow(0, 0, T);
    for (int64_t layer = 0; layer < model.layers; ++layer) {
      auto name = "h." + std::to_string(layer) + ".";
      auto qkv = conv1d(name + "attn.c_attn", norm(name + "ln_1", x)).view({ids.size(0), T, 3, model.heads, D}).permute({2, 0, 3, 1, 4});
      auto scores = qkv[0].matmul(qkv[1].transpose(-2, -1)) / std::sqrt(static_cast<double>(D));
      scores = scores.masked_fill(at::ones({T, T}, at::kBool).triu(1), -INFINITY);
      auto mixed = scores.softmax(-1).matmul(qkv[2]).transpose(1, 2).reshape({ids.size(0), T, C});
      x = x + conv1d(name + "attn.c_proj", mixed);
      auto up = conv1d(name + "mlp.c_fc", norm(name + "ln_2", x));
      auto gelu = 0.5 * up * (1 + at::tanh(std::sqrt(2 / M_PI) * (up + 0.044715 * up.pow(3))));
      x = x + conv1d(name + "mlp.c_proj", gelu);
    }
    return norm("ln_f", x).matmul(w("wte.weight").t());
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
  const at::Tensor& w(const std::string& name) const { return weights.at(name); }
  at::Tensor norm(const std::string& name, const at::Tensor& x) const {
    return at::layer_norm(x, {model.hidden}, w(name + ".weight"), w(name + ".bias"), model.norm_epsilon);
  }
  at::Tensor conv1d(const std::string& name, const at::Tensor& x) const { return x.matmul(w(name + ".weight")) + w(name + ".bias"); }
};

/// A batch of random tokens with random label weights, some of them 0.
struct RandomBatch {
  at::Tensor ids, weights;  // (B, T) int32 and float32
  double weight;            // of all labels

  RandomBatch(const ModelConfig& model, int64_t rows, int64_t length, uint64_t seed) {
    auto generator = at::detail::createCPUGenerator(seed);
    ids = at::randint(model.vocabulary, {rows, length}, generator, at::kInt);
    weights = at::randint(4, {rows, length}, generator, at::kInt).to(at::kFloat).div(2);
    weight = weights.slice(1, 1).sum(at::kDouble).item<double>();
  }

  at::Tensor long_ids() const { return ids.to(at::kLong); }
  void load(Stage& stage, int64_t micro_batch, int64_t begin, int64_t end) const {
    auto i = ids.slice(0, begin, end).contiguous();
    auto w = weights.slice(0, begin, end).contiguous();
    stage.load(micro_batch, i.data_ptr<int32_t>(), w.data_ptr<float>(), end - begin, ids.size(1), begin);
  }
};

inline ModelConfig tiny_model() {
  ModelConfig m;
  m.layers = 3, m.heads = 2, m.hidden = 24, m.intermediate = 96, m.vocabulary = 61, m.positions = 32;
  return m;
}

/// Forward and backward of a whole batch, cut into equal micro-batches. @return the mean loss
inline double forward_backward(Stage& stage, const RandomBatch& batch, int64_t micro_batches, int64_t step = 1) {
  stage.begin(step, 1234, micro_batches, batch.weight);
  auto rows = batch.ids.size(0) / micro_batches;
  double loss = 0;
  for (int64_t i = 0; i < micro_batches; ++i) {
    batch.load(stage, i, i * rows, (i + 1) * rows);
    stage.forward(i, Mode::train);
    loss += stage.loss(i);
    stage.backward(i);
  }
  return loss / batch.weight;
}

}  // namespace trireme::test
