#include "chain.h"
#include "thread_backend.h"

/// Stages of one model on one device against one stage with the whole model: the same bits, however the model is cut,
/// scheduled and executed.
using namespace trireme;
using namespace trireme::test;

namespace {

const int64_t kLayers = 4;

struct Cut {
  const char* name;
  std::vector<double> layers;
};

const std::vector<Cut> kCuts{{"4", {4}},
                             {"2,2", {2, 2}},
                             {"1,3", {1, 3}},
                             {"1,2,1", {1, 2, 1}},
                             {"1,1,1,1", {1, 1, 1, 1}},
                             {"4,0", {4, 0}},
                             {"0,4", {0, 4}},
                             {"0,2,2,0", {0, 2, 2, 0}},
                             {"3.5,0.5", {3.5, 0.5}},
                             {"0.5,3.5", {0.5, 3.5}},
                             {"1.5,1,1.5", {1.5, 1, 1.5}},
                             {"sublayers", {0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5}}};

/// Every kind of part, tied and not, with dropout everywhere.
std::vector<NamedModel> models() {
  std::vector<NamedModel> all{{"gpt2", tiny_model()},
                              {"llama", tiny_llama()},
                              {"llama with all options", tiny_full_llama()},
                              {"qwen2", tiny_qwen2()},
                              {"qwen3", tiny_qwen3()},
                              {"an invention", tiny_invention()},
                              {"another invention", another_invention()}};
  for (auto& [name, model] : all) {
    model.layers = kLayers;
    model = with_dropout(model, 0.1);
  }
  auto gpt2 = all[0].config, llama = all[1].config, untied = all[2].config;
  auto of_gpt2 = everything(gpt2), of_llama = a_few(llama);
  of_gpt2.dropout = 0.2;
  gpt2.tuning.lora = of_gpt2;
  llama.tuning.lora = of_llama;
  untied.tuning.embeddings = false;
  untied.tuning.freeze(0, 1);
  untied.tuning.freeze(2, 3);
  all.push_back({"gpt2 with low-rank updates and dropout", gpt2});
  all.push_back({"llama with some low-rank updates", llama});
  all.push_back({"llama with frozen layers", untied});
  return all;
}

const int64_t kMicroBatches[] = {1, 3, 4};

/// TRIREME_PAIRWISE=1: of all combinations so many that each two values of different choices meet, for devices on which all take long.
bool pairwise() {
  return std::getenv("TRIREME_PAIRWISE") != nullptr;
}

Mode keep_all(int64_t) {
  return Mode::train;
}
Mode checkpoint_all(int64_t) {
  return Mode::checkpoint;
}
Mode checkpoint_even(int64_t i) {
  return i % 2 == 0 ? Mode::checkpoint : Mode::train;
}

struct Way {
  const char* name;
  Schedule (*schedule)(int64_t stages, int64_t micro_batches);
};

const Way kWays[] = {{"gpipe", gpipe}, {"1f1b", one_forward_one_backward}, {"late weights", late_weights}};
Mode (*const kModes[])(int64_t) = {keep_all, checkpoint_all, checkpoint_even};

Outcome train(Chain& chain, const ModelConfig& model, const Schedule& schedule, int64_t micro_batches, Mode (*mode)(int64_t), int steps,
              bool threads = false) {
  Outcome outcome;
  for (int number = 1; number <= steps; ++number) {
    RandomBatch batch(model, 12, 7, number);
    chain.train(schedule, {batch, number, micro_batches, mode}, outcome, threads);
  }
  outcome.gradients = chain.read(true);
  outcome.weights = chain.read(false);
  return outcome;
}

int64_t memory_after_a_step(const ModelConfig& model, Schedule (*schedule)(int64_t, int64_t), int64_t micro_batches,
                            Mode (*mode)(int64_t)) {
  Chain chain(model, {2, 2});
  RandomBatch batch(model, 2 * micro_batches, 16, 1);
  Outcome outcome;
  chain.train(schedule(2, micro_batches), {batch, 1, micro_batches, mode}, outcome);
  return chain.first().memory_bytes();
}

}  // namespace

