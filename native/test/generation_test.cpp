#include <functional>
#include <numeric>

#include "reference_model.h"

/// Generation against the float64 reference, and against itself: what a sequence gives must not depend on its neighbours,
/// nor on how it is cut into passes.
using namespace trireme;
using namespace trireme::test;

namespace {

using Ids = std::vector<int32_t>;

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

at::Tensor logits_of(Stage& stage, int64_t cache, const Ids& tokens) {
  auto logits = at::empty({static_cast<int64_t>(tokens.size()), kVocabulary}, at::kFloat);
  stage.logits(cache, tokens.data(), logits.size(0), logits.data_ptr<float>());
  return logits;
}

/// Appends tokens to slots of a cache. @return the logits of all of them, (count, V)
at::Tensor extend(Stage& stage, int64_t cache, const Ids& slots, const std::vector<Ids>& more) {
  Ids counts, ids;
  for (const auto& m : more) {
    counts.push_back(static_cast<int32_t>(m.size()));
    ids = joined(ids, m);
  }
  stage.extend(cache, static_cast<int64_t>(slots.size()), slots.data(), counts.data(), ids.data());
  Ids all(ids.size());
  std::iota(all.begin(), all.end(), 0);
  return logits_of(stage, cache, all);
}

/// The logits (T, V) of a sequence in a cache of its own, in passes of at most `chunk` tokens.
at::Tensor alone(Stage& stage, const Ids& ids, int64_t chunk = 1000) {
  const int64_t cache = 99, length = static_cast<int64_t>(ids.size());
  stage.open_cache(cache, 1, length);
  std::vector<at::Tensor> passes;
  for (int64_t begin = 0; begin < length; begin += chunk)
    passes.push_back(extend(stage, cache, {0}, {part(ids, begin, std::min(begin + chunk, length))}));
  stage.close_cache(cache);
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
    stage.open_cache(0, 4, 24);
    auto prompts = extend(stage, 0, {2, 0, 3}, {a, b, c}).split_with_sizes({3, 12, 1});
    CHECK(same(prompts[0], alone(stage, a))) << name;
    CHECK(same(prompts[1], alone(stage, b))) << name;
    CHECK(same(prompts[2], alone(stage, c))) << name;
    // The others go on by a token or two, while a late one begins in the slot that is left.
    auto mixed = extend(stage, 0, {0, 1, 2}, {{7}, d, {8, 9}}).split_with_sizes({1, 20, 2});
    CHECK(same(mixed[0][0], last_of(alone(stage, joined(b, {7}))))) << name;
    CHECK(same(mixed[1], alone(stage, d))) << name;
    CHECK(same(mixed[2], alone(stage, joined(a, {8, 9})).slice(0, 3))) << name;
    auto logits = extend(stage, 0, {3, 2, 1, 0}, {{1}, {2}, {3}, {4}});
    CHECK(same(logits[0], last_of(alone(stage, joined(c, {1}))))) << name;
    CHECK(same(logits[1], last_of(alone(stage, joined(a, {8, 9, 2}))))) << name;
    CHECK(same(logits[2], last_of(alone(stage, joined(d, {3}))))) << name;
    CHECK(same(logits[3], last_of(alone(stage, joined(b, {7, 4}))))) << name;
  });
}

TEST("a truncated slot goes on from where it was cut") {
  auto ids = random_ids(15, 8), other = random_ids(9, 9);
  with_all_stages([&](const std::string& name, const ModelConfig&, Stage& stage) {
    stage.open_cache(0, 2, 15);
    extend(stage, 0, {1}, {ids});
    stage.truncate(0, 1, 5);
    CHECK(same(extend(stage, 0, {1}, {other}), alone(stage, joined(part(ids, 0, 5), other)).slice(0, 5))) << name;
    stage.truncate(0, 1, 0);
    CHECK(same(extend(stage, 0, {1}, {ids}), alone(stage, ids))) << "from the start, " << name;
  });
}

