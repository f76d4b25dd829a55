#pragma once
#include "norm_kernels.h"
#include "panel_kernels.h"
#include "sampling_kernels.h"
#include "vector_kernels.h"

namespace trireme {

struct InstructionSet {
  const char *name, *description;
  bool supported;
  const VectorKernels& vector;
  const NormKernels& norms;
  const PanelKernels& panels;
  const SamplingKernels& sampling;
};

/// The three that we compile for, the newest first; the last one is what every x86-64 machine since 2009 has.
const InstructionSet (&instruction_sets())[3];
/// The newest that this machine has.
const InstructionSet& chosen_instruction_set();

}  // namespace trireme
