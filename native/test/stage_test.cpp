#include "reference_model.h"

using namespace trireme;
using namespace trireme::test;

namespace {

bool is_key_bias(const ModelConfig& model, const std::string& name) {
  return name.find(model.names.key + ".bias") != std::string::npos;
}

/// Without the key biases of models that turn no keys: softmax takes a common term out of all scores, so that their true
/// gradient is 0.
at::Tensor significant(const ModelConfig& model, const std::string& name, const at::Tensor& x) {
  if (model.position == PositionKind::rotary || !is_key_bias(model, name)) return x;
  if (model.names.key != model.names.query) return at::zeros({1});
  auto parts = x.chunk(3);
  return at::cat({parts[0], parts[2]});
}

double largest_error(const ModelConfig& model, const Tensors& ours, const Tensors& expected) {
  double worst = 0;
  for (const auto& [name, value] : ours)
    worst = std::max(worst, relative_error(significant(model, name, value), significant(model, name, expected.at(name))));
  return worst;
}

Tensors gradients_of(const Reference& reference) {
  Tensors gradients;
  for (const auto& [name, weight] : reference.weights) gradients[name] = weight.grad();
  return gradients;
}

}  // namespace

TEST("loss and gradients equal those of autograd in float64") {
  for (const auto& [name, model] : tiny_models()) {
    auto stage = whole(model);
    randomize(stage);
    RandomBatch batch(model, 4, 17, 1);
    Reference reference(model, stage);
    auto expected = reference.loss(batch.long_ids(), batch.weights);
    expected.backward();
    for (int64_t micro_batches : {1, 2, 4}) {
      CHECK_BELOW(std::abs(forward_backward(stage, batch, micro_batches) - expected.item<double>()), 1e-6) << name;
      CHECK_BELOW(largest_error(model, read_all(stage, true), gradients_of(reference)), 1e-5) << name;
    }
  }
}

TEST("adamw steps with clipping equal those of torch") {
  for (const auto& [name, model] : tiny_models()) {
    auto stage = whole(model);
    randomize(stage);
    Reference reference(model, stage);
    AdamWConfig config;
    config.clip_norm = 0.5;
    config.epsilon = 1e-5;  // with the default AdamW turns the rounding noise of a gradient that is nearly 0 into whole steps
    auto options = torch::optim::AdamWOptions(1e-3).weight_decay(config.weight_decay).eps(config.epsilon);
    torch::optim::AdamW optimizer(reference.leaves(), options);
    for (int step = 1; step <= 3; ++step) {
      RandomBatch batch(model, 4, 12, step);
      optimizer.zero_grad();
      reference.loss(batch.long_ids(), batch.weights).backward();
      auto expected = torch::nn::utils::clip_grad_norm_(reference.leaves(), config.clip_norm);
      optimizer.step();
      forward_backward(stage, batch, 2, step);
      CHECK_BELOW(std::abs(stage.apply(config, 1e-3) / expected - 1), 1e-5) << name;
    }
    for (const auto& [parameter, value] : read_all(stage, false))
      CHECK_BELOW((value - reference.weights.at(parameter)).abs().max().item<double>(), 3e-6) << parameter << " of " << name;
  }
}

TEST("a steady step allocates no memory") {
  if (device() != "cpu") return;  // the promise is that of our own kernels
  for (const auto& [name, model] : tiny_models()) {
    auto stage = whole(model);
    stage.initialize(1);
    RandomBatch batch(model, 4, 16, 3);
    AllocationCount count;
    for (int step = 1; step <= 4; ++step) {
      if (step == 3) count.reset();
      forward_backward(stage, batch, 2, step);
      stage.apply({}, 1e-3);
      if (step == 1) {
        CHECK(count.value() > 10) << "counting does not work";
      }
    }
    CHECK(count.value() == 0) << count.value() << " allocations by " << name;
  }
}

