#include "dispatch.h"

#include <stdexcept>

namespace trireme {

const InstructionSet (&instruction_sets())[3] {
  static const InstructionSet sets[] = {
      {"v4", "AVX-512 (x86-64-v4)", __builtin_cpu_supports("x86-64-v4") != 0, v4::kernels, v4::norms, v4::panels, v4::sampling},
      {"v3", "AVX2 (x86-64-v3)", __builtin_cpu_supports("x86-64-v3") != 0, v3::kernels, v3::norms, v3::panels, v3::sampling},
      {"v2", "SSE4.2 (x86-64-v2)", __builtin_cpu_supports("x86-64-v2") != 0, v2::kernels, v2::norms, v2::panels, v2::sampling},
  };
  return sets;
}

const InstructionSet& chosen_instruction_set() {
  static const InstructionSet& chosen = []() -> const InstructionSet& {
    for (const auto& set : instruction_sets())
      if (set.supported) return set;
    throw std::runtime_error("this processor lacks SSE4.2; Trireme needs x86-64-v2 or later");
  }();
  return chosen;
}

}  // namespace trireme
