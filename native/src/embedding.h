#pragma once
#include "block.h"

namespace trireme {

/// Token and learned position embeddings (Radford et al. 2018): ids (B, T) to the residual stream (N, C).
class Embedding {
 public:
  Embedding(Parameters& parameters, const ModelConfig& model);

  void forward(const Pass& pass, const at::Tensor& ids, at::Tensor& out) const;
  /// @param accumulate whether the position gradients hold a sum already; those of the tokens always do: the head's part,
  ///     or zeros that the stage put there
  void backward(const Pass& pass, const at::Tensor& d_out, const at::Tensor& ids, bool accumulate);

  Parameter& tokens() { return tokens_; }

 private:
  const ModelConfig& model_;
  Parameter &tokens_, &positions_;
};

}  // namespace trireme