TEST("weights depend on seed and name alone") {
  for (const auto& [name, model] : tiny_models()) {
    auto stage = whole(model);
    Stage last(model, 2, 3, device());
    stage.initialize(5);
    last.initialize(5);
    auto all = read_all(stage, false);
    for (const auto& [parameter, value] : read_all(last, false)) CHECK(same_bits(value, all.at(parameter))) << parameter << " of " << name;
    auto before = stage.checksum();
    stage.initialize(6);
    CHECK(stage.checksum() != before) << name;
  }
}

TEST("matrices are drawn as the papers say, norms begin as 1 and biases as 0") {
  for (const auto& [name, model] : tiny_models()) {
    auto stage = whole(model);
    stage.initialize(5);
    for (const auto& [parameter, value] : read_all(stage, false)) {
      if (value.dim() == 1) {
        bool norm = parameter.find("weight") != std::string::npos;
        CHECK(value.eq(norm ? 1 : 0).all().item<bool>()) << parameter << " of " << name;
      } else {
        auto ends = [&](const std::string& part) { return parameter.find(part + ".weight") != std::string::npos; };
        bool residual = model.scaled_residuals && (ends(model.names.attention_output) || ends(model.names.down));
        auto expected = residual ? 0.02 / std::sqrt(6.0) : 0.02;
        auto error = std::abs(value.std().item<double>() / expected - 1), deviation = 1 / std::sqrt(2.0 * value.numel());
        CHECK_BELOW(error, 3.5 * deviation) << parameter << " of " << name;
      }
    }
  }
}

std::map<std::string, std::vector<int64_t>> shapes_of(const Stage& stage) {
  std::map<std::string, std::vector<int64_t>> all;
  for (int64_t i = 0; i < stage.parameters(); ++i) all[stage.parameter_name(i)] = shape_of(stage, i);
  return all;
}

TEST("parameters have the names and shapes of hugging face's files") {
  auto shapes = [](const ModelConfig& model) { return shapes_of(whole(model)); };
  using Shape = std::vector<int64_t>;
  auto gpt2 = shapes(tiny_model()), llama = shapes(tiny_llama()), full = shapes(tiny_full_llama());
  CHECK(gpt2.size() == 2 + 3 * 12 + 2) << gpt2.size();
  CHECK(gpt2.at("h.2.attn.c_attn.weight") == Shape({24, 72}));
  CHECK(llama.size() == 1 + 3 * 9 + 1) << llama.size();
  CHECK(llama.at("layers.0.self_attn.q_proj.weight") == Shape({24, 24}));
  CHECK(llama.at("layers.0.self_attn.k_proj.weight") == Shape({8, 24}));
  CHECK(llama.at("layers.2.mlp.down_proj.weight") == Shape({24, 52}));
  CHECK(full.size() == 1 + 3 * 16 + 2) << full.size();
  CHECK(full.at("layers.1.self_attn.v_proj.bias") == Shape({16}));
  CHECK(full.at("layers.1.self_attn.o_proj.weight") == Shape({24, 48}));
  CHECK(full.at("lm_head.weight") == Shape({61, 24}));
  auto qwen2 = shapes(tiny_qwen2()), qwen3 = shapes(tiny_qwen3()), invention = shapes(tiny_invention());
  CHECK(qwen2.size() == 1 + 3 * 12 + 1) << qwen2.size();
  CHECK(qwen2.at("layers.1.self_attn.k_proj.bias") == Shape({8}));
  CHECK(qwen3.size() == 1 + 3 * 11 + 1) << qwen3.size();
  CHECK(qwen3.at("layers.1.self_attn.q_norm.weight") == Shape({8}));
  CHECK(invention.size() == 2 + 3 * 9 + 1) << invention.size();
  CHECK(invention.count("layers.1.mlp.gate_proj.weight") + invention.count("layers.1.self_attn.q_proj.bias") == 0);
  CHECK(invention.at("layers.1.self_attn.k_proj.bias") == Shape({8}));
}

