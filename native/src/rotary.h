#pragma once
#include "buffer.h"
#include "trireme/model.h"

namespace trireme {

/// Cosines and sines of rotary embeddings (Su et al. 2021): the angle of pair i at position p is p * f_i, where f_i = theta^(-2 i / D),
/// scaled as the model says. Angles are computed in double, for as many positions as were needed so far.
class Rotary {
 public:
  explicit Rotary(const ModelConfig& model);

  /// (P, D) with P >= positions: D / 2 cosines, then D / 2 sines.
  const at::Tensor& table(int64_t positions, const at::Device& device);
  int64_t bytes() const { return table_.defined() ? static_cast<int64_t>(table_.nbytes()) : 0; }

 private:
  std::vector<double> frequencies_;
  at::Tensor table_;
};

}  // namespace trireme
