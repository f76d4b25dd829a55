#pragma once
#include "../kernels.h"
#include "dispatch.h"

namespace trireme {

/// The packed matrices of `GenerationKernels`. Data are (panels, I, 32) float32, or (panels, I, 16) words of two bfloat16; see
/// panel_kernels.h.
PackedMatrix packed_zeros(int64_t rows, int64_t columns, Weights type, const at::Device& device);
void pack(const InstructionSet& set, const at::Tensor& values, int64_t first_row, int64_t first_column, PackedMatrix& w);
/// out = or += x w^T. Each panel is read once, by one thread, for all rows of x.
void multiply(const InstructionSet& set, const at::Tensor& x, const PackedMatrix& w, at::Tensor& out, bool accumulate);

struct EmbedArguments {
  const int32_t *ids, *position_ids;
  const float* positions;  // may be null
  float* out;
};
void embed(const PackedMatrix& tokens, int64_t begin, int64_t end, const EmbedArguments& a);

}  // namespace trireme
