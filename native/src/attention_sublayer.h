#pragma once
#include "sublayer.h"

namespace trireme {

/// Causal self-attention, with rotated queries and keys where positions are rotary:
///
///   in ── norm ── q, k, v ── (rotate) ── attention ── proj ──(+)── out
///    └────────────────────────────────────────────────────────┘
class AttentionSublayer : public Sublayer {
 public:
  AttentionSublayer(Parameters& parameters, const ModelConfig& model, int64_t layer);

  bool attends() const override { return true; }

 protected:
  void transform(const Pass& pass, SublayerActivations& a, LayerCache* cache) const override;
  void transform_backward(const Pass& pass, at::Tensor& d_inner, SublayerActivations& a) const override;

 private:
  static Parts parts(const ModelConfig& model, int64_t layer);
  AttentionShape shape(const Pass& pass) const;
  Dropout attention_dropout(const Pass& pass) const;
};

}  // namespace trireme
