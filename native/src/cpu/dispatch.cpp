#include "dispatch.h"

#include <stdexcept>

namespace trireme {

const InstructionSet (&instruction_sets())[3] {
#define INSTRUCTION_SET(isa, words) \
  { \
    .name = #isa, .description = words " (x86-64-" #isa ")", .supported = __builtin_cpu_supports("x86-64-" #isa) != 0, \
    .vector = isa::kernels, .norms = isa::norms, .panels = isa::panels, .sampling = isa::sampling \
  }
  static const InstructionSet sets[] = {INSTRUCTION_SET(v4, "AVX-512"), INSTRUCTION_SET(v3, "AVX2"), INSTRUCTION_SET(v2, "SSE4.2")};
#undef INSTRUCTION_SET
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
