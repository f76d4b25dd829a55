#include "sampling_kernels.h"

namespace trireme::TRIREME_ISA {
namespace {

constexpr int64_t kLanes = 32;

template <typename Real>
double total(const Real (&lanes)[kLanes]) {
  double sum = 0;
  for (Real lane : lanes) sum += static_cast<double>(lane);
  return sum;
}

/// 2^x for x in [-120, 0]: x = n + f, |f| <= 1/2, and 2^f by the series of e^(f ln 2). The sum with kRound has n, and the bias
/// of exponents, in its lowest bits.
inline float power_of_two(float x) {
  constexpr float kRound = 0x1.8p23f + 127;
  float sum = x + kRound;
  float r = (x - (sum - kRound)) * 0.693147181f;
  auto power = __builtin_bit_cast(float, __builtin_bit_cast(uint32_t, sum) << 23);
  return power * (1 + r * (1 + r * (1 / 2.0f + r * (1 / 6.0f + r * (1 / 24.0f + r * (1 / 120.0f + r * (1 / 720.0f)))))));
}

/// The same in float64 for x in [-1000, 0]: 2^f = (2^(f / 4))^4.
inline double power_of_two(double x) {
  constexpr double kRound = 0x1.8p52 + 1023;
  double sum = x + kRound;
  double r = (x - (sum - kRound)) * (0.693147180559945309 / 4);
  auto power = __builtin_bit_cast(double, __builtin_bit_cast(uint64_t, sum) << 52);
  double root = 1 + r * (1 + r * (1 / 2.0 + r * (1 / 6.0 + r * (1 / 24.0 + r * (1 / 120.0 + r * (1 / 720.0 + r * (1 / 5040.0)))))));
  double square = root * root;
  return power * (square * square);
}

inline float numerator(float logit, const NumeratorArguments& a) {
  float x = (logit - a.largest) * a.scale;
  float w = power_of_two(x < -116.0f ? -116.0f : x);
  return (logit < a.least) | (x < -116.0f) | (w < a.min_p) ? 0.0f : w;
}

inline double exponential(float logit, float largest) {
  double x = (static_cast<double>(logit) - static_cast<double>(largest)) * 1.44269504088896341;
  return power_of_two(x < -1000.0 ? -1000.0 : x);
}

float largest(int64_t count, const float* x) {
  float maximum = -__builtin_inff();
#pragma omp simd reduction(max : maximum)
  for (int64_t i = 0; i < count; ++i) maximum = x[i] > maximum ? x[i] : maximum;
  return maximum;
}

void column_maxima(int64_t count, const float* x, int64_t columns, float* out) {
  for (int64_t c = 0; c < columns; ++c) out[c] = -__builtin_inff();
  for (int64_t begin = 0; begin < count; begin += columns) {
    int64_t width = count - begin < columns ? count - begin : columns;
#pragma omp simd
    for (int64_t c = 0; c < width; ++c) out[c] = x[begin + c] > out[c] ? x[begin + c] : out[c];
  }
}

/// Most groups of lanes have no such value, so each group is tested as a whole first.
int64_t at_least(int64_t count, const float* x, float least, float* out) {
  int64_t found = 0;
  for (int64_t begin = 0; begin < count; begin += kLanes) {
    int64_t end = count - begin < kLanes ? count : begin + kLanes;
    int any = 0;
#pragma omp simd reduction(| : any)
    for (int64_t i = begin; i < end; ++i) any |= x[i] >= least;
    if (any == 0) continue;
    for (int64_t i = begin; i < end; ++i) {
      if (x[i] >= least) out[found++] = x[i];
    }
  }
  return found;
}

double softmax_numerators(int64_t begin, int64_t end, const NumeratorArguments& arguments) {
  const NumeratorArguments a = arguments;
  float lanes[kLanes] = {};
  int64_t i = begin;
  for (; i + kLanes <= end; i += kLanes) {
#pragma omp simd
    for (int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] += a.numerators[i + lane] = numerator(a.logits[i + lane], a);
  }
  for (; i < end; ++i) lanes[0] += a.numerators[i] = numerator(a.logits[i], a);
  return total(lanes);
}

double sum_above(int64_t count, const float* numerators, float least) {
  float lanes[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
#pragma omp simd
    for (int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] += numerators[i + lane] > least ? numerators[i + lane] : 0.0f;
  }
  for (; i < count; ++i) lanes[0] += numerators[i] > least ? numerators[i] : 0.0f;
  return total(lanes);
}

double keep_above(int64_t count, float* numerators, float least) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) numerators[i] = numerators[i] > least ? numerators[i] : 0.0f;
  return sum_above(count, numerators, 0);
}

double exponential_sum(int64_t count, const float* x, float largest) {
  double lanes[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
#pragma omp simd
    for (int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] += exponential(x[i + lane], largest);
  }
  for (; i < count; ++i) lanes[0] += exponential(x[i], largest);
  return total(lanes);
}

}  // namespace

#define KERNEL(name) .name = name
const SamplingKernels sampling = {
    KERNEL(largest),   KERNEL(column_maxima), KERNEL(at_least),        KERNEL(softmax_numerators),
    KERNEL(sum_above), KERNEL(keep_above),    KERNEL(exponential_sum),
};
#undef KERNEL

}  // namespace trireme::TRIREME_ISA
