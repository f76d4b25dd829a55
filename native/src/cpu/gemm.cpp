#include "gemm.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "cpu_kernels.h"

/// Fortran's interface, which OpenBLAS and MKL share; libtorch links one of them.
extern "C" void sgemm_(const char* trans_a, const char* trans_b, const int* m, const int* n, const int* k, const float* alpha,
                       const float* a, const int* lda, const float* b, const int* ldb, const float* beta, float* c, const int* ldc);

/// Null with the other BLAS.
extern "C" __attribute__((weak)) void openblas_set_num_threads(int count);
extern "C" __attribute__((weak)) int MKL_Set_Num_Threads_Local(int count);

namespace trireme {
namespace {

/// MKL counts its threads by calling thread and libtorch sets them anew for each thread that it meets, so a count of one
/// is set around the call: MKL would cut the inner dimension too, and sums would depend on the number of threads.
class OneMklThread {
 public:
  OneMklThread() : before_(MKL_Set_Num_Threads_Local ? MKL_Set_Num_Threads_Local(1) : 0) {}
  ~OneMklThread() {
    if (MKL_Set_Num_Threads_Local) MKL_Set_Num_Threads_Local(before_);
  }
  OneMklThread(const OneMklThread&) = delete;

 private:
  int before_;
};

// Cuts are at multiples of 64 rows or columns, and parts so large that the BLAS takes the same way through all of them,
// which differs for vectors and for small matrices.
constexpr int64_t kUnit = 64;
constexpr double kWorthAThread = 1 << 22;  // multiplications

const float* from(const Operand& x, int64_t row, int64_t column) {
  return x.data + (x.transposed ? column * x.stride + row : row * x.stride + column);
}

}  // namespace

void gemm_here(const GemmShape& shape, const Operand& a, const Operand& b, const Result& out) {
  OneMklThread one;
  // Fortran's columns are our rows, so it is out^T = b^T a^T that it computes.
  int rows = static_cast<int>(shape.rows), columns = static_cast<int>(shape.columns), inner = static_cast<int>(shape.inner);
  int a_stride = static_cast<int>(a.stride), b_stride = static_cast<int>(b.stride), out_stride = static_cast<int>(out.stride);
  sgemm_(b.transposed ? "T" : "N", a.transposed ? "T" : "N", &columns, &rows, &inner, &out.alpha, b.data, &b_stride, a.data,
         &a_stride, &out.beta, out.data, &out_stride);
}

void gemm(const GemmShape& shape, const Operand& a, const Operand& b, const Result& out) {
  bool by_rows = shape.rows >= shape.columns;
  int64_t length = by_rows ? shape.rows : shape.columns, units = length / kUnit;
  double worth = static_cast<double>(shape.rows) * static_cast<double>(shape.columns) * static_cast<double>(shape.inner) / kWorthAThread;
  int64_t parts = std::min({static_cast<int64_t>(at::get_num_threads()), units, static_cast<int64_t>(worth)});
  if (parts <= 1 || at::in_parallel_region()) return gemm_here(shape, a, b, out);

  at::parallel_for(0, parts, 1, [&](int64_t begin, int64_t end) {
    int64_t first = units * begin / parts * kUnit, last = end == parts ? length : units * end / parts * kUnit;
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
  if (openblas_set_num_threads) openblas_set_num_threads(1);
}

}  // namespace trireme
