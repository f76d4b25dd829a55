#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <functional>

#include "cpu/cpu_kernels.h"
#include "dropout.h"
#include "kernels_aten.h"
#include "support.h"

/// ATen's kernels against our own on the CPU, whose truth kernels_cpu_test has from float64: the same code computes on GPUs.
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

void compare(const std::string& what, const std::function<Outputs(const Kernels&)>& run) {
  at::NoGradGuard no_autograd;
  auto expected = run(cpu_kernels()), ours = run(aten_kernels());
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK_BELOW(relative_error(ours[i], expected[i]), 3e-6) << "output " << i << " of " << what;
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
  ours.linear(x, w, by_ours);
  aten_kernels().linear(x, w, by_aten);
  CHECK(same_bits(by_ours, by_aten));
  auto packed = ours.packed(F, C, Weights::float32, at::kCPU);
  ours.pack(w, 0, 0, packed);
  ours.linear(x, packed, by_ours);
  CHECK(same_bits(by_ours, by_aten));
}

TEST("linear layers and biases") {
  auto x = random({N, C}, 1), w = random({F, C}, 2), dy = random({N, F}, 3), bias = random({F}, 4);
  compare("linear", [&](const Kernels& k) {
    Outputs out{at::empty({N, F}), at::empty({N, C}), at::ones({F, C}), at::ones({F}), dy.clone()};
    k.linear(x, w, out[0]);
    k.linear_backward_input(dy, w, out[1]);
    k.linear_backward_weight(dy, x, out[2], false);
    k.linear_backward_weight(dy, x, out[2], true);
    k.bias_backward(dy, out[3], false);
    k.bias_backward(dy, out[3], true);
    k.add_bias(out[4], bias);
    return out;
  });
}

TEST("embeddings, with positions and without") {
  auto ids = random_ids(V, N, 1);
  auto tokens = random({V, C}, 2), positions = random({T + 3, C}, 3), dy = random({N, C}, 4);
  for (bool learned : {true, false})
    compare(learned ? "embedding with positions" : "embedding without", [&](const Kernels& k) {
      Outputs out{at::empty({N, C}), at::ones({V, C}), at::ones({T + 3, C})};
      Tensor none;
      k.embedding(ids, tokens, learned ? positions : none, T, kDropped, out[0]);
      k.embedding_backward(dy, ids, T, kDropped, out[1], learned ? out[2] : none);
      return out;
    });
}

TEST("norms and the residual stream") {
  auto x = random({N, C}, 1), gamma = random({C}, 2), beta = random({C}, 3), dy = random({N, C}, 4), stream = random({N, C}, 5);
  compare("layer norm", [&](const Kernels& k) {
    Outputs out{at::empty({N, C}), at::empty({N}), at::empty({N}), x.clone(), at::ones({C}), at::ones({C})};
    k.norm(x, gamma, beta, 1e-5, out[0], out[1], out[2]);
    k.norm_backward(dy, out[3], gamma, out[1], out[2], stream, out[3], out[4], out[5], true);
    return out;
  });
  compare("rms norm", [&](const Kernels& k) {
    Outputs out{at::empty({N, C}), at::empty({N}), x.clone(), at::ones({C}), stream.clone(), at::ones({C})};
    k.rms_norm(x, gamma, 1e-5, out[0], out[1]);
    k.rms_norm_backward(dy, out[2], gamma, out[1], stream, out[2], out[3], true);
    k.rms_norm_backward(dy, x, gamma, out[1], out[4], out[4], out[5], false);
    return out;
  });
  for (const auto& dropout : {kKept, kDropped})
    compare("residual", [&](const Kernels& k) {
      Outputs out{x.clone(), at::empty({N, C})};
      k.residual(out[0], stream, beta, T, dropout, out[0]);
      if (dropout.probability > 0) k.dropout_backward(dy, T, dropout, out[1]);
      else out.pop_back();
      return out;
    });
}

TEST("activations") {
  auto x = random({N, F}, 1), bias = random({F}, 2), dy = random({N, F}, 3), gate_up = random({N, 2 * F}, 4);
  compare("gelu", [&](const Kernels& k) {
    Outputs out{x.clone(), at::empty({N, F})};
    k.bias_gelu(out[0], bias, out[1]);
    k.gelu_backward(dy, out[0]);
    return out;
  });
  compare("swiglu", [&](const Kernels& k) {
    Outputs out{gate_up.clone(), at::empty({N, F})};
    k.swiglu(out[0], out[1]);
    k.swiglu_backward(dy, out[0]);
    return out;
  });
}

