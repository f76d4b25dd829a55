#pragma once
#include <string>
#include <vector>

#include "buffer.h"
#include "parameters.h"
#include "pass.h"

namespace trireme {

/// Outputs of a linear layer with their name in files, without ".weight" and ".bias". Consecutive outputs with one name are one tensor.
struct Outputs {
  std::string name;
  int64_t count;
  bool bias;
  bool LoraConfig::* target;  // whether low-rank adaptation wants it
};

/// What a low-rank update keeps of a micro-batch between forward and backward_weight.
struct LowRankActivations {
  at::Tensor inner, d_inner;  // (N, K R): scale x A^T, and scale times its gradient
  Buffer inner_buffer, d_inner_buffer;

  int64_t bytes() const { return inner_buffer.bytes() + d_inner_buffer.bytes(); }
};

/// Adds scale dropout(x) A^T B^T to K tensors among the outputs of a linear layer (Hu et al. 2021, section 4.1). Their As are one matrix,
/// so that x is read once, and have one dropout mask:
///
///   x (N, I) ── A (K R, I) ── inner (N, K R) ─┬─ B (O', R) ──▶ + y, columns of q
///                                             └─ B (O", R) ──▶ + y, columns of v
class LowRank {
 public:
  /// Where it is, for names and dropout.
  struct Place {
    int64_t layer, site, inputs;
  };
  /// @param outputs of the layer, of which `config` targets at least one
  LowRank(Parameters& parameters, const std::vector<Outputs>& outputs, const Place& place, const LoraConfig& config);
  static bool targets(const std::vector<Outputs>& outputs, const LoraConfig& config);

  void forward(const Pass& pass, const at::Tensor& x, at::Tensor& y, LowRankActivations& a, Scratch& scratch) const;
  /// The same for some rows of a pass of generation.
  void generate(const Pass& pass, const at::Tensor& x, at::Tensor& y, Scratch& scratch) const;
  /// Adds to dx.
  void backward_input(const Pass& pass, const at::Tensor& dy, at::Tensor& dx, LowRankActivations& a, Scratch& scratch) const;
  void backward_weight(const Pass& pass, const at::Tensor& dy, const at::Tensor& x, LowRankActivations& a, Scratch& scratch,
                       bool accumulate) const;

 private:
  struct Part {
    int64_t first, count;  // columns of y
    Parameter* b;
  };
  Place place_;
  LoraConfig config_;
  Parameter* a_;
  std::vector<Part> parts_;
  const at::Tensor* zeros_ = nullptr;  // (I), where there is dropout

  bool drops(const Pass& pass) const { return pass.drops && config_.dropout > 0; }
  Dropout dropout(const Pass& pass) const { return pass.dropout(config_.dropout, place_.layer, place_.site); }
  int64_t width() const { return config_.rank * static_cast<int64_t>(parts_.size()); }
  at::Tensor of(const at::Tensor& inner, std::size_t part) const {
    return inner.narrow(1, static_cast<int64_t>(part) * config_.rank, config_.rank);
  }
  const at::Tensor& dropped(const Pass& pass, const at::Tensor& x, Scratch& scratch) const;
};

}  // namespace trireme
