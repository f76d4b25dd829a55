#include "attention_sublayer.h"
#include "chain.h"
#include "kernels_aten.h"
#include "mlp_sublayer.h"
#include "reference_model.h"
#include "stage.h"
#include "thread_backend.h"

/// Low-rank updates and frozen parameters. That layouts make no difference to them is in pipeline_test, whose models have some.
using namespace trireme;
using namespace trireme::test;

namespace {

/// The reference: leaves of A and B, and weights that are W + scale B A.
Reference merged(const ModelConfig& model, const Tensors& values, const LoraConfig& lora, Tensors& leaves) {
  Tensors base;
  for (const auto& [name, value] : values) {
    if (name.find(".lora_") == std::string::npos) base[name] = value;
    else leaves[name] = value.to(at::kDouble).requires_grad_();
  }
  Reference reference(model, base);
  for (const auto& [name, a] : leaves) {
    auto end = name.find(".lora_A.weight");
    if (end == std::string::npos) continue;
    auto layer = name.substr(0, end);
    auto update = leaves.at(layer + ".lora_B.weight").mm(a) * lora.scale;
    auto& weight = reference.weights.at(layer + ".weight");
    weight = weight + (model.names.transposed ? update.t() : update);
  }
  return reference;
}

Tensors adapter_values(const Stage& stage, int64_t adapter, uint64_t seed) {
  auto generator = at::detail::createCPUGenerator(seed);
  Tensors values;
  for (int64_t i = 0; i < stage.adapter_parameters(adapter); ++i)
    values[stage.adapter_parameter_name(adapter, i)] =
        at::empty({stage.adapter_parameter_size(adapter, i, 0), stage.adapter_parameter_size(adapter, i, 1)}).normal_(0, 0.3, generator);
  return values;
}

Tensors open_adapter(Stage& stage, int64_t adapter, const LoraConfig& config, uint64_t seed) {
  stage.open_adapter(adapter, config);
  auto values = adapter_values(stage, adapter, seed);
  for (int64_t i = 0; i < stage.adapter_parameters(adapter); ++i) {
    auto& value = values.at(stage.adapter_parameter_name(adapter, i));
    stage.write_adapter(adapter, i, 0, value.data_ptr<float>(), value.numel());
  }
  return values;
}

/// Counts what becomes the gradient of a weight, and of which shape.
class CountingKernels final : public AtenKernels {
 public:
  mutable std::vector<std::vector<int64_t>> products;
  mutable int64_t biases = 0;

  void linear_backward_weight(const at::Tensor& dy, const at::Tensor& x, at::Tensor& dw, bool accumulate) const override {
    products.push_back(dw.sizes().vec());
    AtenKernels::linear_backward_weight(dy, x, dw, accumulate);
  }
  void bias_backward(const at::Tensor& dy, at::Tensor& db, bool accumulate) const override {
    ++biases;
    AtenKernels::bias_backward(dy, db, accumulate);
  }
};

/// Forward and backward of a layer and the head, by those kernels.
void run_layer(const ModelConfig& model, const CountingKernels& kernels) {
  Parameters p;
  p.train(model.tuning.trains_head());
  Head head(p, model);
  p.train(model.tuning.trains_layer(0));
  AttentionSublayer attention(p, model, 0);
  p.train(model.tuning.trains_layer(0));
  MlpSublayer mlp(p, model, 0);
  p.train(model.tuning.trains_embeddings());
  if (model.tied) head.tie(add_tokens(p, model));
  p.allocate(kernels, at::kCPU, Weights::trainable);
  p.initialize(5);
  at::Tensor table;
  if (model.position == PositionKind::rotary) table = Rotary(model).table(6, at::kCPU);
  Pass pass{kernels, at::kCPU, 2, 6, at::arange(12, at::kInt).remainder(6), at::Tensor(), table};
  Labels labels{at::arange(12), at::ones({12}, at::kInt), at::ones({12})};
  SublayerActivations a, b;
  HeadActivations c;
  Scratch scratch;
  auto in = at::randn({12, model.hidden}), loss = at::zeros({}, at::kDouble);
  attention.forward(pass, in, a, scratch, nullptr);
  mlp.forward(pass, a.out, b, scratch, nullptr);
  head.forward(pass, b.out, labels, 1, true, c, loss);
  head.backward_input(pass, b.out, labels, loss, c, scratch, false);
  head.backward_weight(pass, labels, c, false);
  mlp.backward_input(pass, a.out, b, scratch, false);
  mlp.backward_weight(pass, b, scratch, false);
  attention.backward_input(pass, in, a, scratch, false);
  attention.backward_weight(pass, a, scratch, false);
}

int64_t in_lines(const Tensors& values) {
  int64_t total = 0;
  for (const auto& [name, value] : values) total += (value.numel() + 15) / 16 * 16;
  return total;
}

/// The embeddings and all layers but the last.
ModelConfig with_frozen(ModelConfig m) {
  m.tuning.embeddings = false;
  m.tuning.freeze(0, m.layers - 1);
  return m;
}

}  // namespace