TEST("rotation, there and back") {
  for (const auto& s : kShapes) {
    auto qkv = random({N, s.columns()}, 1), table = random({50, s.width}, 2), position_ids = random_ids(50, N, 3);
    for (bool inverse : {false, true})
      compare("rotate", [&](const Kernels& k) {
        Outputs out{qkv.clone()};
        k.rotate(s, position_ids, table, inverse, out[0]);
        return out;
      });
  }
}

TEST("attention of grouped heads and its gradients") {
  for (const auto& s : kShapes)
    for (const auto& dropout : {kKept, kDropped}) {
      auto qkv = random({N, s.columns()}, 1), d_out = random({N, s.heads * s.width}, 2);
      compare("attention with " + std::to_string(s.kv_heads) + " key heads", [&](const Kernels& k) {
        Outputs out{at::empty_like(d_out), at::empty({B, s.heads, T}), qkv.clone()};
        k.attention(s, qkv, dropout, out[0], out[1]);
        k.attention_backward(s, d_out, out[0], out[1], dropout, out[2]);
        return out;
      });
    }
}

TEST("packed matrices, written in parts of any strides") {
  auto w = random({V, C}, 1), x = random({N, C}, 2), positions = random({50, C}, 3);
  auto ids = random_ids(V, N, 4), position_ids = random_ids(50, N, 5);
  for (auto type : {Weights::float32, Weights::bfloat16})
    compare(type == Weights::float32 ? "float32" : "bfloat16", [&](const Kernels& k) {
      auto packed = k.packed(V, C, type, at::kCPU);
      k.pack(w.slice(0, 0, 9), 0, 0, packed);
      k.pack(w.slice(0, 9).slice(1, 0, 5).t().contiguous().t(), 9, 0, packed);
      k.pack(w.slice(0, 9).slice(1, 5), 9, 5, packed);
      Outputs out{at::empty({N, V}), at::empty({N, C}), at::empty({N, C})};
      k.linear(x, packed, out[0]);
      k.embed(ids, position_ids, packed, positions, out[1]);
      k.embed(ids, position_ids, packed, {}, out[2]);
      return out;
    });
}

TEST("attention over cached keys and values, in blocks of any order") {
  for (const auto& s : kShapes) {
    auto first = random({42, s.columns()}, 1), then = random({4, s.columns()}, 2);
    compare("attend with " + std::to_string(s.kv_heads) + " key heads", [&](const Kernels& k) {
      Outputs out;
      for (auto type : {CacheType::float32, CacheType::bfloat16}) {
        LayerCache cache{k.cache({5, 2, k.block_elements(s)}, type, at::kCPU).select(1, 1)};
        const int32_t tables[3][2] = {{4, 0}, {3, 1}, {2, 2}};
        Outputs of_type{at::empty({42, s.heads * s.width}), at::empty({4, s.heads * s.width})};
        k.attend(s, {{{0, 0, 4, tables[2]}, {0, 4, 31, tables[0]}, {0, 35, 7, tables[1]}}, nullptr}, first, cache, of_type[0]);
        k.attend(s, {{{31, 0, 2, tables[0]}, {4, 2, 1, tables[2]}, {7, 3, 1, tables[1]}}, nullptr}, then, cache, of_type[1]);
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
  for (const auto* k : {&cpu_kernels(), &aten_kernels()}) {
    std::vector<int32_t> ids(6, -2);
    k->argmax(logits, ids.data());
    CHECK(ids == std::vector<int32_t>({1, -1, -1, -1, -1, 2})) << ids[0] << ids[1] << ids[2] << ids[3] << ids[4] << ids[5];
  }
}

TEST("the loss and the optimizer") {
  auto logits = random({N, V}, 1), weights = random({N}, 2).abs_(), targets = random_ids(V, N, 3);
  compare("cross-entropy", [&](const Kernels& k) {
    Outputs out{logits.clone()};
    auto loss = k.cross_entropy(out[0], targets, weights, 17, true);
    out.push_back(at::tensor(loss));
    return out;
  });
  AdamWStep step{1e-2, 0.9, 0.99, 1e-6, 0.1, 0.19, 0.0199, 0.5};
  auto gradients = random({1000}, 4);
  compare("adamw", [&](const Kernels& k) {
    Outputs out{random({1000}, 5), random({1000}, 6), random({1000}, 7).abs_(), at::tensor(k.sum_of_squares(gradients))};
    k.adamw(out[0], gradients, out[1], out[2], step);
    return out;
  });
}

int main(int argc, char** argv) {
  return check::run(argc, argv);
}
