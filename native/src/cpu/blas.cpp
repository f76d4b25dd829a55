#include "blas.h"

#include "cpu_kernels.h"

/// Fortran's interface, which OpenBLAS and MKL share; libtorch links one of them.
extern "C" void sgemm_(const char* trans_a, const char* trans_b, const int* m, const int* n, const int* k, const float* alpha,
                       const float* a, const int* lda, const float* b, const int* ldb, const float* beta, float* c, const int* ldc);

/// Null with the other BLAS.
extern "C" __attribute__((weak)) void openblas_set_num_threads(int count);
extern "C" __attribute__((weak)) char* openblas_get_corename();
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

}  // namespace

void blas_gemm(const GemmShape& shape, const Operand& a, const Operand& b, const BlasResult& out) {
  static const bool set [[maybe_unused]] = (set_blas_threads_to_one(), true);  // also where nobody has called set_threads
  OneMklThread one;
  // Fortran's columns are our rows, so it is out^T = b^T a^T that it computes.
  int rows = static_cast<int>(shape.rows), columns = static_cast<int>(shape.columns), inner = static_cast<int>(shape.inner);
  int a_stride = static_cast<int>(a.stride), b_stride = static_cast<int>(b.stride), out_stride = static_cast<int>(out.stride);
  sgemm_(b.transposed ? "T" : "N", a.transposed ? "T" : "N", &columns, &rows, &inner, &out.alpha, b.data, &b_stride, a.data, &a_stride,
         &out.beta, out.data, &out_stride);
}

const char* blas_kernels() {
  return openblas_get_corename ? openblas_get_corename() : "unknown";
}

void set_blas_threads_to_one() {
  if (openblas_set_num_threads) openblas_set_num_threads(1);
}

}  // namespace trireme
