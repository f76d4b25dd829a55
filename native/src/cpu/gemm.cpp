#include "gemm.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>

#include "cpu_kernels.h"

/// Fortran's interface, which OpenBLAS and MKL share; libtorch links one of them.
extern "C" void sgemm_(const char* trans_a, const char* trans_b, const int* m, const int* n, const int* k, const float* alpha,
                       const float* a, const int* lda, const float* b, const int* ldb, const float* beta, float* c, const int* ldc);

namespace trireme {
namespace {

constexpr int64_t kUnit = 64;             // cuts are at multiples of this many rows or columns
constexpr double kWorthAThread = 1 << 20;  // multiplications

const float* from(const Operand& x, int64_t row, int64_t column) {
  return x.data + (x.transposed ? column * x.stride + row : row * x.stride + column);
}

}  // namespace

void gemm_here(const GemmShape& shape, const Operand& a, const Operand& b, const Result& out) {
  // Fortran's columns are our rows, so it is out^T = b^T a^T that it computes.
  int rows = static_cast<int>(shape.rows), columns = static_cast<int>(shape.columns), inner = static_cast<int>(shape.inner);
  int a_stride = static_cast<int>(a.stride), b_stride = static_cast<int>(b.stride), out_stride = static_cast<int>(out.stride);
  sgemm_(b.transposed ? "T" : "N", a.transposed ? "T" : "N", &columns, &rows, &inner, &out.alpha, b.data, &b_stride, a.data,
         &a_stride, &out.beta, out.data, &out_stride);
}

void gemm(const GemmShape& shape, const Operand& a, const Operand& b, const Result& out) {
  bool by_rows = shape.rows >= shape.columns;
  int64_t length = by_rows ? shape.rows : shape.columns, units = (length + kUnit - 1) / kUnit;
  double worth = static_cast<double>(shape.rows) * static_cast<double>(shape.columns) * static_cast<double>(shape.inner) / kWorthAThread;
  int64_t parts = std::min({static_cast<int64_t>(at::get_num_threads()), units, static_cast<int64_t>(worth)});
  if (parts <= 1 || at::in_parallel_region()) return gemm_here(shape, a, b, out);

  at::parallel_for(0, parts, 1, [&](int64_t begin, int64_t end) {
    int64_t first = units * begin / parts * kUnit, last = std::min(units * end / parts * kUnit, length);
    if (by_rows) {
      gemm_here({last - first, shape.columns, shape.inner}, {from(a, first, 0), a.stride, a.transposed}, b,
                {out.data + first * out.stride, out.stride, out.alpha, out.beta});
    } else {
      gemm_here({shape.rows, last - first, shape.inner}, a, {from(b, 0, first), b.stride, b.transposed},
                {out.data + first, out.stride, out.alpha, out.beta});
    }
  });
}

void set_blas_threads_to_one() {
  // With MKL there is no such library, and none is needed: MKL uses one thread inside a parallel region.
  void* library = dlopen("libopenblas.so.0", RTLD_NOLOAD | RTLD_LAZY);
  if (library == nullptr) return;
  auto set = reinterpret_cast<void (*)(int)>(dlsym(library, "openblas_set_num_threads"));
  if (set != nullptr) set(1);
  dlclose(library);
}

}  // namespace trireme
