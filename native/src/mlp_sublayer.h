#pragma once
#include "sublayer.h"

namespace trireme {

/// The MLP. up is (N, F) before GELU, or gate and up (N, 2 F) before SwiGLU:
///
///   in ── norm ── up ── GELU or SwiGLU ── down ──(+)── out
///    └────────────────────────────────────────────┘
class MlpSublayer : public Sublayer {
 public:
  MlpSublayer(Parameters& parameters, const ModelConfig& model, int64_t layer);

  bool attends() const override { return false; }

 protected:
  void transform(const Pass& pass, SublayerActivations& a, Scratch& scratch, LayerCache* cache) const override;
  void transform_backward(const Pass& pass, at::Tensor& d_inner, SublayerActivations& a, Scratch& scratch, bool accumulate) override;

 private:
  static Parts parts(const ModelConfig& model, int64_t layer);
};

}  // namespace trireme
