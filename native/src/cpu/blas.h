#pragma once
#include "operand.h"

namespace trireme {

struct BlasResult {
  float* data;
  int64_t stride;
  float alpha = 1, beta = 0;
};

/// out (rows, columns) = alpha a (rows, inner) b (inner, columns) + beta out, by libtorch's BLAS on this thread. For the small products of
/// training attention, which the BLAS multiplies without packing; gemm.h has large products.
void blas_gemm(const GemmShape& shape, const Operand& a, const Operand& b, const BlasResult& out);

/// The name of the processor that the BLAS has chosen its kernels for, as far as it tells.
const char* blas_kernels();

}  // namespace trireme
