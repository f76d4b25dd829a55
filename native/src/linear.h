#pragma once
#include <optional>

#include "parameters.h"
#include "pass.h"

namespace trireme {

/// y = x W^T + b. The next operator over y adds the bias, which saves a pass over memory.
class Linear {
 public:
  /// Outputs of the layer with their name in files, without ".weight" and ".bias". Consecutive outputs with one name are one tensor.
  struct Outputs {
    std::string name;
    int64_t count;
    bool bias;
  };
  struct Options {
    double deviation;
    bool transposed;
  };
  Linear(Parameters& parameters, const std::vector<Outputs>& pieces, int64_t inputs, const Options& options);

  /// y (N, out) = x (N, in) W^T, from the packed matrix in generation
  void forward(const Pass& pass, const at::Tensor& x, at::Tensor& y) const;
  void add_bias(const Pass& pass, at::Tensor& y) const;
  void backward_input(const Pass& pass, const at::Tensor& dy, at::Tensor& dx) const;
  void backward_weight(const Pass& pass, const at::Tensor& dy, const at::Tensor& x, bool accumulate);

  /// (out); zeros where there is none
  const at::Tensor& bias() const { return bias_.value; }

 private:
  bool has_bias_;
  Parameter &weight_, &bias_;
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
  /// Makes its gradient not finite where the loss is not.
  void spoil(const Pass& pass, const at::Tensor& loss);

 private:
  double epsilon_;
  Parameter& weight_;
  Parameter* bias_;  // null: RMS norm
};

}  // namespace trireme