TEST("a dry run holds to the byte what a real stage holds, with no memory of its own") {
  for (const auto& [name, plain] : tiny_models())
    for (double drops : {0.0, 0.1}) {
      auto model = with_dropout(plain, drops);
      auto real = whole(model);
      Stage dry(model, 0, 2 * model.layers, true, true, device(), Weights::trainable, true);
      CHECK(shapes_of(dry) == shapes_of(real)) << name;
      AllocationCount count;
      for (auto* stage : {&dry, &real}) {
        if (stage == &real) {
          CHECK_BELOW(count.value(), 200) << "allocations of the dry run of " << name;  // ids, labels and angles on their way
        }
        RandomBatch batch(model, 4, 16, 1);
        for (int step = 1; step <= 2; ++step) {
          forward_backward(*stage, batch, 2, step);
          stage->apply({}, 1e-3);
        }
        stage->open_cache(0, 2, CacheType::bfloat16);
        int32_t first = 0, tokens = 3, block = 1, ids[] = {1, 2, 3}, none = 0;
        stage->extend(0, 0, 1, &first, &tokens, &block, ids, &none);
      }
      CHECK(dry.memory_bytes() == real.memory_bytes()) << name << ": " << dry.memory_bytes() << " not " << real.memory_bytes();
    }
}

TEST("rows without a bias, beside rows that have one, stay zero") {
  auto model = tiny_invention();
  auto stage = whole(model);
  randomize(stage);
  for (int step = 1; step <= 3; ++step) {
    forward_backward(stage, RandomBatch(model, 4, 12, step), 2, step);
    stage.apply({}, 1e-1);
  }
  auto trained = Reference(model, stage);  // knows no bias of queries and values
  auto ids = RandomBatch(model, 2, 9, 9);
  auto expected = trained.loss(ids.long_ids(), ids.weights).item<double>();
  CHECK_BELOW(std::abs(forward_backward(stage, ids, 1) - expected), 1e-6);
}

TEST("a parameter written in pieces of whole rows, in any order, is the parameter written whole") {
  for (const auto& [name, model] : tiny_models()) {
    auto stage = whole(model);
    auto values = random_values(stage);
    write_in_pieces(stage, values);
    for (const auto& [parameter, value] : read_all(stage, false))
      CHECK(same_bits(value, values.at(parameter))) << parameter << " of " << name;
  }
}

TEST("writing part of a row or beyond the end is refused and changes nothing") {
  auto stage = whole(tiny_full_llama());
  randomize(stage);
  auto before = stage.checksum();
  std::vector<float> ones(1000, 1);
  auto write = [&](const std::string& name, int64_t first, int64_t count) {
    stage.write_parameter(index_of(stage, name), first, ones.data(), count);
  };
  const std::string matrix = "layers.0.self_attn.k_proj.weight";  // (16, 24)
  CHECK_THROWS(write(matrix, 0, 25), matrix + " has rows of 24 values but 25 from number 0 on were given");
  CHECK_THROWS(write(matrix, 12, 24), matrix + " has rows of 24 values but 24 from number 12 on were given");
  CHECK_THROWS(write(matrix, 15 * 24, 48), matrix + " has 384 values but 48 from number 360 on were given");
  CHECK_THROWS(write(matrix, -24, 24), matrix + " has 384 values but 24 from number -24 on were given");
  CHECK_THROWS(write("norm.weight", 20, 5), "norm.weight has 24 values but 5 from number 20 on were given");
  CHECK_THROWS(stage.write_parameter(53, 0, ones.data(), 1), "parameter 53 is not among 0 to 50");
  CHECK(stage.checksum() == before);
}

TEST("dropout is the same however the batch is cut") {
  for (const auto& [name, plain] : tiny_models()) {
    auto model = with_dropout(plain, 0.2);
    auto stage = whole(model);
    randomize(stage);
    RandomBatch batch(model, 4, 16, 4);
    auto loss = forward_backward(stage, batch, 1);
    auto gradients = read_all(stage, true);
    CHECK_BELOW(std::abs(forward_backward(stage, batch, 4) - loss), 1e-6) << name;
    CHECK_BELOW(largest_error(model, read_all(stage, true), gradients), 1e-5) << name;
    CHECK(std::abs(forward_backward(stage, batch, 1, 2) - loss) > 1e-4) << name;  // another step, another mask
  }
}

