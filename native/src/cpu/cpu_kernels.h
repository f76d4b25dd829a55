#pragma once
#include "../kernels.h"

#include <string>

namespace trireme {

/// Trireme's vector kernels, for the newest instruction set of this machine.
const Kernels& cpu_kernels();
/// The same for a given instruction set, "v2", "v3" or "v4" of x86-64; null where the machine lacks it. For tests.
const Kernels* cpu_kernels(const std::string& instruction_set);
/// Name of the instruction set that `cpu_kernels` chose.
const char* instruction_set();
/// Sets the BLAS to one thread: Trireme's operators split their work themselves, and the BLAS's threads would compete with theirs.
void set_blas_threads_to_one();

}  // namespace trireme