TEST("loss and gradients with low-rank updates are those of autograd in float64") {
  for (const auto& [name, plain] : tiny_models())
    for (bool all : {true, false}) {
      auto model = with_low_rank(plain, all ? everything(plain) : a_few(plain));
      auto stage = whole(model);
      randomize(stage);
      RandomBatch batch(model, 4, 17, 1);
      Tensors leaves;
      auto reference = merged(model, read_all(stage, false), model.tuning.lora, leaves);
      auto expected = reference.loss(batch.long_ids(), batch.weights);
      expected.backward();
      for (int64_t micro_batches : {1, 4}) {
        CHECK_BELOW(std::abs(forward_backward(stage, batch, micro_batches) - expected.item<double>()), 1e-6) << name;
        auto gradients = read_all(stage, true);
        CHECK(gradients.size() == leaves.size()) << gradients.size() << " gradients, " << name;
        for (const auto& [parameter, leaf] : leaves)
          CHECK_BELOW(relative_error(gradients.at(parameter), leaf.grad()), 1e-5) << parameter << " of " << name;
      }
    }
}

TEST("gradients with dropout before low-rank updates are those of the loss with the same mask") {
  for (const auto& [name, plain] : tiny_models()) {
    auto lora = everything(plain);
    lora.dropout = 0.3;
    auto model = with_low_rank(plain, lora);
    auto stage = whole(model);
    randomize(stage);
    RandomBatch batch(model, 2, 8, 5);
    auto loss = forward_backward(stage, batch, 1);
    auto gradients = read_all(stage, true), values = read_all(stage, false);
    CHECK(std::abs(forward_backward(stage, batch, 1, 2) - loss) > 1e-5) << "another step, another mask: " << name;
    for (const auto& [parameter, gradient] : gradients) {
      auto index = index_of(stage, parameter);
      auto loss_at = [&](double distance) {
        auto moved = (values.at(parameter) + gradient / gradient.norm() * distance).contiguous();
        stage.write_parameter(index, 0, moved.data_ptr<float>(), moved.numel());
        return forward_backward(stage, batch, 1);
      };
      auto slope = (loss_at(0.02) - loss_at(-0.02)) / 0.04;
      loss_at(0);
      CHECK_BELOW(std::abs(slope / gradient.norm().item<double>() - 1), 0.03) << parameter << " of " << name;
    }
  }
}

