#pragma once
#include "../kernels.h"

#include <string>

namespace trireme {

/// Our own vector code, with the newest instruction set that this machine has.
const Kernels& cpu_kernels();
/// The same with a given instruction set, "v2", "v3" or "v4" of x86-64; null where the machine lacks it. For tests.
const Kernels* cpu_kernels(const std::string& instruction_set);
/// Name of the instruction set that `cpu_kernels` chose.
const char* instruction_set();
/// Our GEMM splits its work itself: the BLAS's own threads would only fight libtorch's.
void set_blas_threads_to_one();

}  // namespace trireme