TEST("gradients with dropout are those of the loss with the same mask") {
  for (const auto& [name, plain] : tiny_models()) {
    auto model = with_dropout(plain, 0.3);
    auto stage = whole(model);
    randomize(stage);
    RandomBatch batch(model, 2, 8, 5);
    forward_backward(stage, batch, 1);
    auto gradients = read_all(stage, true), values = read_all(stage, false);
    for (int64_t i = 0; i < stage.parameters(); ++i) {  // finite differences along the gradient of each parameter
      auto parameter = stage.parameter_name(i);
      if (model.position == PositionKind::learned && is_key_bias(model, parameter)) continue;
      auto value = values.at(parameter), gradient = gradients.at(parameter);
      auto loss_at = [&](double distance) {
        auto moved = (value + gradient / gradient.norm() * distance).contiguous();
        stage.write_parameter(i, 0, moved.data_ptr<float>(), moved.numel());
        return forward_backward(stage, batch, 1);
      };
      auto slope = (loss_at(0.02) - loss_at(-0.02)) / 0.04;
      loss_at(0);
      CHECK_BELOW(std::abs(slope / gradient.norm().item<double>() - 1), 0.02) << parameter << " of " << name;
    }
  }
}

TEST("bad input is refused by name and value before anything changes") {
  auto model = tiny_model();
  auto stage = whole(model);
  int32_t ids[2] = {1, 61};
  float weights[2] = {0, 1};
  CHECK_THROWS((stage.load(0, ids, weights, 1, 2, 0)), "token id 61 at row 0, position 1 is outside the vocabulary of 61");
  std::vector<int32_t> many(33, 1);
  std::vector<float> ones(33, 1);
  CHECK_THROWS((stage.load(0, many.data(), ones.data(), 1, 33, 0)), "rows of 33 tokens are longer than the model's 32 positions");
  CHECK_THROWS((stage.begin(1, 1, 1, 0)), "at least one label");
  CHECK_THROWS((stage.forward(5, Mode::train)), "micro-batch 5 was not loaded");
  CHECK_THROWS((stage.apply({}, 1e-3)), "apply after 0 of 0");
  CHECK_THROWS((Stage(model, 0, model.layers, "cuda:99")), "cuda:99");
  CHECK_THROWS((Stage(model, 0, model.layers, "gpu")), "use cpu or cuda:N");
}

TEST("a configuration that contradicts itself is refused by name and value") {
  auto gpt2 = [](auto change) {
    auto model = tiny_model();
    change(model);
    whole(model);
  };
  auto llama = [](auto change) {
    auto model = tiny_llama();
    change(model);
    whole(model);
  };
  CHECK_THROWS(gpt2([](auto& m) { m.key_bias = false; }), "attn.c_attn is one tensor for parts with a bias and parts without");
  CHECK_THROWS(gpt2([](auto& m) { m.window = -1; }), "window is -1");
  CHECK_THROWS(llama([](auto& m) { m.kv_heads = 4; }), "heads 6 is not a multiple of kv_heads 4");
  CHECK_THROWS(llama([](auto& m) { m.head_width = 5; }), "head_width is 5 but must be even");
  CHECK_THROWS(llama([](auto& m) { m.rope_theta = 0; }), "rope_theta is 0");
  CHECK_THROWS(llama([](auto& m) { m.layers = 0; }), "layers is 0 but must be positive");
}

TEST("a non finite gradient leaves the weights as they were") {
  auto model = tiny_model();
  auto stage = whole(model);
  stage.initialize(1);
  std::vector<float> value(model.hidden, INFINITY);
  stage.write_parameter(index_of(stage, "ln_f.bias"), 0, value.data(), model.hidden);
  auto before = stage.checksum();
  forward_backward(stage, RandomBatch(model, 2, 8, 6), 1);
  CHECK_THROWS((stage.apply({}, 1e-3)), "not finite");
  CHECK(stage.checksum() == before);
}

int main(int argc, char** argv) {
  return check::run(argc, argv);
}
