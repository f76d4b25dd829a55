#include "sampling.h"

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
  for (int64_t begin = 0; begin < count; begin += kSumBlock) {
    double sum = work(begin, std::min(begin + kSumBlock, count));
    if (sums != nullptr) sums[begin / kSumBlock] = sum;
    total += sum;
  }
  return total;
}

/// The same for the elements that rank before `index`: work(begin, end, least) is called for both sides of it and counts elements above
/// `least`.
template <typename Work>
double sum_ranked_before(int64_t count, float numerator, int64_t index, double* sums, const Work& work) {
  float below = std::nextafter(numerator, -1.0f);  // so that equal ones count
  return sum_of_blocks(count, sums, [&](int64_t begin, int64_t end) {
    int64_t middle = std::clamp(index, begin, end);
    double first = work(begin, middle, below);
    return first + work(middle, end, numerator);
  });
}

}  // namespace

float largest(const float* logits, int64_t count) {
  return kernels().largest(count, logits);
}

int64_t argmax(const float* logits, int64_t count) {
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

double softmax_numerators(const float* logits, int64_t count, float largest, float least, double temperature, double min_p,
                          float* numerators, double* sums) {
  constexpr double kLog2E = 1.44269504088896341;
  NumeratorArguments arguments = {logits, largest, least, static_cast<float>(kLog2E / temperature), static_cast<float>(min_p), numerators};
  return sum_of_blocks(count, sums, [&](int64_t begin, int64_t end) { return kernels().softmax_numerators(begin, end, arguments); });
}

double cumulative_mass(const float* numerators, int64_t count, int64_t index) {
  return sum_ranked_before(count, numerators[index], index, nullptr, [&](int64_t begin, int64_t end, float least) {
    return kernels().sum_above(end - begin, numerators + begin, least);
  });
}

double keep_ranked_before(float* numerators, int64_t count, int64_t index, double* sums) {
  return sum_ranked_before(count, numerators[index], index, sums, [&](int64_t begin, int64_t end, float least) {
    return kernels().keep_above(end - begin, numerators + begin, least);
  });
}

double exponential_sum(const float* logits, int64_t count, float largest) {
  return kernels().exponential_sum(count, logits, largest);
}

}  // namespace trireme
