#include <functional>
#include <numeric>

#include "reference_model.h"
#include "slots.h"
#include "trireme/choice.h"

/// Generation against the float64 reference, and against itself: what a sequence gives must not depend on its neighbours,
/// nor on how it is cut into passes.
using namespace trireme;
using namespace trireme::test;

namespace {

const int64_t kVocabulary = tiny_model().vocabulary;

Ids random_ids(int64_t count, uint64_t seed) {
  auto ids = at::randint(kVocabulary, {count}, at::detail::createCPUGenerator(seed), at::kInt);
  return Ids(ids.data_ptr<int32_t>(), ids.data_ptr<int32_t>() + count);
}

Ids part(const Ids& ids, int64_t begin, int64_t end) {
  return Ids(ids.begin() + begin, ids.begin() + end);
}

Ids joined(Ids first, const Ids& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Slots slots_of(Stage& stage, int64_t slots, int64_t capacity, CacheType type = CacheType::float32, int64_t cache = 0) {
  return Slots({&stage}, kVocabulary, cache, slots, capacity, type);
}

/// The logits (T, V) of a sequence in a cache of its own, in passes of at most `chunk` tokens.
at::Tensor alone(Stage& stage, const Ids& ids, int64_t chunk = 1000, CacheType type = CacheType::float32) {
  auto length = static_cast<int64_t>(ids.size());
  auto slots = slots_of(stage, 1, length, type, 99);
  std::vector<at::Tensor> passes;
  for (int64_t begin = 0; begin < length; begin += chunk)
    passes.push_back(slots.extend({0}, {part(ids, begin, std::min(begin + chunk, length))}));
  slots.close();
  return at::cat(passes);
}

at::Tensor last_of(const at::Tensor& logits) {
  return logits[-1];
}

/// The same bits; on a device that is not ours to order sums on, nearly.
bool same(const at::Tensor& a, const at::Tensor& b) {
  return device() == "cpu" ? same_bits(a.contiguous(), b.contiguous()) : relative_error(a, b) < 1e-5;
}

/// Runs a promise with every model and every kind of weights.
void with_all_stages(const std::function<void(const std::string& name, const ModelConfig& model, Stage& stage)>& promise) {
  const std::pair<Weights, const char*> kinds[] = {
      {Weights::trainable, "trainable"}, {Weights::float32, "float32"}, {Weights::bfloat16, "bfloat16"}};
  for (const auto& [name, model] : tiny_models())
    for (const auto& [weights, kind] : kinds) {
      auto stage = whole(model, weights);
      write_in_pieces(stage, random_values(stage));
      promise(name + ", " + kind, model, stage);
    }
}

/// As a stage of Weights::bfloat16 holds them: matrices rounded, but for learned positions, which are added like a bias.
Tensors rounded(Tensors values) {
  for (auto& [name, value] : values)
    if (value.dim() == 2 && name != "wpe.weight" && name != "embed_positions.weight") value = value.to(at::kBFloat16).to(at::kFloat);
  return values;
}

at::Tensor reference_logits(const ModelConfig& model, const Tensors& values, const Ids& ids) {
  at::NoGradGuard no_autograd;
  return Reference(model, values).logits(at::tensor(ids, at::kLong).unsqueeze(0))[0];
}

}  // namespace

TEST("logits equal those of the float64 reference") {
  auto ids = random_ids(20, 1);
  for (const auto& [name, model] : tiny_models()) {
    auto trainable = whole(model), float32 = whole(model, Weights::float32), bfloat16 = whole(model, Weights::bfloat16);
    auto values = random_values(trainable);
    for (auto* stage : {&trainable, &float32, &bfloat16}) write_in_pieces(*stage, values);
    auto expected = reference_logits(model, values, ids);
    CHECK_BELOW(relative_error(alone(trainable, ids), expected), 1e-6) << name;
    CHECK_BELOW(relative_error(alone(float32, ids), expected), 1e-6) << name;
    CHECK_BELOW(relative_error(alone(bfloat16, ids), expected), 2e-2) << name;
    // Only the weights are rounded: from rounded weights on, everything is float32.
    CHECK_BELOW(relative_error(alone(bfloat16, ids), reference_logits(model, rounded(values), ids)), 1e-6) << name;
  }
}

TEST("a token after cached ones has the logits of its prefix computed anew") {
  auto ids = random_ids(20, 2);
  with_all_stages([&](const std::string& name, const ModelConfig&, Stage& stage) {
    auto one_by_one = alone(stage, ids, 1);
    for (int64_t length = 1; length <= 20; ++length)
      CHECK(same(one_by_one[length - 1], last_of(alone(stage, part(ids, 0, length))))) << length << " tokens, " << name;
  });
}

TEST("a prompt in one pass is the prompt in chunks") {
  auto ids = random_ids(32, 3);
  with_all_stages([&](const std::string& name, const ModelConfig&, Stage& stage) {
    auto whole_prompt = alone(stage, ids);
    for (int64_t chunk : {1, 3, 7}) CHECK(same(alone(stage, ids, chunk), whole_prompt)) << "chunks of " << chunk << ", " << name;
  });
}

TEST("sequences of different lengths in one batch give what each gives alone") {
  const Ids a = random_ids(3, 4), b = random_ids(12, 5), c = random_ids(1, 6), d = random_ids(20, 7);
  with_all_stages([&](const std::string& name, const ModelConfig&, Stage& stage) {
    auto slots = slots_of(stage, 4, 24);
    auto prompts = slots.extend({2, 0, 3}, {a, b, c}).split_with_sizes({3, 12, 1});
    CHECK(same(prompts[0], alone(stage, a))) << name;
    CHECK(same(prompts[1], alone(stage, b))) << name;
    CHECK(same(prompts[2], alone(stage, c))) << name;
    // The others go on by a token or two, while a late one begins in the slot that is left.
    auto mixed = slots.extend({0, 1, 2}, {{7}, d, {8, 9}}).split_with_sizes({1, 20, 2});
    CHECK(same(mixed[0][0], last_of(alone(stage, joined(b, {7}))))) << name;
    CHECK(same(mixed[1], alone(stage, d))) << name;
    CHECK(same(mixed[2], alone(stage, joined(a, {8, 9})).slice(0, 3))) << name;
    auto logits = slots.extend({3, 2, 1, 0}, {{1}, {2}, {3}, {4}});
    CHECK(same(logits[0], last_of(alone(stage, joined(c, {1}))))) << name;
    CHECK(same(logits[1], last_of(alone(stage, joined(a, {8, 9, 2}))))) << name;
    CHECK(same(logits[2], last_of(alone(stage, joined(d, {3}))))) << name;
    CHECK(same(logits[3], last_of(alone(stage, joined(b, {7, 4}))))) << name;
  });
}

TEST("a truncated slot goes on from where it was cut") {
  auto ids = random_ids(15, 8), other = random_ids(9, 9);
  with_all_stages([&](const std::string& name, const ModelConfig&, Stage& stage) {
    auto slots = slots_of(stage, 2, 15);
    slots.extend({1}, {ids});
    slots.truncate(1, 5);
    CHECK(same(slots.extend({1}, {other}), alone(stage, joined(part(ids, 0, 5), other)).slice(0, 5))) << name;
    slots.truncate(1, 0);
    CHECK(same(slots.extend({1}, {ids}), alone(stage, ids))) << "from the start, " << name;
  });
}

TEST("reordered slots are what their parents were, round after round") {
  const std::vector<Ids> rounds{{2, 2, 0, 3}, {1, 0, 3, 2}, {3, 0, 1, 2}, {0, 0, 0, 0}, {1, 1, 3, 2}, {0, 1, 2, 3}};
  with_all_stages([&](const std::string& name, const ModelConfig&, Stage& stage) {
    std::vector<Ids> sequences{random_ids(4, 1), random_ids(9, 2), random_ids(1, 3), random_ids(6, 4)};
    auto slots = slots_of(stage, 4, 32);
    slots.extend({0, 1, 2, 3}, sequences);
    for (std::size_t round = 0; round < rounds.size(); ++round) {
      slots.reorder(rounds[round]);
      auto before = sequences;
      for (std::size_t slot = 0; slot < 4; ++slot) sequences[slot] = before[rounds[round][slot]];
      for (int32_t slot : {3, 0, 2}) {  // one after another and by different counts, so that no slot can pass for another
        auto more = random_ids(1 + slot, 10 * round + slot);
        sequences[slot] = joined(sequences[slot], more);
        CHECK(same(last_of(slots.extend({slot}, {more})), last_of(alone(stage, sequences[slot]))))
            << "slot " << slot << " of round " << round << ", " << name;
      }
    }
  });
}

TEST("several caches live side by side, and closing one leaves the others") {
  auto a = random_ids(8, 11), b = random_ids(5, 12);
  auto stage = whole(tiny_llama(), Weights::float32);
  write_all(stage, random_values(stage));
  auto first = slots_of(stage, 1, 9), second = slots_of(stage, 2, 6, CacheType::float32, 1);
  first.extend({0}, {a});
  second.extend({1}, {b});
  CHECK(same(first.extend({0}, {{5}})[0], last_of(alone(stage, joined(a, {5})))));
  first.close();
  CHECK(same(second.extend({1}, {{6}})[0], last_of(alone(stage, joined(b, {6})))));
}

TEST("passes of different numbers keep their outputs") {
  auto a = random_ids(8, 11), b = random_ids(5, 12);
  with_all_stages([&](const std::string& name, const ModelConfig&, Stage& stage) {
    auto slots = slots_of(stage, 2, 16);
    auto first = slots.extend({0}, {a}, 0), second = slots.extend({1}, {b}, 1);
    CHECK(same(slots.logits({7, 2}, 0), first.index_select(0, at::tensor({7, 2})))) << name;
    CHECK(same(slots.logits({4}, 1), second.narrow(0, 4, 1))) << name;
  });
}

TEST("sequences that share blocks give what each gives alone") {
  auto model = tiny_llama();
  model.positions = 200;
  auto beginning = random_ids(64, 4), a = random_ids(20, 5), b = random_ids(50, 6);
  for (auto weights : {Weights::trainable, Weights::bfloat16}) {
    auto stage = whole(model, weights);
    write_all(stage, random_values(stage));
    for (auto type : {CacheType::float32, CacheType::bfloat16}) {
      auto slots = slots_of(stage, 3, 128, type);
      slots.run({0}, {beginning});
      slots.share(0, 1, 64);
      slots.share(0, 2, 32);
      slots.run({2}, {part(beginning, 32, 64)});
      auto logits = slots.extend({0, 1, 2}, {a, b, {7}}).split_with_sizes({20, 50, 1});
      CHECK(same(logits[0], alone(stage, joined(beginning, a), 1000, type).slice(0, 64)));
      CHECK(same(logits[1], alone(stage, joined(beginning, b), 1000, type).slice(0, 64)));
      CHECK(same(logits[2], alone(stage, joined(beginning, {7}), 1000, type).slice(0, 64)));
    }
  }
}

TEST("a cache of bfloat16 is near to one of float32, and chunks change nothing there either") {
  auto ids = random_ids(32, 3);
  with_all_stages([&](const std::string& name, const ModelConfig&, Stage& stage) {
    auto exact = alone(stage, ids), rounded = alone(stage, ids, 1000, CacheType::bfloat16);
    auto error = relative_error(rounded, exact);
    CHECK(error > 1e-5) << name << ", nothing was rounded";
    CHECK_BELOW(error, 1e-2) << name;
    for (int64_t chunk : {1, 3, 7}) {
      auto chunked = alone(stage, ids, chunk, CacheType::bfloat16);
      if (device() == "cpu") CHECK(same_bits(chunked, rounded)) << "chunks of " << chunk << ", " << name;
      else CHECK_BELOW(relative_error(chunked, rounded), 1e-2) << name;  // what differs in the last bit may be rounded to either side
    }
  });
}

TEST("after a step of training generation uses the new weights") {
  auto ids = random_ids(10, 13);
  for (const auto& [name, model] : tiny_models()) {
    auto stage = whole(model);
    randomize(stage);
    auto before = alone(stage, ids);
    forward_backward(stage, RandomBatch(model, 2, 8, 1), 1);
    stage.apply({}, 1e-2);
    auto after = alone(stage, ids);
    CHECK(relative_error(after, before) > 1e-3) << name;
    CHECK_BELOW(relative_error(after, reference_logits(model, read_all(stage, false), ids)), 1e-6) << name;
    stage.initialize(3);
    auto anew = reference_logits(model, read_all(stage, false), ids);
    CHECK_BELOW(relative_error(alone(stage, ids), anew), 1e-6) << name << ", drawn anew";
  }
}

TEST("training goes on undisturbed by generation between its passes") {
  auto model = tiny_llama();
  auto quiet = whole(model), disturbed = whole(model);
  RandomBatch batch(model, 2, 8, 1);
  for (auto* stage : {&quiet, &disturbed}) {
    randomize(*stage);
    stage->begin(1, 1234, 1, batch.weight);
    batch.load(*stage, 0, 0, 2);
    stage->forward(0, Mode::train);
    if (stage == &disturbed) alone(*stage, random_ids(20, 2));
    stage->backward(0);
    stage->apply({}, 1e-3);
  }
  CHECK(quiet.checksum() == disturbed.checksum());
}

/// The largest logits of chosen tokens of a pass, by the stage.
Ids argmax_of(Stage& stage, const Ids& tokens) {
  Ids lists, ids(tokens.size());
  std::vector<double> numbers, values(kChoiceValues * tokens.size());
  std::vector<int64_t> draws(2 * tokens.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    for (double number : {0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0}) numbers.push_back(number);
    for (int32_t length : {-1, 0, 0, 0, 0, 0, 0}) lists.push_back(length);
  }
  stage.choose(0, 0, tokens.data(), static_cast<int64_t>(tokens.size()), numbers.data(), draws.data(), lists.data(), nullptr, nullptr,
               ids.data(), values.data(), nullptr);
  return ids;
}

TEST("greedy choices are the ids of the largest logits") {
  with_all_stages([&](const std::string& name, const ModelConfig&, Stage& stage) {
    auto slots = slots_of(stage, 2, 20);
    auto logits = slots.extend({1, 0}, {random_ids(20, 14), random_ids(6, 15)});
    const Ids tokens{25, 0, 19, 20, 7};
    auto chosen = argmax_of(stage, tokens);
    for (std::size_t i = 0; i < tokens.size(); ++i)
      CHECK(chosen[i] == logits[tokens[i]].argmax().item<int64_t>()) << "token " << tokens[i] << ", " << name;
    CHECK(same(slots.logits(tokens), logits.index_select(0, at::tensor(tokens, at::kLong)))) << name;
  });
}

TEST("the greedy choice among equal logits is the first") {
  auto stage = whole(tiny_full_llama(), Weights::float32);
  auto values = random_values(stage);
  auto head = values["lm_head.weight"];
  for (int64_t row = 0; row < kVocabulary; ++row) head[row] = head[row % 20];  // every logit three times
  write_all(stage, values);
  auto slots = slots_of(stage, 1, 30);
  slots.run({0}, {random_ids(30, 16)});
  Ids tokens(30);
  std::iota(tokens.begin(), tokens.end(), 0);
  for (auto id : argmax_of(stage, tokens))
    CHECK(id < 20 || device() != "cpu") << id;  // elsewhere equal rows may have logits that are not quite equal
}

TEST("rotary angles far beyond the first thousands are those of float64") {
  auto model = tiny_llama();
  model.layers = model.heads = model.kv_heads = 1;
  model.head_width = 16;
  model.positions = 8192;
  for (const auto& m : {model, with_linear_rope(model), with_llama3_rope(model)}) {
    auto stage = whole(m, Weights::float32);
    auto values = random_values(stage);
    for (const char* part : {"q", "k"})  // attention that picks a few of all the positions
      values["layers.0.self_attn." + std::string(part) + "_proj.weight"].mul_(5);
    write_all(stage, values);
    auto ids = random_ids(5001, 17);
    auto expected = reference_logits(m, values, ids);
    auto error = relative_error(alone(stage, ids, 512).slice(0, 4900), expected.slice(0, 4900));
    CHECK_BELOW(error, 1.5e-6);  // 4e-7 as it is, 4e-6 with angles in float32
  }
}

TEST("a cache takes the memory that was said before it was opened, and gives it back") {
  with_all_stages([&](const std::string& name, const ModelConfig&, Stage& stage) {
    alone(stage, random_ids(32, 18));  // what the first pass allocates for all
    for (auto type : {CacheType::float32, CacheType::bfloat16}) {
      auto before = stage.memory_bytes(), announced = 3 * stage.block_bytes(type);
      stage.open_cache(0, 3, type);
      auto taken = stage.memory_bytes() - before;
      CHECK(taken == announced) << taken << " bytes for " << announced << ", " << name;
      stage.close_cache(0);
      CHECK(stage.memory_bytes() == before) << name;
    }
    CHECK(stage.block_bytes(CacheType::float32) == 2 * stage.block_bytes(CacheType::bfloat16)) << name;
  });
}

TEST("a steady decode step allocates no memory") {
  if (device() != "cpu") return;  // the promise is that of our own kernels
  with_all_stages([&](const std::string& name, const ModelConfig&, Stage& stage) {
    auto logits = at::empty({2, kVocabulary}, at::kFloat);
    const Ids tokens{0, 1};
    AllocationCount count;
    auto slots = slots_of(stage, 2, 32);
    slots.extend({0, 1}, {random_ids(5, 19), random_ids(9, 20)});
    CHECK(count.value() > 5) << "counting does not work";
    for (int step = 0; step < 20; ++step) {
      if (step == 1) count.reset();
      slots.run({0, 1}, {{3}, {4}});
      stage.logits(0, 0, tokens.data(), 2, logits.data_ptr<float>());
      argmax_of(stage, tokens);
    }
    CHECK(count.value() == 0) << count.value() << " allocations, " << name;
  });
}

TEST("bad requests are refused by name and value, and change nothing") {
  auto model = tiny_llama();
  auto stage = whole(model, Weights::float32);
  write_all(stage, random_values(stage));
  auto ids = random_ids(6, 21);
  auto slots = slots_of(stage, 2, 8, CacheType::float32, 3);
  slots.extend({0}, {ids});
  auto logits = at::empty({1, kVocabulary}, at::kFloat);
  auto ask = [&](int64_t cache, int64_t pass, int32_t token) { stage.logits(cache, pass, &token, 1, logits.data_ptr<float>()); };
  auto extend = [&](int64_t cache, const Ids& firsts, const Ids& counts, const Ids& tables, const Ids& tokens) {
    const Ids adapters(firsts.size(), 0);
    stage.extend(cache, 0, static_cast<int64_t>(firsts.size()), firsts.data(), counts.data(), tables.data(), tokens.data(),
                 adapters.data());
  };
  const Ids zero{0}, two{2};

  CHECK_THROWS(extend(7, {0}, {1}, {0}, {1}), "cache 7 is not open");
  CHECK_THROWS(ask(7, 0, 0), "cache 7 is not open");
  CHECK_THROWS(ask(3, 5, 0), "there is no pass 5 of cache 3");
  CHECK_THROWS(extend(3, {0, 0}, {1, 1}, {1, 1}, {1, 2}), "block 1 would be written to by two sequences; copy it before");
  CHECK_THROWS(extend(3, {0}, {1}, {2}, {1}), "block 2 is not among the 2 of the cache");
  CHECK_THROWS(extend(3, {0}, {1}, {-1}, {1}), "block -1 is not among the 2 of the cache");
  CHECK_THROWS(extend(3, {31}, {2}, {0, 1}, {1, 2}), "sequence 0 would have 33 positions; the model has 32");
  CHECK_THROWS(extend(3, {6, 0}, {1, 2}, {0, 1}, {1, 2, 61}), "token id 61 at sequence 1, position 1 is outside the vocabulary of 61");
  CHECK_THROWS(extend(3, {6}, {1}, {0}, {-1}), "token id -1 at sequence 0, position 6 is outside the vocabulary of 61");
  CHECK_THROWS(extend(3, {6}, {0}, {0}, {}), "sequence 0 gets 0 tokens");
  CHECK_THROWS(extend(3, {-1}, {1}, {0}, {1}), "sequence 0 goes on at position -1");
  CHECK_THROWS(extend(3, {}, {}, {}, {}), "no sequences");
  CHECK_THROWS(ask(3, 0, 6), "token 6 is not among the 6 of the last extend");
  CHECK_THROWS(ask(3, 0, -1), "token -1 is not among the 6 of the last extend");
  CHECK_THROWS(stage.copy_blocks(3, 1, zero.data(), two.data()), "block 2 is not among the 2 of the cache");
  CHECK_THROWS(stage.open_cache(3, 0, CacheType::float32), "a cache of 0 blocks cannot be");
  CHECK(same(slots.extend({0}, {{5, 6}}), alone(stage, joined(ids, {5, 6})).slice(0, 6)));
}

TEST("a stage that only generates refuses to train and to be read") {
  for (auto weights : {Weights::float32, Weights::bfloat16}) {
    auto model = tiny_llama();
    auto stage = whole(model, weights);
    RandomBatch batch(model, 1, 4, 1);
    CHECK_THROWS(stage.begin(1, 1, 1, 1), "begin needs trainable weights");
    CHECK_THROWS(batch.load(stage, 0, 0, 1), "load needs trainable weights");
    CHECK_THROWS(stage.backward(0), "micro-batch 0 was not loaded");
    CHECK_THROWS(stage.checksum(), "checksum needs trainable weights");
    CHECK_THROWS(read_all(stage, false), "open the stage with trainable weights");
    CHECK_THROWS(read_all(stage, true), "open the stage with trainable weights");
  }
}

int main(int argc, char** argv) {
  return check::run(argc, argv);
}
