#pragma once
#include "sublayer.h"

namespace trireme {

/// Causal self-attention, with optional QK-norm and rotary positions:
///
///   in ── norm ── q, k, v ── (norm of each q and k head) ── (rotate) ── attention ── proj ──(+)── out
///    └───────────────────────────────────────────────────────────────────────────────────────┘
class AttentionSublayer : public Sublayer {
 public:
  AttentionSublayer(Parameters& parameters, const ModelConfig& model, int64_t layer);

  bool attends() const override { return true; }

 protected:
  void transform(const Pass& pass, SublayerActivations& a, Scratch& scratch, LayerCache* cache) const override;
  void transform_backward(const Pass& pass, at::Tensor& d_inner, SublayerActivations& a, Scratch& scratch, bool accumulate) override;

 private:
  /// A norm of consecutive heads of q or k, with one weight (D) for all.
  struct HeadNorm {
    Norm norm;
    int64_t first, count;
  };
  std::vector<HeadNorm> head_norms_;  // of queries and keys, or none

  static Parts parts(const ModelConfig& model, int64_t layer);
  void norm_heads(const Pass& pass, SublayerActivations& a, Scratch& scratch) const;
  void norm_heads_backward(const Pass& pass, SublayerActivations& a, Scratch& scratch, bool accumulate);
  AttentionShape shape(const Pass& pass) const;
  Dropout attention_dropout(const Pass& pass) const;
};

}  // namespace trireme
