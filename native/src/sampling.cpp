#include "trireme/sampling.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "cpu/dispatch.h"

namespace trireme {
namespace {

const SamplingKernels& kernels() {
  static const SamplingKernels& chosen = chosen_instruction_set().sampling;
  return chosen;
}

/// Calls work(begin, end), which returns a sum, for every block. @return the sum of these
template <typename Work>
double sum_of_blocks(int64_t count, double* sums, const Work& work) {
  double total = 0;
  for (int64_t begin = 0; begin < count; begin += kWeightBlock) {
    double sum = work(begin, std::min(begin + kWeightBlock, count));
    if (sums != nullptr) sums[begin / kWeightBlock] = sum;
    total += sum;
  }
  return total;
}

/// The same, where work(begin, end, least) is called for the two sides of a place: what is above `least` is ahead of it.
template <typename Work>
double sum_ahead(int64_t count, float weight, int64_t place, double* sums, const Work& work) {
  float below = std::nextafter(weight, -1.0f);  // so that equal ones count
  return sum_of_blocks(count, sums, [&](int64_t begin, int64_t end) {
    int64_t middle = std::clamp(place, begin, end);
    double before = work(begin, middle, below);
    return before + work(middle, end, weight);
  });
}

}  // namespace

float largest(const float* logits, int64_t count) {
  return kernels().largest(count, logits);
}

int64_t likeliest(const float* logits, int64_t count) {
  return chosen_instruction_set().vector.argmax(count, logits);
}

/// The k-th largest of the maxima of more than k columns is a bound: k values are at least as large, and few others.
float kth_largest(const float* logits, int64_t count, int64_t k, float* scratch) {
  constexpr int64_t kColumns = 8;  // for each of the k
  float bound = -INFINITY;
  if (k <= count / kColumns) {
    kernels().column_maxima(count, logits, k * kColumns, scratch);
    std::nth_element(scratch, scratch + (k - 1), scratch + k * kColumns, std::greater<float>());
    bound = scratch[k - 1];
  }
  int64_t found = kernels().at_least(count, logits, bound, scratch);
  if (found < k) return -INFINITY;
  std::nth_element(scratch, scratch + (k - 1), scratch + found, std::greater<float>());
  return scratch[k - 1];
}

double weigh(const float* logits, int64_t count, float largest, float least, double temperature, double min_weight, float* weights,
             double* sums) {
  constexpr double kLog2E = 1.44269504088896341;
  WeighArguments arguments = {logits, largest, least, static_cast<float>(kLog2E / temperature), static_cast<float>(min_weight), weights};
  return sum_of_blocks(count, sums, [&](int64_t begin, int64_t end) { return kernels().weigh(begin, end, arguments); });
}

double weight_ahead(const float* weights, int64_t count, int64_t place) {
  return sum_ahead(count, weights[place], place, nullptr,
                   [&](int64_t begin, int64_t end, float least) { return kernels().sum_above(end - begin, weights + begin, least); });
}

double keep_ahead(float* weights, int64_t count, int64_t place, double* sums) {
  return sum_ahead(count, weights[place], place, sums,
                   [&](int64_t begin, int64_t end, float least) { return kernels().keep_above(end - begin, weights + begin, least); });
}

double exponential_sum(const float* logits, int64_t count, float largest) {
  return kernels().exponential_sum(count, logits, largest);
}

}  // namespace trireme