TEST("no gradient of a frozen matrix or bias is computed, and of each update two") {
  for (const auto& [name, plain] : tiny_models()) {
    CountingKernels whole, low_rank, frozen;
    run_layer(plain, whole);
    CHECK(whole.products.size() == 5) << whole.products.size() << " products, " << name;
    auto lora = everything(plain);
    auto model = with_low_rank(plain, lora);
    run_layer(model, low_rank);
    bool joined = plain.names.query == plain.names.key, gated = plain.mlp == MlpKind::swiglu;
    std::size_t bs = (joined ? 1 : 3) + 1 + (gated ? 2 : 1) + 1, as = 4;
    CHECK(low_rank.products.size() == as + bs) << low_rank.products.size() << " products, " << name;
    for (const auto& shape : low_rank.products)
      CHECK(shape[0] % lora.rank == 0 && (shape[0] <= 3 * lora.rank || shape[1] == lora.rank))
          << shape[0] << " x " << shape[1] << ", " << name;
    CHECK(low_rank.biases == 0) << name;
    auto still = plain;
    still.tuning.freeze(0, still.layers);
    still.tuning.embeddings = still.tuning.head = false;
    run_layer(still, frozen);
    CHECK(frozen.products.empty() && frozen.biases == 0) << name;
  }
}

TEST("gradients, running means and buckets hold what is trained and no more") {
  for (const auto& [name, plain] : tiny_models()) {
    auto model = with_low_rank(plain, everything(plain));
    Meeting meeting(2);
    on_ranks(2, [&](int rank) {
      auto backend = c10::make_intrusive<ThreadBackend>(rank, meeting);
      Stage stage(model, 0, model.layers, device());
      stage.initialize(3);
      stage.join(backend.get(), 1 << 10, Reduction::overlapped);
      auto before = stage.memory_bytes();
      stage.take_snapshot();  // makes the running means
      RandomBatch batch(model, 2, 8, 1);
      forward_backward(stage, batch, 1);
      stage.wait_gradients();
      auto trained = in_lines(read_all(stage, true));
      int64_t reduced = 0;
      for (auto count : backend->counts) reduced += count;
      CHECK(reduced == trained) << reduced << " floats in buckets, " << trained << " trained, " << name;
      auto core = StageCore(model, {0, 2 * model.layers, true, true}, at::kCPU, Weights::trainable, false);
      CHECK(core.parameters.gradients.numel() == trained) << name;
      CHECK(core.parameters.values.numel() == trained) << name;
      Stage again(model, 0, model.layers, "cpu");
      auto made = again.memory_bytes();
      again.take_snapshot();
      auto means = again.memory_bytes() - made;
      CHECK(means == trained * 4 * 5) << "two running means and a snapshot of three: " << means << " bytes, " << name;
      CHECK(before > 0);
    });
  }
}

TEST("a dry run with low-rank updates or frozen layers holds to the byte what a real stage holds") {
  for (const auto& [name, plain] : tiny_models()) {
    auto lora = everything(plain);
    lora.dropout = 0.1;
    for (const auto& model : {with_low_rank(plain, lora), with_frozen(plain)}) {
      auto real = whole(model);
      Stage dry(model, 0, 2 * model.layers, true, true, device(), Weights::trainable, true);
      for (auto* stage : {&dry, &real})
        for (int step = 1; step <= 2; ++step) {
          forward_backward(*stage, RandomBatch(model, 4, 16, 1), 2, step);
          stage->apply({}, 1e-3);
        }
      CHECK(dry.memory_bytes() == real.memory_bytes()) << name << ": " << dry.memory_bytes() << " not " << real.memory_bytes();
    }
  }
}

TEST("frozen parameters stay as they are, and the others have the gradients that they have when nothing is frozen") {
  for (const auto& [name, plain] : tiny_models()) {
    auto model = with_frozen(plain);
    auto free = whole(plain), stage = whole(model);
    randomize(free);
    randomize(stage);
    RandomBatch batch(model, 4, 12, 1);
    CHECK(forward_backward(free, batch, 2) == forward_backward(stage, batch, 2)) << name;
    auto expected = read_all(free, true);
    auto last = model.names.layer + std::to_string(model.layers - 1) + ".";
    std::size_t of_last = 0;
    for (const auto& [parameter, gradient] : read_all(stage, true)) {
      CHECK(same_bits(gradient, expected.at(parameter))) << parameter << " of " << name;
      of_last += parameter.rfind(last, 0) == 0;
    }
    CHECK(of_last > 8) << name;
    auto before = read_all(stage, false);
    stage.apply({}, 1e-2);
    for (const auto& [parameter, value] : read_all(stage, false)) {
      bool trained = stage.parameter_trained(index_of(stage, parameter));
      CHECK(same_bits(value, before.at(parameter)) != trained) << parameter << " of " << name;
    }
    std::vector<float> room(1000 * 1000);
    auto index = index_of(stage, model.names.embedding + ".weight"), count = model.vocabulary * model.hidden;
    CHECK_THROWS(stage.read_gradient(index, room.data(), count), "is frozen: it has no gradient");
    CHECK_THROWS(stage.write_state(index, ParameterState::mean, 0, room.data(), count), "is frozen: it has a weight and no state");
  }
}

