#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cstdlib>
#include <functional>
#include <map>

#include "cpu/cpu_kernels.h"
#include "dropout.h"
#include "kernels_aten.h"
#include "support.h"

/// ATen's kernels on the CPU, and those of TRIREME_DEVICE where that is another device, against our own on the CPU, whose truth
/// kernels_cpu_test has from float64.
using namespace trireme;
using namespace trireme::test;
using at::Tensor;

namespace {

using Outputs = std::vector<Tensor>;

Tensor random(at::IntArrayRef shape, uint64_t seed) {
  return at::empty(shape, at::kFloat).normal_(0, 1, at::detail::createCPUGenerator(seed));
}

Tensor random_ids(int64_t end, int64_t count, uint64_t seed) {
  return at::randint(end, {count}, at::detail::createCPUGenerator(seed), at::kInt);
}

/// Whether matrix products on the device may be of TF32, with 11 bits.
bool in_tf32() {
  const char* precision = std::getenv("TRIREME_PRECISION");
  return precision && std::string(precision) == "tf32";
}

/// The largest difference of each kernel on the device, for gpu-check.sh.
std::map<std::string, double>& differences() {
  static std::map<std::string, double> all;
  return all;
}

/// Moves a tensor to the device that is tested.
using Place = std::function<Tensor(const Tensor&)>;

void compare(const std::string& what, const std::function<Outputs(const Kernels&, const Place& on)>& run) {
  at::NoGradGuard no_autograd;
  auto here = [](const Tensor& x) { return x; };
  auto there = [](const Tensor& x) { return x.defined() ? x.to(at::Device(device())) : x; };
  auto expected = run(cpu_kernels(), here);
  std::vector<std::pair<std::string, Outputs>> all{{"aten's ", run(aten_kernels(), here)}};
  if (device() != "cpu") all.emplace_back("the device's ", run(kernels_for(at::Device(device())), there));
  for (const auto& [whose, ours] : all) {
    bool of_device = &ours != &all[0].second;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      auto error = relative_error(ours[i], expected[i]);
      CHECK_BELOW(error, of_device && in_tf32() ? 1e-2 : 3e-6) << "output " << i << " of " << whose << what;
      if (of_device) differences()[what] = std::max(differences()[what], error);
    }
  }
}

const int64_t B = 2, T = 7, N = B * T, C = 20, F = 36, V = 33;
const Dropout kKept{}, kDropped{0.3, dropout_key(3, 5, 7, 2), 11};

/// As many query heads as key heads, three for each, and one key head for all; the last two with windows.
const AttentionShape kShapes[] = {{B, T, 3, 3, 8}, {B, T, 6, 2, 4}, {B, T, 5, 1, 8}, {B, T, 6, 2, 4, 3}, {B, T, 3, 3, 8, 1}};

/// Kernels of a device that has a SwiGLU of its own, which can be told from ATen's.
class OwnSwiglu final : public AtenKernels {
 public:
  void swiglu(const Tensor&, Tensor& out) const override { out.fill_(3); }
};

}  // namespace

TEST("kernels that derive from ATen's have what they override from themselves and the rest from ATen's") {
  const OwnSwiglu derived;
  const Kernels& ours = derived;
  auto x = random({N, C}, 1), w = random({F, C}, 2), gate_up = random({N, 2 * F}, 3);
  auto own = at::empty({N, F}), by_ours = at::empty({N, F}), by_aten = at::empty({N, F});
  ours.swiglu(gate_up, own);
  CHECK(own.eq(3).all().item<bool>());
  ours.linear(x, w, by_ours, false);
  aten_kernels().linear(x, w, by_aten, false);
  CHECK(same_bits(by_ours, by_aten));
  auto packed = ours.packed(F, C, Weights::float32, at::kCPU);
  ours.pack(w, 0, 0, packed);
  ours.linear(x, packed, by_ours, false);
  CHECK(same_bits(by_ours, by_aten));
}

TEST("linear layers and biases") {
  auto x = random({N, C}, 1), w = random({F, C}, 2), dy = random({N, F}, 3), bias = random({F}, 4);
  compare("linear", [&](const Kernels& k, const Place& on) {
    Outputs out{on(at::empty({N, F})), on(at::empty({N, C})), on(at::ones({F, C})), on(at::ones({F})), on(dy).clone()};
    k.linear(on(x), on(w), out[0], false);
    k.linear_backward_input(on(dy), on(w), out[1], false);
    k.linear_backward_weight(on(dy), on(x), out[2], false);
    k.linear_backward_weight(on(dy), on(x), out[2], true);
    k.bias_backward(on(dy), out[3], false);
    k.bias_backward(on(dy), out[3], true);
    k.add_bias(out[4], on(bias));
    return out;
  });
}

