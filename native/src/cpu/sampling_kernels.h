#pragma once
#include <cstdint>

/// The loops of sampling.h, compiled once per instruction set (see vector_kernels.h), but without fused multiply-add and with a fixed
/// number of lanes in sums, so that every instruction set gives the same bits.
namespace trireme {

struct NumeratorArguments {
  const float* logits;
  float largest, least;
  float scale;  // log2(e) / temperature
  float min_p;
  float* numerators;
};

struct SamplingKernels {
  float (*largest)(int64_t count, const float* x);
  /// out[c] = the largest of x[c], x[c + columns], ...; NaN is passed over
  void (*column_maxima)(int64_t count, const float* x, int64_t columns, float* out);
  /// Copies the values that are at least `least`. @return how many
  int64_t (*at_least)(int64_t count, const float* x, float least, float* out);
  /// @return the sum of the numerators [begin, end), which it sets; summed in float, so of one block
  double (*softmax_numerators)(int64_t begin, int64_t end, const NumeratorArguments&);
  /// The sum of the numerators of one block that are above `least`.
  double (*sum_above)(int64_t count, const float* numerators, float least);
  /// The same, setting the others to 0.
  double (*keep_above)(int64_t count, float* numerators, float least);
  double (*exponential_sum)(int64_t count, const float* x, float largest);
};

namespace v2 { extern const SamplingKernels sampling; }
namespace v3 { extern const SamplingKernels sampling; }
namespace v4 { extern const SamplingKernels sampling; }

}  // namespace trireme
