#pragma once
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <map>
#include <string>
#include <vector>

#include "support.h"
#include "trireme/core.h"

/// Models of a few thousand weights that between them have everything a configuration can ask for, and what tests do with
/// their stages.
namespace trireme::test {

/// What files of a GPT-2 call its parameters.
inline TensorNames gpt2_names() {
  TensorNames n;
  n.embedding = "wte";
  n.positions = "wpe";
  n.final_norm = "ln_f";
  n.head = "lm_head";
  n.layer = "h.";
  n.attention_norm = "ln_1";
  n.query = n.key = n.value = "attn.c_attn";
  n.attention_output = "attn.c_proj";
  n.mlp_norm = "ln_2";
  n.up = "mlp.c_fc";
  n.down = "mlp.c_proj";
  n.transposed = true;
  return n;
}

/// The same of a LLaMA, and of the families that took its names over.
inline TensorNames llama_names() {
  TensorNames n;
  n.embedding = "embed_tokens";
  n.positions = "embed_positions";
  n.final_norm = "norm";
  n.head = "lm_head";
  n.layer = "layers.";
  n.attention_norm = "input_layernorm";
  n.query = "self_attn.q_proj";
  n.key = "self_attn.k_proj";
  n.value = "self_attn.v_proj";
  n.query_norm = "self_attn.q_norm";
  n.key_norm = "self_attn.k_norm";
  n.attention_output = "self_attn.o_proj";
  n.mlp_norm = "post_attention_layernorm";
  n.gate = "mlp.gate_proj";
  n.up = "mlp.up_proj";
  n.down = "mlp.down_proj";
  return n;
}

inline void set_biases(ModelConfig& m, bool attention, bool mlp) {
  m.query_bias = m.key_bias = m.value_bias = m.attention_output_bias = attention;
  m.mlp_in_bias = m.mlp_out_bias = mlp;
}

/// A GPT-2.
inline ModelConfig tiny_model() {
  ModelConfig m;
  m.scaled_residuals = true;
  m.names = gpt2_names();
  m.layers = 3;
  m.heads = m.kv_heads = 2;
  m.hidden = 24;
  m.head_width = 12;
  m.intermediate = 96;
  m.vocabulary = 61;
  m.positions = 32;
  return m;
}

/// Six query heads over two key heads; neither biases nor a head of its own.
inline ModelConfig tiny_llama() {
  auto m = tiny_model();
  m.norm = NormKind::rms;
  m.position = PositionKind::rotary;
  m.mlp = MlpKind::swiglu;
  m.scaled_residuals = false;
  m.names = llama_names();
  m.heads = 6;
  m.kv_heads = 2;
  m.head_width = 4;
  m.intermediate = 52;
  m.norm_epsilon = 1e-6;
  set_biases(m, false, false);
  return m;
}

/// Everything that a LLaMA's configuration leaves out by default: heads wider than hidden / heads, biases, a head of its own.
inline ModelConfig tiny_full_llama() {
  auto m = tiny_llama();
  m.head_width = 8;
  set_biases(m, true, true);
  m.tied = false;
  return m;
}

/// Biases of queries, keys and values; a window in the last layers.
inline ModelConfig tiny_qwen2() {
  auto m = tiny_llama();
  m.query_bias = m.key_bias = m.value_bias = true;
  m.window = 3;
  m.full_layers = 1;
  return m;
}

/// A window in all layers, and a head of its own.
inline ModelConfig tiny_mistral() {
  auto m = tiny_llama();
  m.window = 5;
  m.tied = false;
  return m;
}

/// Normalised query and key heads, wider than hidden / heads.
inline ModelConfig tiny_qwen3() {
  auto m = tiny_llama();
  m.head_norms = true;
  m.head_width = 8;
  return m;
}

/// What no family is: RMS norm, learned positions, GELU, and no bias but the keys'.
inline ModelConfig tiny_invention() {
  auto m = tiny_llama();
  m.position = PositionKind::learned;
  m.mlp = MlpKind::gelu;
  m.key_bias = true;
  return m;
}

/// The rest of what no family is: layer norm, also of heads, rotary positions, GELU, a window and a bias in the MLP alone.
inline ModelConfig another_invention() {
  auto m = tiny_model();
  m.names = llama_names();
  m.position = PositionKind::rotary;
  m.head_norms = true;
  m.window = 4;
  m.full_layers = 2;
  m.tied = false;
  set_biases(m, false, true);
  m.mlp_out_bias = false;
  return m;
}

inline ModelConfig with_linear_rope(ModelConfig m) {
  m.rope_scaling = RopeScaling::linear;
  m.rope_factor = 4;
  return m;
}

/// Of four wavelengths 6.3, 63, 628 and 6283 the first is short (below 8 / 1.2), the second between and the others long
/// (above 8 / 0.1): all three bands of the scaling.
inline ModelConfig with_llama3_rope(ModelConfig m) {
  m.rope_scaling = RopeScaling::llama3;
  m.rope_factor = 8;
  m.rope_original_positions = 8;
  m.rope_low_frequency = 0.1;
  m.rope_high_frequency = 1.2;
  return m;
}

struct NamedModel {
  std::string name;
  ModelConfig config;
};

inline std::vector<NamedModel> tiny_models() {
  return {{"gpt2", tiny_model()},
          {"llama", tiny_llama()},
          {"llama with all options", tiny_full_llama()},
          {"llama with linear rope", with_linear_rope(tiny_llama())},
          {"llama with llama3 rope", with_llama3_rope(tiny_full_llama())},
          {"qwen2", tiny_qwen2()},
          {"mistral", tiny_mistral()},
          {"qwen3", tiny_qwen3()},
          {"an invention", tiny_invention()},
          {"another invention", another_invention()}};
}

inline ModelConfig with_dropout(ModelConfig m, double probability) {
  m.embedding_dropout = m.attention_dropout = m.residual_dropout = probability;
  return m;
}

/// Low-rank updates of every projection that the model has.
inline LoraConfig everything(const ModelConfig& m) {
  return {4, 2, 0, true, true, true, true, m.mlp == MlpKind::swiglu, true, true};
}

/// Of queries and values where files have them apart, else of all three, and of the way out of the MLP.
inline LoraConfig a_few(const ModelConfig& m) {
  bool joined = m.names.query == m.names.key;
  return {5, 0.5, 0, true, joined, true, false, false, false, true};
}

inline ModelConfig with_low_rank(ModelConfig m, const LoraConfig& lora) {
  m.tuning.lora = lora;
  return m;
}

inline Stage whole(const ModelConfig& model, Weights weights = Weights::trainable) {
  return Stage(model, 0, model.layers, device(), weights);
}

// --- parameters ---

/// Values of a stage under its parameters' names, as in files (GPT-2's Conv1D is (in, out)), float32 on the host.
using Tensors = std::map<std::string, at::Tensor>;

inline std::vector<int64_t> shape_of(const Stage& stage, int64_t index) {
  std::vector<int64_t> shape;
  for (int64_t axis = 0; axis < stage.parameter_axes(index); ++axis) shape.push_back(stage.parameter_size(index, axis));
  return shape;
}

/// Gradients are of what is trained.
inline Tensors read_all(const Stage& stage, bool gradients) {
  Tensors result;
  for (int64_t i = 0; i < stage.parameters(); ++i) {
    if (gradients && !stage.parameter_trained(i)) continue;
    auto tensor = at::empty(shape_of(stage, i), at::kFloat);
    if (gradients) {
      stage.read_gradient(i, tensor.data_ptr<float>(), tensor.numel());
    } else {
      stage.read_parameter(i, tensor.data_ptr<float>(), tensor.numel());
    }
    result[stage.parameter_name(i)] = tensor;
  }
  return result;
}

inline bool all_same_bits(const Tensors& a, const Tensors& b) {
  for (const auto& [name, value] : a)
    if (!same_bits(value, b.at(name))) return false;
  return a.size() == b.size();
}

inline void write_all(Stage& stage, const Tensors& values) {
  for (int64_t i = 0; i < stage.parameters(); ++i) {
    auto value = values.at(stage.parameter_name(i)).contiguous();
    stage.write_parameter(i, 0, value.data_ptr<float>(), value.numel());
  }
}

/// Writes every parameter as one row, then three, then the rest, but the last of them first.
inline void write_in_pieces(Stage& stage, const Tensors& values) {
  for (auto i = stage.parameters(); i-- > 0;) {
    auto value = values.at(stage.parameter_name(i)).contiguous();
    int64_t row = value.numel() / value.size(0), end = value.numel();
    for (auto begin : {4 * row, row, int64_t{0}}) {
      stage.write_parameter(i, begin, value.data_ptr<float>() + begin, end - begin);
      end = begin;
    }
  }
}

inline int64_t index_of(const Stage& stage, const std::string& name) {
  for (int64_t i = 0; i < stage.parameters(); ++i)
    if (stage.parameter_name(i) == name) return i;
  throw std::out_of_range("no parameter " + name);
}

/// Values for every parameter. Biases and norms are random too, so that nothing is hidden behind a zero or a one.
inline Tensors random_values(const Stage& stage, uint64_t seed = 7) {
  auto generator = at::detail::createCPUGenerator(seed);
  Tensors values;
  for (int64_t i = 0; i < stage.parameters(); ++i) {
    auto name = stage.parameter_name(i);
    bool scale_of_norm = stage.parameter_axes(i) == 1 && name.find("weight") != std::string::npos;
    values[name] = at::empty(shape_of(stage, i), at::kFloat).normal_(scale_of_norm ? 1 : 0, 0.1, generator);
  }
  return values;
}

inline void randomize(Stage& stage) {
  write_all(stage, random_values(stage));
}

// --- steps ---

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

/// Forward and backward of a whole batch, cut into equal micro-batches. @return the mean loss
inline double forward_backward(Stage& stage, const RandomBatch& batch, int64_t micro_batches, int64_t step = 1) {
  stage.begin(step, 1234, micro_batches, batch.weight);
  auto rows = batch.ids.size(0) / micro_batches;
  double loss = 0;
  for (int64_t i = 0; i < micro_batches; ++i) {
    batch.load(stage, i, i * rows, (i + 1) * rows);
    stage.forward(i, Mode::train);
    double one;
    stage.losses(i, 1, &one);
    loss += one;
    stage.backward(i);
  }
  return loss / batch.weight;
}

}  // namespace trireme::test
