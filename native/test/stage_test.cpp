#include <c10/core/CPUAllocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include <atomic>

#include "reference_model.h"
#include "support.h"

using namespace trireme;
using namespace trireme::test;

namespace {

Stage whole(const ModelConfig& model) {
  return Stage(model, 0, model.layers, device());
}

/// Makes biases and norms random too, so that no gradient is hidden behind a zero or a one.
void randomize(Stage& stage) {
  auto generator = at::detail::createCPUGenerator(7);
  for (int64_t i = 0; i < stage.parameters(); ++i) {
    int64_t count = 1;
    for (int64_t axis = 0; axis < stage.parameter_axes(i); ++axis) count *= stage.parameter_size(i, axis);
    bool scale_of_norm = stage.parameter_name(i).find("ln_") != std::string::npos && stage.parameter_name(i).find("weight") != std::string::npos;
    auto values = at::empty({count}, at::kFloat).normal_(scale_of_norm ? 1 : 0, 0.1, generator);
    stage.write_parameter(i, values.data_ptr<float>(), count);
  }
}

double largest_error(const Tensors& ours, const Reference& reference, bool skip_key_biases) {
  double worst = 0;
  for (const auto& [name, gradient] : ours) {
    auto mine = gradient, theirs = reference.weights.at(name).grad();
    if (skip_key_biases && name.find("c_attn.bias") != std::string::npos) {  // their true gradient is 0
      auto C = mine.numel() / 3;
      mine = at::cat({mine.slice(0, 0, C), mine.slice(0, 2 * C)}), theirs = at::cat({theirs.slice(0, 0, C), theirs.slice(0, 2 * C)});
    }
    worst = std::max(worst, relative_error(mine, theirs));
  }
  return worst;
}

/// Counts the tensor memory that libtorch hands out while it stands.
struct AllocationCount : c10::MemoryReportingInfoBase {
  std::atomic<int64_t> allocations{0};
  void reportMemoryUsage(void*, int64_t size, size_t, size_t, c10::Device) override {
    if (size > 0) ++allocations;
  }
  bool memoryProfilingEnabled() const override { return true; }
};

}  // namespace

TEST("loss and gradients equal those of autograd in float64") {
  auto model = tiny_model();
  auto stage = whole(model);
  randomize(stage);
  RandomBatch batch(model, 4, 17, 1);
  Reference reference(model, stage);
  auto expected = reference.loss(batch.long_ids(), batch.weights);
  expected.backward();
  for (int64_t micro_batches : {1, 2, 4}) {
    CHECK_BELOW(std::abs(forward_backward(stage, batch, micro_batches) - expected.item<double>()), 1e-6);
    CHECK_BELOW(largest_error(read_all(stage, true), reference, true), 1e-5);
  }
}

TEST("logits equal those of the reference") {
  auto model = tiny_model();
  auto stage = whole(model);
  randomize(stage);
  RandomBatch batch(model, 2, 9, 2);
  auto expected = Reference(model, stage).logits(batch.long_ids());
  batch.load(stage, 0, 0, 2);
  stage.forward(0, Mode::infer);
  std::vector<int32_t> positions{8, 17, 3};
  auto logits = at::empty({3, model.vocabulary}, at::kFloat);
  stage.logits(0, positions.data(), 3, logits.data_ptr<float>());
  CHECK_BELOW(relative_error(logits, expected.view({18, model.vocabulary}).index_select(0, at::tensor({8, 17, 3}))), 1e-6);
}

TEST("adamw steps with clipping equal those of torch") {
  auto model = tiny_model();
  auto stage = whole(model);
  randomize(stage);
  Reference reference(model, stage);
  torch::optim::AdamW optimizer(reference.leaves(), torch::optim::AdamWOptions(1e-3).weight_decay(0.01));
  AdamWConfig config;
  config.clip_norm = 0.5;
  for (int step = 1; step <= 3; ++step) {
    RandomBatch batch(model, 4, 12, step);
    optimizer.zero_grad();
    reference.loss(batch.long_ids(), batch.weights).backward();
    auto expected = torch::nn::utils::clip_grad_norm_(reference.leaves(), config.clip_norm);
    optimizer.step();
    forward_backward(stage, batch, 2, step);
    CHECK_BELOW(std::abs(stage.apply(config, 1e-3) / expected - 1), 1e-5);
  }
  for (const auto& [name, value] : read_all(stage, false)) {
    if (name.find("c_attn.bias") != std::string::npos) continue;  // AdamW turns the rounding noise of key biases into steps
    CHECK_BELOW((value - reference.weights.at(name)).abs().max().item<double>(), 1e-5);
  }
}

