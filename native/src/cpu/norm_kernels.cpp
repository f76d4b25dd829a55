#include "norm_kernels.h"

namespace trireme::TRIREME_ISA {
namespace {

/// 1 / sqrt(squares / width + epsilon)
inline float reciprocal_root(float squares, int64_t width, double epsilon) {
  return static_cast<float>(1 / __builtin_sqrt(static_cast<double>(squares) / static_cast<double>(width) + epsilon));
}

void norm(const RowRange& rows, const NormArguments& a) {
  int64_t width = rows.width;
  const float *gamma = a.gamma, *beta = a.beta;
  for (int64_t n = rows.begin; n < rows.end; ++n) {
    const float* x = a.x + n * width;
    float* out = a.out + n * width;
    float sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t c = 0; c < width; ++c) sum += x[c];
    float mean = sum / static_cast<float>(width);
#pragma omp simd reduction(+ : squares)
    for (int64_t c = 0; c < width; ++c) squares += (x[c] - mean) * (x[c] - mean);
    float rstd = reciprocal_root(squares, width, a.epsilon);
#pragma omp simd
    for (int64_t c = 0; c < width; ++c) out[c] = (x[c] - mean) * rstd * gamma[c] + beta[c];
    a.mean[n] = mean;
    a.rstd[n] = rstd;
  }
}

/// With g = dy gamma and y = (x - mean) rstd: dx = residual + rstd (g - mean(g) - y mean(g y))
void norm_backward(const RowRange& rows, const NormBackwardArguments& a) {
  int64_t width = rows.width;
  const float* gamma = a.gamma;
  float* __restrict d_gamma = a.d_gamma, * __restrict d_beta = a.d_beta;
  for (int64_t c = 0; c < width; ++c) d_gamma[c] = d_beta[c] = 0;
  for (int64_t n = rows.begin; n < rows.end; ++n) {
    const float *dy = a.dy + n * width, *x = a.x + n * width, *residual = a.residual + n * width;
    float* dx = a.dx + n * width;
    float mean = a.mean[n], rstd = a.rstd[n], sum_g = 0, sum_gy = 0;
#pragma omp simd reduction(+ : sum_g, sum_gy)
    for (int64_t c = 0; c < width; ++c) {
      float y = (x[c] - mean) * rstd, g = dy[c] * gamma[c];
      d_gamma[c] += dy[c] * y;
      d_beta[c] += dy[c];
      sum_g += g;
      sum_gy += g * y;
    }
    float mean_g = sum_g / static_cast<float>(width), mean_gy = sum_gy / static_cast<float>(width);
#pragma omp simd
    for (int64_t c = 0; c < width; ++c) {
      float y = (x[c] - mean) * rstd;
      dx[c] = residual[c] + rstd * (dy[c] * gamma[c] - mean_g - y * mean_gy);
    }
  }
}

void rms_norm(const RowRange& rows, const NormArguments& a) {
  int64_t width = rows.width;
  const float* gamma = a.gamma;
  for (int64_t n = rows.begin; n < rows.end; ++n) {
    const float* x = a.x + n * width;
    float* out = a.out + n * width;
    float squares = 0;
#pragma omp simd reduction(+ : squares)
    for (int64_t c = 0; c < width; ++c) squares += x[c] * x[c];
    float rstd = reciprocal_root(squares, width, a.epsilon);
#pragma omp simd
    for (int64_t c = 0; c < width; ++c) out[c] = x[c] * rstd * gamma[c];
    a.rstd[n] = rstd;
  }
}

/// With g = dy gamma and y = x rstd: dx = residual + rstd (g - y mean(g y))
void rms_norm_backward(const RowRange& rows, const NormBackwardArguments& a) {
  int64_t width = rows.width;
  const float* gamma = a.gamma;
  float* __restrict d_gamma = a.d_gamma;
  for (int64_t c = 0; c < width; ++c) d_gamma[c] = 0;
  for (int64_t n = rows.begin; n < rows.end; ++n) {
    const float *dy = a.dy + n * width, *x = a.x + n * width, *residual = a.residual + n * width;
    float* dx = a.dx + n * width;
    float rstd = a.rstd[n], sum_gy = 0;
#pragma omp simd reduction(+ : sum_gy)
    for (int64_t c = 0; c < width; ++c) {
      float y = x[c] * rstd;
      d_gamma[c] += dy[c] * y;
      sum_gy += dy[c] * gamma[c] * y;
    }
    float mean_gy = sum_gy / static_cast<float>(width);
#pragma omp simd
    for (int64_t c = 0; c < width; ++c) dx[c] = residual[c] + rstd * (dy[c] * gamma[c] - x[c] * rstd * mean_gy);
  }
}

}  // namespace

#define KERNEL(name) .name = name
const NormKernels norms = {
    KERNEL(norm),
    KERNEL(norm_backward),
    KERNEL(rms_norm),
    KERNEL(rms_norm_backward),
};
#undef KERNEL

}  // namespace trireme::TRIREME_ISA
