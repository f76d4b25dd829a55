#include "chain.h"
#include "trireme/choice.h"

/// What an iteration of generation asks of the host and the streams of devices, counted by the simulator.
using namespace trireme;
using namespace trireme::test;

namespace {

std::vector<std::string> on_sim(int64_t stages, int64_t devices) {
  sim::install();
  std::vector<std::string> all;
  for (int64_t stage = 0; stage < stages; ++stage) all.push_back("sim:" + std::to_string(stage % devices));
  return all;
}

ModelConfig with_layers(ModelConfig model, int64_t layers) {
  model.layers = layers;
  return model;
}

/// Texts that decode together.
struct Texts {
  Chain chain;
  Slots slots;
  Ids all;

  Texts(const ModelConfig& model, int64_t count, const std::vector<double>& layers, int64_t devices)
      : chain(model, layers, Weights::float32, on_sim(static_cast<int64_t>(layers.size()), devices)),
        slots(chain.slots(0, count, 64)),
        all(static_cast<std::size_t>(count)) {
    std::iota(all.begin(), all.end(), 0);
    for (int i = 0; i < 3; ++i) iterate(std::vector<Ids>(all.size(), Ids{5, 6}));
    for (int i = 0; i < 2; ++i) iterate(std::vector<Ids>(all.size(), Ids{7}));
  }
  ~Texts() { slots.close(); }

  /// Runs new tokens of each text, and chooses the one after its last.
  sim::Counters iterate(const std::vector<Ids>& more) {
    auto before = sim::counters();
    slots.run(all, more);
    Ids last;
    int32_t total = 0;
    for (const auto& some : more) last.push_back((total += static_cast<int32_t>(some.size())) - 1);
    auto count = static_cast<int64_t>(last.size());
    std::vector<double> numbers(count * kChoiceNumbers), values(count * kChoiceValues);
    std::vector<int64_t> draws(2 * count);
    Ids lists(count * kChoiceLengths), ids(count);
    for (int64_t i = 0; i < count; ++i) lists[i * kChoiceLengths] = -1;
    chain.last().choose(0, 0, last.data(), count, numbers.data(), draws.data(), lists.data(), nullptr, nullptr, ids.data(), values.data(),
                        nullptr);
    for (auto id : ids) CHECK(id >= 0);
    return sim::counters() - before;
  }
};

}  // namespace

TEST("the host waits once per iteration, whatever the texts, stages and devices") {
  for (const auto& model : tiny_models())
    for (const auto& [layers, devices] : {std::pair<std::vector<double>, int64_t>{{3}, 1}, {{1, 2}, 1}, {{1, 2}, 2}, {{0.5, 1, 1.5}, 3}})
      for (int64_t count : {1, 5}) {
        Texts texts(with_layers(model.config, 3), count, layers, devices);
        std::vector<Ids> mixed(texts.all.size(), Ids{5});
        mixed[0] = {5, 6, 7};
        for (const auto& more : {std::vector<Ids>(texts.all.size(), Ids{5}), mixed}) {
          auto counts = texts.iterate(more);
          auto stages = static_cast<int64_t>(layers.size());
          CHECK(counts.waits == 1 && counts.hidden_waits == 0) << counts.waits << " waits and " << counts.hidden_waits << " hidden of "
                                                               << model.name << ", " << count << " texts, " << stages << " stages";
          CHECK(counts.to_device == stages + 1)
              << counts.to_device << " copies to devices of " << model.name << ", " << stages << " stages";
          CHECK(counts.to_host == 1) << counts.to_host << " copies to the host";
          CHECK(counts.between_devices == (devices > 1 ? stages - 1 : 0)) << counts.between_devices << " copies between devices";
        }
      }
}

TEST("a steady iteration takes no memory of devices or of pinned blocks") {
  Texts texts(tiny_model(), 4, {static_cast<double>(tiny_model().layers)}, 1);
  const std::vector<Ids> one(4, Ids{5});
  texts.iterate(one);
  auto counts = texts.iterate(one);
  CHECK(counts.new_blocks == 0) << counts.new_blocks << " blocks";
}

TEST("launches per layer are bounded, and do not depend on how many texts decode") {
  struct Bound {
    const char* name;
    ModelConfig model;
    int64_t layer, rest;
  };
  for (const auto& [name, model, layer, rest] : {Bound{"gpt2", tiny_model(), 33, 28}, Bound{"llama", tiny_llama(), 36, 28}}) {
    auto launches = [&](int64_t layers, int64_t count) {
      Texts texts(with_layers(model, layers), count, {static_cast<double>(layers)}, 1);
      return texts.iterate(std::vector<Ids>(texts.all.size(), Ids{5})).launches;
    };
    auto four = launches(4, 2), five = launches(5, 2);
    std::printf("       %s: %ld, and %ld a layer\n", name, long(four - 4 * (five - four)), long(five - four));
    CHECK(five - four <= layer) << five - four << " of " << name;
    CHECK(four - 4 * (five - four) <= rest) << four << " of " << name;
    CHECK(launches(4, 6) == four) << launches(4, 6) << " for six texts of " << name;
  }
}

int main(int argc, char** argv) {
  return check::run(argc, argv);
}