TEST("every cut, schedule and checkpointing gives the bits of one stage after five steps") {
  auto all = models();
  for (std::size_t m = 0; m < all.size(); ++m)
    for (std::size_t micro = 0; micro < std::size(kMicroBatches); ++micro) {
      const auto& [name, model] = all[m];
      auto micro_batches = kMicroBatches[micro];
      Chain one(model, {kLayers});
      auto expected = train(one, model, gpipe(1, micro_batches), micro_batches, keep_all, 5);
      std::size_t turn = micro_batches;  // each schedule meets each mode in some cut
      for (std::size_t c = 0; c < kCuts.size(); ++c)
        for (std::size_t way = 0; way < std::size(kWays); ++way) {
          auto mode = (way + turn++ / std::size(kWays)) % std::size(kModes);
          if (pairwise() && (micro != (m + c) % 3 || way != (m + 2 * c) % 3)) continue;
          if (pairwise()) mode = m % 3;
          Chain chain(model, kCuts[c].layers);
          auto schedule = kWays[way].schedule(chain.size(), micro_batches);
          std::ostringstream where;
          where << name << " cut " << kCuts[c].name << ", " << micro_batches << " micro-batches, " << kWays[way].name << ", mode " << mode;
          check_same(train(chain, model, schedule, micro_batches, kModes[mode], 5), expected, where.str());
        }
    }
}

TEST("stages on threads of their own give the bits of one stage") {
  const std::vector<double> cuts[] = {{2, 2}, {1, 1, 1, 1}, {0.5, 1, 2.5}};
  auto all = models();
  for (std::size_t m = 0; m < all.size(); ++m) {
    const auto& [name, model] = all[m];
    Chain one(model, {kLayers});
    auto expected = train(one, model, gpipe(1, 12), 12, keep_all, 2);
    for (std::size_t c = 0; c < std::size(cuts); ++c)
      for (std::size_t way = 0; way < std::size(kWays); ++way) {
        if (pairwise() && way != (m + c) % 3) continue;
        Chain chain(model, cuts[c]);
        auto schedule = kWays[way].schedule(chain.size(), 12);
        check_same(train(chain, model, schedule, 12, checkpoint_even, 2, true), expected, name + ", " + kWays[way].name);
      }
  }
}

TEST("summed along a tree, every number of replicas and stages gives the same bits") {
  for (const auto& [name, model] : models()) {
    Outcome expected;
    for (int replicas : {1, 2, 4})
      for (const auto& layers : {std::vector<double>{4}, {2, 2}, {0, 3, 1}, {2.5, 1.5}}) {
        std::deque<Meeting> meetings;
        for (std::size_t i = 0; i < layers.size(); ++i) meetings.emplace_back(replicas);
        std::vector<Outcome> outcomes(replicas);
        on_ranks(replicas, [&](int rank) {
          Chain chain(model, layers);
          std::vector<c10::intrusive_ptr<ThreadBackend>> backends;
          for (int64_t i = 0; i < chain.size() && replicas > 1; ++i) {
            backends.push_back(c10::make_intrusive<ThreadBackend>(rank, meetings[i]));
            chain.at(i).join(backends.back().get(), 16 << 10, Reduction::tree);
          }
          for (int number = 1; number <= 3; ++number) {
            RandomBatch batch(model, 8, 7, number);
            Step step{batch, number, 4 / replicas, checkpoint_even, Summation::tree, rank, replicas};
            chain.train(one_forward_one_backward(chain.size(), step.micro_batches), step, outcomes[rank]);
          }
          outcomes[rank].gradients = chain.read(true);
          outcomes[rank].weights = chain.read(false);
        });
        if (expected.losses.empty()) expected = outcomes[0];
        for (int rank = 0; rank < replicas; ++rank) {
          CHECK(outcomes[rank].losses.back() == expected.losses[8 + (rank + 1) * 4 / replicas - 1]) << name << " on rank " << rank;
          outcomes[rank].losses = expected.losses;  // each rank has those of its own micro-batches
          check_same(outcomes[rank], expected, name + " on " + std::to_string(replicas) + " replicas of " + std::to_string(layers.size()));
        }
      }
  }
}

