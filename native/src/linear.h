#pragma once
#include <optional>

#include <map>

#include "low_rank.h"
#include "parameters.h"
#include "pass.h"

namespace trireme {

/// y = x W^T + b, with a low-rank update if the model has one here. The next operator over y adds the bias, which saves a pass over memory.
class Linear {
 public:
  struct Options {
    double deviation;
    bool transposed;
    LoraConfig lora;
  };
  Linear(Parameters& parameters, const std::vector<Outputs>& pieces, const LowRank::Place& place, const Options& options);

  /// y (N, out) = x (N, in) W^T and updates, from the packed matrix in generation
  void forward(const Pass& pass, const at::Tensor& x, at::Tensor& y, LowRankActivations& a, Scratch& scratch) const;
  void add_bias(const Pass& pass, at::Tensor& y) const;
  void backward_input(const Pass& pass, const at::Tensor& dy, at::Tensor& dx, LowRankActivations& a, Scratch& scratch) const;
  /// Of what is trained.
  void backward_weight(const Pass& pass, const at::Tensor& dy, const at::Tensor& x, LowRankActivations& a, Scratch& scratch,
                       bool accumulate);

  /// Another update, for the sequences of generation that name it.
  void add_adapter(int64_t number, Parameters& parameters, const LoraConfig& config);
  void drop_adapter(int64_t number) { adapters_.erase(number); }

  /// (out); zeros where there is none
  const at::Tensor& bias() const { return bias_.value; }

 private:
  std::vector<Outputs> pieces_;
  LowRank::Place place_;
  bool has_bias_;
  Parameter &weight_, &bias_;
  std::optional<LowRank> update_;
  std::map<int64_t, LowRank> adapters_;
  std::vector<std::pair<int64_t, int64_t>> unbiased_;  // first row and count of those without, where others have one: zeros
};

/// Layer norm or RMS norm, as the model says. mean and rstd are (N).
class Norm {
 public:
  Norm(Parameters& parameters, const ModelConfig& model, const std::string& name, int64_t width);

  void forward(const Pass& pass, const at::Tensor& x, at::Tensor& out, at::Tensor& mean, at::Tensor& rstd) const;
  /// dx = residual + norm'(dy); dx may be x or residual.
  void backward(const Pass& pass, const at::Tensor& dy, const at::Tensor& x, const at::Tensor& mean, const at::Tensor& rstd,
                const at::Tensor& residual, at::Tensor& dx, bool accumulate);
  void zero_gradients();
  bool trained() const { return weight_.trained; }
  /// Makes its gradient not finite where the loss is not.
  void spoil(const Pass& pass, const at::Tensor& loss);

 private:
  double epsilon_;
  Parameter& weight_;
  Parameter* bias_;  // null: RMS norm
};

}  // namespace trireme