TEST("a loss that is not finite reaches the norm although norm and head are frozen") {
  for (const auto& [name, plain] : tiny_models())
    for (auto model : {with_low_rank(plain, a_few(plain)), with_frozen(plain)}) {
      model.tuning.head = false;
      auto stage = whole(model);
      stage.initialize(1);
      std::vector<float> value(model.hidden, INFINITY);
      stage.write_parameter(index_of(stage, model.names.final_norm + ".weight"), 0, value.data(), model.hidden);
      auto before = stage.checksum();
      forward_backward(stage, RandomBatch(model, 2, 8, 6), 1);
      CHECK_THROWS((stage.apply({}, 1e-3)), "not finite");
      CHECK(stage.checksum() == before) << name;
    }
}

TEST("A is uniform within 1 over the root of its inputs, B is 0, and the rest is initialised as without them") {
  for (const auto& [name, plain] : tiny_models()) {
    auto model = with_low_rank(plain, everything(plain));
    auto stage = whole(model), without = whole(plain);
    stage.initialize(1234);
    without.initialize(1234);
    auto loaded = whole(model);
    loaded.initialize_updates(1234);
    for (const auto& [parameter, value] : read_all(loaded, false))
      CHECK(parameter.find(".lora_A.") == std::string::npos ? value.count_nonzero().item<int64_t>() == 0
                                                            : same_bits(value, read_all(stage, false).at(parameter)))
          << parameter << " of " << name;
    auto expected = read_all(without, false);
    for (const auto& [parameter, value] : read_all(stage, false)) {
      auto bound = 1 / std::sqrt(static_cast<double>(value.size(-1)));
      if (parameter.find(".lora_B.") != std::string::npos) CHECK(value.count_nonzero().item<int64_t>() == 0) << parameter;
      else if (parameter.find(".lora_A.") == std::string::npos)
        CHECK(same_bits(value, expected.at(parameter))) << parameter << " of " << name;
      else
        CHECK(value.abs().max().item<double>() <= bound && std::abs(value.std().item<double>() * std::sqrt(3) / bound - 1) < 0.25)
            << parameter << " of " << name;
    }
  }
}

