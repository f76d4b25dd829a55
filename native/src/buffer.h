#pragma once
#include <ATen/ATen.h>

namespace trireme {

/// Reusable memory of a stage, which grows to the largest micro-batch seen. Fresh memory costs more than most operators, since its first
/// touch runs at a tenth of the usual speed.
class Buffer {
 public:
  /// A (rows, columns) view of the memory, not cleared.
  at::Tensor matrix(int64_t rows, int64_t columns, const at::Device& device, at::ScalarType type = at::kFloat) {
    auto count = rows * columns;
    if (!storage_.defined() || storage_.numel() < count) {
      storage_ = at::Tensor();  // frees the old memory before the new is taken
      storage_ = at::empty({count}, at::device(device).dtype(type));
    }
    return storage_.as_strided({rows, columns}, {columns, 1});
  }

  at::Tensor vector(int64_t count, const at::Device& device, at::ScalarType type = at::kFloat) {
    return matrix(1, count, device, type).view({count});
  }

  int64_t bytes() const { return storage_.defined() ? static_cast<int64_t>(storage_.nbytes()) : 0; }

 private:
  at::Tensor storage_;
};

/// Temporary buffers that live until the next operator, shared by all sublayers of a stage.
struct Scratch {
  Buffer wide, narrow;  // (N, F) or (N, H D), and (N, C)
  Buffer heads;         // (N, H D), where heads are normalised
  Buffer low_rank;      // (N, I) or (N, K R), of low-rank updates
  at::Tensor dropped;   // a view of the last

  int64_t bytes() const { return wide.bytes() + narrow.bytes() + heads.bytes() + low_rank.bytes(); }
};

}  // namespace trireme