TEST("embeddings, with positions and without") {
  auto ids = random_ids(V, N, 1);
  auto tokens = random({V, C}, 2), positions = random({T + 3, C}, 3), dy = random({N, C}, 4);
  for (bool learned : {true, false})
    compare(learned ? "embedding with positions" : "embedding without", [&](const Kernels& k, const Place& on) {
      Outputs out{on(at::empty({N, C})), on(at::ones({V, C})), on(at::ones({T + 3, C}))};
      Tensor none;
      k.embedding(on(ids), on(tokens), on(learned ? positions : none), T, kDropped, out[0]);
      k.embedding_backward(on(dy), on(ids), T, kDropped, out[1], learned ? out[2] : none);
      return out;
    });
}

TEST("norms and the residual stream") {
  auto x = random({N, C}, 1), gamma = random({C}, 2), beta = random({C}, 3), dy = random({N, C}, 4), stream = random({N, C}, 5);
  compare("layer norm", [&](const Kernels& k, const Place& on) {
    Outputs out{on(at::empty({N, C})), on(at::empty({N})), on(at::empty({N})), on(x).clone(), on(at::ones({C})), on(at::ones({C}))};
    k.norm(on(x), on(gamma), on(beta), 1e-5, out[0], out[1], out[2]);
    k.norm_backward(on(dy), out[3], on(gamma), out[1], out[2], on(stream), out[3], out[4], out[5], true);
    return out;
  });
  compare("rms norm", [&](const Kernels& k, const Place& on) {
    Outputs out{on(at::empty({N, C})), on(at::empty({N})), on(x).clone(), on(at::ones({C})), on(stream).clone(), on(at::ones({C}))};
    k.rms_norm(on(x), on(gamma), 1e-5, out[0], out[1]);
    k.rms_norm_backward(on(dy), out[2], on(gamma), out[1], on(stream), out[2], out[3], true);
    k.rms_norm_backward(on(dy), on(x), on(gamma), out[1], out[4], out[4], out[5], false);
    return out;
  });
  for (const auto& dropout : {kKept, kDropped})
    compare("residual", [&](const Kernels& k, const Place& on) {
      Outputs out{on(x).clone(), on(at::empty({N, C}))};
      k.residual(out[0], on(stream), on(beta), T, dropout, out[0]);
      if (dropout.probability > 0) k.dropped(on(dy), T, dropout, out[1]);
      else out.pop_back();
      return out;
    });
}

TEST("activations") {
  auto x = random({N, F}, 1), bias = random({F}, 2), dy = random({N, F}, 3), gate_up = random({N, 2 * F}, 4);
  compare("gelu", [&](const Kernels& k, const Place& on) {
    Outputs out{on(x).clone(), on(at::empty({N, F}))};
    k.bias_gelu(out[0], on(bias), out[1]);
    k.gelu_backward(on(dy), out[0]);
    return out;
  });
  compare("swiglu", [&](const Kernels& k, const Place& on) {
    Outputs out{on(gate_up).clone(), on(at::empty({N, F}))};
    k.swiglu(out[0], out[1]);
    k.swiglu_backward(on(dy), out[0]);
    return out;
  });
}

TEST("rotation, there and back") {
  for (const auto& s : kShapes) {
    auto qkv = random({N, s.columns()}, 1), table = random({50, s.width}, 2), position_ids = random_ids(50, N, 3);
    for (bool inverse : {false, true})
      compare("rotate", [&](const Kernels& k, const Place& on) {
        Outputs out{on(qkv).clone()};
        k.rotate(s, on(position_ids), on(table), inverse, out[0]);
        return out;
      });
  }
}

TEST("attention of grouped heads and its gradients") {
  for (const auto& s : kShapes)
    for (const auto& dropout : {kKept, kDropped}) {
      auto qkv = random({N, s.columns()}, 1), d_out = random({N, s.heads * s.width}, 2);
      compare("attention with " + std::to_string(s.kv_heads) + " key heads", [&](const Kernels& k, const Place& on) {
        Outputs out{on(at::empty_like(d_out)), on(at::empty({B, s.heads, k.log_sum_exp_columns(T)})), on(qkv).clone()};
        k.attention(s, on(qkv), dropout, out[0], out[1]);
        k.attention_backward(s, on(d_out), out[0], out[1], dropout, out[2]);
        out[1] = out[1].narrow(2, 0, T);
        return out;
      });
    }
}

TEST("packed matrices, written in parts of any strides") {
  auto w = random({V, C}, 1), x = random({N, C}, 2), positions = random({50, C}, 3);
  auto ids = random_ids(V, N, 4), position_ids = random_ids(50, N, 5);
  for (auto type : {Weights::float32, Weights::bfloat16})
    compare(type == Weights::float32 ? "a packed matrix of float32" : "a packed matrix of bfloat16",
            [&](const Kernels& k, const Place& on) {
              auto packed = k.packed(V, C, type, on(w).device());
              k.pack(on(w.slice(0, 0, 9)), 0, 0, packed);
              k.pack(on(w.slice(0, 9).slice(1, 0, 5).t().contiguous().t()), 9, 0, packed);
              k.pack(on(w.slice(0, 9).slice(1, 5)), 9, 5, packed);
              Outputs out{on(at::empty({N, V})), on(at::empty({N, C})), on(at::empty({N, C}))};
              k.linear(on(x), packed, out[0], false);
              k.embed(on(ids), on(position_ids), packed, on(positions), out[1]);
              k.embed(on(ids), on(position_ids), packed, {}, out[2]);
              return out;
            });
}

