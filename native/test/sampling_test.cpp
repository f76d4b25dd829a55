#include "sampling.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>

#include "cpu/dispatch.h"
#include "check.h"

/// What choosing a token takes: against float64 and plain definitions, and each instruction set against the others, bit by bit.
using namespace trireme;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
const int64_t kCounts[] = {1, 2, 31, 33, 255, 256, 257, 1000, 10007};

std::vector<float> random_logits(int64_t count, uint64_t seed, float deviation) {
  std::mt19937_64 bits(seed);
  std::normal_distribution<float> normal(0, deviation);
  std::vector<float> x(count);
  for (auto& value : x) value = normal(bits);
  return x;
}

template <typename T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

struct Numerators {
  std::vector<float> numerators;
  std::vector<double> sums;
  double sum;
};

Numerators numerators_of(const std::vector<float>& x, float least, double temperature, double min_p) {
  auto count = static_cast<int64_t>(x.size());
  Numerators w{std::vector<float>(x.size()), std::vector<double>((count + kSumBlock - 1) / kSumBlock), 0};
  w.sum = softmax_numerators(x.data(), count, largest(x.data(), count), least, temperature, min_p, w.numerators.data(), w.sums.data());
  return w;
}

}  // namespace

TEST("numerators are exponentials, and 0 below either bound") {
  for (auto count : kCounts)
    for (double temperature : {0.3, 1.0, 7.0})
      for (float least : {-kInfinity, 0.5f})
        for (double min_p : {0.0, 0.01}) {
          auto x = random_logits(count, count, 6);
          double top = *std::max_element(x.begin(), x.end()), sum = 0;
          auto w = numerators_of(x, least, temperature, min_p);
          for (int64_t i = 0; i < count; ++i) {
            double distance = (top - x[i]) / temperature, expected = std::exp(-distance);
            sum += w.numerators[i];
            if (x[i] < least || expected < min_p * (1 - 1e-5)) {
              CHECK(w.numerators[i] == 0) << x[i] << " at " << temperature;
            } else if (expected > min_p * (1 + 1e-5) && distance < 80) {
              CHECK(std::abs(w.numerators[i] - expected) <= expected * (3 + 2 * distance) * 1e-7) << x[i] << " at " << temperature;
            }
          }
          CHECK(std::abs(w.sum - sum) <= sum * 1e-6) << count;
          double blocks = 0;
          for (double block : w.sums) blocks += block;
          CHECK(blocks == w.sum) << count;
        }
}

TEST("sums of exponentials are those of float64") {
  for (auto count : kCounts) {
    auto x = random_logits(count, count, 5);
    double top = largest(x.data(), count), sum = 0;
    for (float value : x) sum += std::exp(value - top);
    CHECK(std::abs(exponential_sum(x.data(), count, static_cast<float>(top)) / sum - 1) < 1e-12) << count;
  }
}

TEST("NaN is passed over by maxima and shows in sums; -infinity weighs nothing") {
  for (auto count : {40, 1000}) {
    auto x = random_logits(count, 7, 1);
    x[count / 2] = -kInfinity;
    auto w = numerators_of(x, -kInfinity, 1, 0);
    CHECK(w.numerators[count / 2] == 0 && std::isfinite(w.sum));
    for (int index : {0, 3, count - 1}) {
      auto broken = x;
      broken[index] = NAN;
      CHECK(std::isfinite(largest(broken.data(), count)));
      CHECK(std::isnan(numerators_of(broken, 0, 1, 0.5).sum)) << index;
      CHECK(std::isnan(exponential_sum(broken.data(), count, 4))) << index;
    }
  }
}

TEST("the k-th largest is what sorting gives, with ties and NaN") {
  for (auto count : kCounts)
    for (bool ties : {false, true})
      for (int64_t k : {int64_t(1), int64_t(2), int64_t(50), count / 8, count / 2, count}) {
        if (k < 1 || k > count) continue;
        auto x = random_logits(count, count + k, 3);
        if (ties)
          for (auto& value : x) value = std::round(value);
        auto sorted = x;
        std::sort(sorted.begin(), sorted.end(), std::greater<float>());
        std::vector<float> scratch(count);
        CHECK(kth_largest(x.data(), count, k, scratch.data()) == sorted[k - 1]) << count << " " << k;
        auto first = std::find(x.begin(), x.end(), sorted[0]) - x.begin();
        CHECK(argmax(x.data(), count) == first);
        x[first] = NAN;
        CHECK(kth_largest(x.data(), count, k, scratch.data()) == (k < count ? sorted[k] : -kInfinity)) << count << " " << k;
      }
}

TEST("ranked before a numerator are larger ones, and equal ones of smaller index") {
  for (auto count : kCounts) {
    auto x = random_logits(count, count, 2);
    for (auto& value : x) value = std::round(value);
    auto all = numerators_of(x, -kInfinity, 1, 0);
    for (int64_t index : {int64_t(0), count / 3, count - 1}) {
      auto kept = all;
      double sum = keep_ranked_before(kept.numerators.data(), count, index, kept.sums.data()), expected = 0, blocks = 0;
      for (int64_t i = 0; i < count; ++i) {
        bool before = x[i] > x[index] || (x[i] == x[index] && i < index);
        CHECK(kept.numerators[i] == (before ? all.numerators[i] : 0)) << i << " " << index;
        expected += kept.numerators[i];
      }
      for (double block : kept.sums) blocks += block;
      CHECK(blocks == sum);
      CHECK(std::abs(sum - expected) <= expected * 1e-6) << index;
      CHECK(std::abs(cumulative_mass(all.numerators.data(), count, index) - expected) <= expected * 1e-6) << index;
    }
  }
}

TEST("every instruction set gives the same bits") {
  const auto& reference = instruction_sets()[2].sampling;
  for (const auto& set : instruction_sets()) {
    if (!set.supported) continue;
    for (int64_t count : {1, 37, 250}) {
      auto x = random_logits(count, count, 8);
      float top = reference.largest(count, x.data());
      CHECK(set.sampling.largest(count, x.data()) == top) << set.name;
      std::vector<float> a(count), b(count);
      double sum_a = reference.softmax_numerators(0, count, {x.data(), top, -9, 1.7f, 1e-9f, a.data()});
      double sum_b = set.sampling.softmax_numerators(0, count, {x.data(), top, -9, 1.7f, 1e-9f, b.data()});
      CHECK(same(a, b) && sum_a == sum_b) << set.name << " " << count;
      CHECK(reference.sum_above(count, a.data(), 0.01f) == set.sampling.sum_above(count, a.data(), 0.01f)) << set.name;
      CHECK(reference.keep_above(count, a.data(), 0.01f) == set.sampling.keep_above(count, b.data(), 0.01f)) << set.name;
      CHECK(same(a, b)) << set.name << " " << count;
      CHECK(reference.exponential_sum(count, x.data(), top) == set.sampling.exponential_sum(count, x.data(), top)) << set.name;
    }
  }
}

int main(int argc, char** argv) {
  return check::run(argc, argv);
}