TEST("reordered slots are what their parents were, round after round") {
  const std::vector<Ids> rounds{{2, 2, 0, 3}, {1, 0, 3, 2}, {3, 0, 1, 2}, {0, 0, 0, 0}, {1, 1, 3, 2}, {0, 1, 2, 3}};
  with_all_stages([&](const std::string& name, const ModelConfig&, Stage& stage) {
    std::vector<Ids> sequences{random_ids(4, 1), random_ids(9, 2), random_ids(1, 3), random_ids(6, 4)};
    stage.open_cache(0, 4, 32);
    extend(stage, 0, {0, 1, 2, 3}, sequences);
    for (std::size_t round = 0; round < rounds.size(); ++round) {
      stage.reorder(0, rounds[round].data());
      auto before = sequences;
      for (std::size_t slot = 0; slot < 4; ++slot) sequences[slot] = before[rounds[round][slot]];
      for (int32_t slot : {3, 0, 2}) {  // one after another and by different counts, so that no slot can pass for another
        auto more = random_ids(1 + slot, 10 * round + slot);
        sequences[slot] = joined(sequences[slot], more);
        CHECK(same(last_of(extend(stage, 0, {slot}, {more})), last_of(alone(stage, sequences[slot]))))
            << "slot " << slot << " of round " << round << ", " << name;
      }
    }
  });
}

TEST("several caches live side by side, and closing one leaves the others") {
  auto a = random_ids(8, 11), b = random_ids(5, 12);
  auto stage = whole(tiny_llama(), Weights::float32);
  write_all(stage, random_values(stage));
  stage.open_cache(0, 1, 9);
  stage.open_cache(1, 2, 6);
  extend(stage, 0, {0}, {a});
  extend(stage, 1, {1}, {b});
  CHECK(same(extend(stage, 0, {0}, {{5}})[0], last_of(alone(stage, joined(a, {5})))));
  stage.close_cache(0);
  CHECK(same(extend(stage, 1, {1}, {{6}})[0], last_of(alone(stage, joined(b, {6})))));
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

TEST("argmax gives the ids of the largest logits") {
  with_all_stages([&](const std::string& name, const ModelConfig&, Stage& stage) {
    stage.open_cache(0, 2, 20);
    auto logits = extend(stage, 0, {1, 0}, {random_ids(20, 14), random_ids(6, 15)});
    const Ids tokens{25, 0, 19, 20, 7};
    Ids argmax(tokens.size());
    stage.argmax(0, tokens.data(), static_cast<int64_t>(tokens.size()), argmax.data());
    for (std::size_t i = 0; i < tokens.size(); ++i)
      CHECK(argmax[i] == logits[tokens[i]].argmax().item<int64_t>()) << "token " << tokens[i] << ", " << name;
    CHECK(same(logits_of(stage, 0, tokens), logits.index_select(0, at::tensor(tokens, at::kLong)))) << name;
  });
}

TEST("argmax of equal logits is the first") {
  auto stage = whole(tiny_full_llama(), Weights::float32);
  auto values = random_values(stage);
  auto head = values["lm_head.weight"];
  for (int64_t row = 0; row < kVocabulary; ++row) head[row] = head[row % 20];  // every logit three times
  write_all(stage, values);
  stage.open_cache(0, 1, 30);
  extend(stage, 0, {0}, {random_ids(30, 16)});
  Ids tokens(30), argmax(30);
  std::iota(tokens.begin(), tokens.end(), 0);
  stage.argmax(0, tokens.data(), 30, argmax.data());
  for (auto id : argmax) CHECK(id < 20) << id;
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
    auto before = stage.memory_bytes(), announced = stage.cache_bytes(3, 32);
    stage.open_cache(0, 3, 32);
    auto taken = stage.memory_bytes() - before;
    CHECK(taken == announced) << taken << " bytes for " << announced << ", " << name;
    stage.close_cache(0);
    CHECK(stage.memory_bytes() == before) << name;
  });
}