TEST("each sequence of a mixed pass has, to the bit, what it has alone with its adapter") {
  const std::vector<Ids> prompts{{3, 1, 4, 1, 5}, {9, 2, 6}, {5, 3, 5, 8, 9, 7, 9}, {3, 2}};
  const Ids adapters{1, 0, 2, 1};
  for (const auto& [name, model] : tiny_models())
    for (auto weights : {Weights::trainable, Weights::float32, Weights::bfloat16}) {
      auto stage = whole(model, weights);
      randomize(stage);
      auto few = a_few(model);
      few.rank = 3;
      open_adapter(stage, 1, everything(model), 11);
      open_adapter(stage, 2, few, 12);
      auto generate = [&](const Ids& slots) {
        Slots cache({&stage}, model.vocabulary, 0, 4, 32);
        std::vector<std::vector<at::Tensor>> logits(4);
        std::vector<Ids> first, next;
        for (auto slot : slots) {
          cache.adapt(slot, adapters[slot]);
          first.push_back(prompts[slot]);
          next.push_back({slot + 7});
        }
        for (const auto& more : {first, next, next}) {
          auto all = cache.extend(slots, more);
          int64_t begin = 0;
          for (std::size_t i = 0; i < slots.size(); begin += static_cast<int64_t>(more[i++].size()))
            logits[slots[i]].push_back(all.narrow(0, begin, static_cast<int64_t>(more[i].size())).clone());
        }
        cache.close();
        return logits;
      };
      auto together = generate({0, 1, 2, 3}), mixed = generate({3, 2, 0, 1});
      for (int32_t slot = 0; slot < 4; ++slot) {
        auto alone = at::cat(generate({slot})[slot]);
        for (const auto& other : {at::cat(together[slot]), at::cat(mixed[slot])})
          CHECK(device() == "cpu" ? same_bits(alone, other) : relative_error(alone, other) < 1e-5) << "sequence " << slot << ", " << name;
      }
      CHECK(relative_error(together[0][0], together[3][0].narrow(0, 0, 1).expand_as(together[0][0])) > 1e-3);
    }
}

TEST("an adapter of generation is the model with its low-rank update, and the merged weights") {
  const Ids ids{3, 1, 4, 1, 5, 9, 2, 6};
  for (const auto& [name, plain] : tiny_models()) {
    auto lora = everything(plain);
    auto model = with_low_rank(plain, lora);
    auto stage = whole(plain, Weights::float32), own = whole(model, Weights::float32), trained = whole(model);
    auto values = random_values(whole(plain));
    write_all(stage, values);
    auto updates = open_adapter(stage, 7, lora, 13);
    auto together = values;
    together.insert(updates.begin(), updates.end());
    write_all(own, together);
    write_all(trained, together);
    auto logits = [&](Stage& s, int32_t adapter) {
      Slots slots({&s}, plain.vocabulary, 0, 1, 32);
      slots.adapt(0, adapter);
      auto result = slots.extend({0}, {ids});
      slots.close();
      return result;
    };
    auto ours = logits(stage, 7);
    CHECK(same_bits(ours, logits(own, 0))) << name;
    CHECK(same_bits(ours, logits(trained, 0))) << name;
    Tensors leaves;
    auto expected = merged(plain, together, lora, leaves).logits(at::tensor(ids, at::kLong).unsqueeze(0))[0];
    CHECK_BELOW(relative_error(ours, expected), 4e-6) << name;  // 2.3e-6 with AVX2
    CHECK(relative_error(logits(stage, 0), expected) > 1e-2) << name;
    stage.close_adapter(7);
    CHECK_THROWS(logits(stage, 7), "adapter 7 is not open");
  }
}

TEST("what cannot be adapted is refused by name and value") {
  auto gpt2 = tiny_model();
  auto stage = whole(tiny_llama(), Weights::float32);
  auto open = [&](auto change) {
    auto lora = everything(tiny_llama());
    change(lora);
    stage.open_adapter(1, lora);
  };
  CHECK_THROWS(open([](auto& c) { c.rank = 0; }), "rank is 0 but must be positive");
  CHECK_THROWS(open([](auto& c) { c.dropout = 1; }), "a dropout is 1 but must be at least 0 and below 1");
  CHECK_THROWS(open([](auto& c) { c.scale = NAN; }), "scale is nan");
  CHECK_THROWS(open([](auto& c) { c = {c.rank}; }), "low-rank adaptation has no target");
  CHECK_THROWS((stage.open_adapter(0, everything(tiny_llama()))), "number adapters from 1");
  auto only_query = everything(gpt2);
  only_query.key = false;
  CHECK_THROWS((whole(with_low_rank(gpt2, only_query))), "attn.c_attn is one tensor of targets and others");
  auto gate = everything(gpt2);
  gate.gate = true;
  CHECK_THROWS((whole(with_low_rank(gpt2, gate))), "gate is a target, but the model's MLP has none");
}

int main(int argc, char** argv) {
  return check::run(argc, argv);
}