TEST("attention over cached keys and values, in blocks of any order") {
  for (const auto& s : kShapes) {
    auto first = random({42, s.columns()}, 1), then = random({4, s.columns()}, 2);
    compare("attend with " + std::to_string(s.kv_heads) + " key heads", [&](const Kernels& k, const Place& on) {
      Outputs out;
      auto spans = [&](const std::vector<Span>& all) {
        Spans of{all, {}, nullptr};
        for (const auto& one : k.indices(all)) of.indices.push_back(on(at::tensor(one, at::kLong)));
        return of;
      };
      for (auto type : {CacheType::float32, CacheType::bfloat16}) {
        LayerCache cache{k.cache({5, 2, k.block_elements(s)}, type, on(first).device()).select(1, 1)};
        const int32_t tables[3][2] = {{4, 0}, {3, 1}, {2, 2}};
        Outputs of_type{on(at::empty({42, s.heads * s.width})), on(at::empty({4, s.heads * s.width}))};
        k.attend(s, spans({{0, 0, 4, tables[2]}, {0, 4, 31, tables[0]}, {0, 35, 7, tables[1]}}), on(first), cache, of_type[0]);
        k.attend(s, spans({{31, 0, 2, tables[0]}, {4, 2, 1, tables[2]}, {7, 3, 1, tables[1]}}), on(then), cache, of_type[1]);
        out.insert(out.end(), of_type.begin(), of_type.end());
      }
      return out;
    });
  }
}

TEST("argmax is the first of the largest, and there is none among what is not finite") {
  const float nan = NAN, least = -INFINITY;
  auto logits = at::tensor({1.f, 3.f,   2.f, 3.f,    nan,   1.f,   0.f,   2.f,   nan,   nan, nan, nan,
                            1.f, least, 2.f, -least, least, least, least, least, least, 1.f, 2.f, least})
                    .view({6, 4});
  auto there = logits.to(at::Device(device()));
  for (const auto& [k, x] : {std::pair{&cpu_kernels(), logits}, {&aten_kernels(), logits}, {&kernels_for(there.device()), there}}) {
    std::vector<int32_t> ids(6, -2);
    k->argmax(x, ids.data());
    CHECK(ids == std::vector<int32_t>({1, -1, -1, -1, -1, 2})) << ids[0] << ids[1] << ids[2] << ids[3] << ids[4] << ids[5];
  }
}

TEST("the loss") {
  auto logits = random({N, V}, 1), weights = random({N}, 2).abs_(), targets = random_ids(V, N, 3);
  compare("cross-entropy", [&](const Kernels& k, const Place& on) {
    Outputs out{on(logits).clone()};
    auto loss = loss_of(k, out[0], on(targets), on(weights), 17, true);
    out.push_back(at::tensor(loss));
    return out;
  });
  for (double loss : {1.0, double(INFINITY), double(NAN)})
    compare("spoil", [&](const Kernels& k, const Place& on) {
      Outputs out{on(at::ones({3})).clone()};
      k.spoil(on(at::tensor(loss, at::kDouble)), out[0]);
      out[0] = out[0].isfinite().all().to(at::kFloat);
      return out;
    });
}

TEST("the norm and the optimizer") {
  AdamWStep step{1e-2, 0.9, 0.99, 1e-6, 0.1, 2};
  auto gradients = random({1000}, 4);
  for (double max_norm : {0.0, 0.7, 1000.0})
    for (bool finite : {true, false})
      compare("adamw", [&](const Kernels& k, const Place& on) {
        auto squares = on(at::zeros({2}, at::kDouble)), clip = on(at::zeros({2}, at::kDouble)), g = on(gradients).clone();
        k.sums_of_squares({g.narrow(0, 0, 300), g.narrow(0, 300, 700)}, 0.25, squares);
        if (!finite) squares.add_(double(INFINITY));
        k.clip(squares, max_norm, 2, clip);
        Outputs out{on(random({1000}, 5)), on(random({1000}, 6)), on(random({1000}, 7).abs_())};
        k.adamw(out[0], g, out[1], out[2], step, clip);
        if (finite) out.insert(out.end(), {squares, clip});
        return out;
      });
}

int main(int argc, char** argv) {
  set_tf32(in_tf32());
  auto code = check::run(argc, argv);
  for (const auto& [what, error] : differences())
    std::printf("result: %s differs by %.1e at most on %s\n", what.c_str(), error, device().c_str());
  return code;
}