TEST("a steady decode step allocates no memory") {
  if (device() != "cpu") return;  // the promise is that of our own kernels
  with_all_stages([&](const std::string& name, const ModelConfig&, Stage& stage) {
    const Ids slots{0, 1}, counts{1, 1}, ids{3, 4};
    auto logits = at::empty({2, kVocabulary}, at::kFloat);
    Ids argmax(2);
    AllocationCount count;
    stage.open_cache(0, 2, 32);
    extend(stage, 0, slots, {random_ids(5, 19), random_ids(9, 20)});
    CHECK(count.value() > 5) << "counting does not work";
    for (int step = 0; step < 20; ++step) {
      if (step == 1) count.reset();
      stage.extend(0, 2, slots.data(), counts.data(), ids.data());
      stage.logits(0, slots.data(), 2, logits.data_ptr<float>());
      stage.argmax(0, slots.data(), 2, argmax.data());
    }
    CHECK(count.value() == 0) << count.value() << " allocations, " << name;
  });
}

TEST("bad requests are refused by name and value, and change nothing") {
  auto model = tiny_llama();
  auto stage = whole(model, Weights::float32);
  write_all(stage, random_values(stage));
  auto ids = random_ids(6, 21);
  stage.open_cache(3, 2, 8);
  extend(stage, 3, {0}, {ids});
  auto logits = at::empty({1, kVocabulary}, at::kFloat);
  auto ask = [&](int64_t cache, int32_t token) { stage.logits(cache, &token, 1, logits.data_ptr<float>()); };
  const Ids parents{0, 2};

  CHECK_THROWS(extend(stage, 7, {0}, {{1}}), "cache 7 is not open");
  CHECK_THROWS(ask(7, 0), "cache 7 is not open");
  CHECK_THROWS(extend(stage, 3, {1, 0, 1}, {{1}, {1}, {1}}), "slot 1 is there twice");
  CHECK_THROWS(extend(stage, 3, {2}, {{1}}), "slot 2 is not among the 2 of the cache");
  CHECK_THROWS(extend(stage, 3, {-1}, {{1}}), "slot -1 is not among the 2 of the cache");
  CHECK_THROWS(extend(stage, 3, {1, 0}, {{1}, {1, 2, 3}}), "slot 0 has 6 positions and gets 3 more, but its cache has room for 8");
  CHECK_THROWS(extend(stage, 3, {0, 1}, {{1}, {2, 61}}), "token id 61 at slot 1, position 1 is outside the vocabulary of 61");
  CHECK_THROWS(extend(stage, 3, {0}, {{-1}}), "token id -1 at slot 0, position 6 is outside the vocabulary of 61");
  CHECK_THROWS(extend(stage, 3, {0}, {{}}), "slot 0 gets 0 tokens");
  CHECK_THROWS(extend(stage, 3, {}, {}), "no sequences");
  CHECK_THROWS(ask(3, 6), "token 6 is not among the 6 of the last extend");
  CHECK_THROWS(ask(3, -1), "token -1 is not among the 6 of the last extend");
  CHECK_THROWS(stage.truncate(3, 0, 7), "slot 0 has 6 positions and cannot be cut to 7");
  CHECK_THROWS(stage.truncate(3, 2, 0), "slot 2 is not among the 2 of the cache");
  CHECK_THROWS(stage.reorder(3, parents.data()), "slot 2 is not among the 2 of the cache");
  CHECK_THROWS(stage.open_cache(3, 1, 33), "a cache of 33 positions is longer than the model's 32");
  CHECK_THROWS(stage.open_cache(3, 0, 8), "a cache of 0 slots of 8 positions is empty");
  CHECK_THROWS(stage.cache_bytes(1, -1), "a cache of 1 slots of -1 positions is empty");
  CHECK(same(extend(stage, 3, {0}, {{5, 6}}), alone(stage, joined(ids, {5, 6})).slice(0, 6)));
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
