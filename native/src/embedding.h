#pragma once
#include "parameters.h"
#include "pass.h"

namespace trireme {

/// Token embeddings, and positions where those are learned (Radford et al. 2018): ids (B, T) to the residual stream (N, C).
class Embedding {
 public:
  Embedding(Parameters& parameters, const ModelConfig& model);

  void forward(const Pass& pass, const at::Tensor& ids, at::Tensor& out) const;
  /// @param accumulate whether the gradients hold a sum already
  void backward(const Pass& pass, const at::Tensor& d_out, const at::Tensor& ids, bool accumulate);
  /// Adds the embedding's gradient to that of the tied head on the same stage. The two are summed apart and added once, at the end of the
  /// step, so that the sum has the same bits when they are on two stages.
  void add_tied_gradient();

  Parameter& tokens() { return tokens_; }
  bool trained() const { return tokens_.trained; }
  /// The embedding's own gradient: (V, C).
  at::Tensor& tokens_gradient() { return own_.defined() ? own_ : tokens_.gradient; }
  /// Tied weights on one stage: the head owns tokens_.gradient; the embedding gets a buffer of its own.
  void share(const at::Device& device);
  int64_t bytes() const { return own_.defined() ? static_cast<int64_t>(own_.nbytes()) : 0; }

 private:
  const ModelConfig& model_;
  Parameter& tokens_;
  Parameter* positions_;  // null: rotary
  at::Tensor own_;  // (V, C) where the head owns tokens_.gradient

  const at::Tensor& positions() const;
};

/// Declares the token embedding; a stage with a tied head but without the embedding declares it too.
Parameter& add_tokens(Parameters& parameters, const ModelConfig& model);

}  // namespace trireme