TEST("a steady step allocates no memory") {
  if (device() != "cpu") return;  // the promise is that of our own kernels
  auto model = tiny_model();
  auto stage = whole(model);
  stage.initialize(1);
  RandomBatch batch(model, 4, 16, 3);
  auto count = std::make_shared<AllocationCount>();
  for (int step = 1; step <= 4; ++step) {
    c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, count);
    if (step == 3) count->allocations = 0;
    forward_backward(stage, batch, 2, step);
    stage.apply({}, 1e-3);
    if (step == 1) {
      CHECK(count->allocations > 10) << "counting does not work";
    }
  }
  CHECK_BELOW(count->allocations.load(), 0);
}

TEST("weights depend on seed and name alone") {
  auto model = tiny_model();
  auto stage = whole(model);
  Stage last(model, 2, 3, device());
  stage.initialize(5), last.initialize(5);
  auto all = read_all(stage, false);
  for (const auto& [name, value] : read_all(last, false)) CHECK(same_bits(value, all.at(name)));
  auto before = stage.checksum();
  stage.initialize(6);
  CHECK(stage.checksum() != before);
  CHECK_BELOW(std::abs(all.at("h.1.mlp.c_fc.weight").std().item<double>() - 0.02), 1e-3);
  CHECK_BELOW(std::abs(all.at("h.1.mlp.c_proj.weight").std().item<double>() - 0.02 / std::sqrt(6.0)), 1e-3);
}

TEST("dropout is the same however the batch is cut") {
  auto model = tiny_model();
  model.embedding_dropout = model.attention_dropout = model.residual_dropout = 0.2;
  auto stage = whole(model);
  randomize(stage);
  RandomBatch batch(model, 4, 16, 4);
  auto loss = forward_backward(stage, batch, 1);
  auto gradients = read_all(stage, true);
  CHECK_BELOW(std::abs(forward_backward(stage, batch, 4) - loss), 1e-6);
  for (const auto& [name, gradient] : read_all(stage, true)) {
    if (name.find("c_attn.bias") != std::string::npos) continue;
    CHECK_BELOW(relative_error(gradient, gradients.at(name)), 1e-5);
  }
  CHECK(std::abs(forward_backward(stage, batch, 1, 2) - loss) > 1e-4);  // another step, another mask
}

TEST("gradients with dropout are those of the loss with the same mask") {
  auto model = tiny_model();
  model.embedding_dropout = model.attention_dropout = model.residual_dropout = 0.3;
  auto stage = whole(model);
  randomize(stage);
  RandomBatch batch(model, 2, 8, 5);
  forward_backward(stage, batch, 1);
  auto gradients = read_all(stage, true);
  for (int64_t i = 0; i < stage.parameters(); ++i) {  // finite differences along the gradient of each parameter
    auto name = stage.parameter_name(i);
    if (name.find("c_attn.bias") != std::string::npos) continue;
    auto value = read_all(stage, false).at(name), direction = gradients.at(name) / gradients.at(name).norm();
    auto loss_at = [&](double distance) {
      auto moved = (value + direction * distance).contiguous();
      stage.write_parameter(i, moved.data_ptr<float>(), moved.numel());
      return forward_backward(stage, batch, 1);
    };
    auto slope = (loss_at(0.02) - loss_at(-0.02)) / 0.04;
    loss_at(0);
    CHECK_BELOW(std::abs(slope / gradients.at(name).norm().item<double>() - 1), 0.02);
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
  model.heads = 5;
  CHECK_THROWS((whole(model)), "hidden 24 is not a multiple of heads 5");
}

TEST("a non finite gradient leaves the weights as they were") {
  auto model = tiny_model();
  auto stage = whole(model);
  stage.initialize(1);
  std::vector<float> value(model.hidden, INFINITY);
  for (int64_t i = 0; i < stage.parameters(); ++i)
    if (stage.parameter_name(i) == "ln_f.bias") stage.write_parameter(i, value.data(), model.hidden);
  auto before = stage.checksum();
  forward_backward(stage, RandomBatch(model, 2, 8, 6), 1);
  CHECK_THROWS((stage.apply({}, 1e-3)), "not finite");
  CHECK(stage.checksum() == before);
}

int main(int argc, char** argv) { return check::run(argc, argv); }