TEST("a sum along a tree is that of its two halves, and not that of a sequence") {
  auto model = models()[2].config;
  RandomBatch batch(model, 8, 7, 1);
  auto gradients = [&](Summation summation, int64_t micro_batches, int64_t replica, int64_t replicas) {
    Chain chain(model, {kLayers});
    Step step{batch, 1, micro_batches, keep_all, summation, replica, replicas};
    chain.begin(step);
    chain.run(gpipe(1, micro_batches), step);
    chain.complete_gradients(step);
    return chain.read(true);
  };
  auto whole = gradients(Summation::tree, 4, 0, 1), sequence = gradients(Summation::sequence, 4, 0, 1);
  auto left = gradients(Summation::tree, 2, 0, 2), right = gradients(Summation::tree, 2, 1, 2);
  for (const auto& [name, value] : whole) {
    CHECK(same_bits((left.at(name) + right.at(name)) / 2, value)) << name;
    CHECK_BELOW(relative_error(sequence.at(name), value), 1e-5) << name;
  }
  CHECK(!all_same_bits(whole, sequence)) << "the order makes no difference: nothing is tested";
}

TEST("a step that was dropped in the middle leaves no trace") {
  for (const auto& [name, model] : models()) {
    RandomBatch batch(model, 12, 7, 9);
    Chain fresh(model, {2, 2}), dropped(model, {2, 2});
    Step step{batch, 9, 4, checkpoint_even};
    dropped.begin(step);
    for (auto i : {0, 1, 2}) {
      dropped.run(0, {Direction::forward, i}, step);
      dropped.run(1, {Direction::forward, i}, step);
    }
    dropped.run(1, {Direction::backward, 0}, step);
    dropped.run(0, {Direction::input, 0}, step);
    dropped.run(1, {Direction::input, 1}, step);
    for (auto i : {0, 1}) dropped.at(i).drop_micro_batches();
    CHECK_THROWS(dropped.first().forward(1, Mode::train), "micro-batch 1 was not loaded");
    CHECK_THROWS(dropped.last().update({}, 1e-3), "apply after");
    auto schedule = late_weights(2, 4);
    check_same(train(dropped, model, schedule, 4, keep_all, 2), train(fresh, model, schedule, 4, keep_all, 2), name);
  }
}

TEST("one forward, one backward holds as many micro-batches as there are stages, and checkpointing less of each") {
  for (const auto& [name, model] : models()) {
    auto few = memory_after_a_step(model, one_forward_one_backward, 4, keep_all);
    auto many = memory_after_a_step(model, one_forward_one_backward, 12, keep_all);
    auto all = memory_after_a_step(model, gpipe, 12, keep_all);
    auto again = memory_after_a_step(model, gpipe, 12, checkpoint_all);
    CHECK(few == many) << few << " bytes with 4 micro-batches, " << many << " with 12, " << name;
    CHECK(all > many + many / 5) << all << " bytes of gpipe, " << many << " of 1f1b, " << name;
    CHECK(again < all - all / 5) << again << " bytes with checkpoints, " << all << " without, " << name;
  }
}

TEST("a cut inside a layer costs no memory") {
  for (const auto& [name, model] : models()) {
    auto bytes = [&model = model](const std::vector<double>& layers) {
      Chain chain(model, layers);
      RandomBatch batch(model, 6, 16, 1);
      Outcome outcome;
      chain.train(gpipe(2, 3), {batch, 1, 3, keep_all}, outcome);
      int64_t total = 0;
      for (int64_t i = 0; i < chain.size(); ++i) {
        chain.at(i).open_cache(0, 2, CacheType::float32);
        total += chain.at(i).memory_bytes();
      }
      return total;
    };
    auto between = bytes({2, 2}), inside = bytes({1.5, 2.5});
    CHECK(inside <= between) << inside << " bytes, not " << between << ", " << name;
  }
}

