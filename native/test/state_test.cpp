#include "chain.h"

/// What a checkpoint holds: a model that takes over weights, running means and the number of updates goes on as the one that it took them
/// from would have, to the bit, however both are cut.
using namespace trireme;
using namespace trireme::test;

namespace {

const int64_t kMicroBatches = 2;
const std::vector<ParameterState> kStates{ParameterState::weight, ParameterState::mean, ParameterState::variance};

std::vector<NamedModel> models() {
  std::vector<NamedModel> all{{"gpt2", tiny_model()}, {"llama", tiny_llama()}, {"qwen2", tiny_qwen2()}, {"an invention", tiny_invention()}};
  for (auto& [name, model] : all) {
    model.layers = 2;
    model = with_dropout(model, 0.1);
  }
  return all;
}

Outcome train(Chain& chain, const ModelConfig& model, int64_t first, int64_t last) {
  Outcome outcome;
  for (auto number = first; number <= last; ++number) {
    RandomBatch batch(model, 4, 9, number);
    Step step{batch, number, kMicroBatches};
    chain.train(gpipe(chain.size(), kMicroBatches), step, outcome);
  }
  outcome.weights = chain.read(false);
  return outcome;
}

Tensors snapshot_of(Chain& chain, ParameterState state) {
  Tensors all;
  for (int64_t s = 0; s < chain.size(); ++s)
    for (int64_t i = 0; i < chain.at(s).parameters(); ++i) {
      auto value = at::full(shape_of(chain.at(s), i), -1, at::kFloat);
      chain.at(s).read_snapshot(i, state, value.data_ptr<float>(), value.numel());
      auto [first, is_new] = all.emplace(chain.at(s).parameter_name(i), value);
      CHECK(is_new || same_bits(first->second, value)) << first->first << " differs between its stages";
    }
  return all;
}

void take_over(Chain& chain, Chain& other) {
  for (auto state : kStates) {
    auto values = snapshot_of(other, state);
    for (int64_t s = 0; s < chain.size(); ++s)
      for (int64_t i = 0; i < chain.at(s).parameters(); ++i) {
        auto value = values.at(chain.at(s).parameter_name(i)).contiguous();
        auto row = value.numel() / value.size(0);
        chain.at(s).write_state(i, state, row, value.data_ptr<float>() + row, value.numel() - row);
        chain.at(s).write_state(i, state, 0, value.data_ptr<float>(), row);
      }
  }
  for (int64_t s = 0; s < chain.size(); ++s) chain.at(s).set_updates(other.at(0).updates());
}

void take_snapshots(Chain& chain) {
  for (int64_t s = 0; s < chain.size(); ++s) chain.at(s).take_snapshot();
}

}  // namespace

TEST("a model that takes over the state of another goes on with the same bits, however both are cut") {
  for (const auto& [name, model] : models())
    for (const auto& [before, after] : std::vector<std::pair<std::vector<double>, std::vector<double>>>{
             {{2}, {2}}, {{2}, {1.5, 0.5}}, {{1, 1}, {2}}, {{0.5, 1.5}, {0.5, 1, 0.5}}}) {
      Chain never_stopped(model, before), stopped(model, before), resumed(model, after);
      train(never_stopped, model, 1, 3);
      train(stopped, model, 1, 3);
      take_snapshots(stopped);
      take_over(resumed, stopped);
      CHECK(resumed.at(0).updates() == 3);
      check_same(train(resumed, model, 4, 5), train(never_stopped, model, 4, 5), name);
    }
}

TEST("a snapshot stays as it was taken while steps go on, and the next one replaces it in the same memory") {
  auto model = tiny_model();
  model.layers = 2;
  Chain chain(model, {2});
  train(chain, model, 1, 2);
  auto before = chain.at(0).memory_bytes();
  auto weights = chain.read(false);
  take_snapshots(chain);
  auto held = chain.at(0).memory_bytes();
  CHECK(held > before);
  train(chain, model, 3, 3);
  CHECK(first_difference(snapshot_of(chain, ParameterState::weight), weights).empty());
  CHECK(!first_difference(chain.read(false), weights).empty());
  take_snapshots(chain);
  CHECK(first_difference(snapshot_of(chain, ParameterState::weight), chain.read(false)).empty());
  CHECK(chain.at(0).memory_bytes() == held);
}

TEST("before the first update the running means are 0") {
  auto model = tiny_llama();
  model.layers = 2;
  Chain chain(model, {1, 1});
  take_snapshots(chain);
  for (auto state : {ParameterState::mean, ParameterState::variance})
    for (const auto& [name, value] : snapshot_of(chain, state)) CHECK(value.eq(0).all().item<bool>()) << name;
  CHECK(chain.at(0).updates() == 0);
}

TEST("what is no state is refused") {
  auto model = tiny_model();
  auto stage = whole(model);
  float value = 0;
  CHECK_THROWS(stage.read_snapshot(0, ParameterState::mean, &value, 1), "take one");
  CHECK_THROWS(stage.set_updates(-1), "0 or more");
  CHECK_THROWS(stage.write_state(stage.parameters() - 1, ParameterState::mean, 0, &value, 1), "whole rows");
}

int main(int argc, char** argv) {
  return check::run(argc, argv);
}
