#pragma once
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <functional>

#include "cpu/cpu_kernels.h"
#include "cpu/thread_team.h"
#include "support.h"

/// What the tests of our own kernels share: inputs, and the comparison with float64 for each instruction set.
namespace trireme::test {

using at::Tensor;
using Outputs = std::vector<Tensor>;

constexpr double kBound = 2e-6;

inline Tensor random(at::IntArrayRef shape, uint64_t seed, double scale = 1) {
  return at::empty(shape, at::kFloat).normal_(0, scale, at::detail::createCPUGenerator(seed));
}

inline Tensor random_ids(int64_t end, int64_t count, uint64_t seed) {
  return at::randint(end, {count}, at::detail::createCPUGenerator(seed), at::kInt);
}

inline Tensor leaf(const Tensor& x) {
  return x.to(at::kDouble).requires_grad_();
}

/// Runs `ours` with every instruction set, with one thread and with three: equal bits, and close to float64.
inline void compare(const std::string& where, const Outputs& expected, const std::function<Outputs(const Kernels&)>& ours) {
  at::NoGradGuard no_autograd;
  for (const char* set : {"v2", "v3", "v4"}) {
    const auto* kernels = cpu_kernels(set);
    if (kernels == nullptr) continue;
    set_team_size(1);
    auto one = ours(*kernels);
    set_team_size(3);
    auto three = ours(*kernels);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CHECK(same_bits(one[i], three[i])) << "output " << i << " with three threads, " << set << ", " << where;
      CHECK_BELOW(relative_error(one[i], expected[i]), kBound) << "output " << i << ", " << set << ", " << where;
    }
  }
}

inline std::string text(std::initializer_list<double> numbers) {
  std::ostringstream out;
  for (double n : numbers) out << n << " ";
  return out.str();
}

/// softmax(q k^T / sqrt(D), causal, within the window) of qkv (B T, (H + 2 K) D) with its gradients, and what it weighs.
struct Attention64 {
  Tensor scores, v;

  Attention64(const AttentionShape& s, const Tensor& qkv) {
    auto heads = qkv.view({s.batch, s.length, s.heads + 2 * s.kv_heads, s.width}).transpose(1, 2);
    auto k = heads.narrow(1, s.heads, s.kv_heads).repeat_interleave(s.group(), 1);
    v = heads.narrow(1, s.heads + s.kv_heads, s.kv_heads).repeat_interleave(s.group(), 1);
    auto position = at::arange(s.length), distance = position.unsqueeze(1) - position;
    auto later = distance.lt(0).logical_or(distance.ge(s.window > 0 ? s.window : s.length));
    if (s.begins.defined()) later = later.logical_or(position.lt(s.begins.view({s.batch, 1, s.length, 1})));
    scores = (heads.narrow(1, 0, s.heads).matmul(k.transpose(-2, -1)) / std::sqrt(double(s.width))).masked_fill(later, -INFINITY);
  }

  Tensor out(const AttentionShape& s, const Tensor& mask) const {
    return (scores.softmax(-1) * mask).matmul(v).transpose(1, 2).reshape({s.batch * s.length, s.heads * s.width});
  }
};

}  // namespace trireme::test