TEST("a steady step of two stages allocates no memory") {
  if (device() != "cpu") return;  // the promise is that of our own kernels
  for (const auto& [name, model] : models())
    for (const auto& way : kWays)
      for (auto mode : kModes) {
        Chain chain(model, {1.5, 2.5});
        RandomBatch batch(model, 8, 7, 1);
        auto schedule = way.schedule(2, 4);
        Outcome outcome;
        AllocationCount count;
        for (int number = 1; number <= 5; ++number) {
          if (number == 4) count.reset();
          chain.train(schedule, {batch, number, 4, mode}, outcome);
          if (number == 1) {
            CHECK(count.value() > 10) << "counting does not work";
          }
        }
        CHECK(count.value() == 0) << count.value() << " allocations by " << name << ", " << way.name;
      }
}

TEST("the mean loss of an evaluation is that of one stage, and training goes on undisturbed after it") {
  for (const auto& [name, model] : models()) {
    RandomBatch batch(model, 12, 7, 5);
    Step step{batch, 1, 3, [](int64_t) { return Mode::evaluate; }};
    std::vector<double> losses;
    Outcome expected;
    for (const auto& cut : kCuts) {
      Chain chain(model, cut.layers);
      for (int64_t i = 0; i < 3; ++i)
        for (int64_t stage = 0; stage < chain.size(); ++stage) chain.run(stage, {Direction::forward, i}, step);
      std::vector<double> ours(3);
      chain.last().losses(0, 3, ours.data());
      if (losses.empty()) losses = ours;
      CHECK(ours == losses) << name << " cut " << cut.name;
      for (int64_t stage = 0; stage < chain.size(); ++stage) chain.at(stage).drop_micro_batches();
      auto outcome = train(chain, model, one_forward_one_backward(chain.size(), 3), 3, keep_all, 1);
      if (expected.losses.empty()) expected = outcome;
      check_same(outcome, expected, name + " cut " + cut.name);
    }
  }
}

TEST("generation on stages gives the bits of one stage, whatever caches are open beside") {
  const Ids other{60, 0};
  for (const auto& [name, model] : models())
    for (auto weights : {Weights::trainable, Weights::float32, Weights::bfloat16}) {
      std::vector<at::Tensor> expected;
      for (const auto& cut : kCuts) {
        Chain chain(model, cut.layers, weights);
        auto slots = chain.slots(0, 2, 16), beside = chain.slots(1, 3, 9);
        std::vector<at::Tensor> logits{slots.extend({1, 0}, {{3, 1, 4, 1, 5, 9}, {2, 6}}), beside.extend({2}, {other}, 1)};
        slots.truncate(1, 4);
        for (int32_t id = 7; id < 10; ++id) {
          logits.push_back(beside.extend({2}, {{id}}));
          logits.push_back(slots.extend({0, 1}, {{id}, {id}}));
        }
        slots.reorder({1, 1});
        beside.close();
        logits.push_back(slots.extend({0, 1}, {{8}, {8, 9}}));
        if (expected.empty()) expected = logits;
        CHECK(same_bits(at::cat(logits), at::cat(expected))) << name << " cut " << cut.name << ", weights " << static_cast<int>(weights);
      }
    }
}

