#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace trireme {

/// One weight matrix or vector: a view of the stage's flat weights, and the same view of its flat gradients.
struct Parameter {
  std::string name;            // as in Hugging Face's files, without "transformer."
  std::vector<int64_t> shape;  // ours: linear weights are (out, in)
  bool transposed;             // Conv1D: files hold it as (in, out)
  double mean, deviation;      // of its initial values
  int64_t begin = 0, count = 0;
  at::Tensor value, gradient;
};

/// All parameters of a stage in two flat buffers, laid out in the order in which backward completes their gradients, so
/// that a bucket of the all-reduce is a plain range and the optimizer is one pass.
///
///   add(...) unit 0 | unit 1 | ... | last unit      then allocate()
///
/// A unit is what backward completes at once: the final norm, a block, the embeddings.
class Parameters {
 public:
  /// Declares a parameter of the current unit. The reference stays valid.
  Parameter& add(const std::string& name, std::vector<int64_t> shape, double mean, double deviation, bool transposed = false);
  void end_unit();
  void allocate(const at::Device& device);

  /// Draws every parameter from (seed, name) alone.
  void initialize(int64_t seed);
  /// Copies between a parameter (or its gradient) and `count` float32 on the host, in the file's layout.
  void write(int64_t index, const float* source, int64_t count);
  void read(int64_t index, float* destination, int64_t count, bool gradient, double scale) const;

  const Parameter& at(int64_t index) const;
  int64_t size() const { return static_cast<int64_t>(list_.size()); }
  /// Sizes along the axes, as the file has them.
  std::vector<int64_t> file_shape(int64_t index) const;
  /// Where each unit ends in the flat buffers.
  const std::vector<int64_t>& unit_ends() const { return unit_ends_; }

  at::Tensor values, gradients;  // (P), float32; the gaps that alignment leaves stay 0

 private:
  std::deque<Parameter> list_;
  std::vector<int64_t> unit_ends_;
  int64_t end_ = 0;
};

}  // namespace trireme