TEST("a stage refuses to generate from nothing, and then goes on") {
  auto model = models()[1].config;
  Chain chain(model, {2, 2}, Weights::float32), fresh(model, {2, 2}, Weights::float32);
  auto slots = chain.slots(0, 2, 8), others = fresh.slots(0, 2, 8);
  const Ids first{0}, counts{3}, table{1}, ids{1, 2, 3}, none{0};
  auto extend_last = [&] { chain.last().extend(0, 0, 1, first.data(), counts.data(), table.data(), ids.data(), none.data()); };
  auto extend_last_after_first = [&] {
    chain.last().extend(0, 0, 1, first.data(), counts.data(), table.data(), ids.data(), none.data(), chain.first());
  };
  CHECK_THROWS(extend_last(), "pass 0 of cache 0 has no input; extend the previous stage with the same tokens");
  CHECK_THROWS(extend_last_after_first(), "pass 0 of cache 0 has no input; extend the previous stage with the same tokens");
  chain.first().extend(0, 0, 1, first.data(), counts.data(), table.data(), ids.data(), none.data());
  CHECK_THROWS(chain.first().logits(0, 0, ids.data(), 1, nullptr), "hidden states need the stage with the last layer");
  extend_last_after_first();
  CHECK(same_bits(slots.extend({0, 1}, {ids, {4}}), others.extend({0, 1}, {ids, {4}})));
}

TEST("what comes too early or too often is refused by micro-batch and reason") {
  auto model = models()[0].config;
  RandomBatch batch(model, 4, 7, 1);
  Chain chain(model, {2, 2});
  auto &first = chain.first(), &last = chain.last();
  Step step{batch, 1, 2};
  auto run = [&](int64_t stage, Direction direction, int64_t i) { chain.run(stage, {direction, i}, step); };
  chain.begin(step);
  CHECK_THROWS(run(1, Direction::forward, 0), "micro-batch 0 was not loaded");
  batch.load(first, 0, 0, 2);
  CHECK_THROWS(last.take_input(0, first), "micro-batch 0 has not run forward on the previous stage");
  CHECK_THROWS(last.forward(0, Mode::train), "forward of micro-batch 0 has no input; take_input it from the previous stage");
  for (auto i : {0, 1}) {
    run(0, Direction::forward, i);
    run(1, Direction::forward, i);
  }
  CHECK_THROWS(first.backward(0), "backward of micro-batch 0 needs that of the next stage");
  CHECK_THROWS(first.backward_input(0), "backward of micro-batch 0 needs that of the next stage");
  CHECK_THROWS(last.backward_weight(0), "backward_weight of micro-batch 0 needs backward_input before it");
  last.backward_input(0);
  CHECK_THROWS(last.backward(0), "backward of micro-batch 0");
  last.backward_weight(0);
  last.backward(1);
  CHECK_THROWS(last.backward(1), "micro-batch 1 was not loaded");
  first.backward(0);
  CHECK_THROWS(first.update({}, 1e-3), "apply after 1 of 2 backward passes of the step");
  first.backward(1);
  batch.load(first, 2, 2, 4);
  first.forward(2, Mode::evaluate);
  CHECK_THROWS(first.backward(2), "backward of micro-batch 2 needs a forward in Mode::train before it");
  CHECK_THROWS(first.add_tied_gradient(first), "has no tied head");
}

TEST("a stage that would hold nothing, or an end without the layer beside it, is refused") {
  auto model = models()[0].config;
  auto make = [&](int64_t first, int64_t end, bool embedding, bool head) { Stage(model, first, end, embedding, head, device()); };
  CHECK_THROWS(make(2, 2, false, false), "a stage without a layer needs the embeddings or the head");
  CHECK_THROWS(make(1, 8, true, true), "layers [0.5, 4) of 4");
  CHECK_THROWS(make(0, 7, true, true), "layers [0, 3.5) of 4");
  CHECK_THROWS(make(2, 9, false, false), "layers [1, 4.5) are not a run of the model's 4");
}

TEST("a sum along a tree is refused where it cannot be made") {
  auto model = models()[1].config;
  RandomBatch batch(model, 4, 7, 1);
  Chain chain(model, {kLayers});
  CHECK_THROWS(chain.begin({batch, 1, 3, keep_all, Summation::tree}), "micro_batches is 3 but must be a power of two");
  Step step{batch, 1, 2, keep_all, Summation::tree};
  chain.begin(step);
  chain.run(0, {Direction::forward, 0}, step);
  CHECK_THROWS(chain.first().backward_input(0), "a sum along a tree needs whole backward passes");
}

int main(int argc, char** argv) {
  return check::run(argc, argv);
}
