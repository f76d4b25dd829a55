#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

/// The operators that blocks are made of, once for every kind of device. A block asks for `kernels_for(device)` and never
/// for the kind of device itself.
///
/// Axes: N rows of a matrix (= B * T, B rows of a micro-batch, T positions), C hidden width, H heads, D head width,
/// V vocabulary. All tensors are float32, contiguous and on the device, unless said otherwise; outputs are buffers that
/// the caller keeps, so that a steady step allocates no memory. Sums over rows have a fixed order, whatever the threads.
namespace trireme {

/// Which elements dropout drops: a function of these numbers alone (see dropout.h), so that it does not depend on the
/// layout. What is kept is divided by 1 - probability.
struct Dropout {
  double probability = 0;
  /// Mixed from (seed, step, layer, place within the layer).
  uint64_t key = 0;
  /// Number of the micro-batch's first row b within the global batch.
  int64_t first_row = 0;
};

struct AttentionShape {
  int64_t batch, length, heads, width;  // B, T, H, D
};

struct AdamWStep {
  double learning_rate, beta1, beta2, epsilon, weight_decay;
  double correction1, correction2;  // 1 - beta^step
  double gradient_scale;            // clipping and averaging, multiplied into every gradient
};

class Kernels {
 public:
  virtual ~Kernels() = default;

  // --- linear layers; weights are (out, in) ---

  /// out (N, O) = x (N, I) w (O, I)^T
  virtual void linear(const at::Tensor& x, const at::Tensor& w, at::Tensor& out) const = 0;
  /// dx (N, I) = dy (N, O) w (O, I)
  virtual void linear_backward_input(const at::Tensor& dy, const at::Tensor& w, at::Tensor& dx) const = 0;
  /// dw (O, I) = dy (N, O)^T x (N, I), added to dw if `accumulate`
  virtual void linear_backward_weight(const at::Tensor& dy, const at::Tensor& x, at::Tensor& dw, bool accumulate) const = 0;
  /// x (N, O) += bias (O)
  virtual void add_bias(at::Tensor& x, const at::Tensor& bias) const = 0;
  /// db (O) = column sums of dy (N, O), added to db if `accumulate`
  virtual void bias_backward(const at::Tensor& dy, at::Tensor& db, bool accumulate) const = 0;

  // --- embedding ---

  /// out (N, C) = dropout(tokens[ids] + positions[n mod T]); ids int32 (N)
  virtual void embedding(const at::Tensor& ids, const at::Tensor& tokens, const at::Tensor& positions, int64_t length,
                         const Dropout& dropout, at::Tensor& out) const = 0;
  /// d_tokens[ids] += dropout'(dy), d_positions[n mod T] += dropout'(dy), rows in order; both must hold their sum so far.
  virtual void embedding_backward(const at::Tensor& dy, const at::Tensor& ids, int64_t length, const Dropout& dropout,
                                  at::Tensor& d_tokens, at::Tensor& d_positions) const = 0;

  // --- residual stream and layer norm (Ba et al. 2016) ---

  /// out (N, C) = (x - mean) * rstd * gamma + beta; mean, rstd (N)
  virtual void norm(const at::Tensor& x, const at::Tensor& gamma, const at::Tensor& beta, double epsilon, at::Tensor& out,
                    at::Tensor& mean, at::Tensor& rstd) const = 0;
  /// dx (N, C) = residual (N, C) + norm'(dy); dx may be x, whose place the gradient then takes, or residual.
  /// d_gamma, d_beta (C) = sums over rows, added if `accumulate`
  virtual void norm_backward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& gamma, const at::Tensor& mean,
                             const at::Tensor& rstd, const at::Tensor& residual, at::Tensor& dx, at::Tensor& d_gamma,
                             at::Tensor& d_beta, bool accumulate) const = 0;
  /// out (N, C) = x + dropout(update + bias (C)); out may be x. `length` is T.
  virtual void residual(const at::Tensor& x, const at::Tensor& update, const at::Tensor& bias, int64_t length,
                        const Dropout& dropout, at::Tensor& out) const = 0;
  /// out (N, C) = dropout'(dy): the gradient of `update` in `residual`. Not called when the probability is 0.
  virtual void dropout_backward(const at::Tensor& dy, int64_t length, const Dropout& dropout, at::Tensor& out) const = 0;

  // --- GELU, the tanh form (Hendrycks and Gimpel 2016) ---

  /// x (N, F) += bias (F); out (N, F) = gelu(x)
  virtual void bias_gelu(at::Tensor& x, const at::Tensor& bias, at::Tensor& out) const = 0;
  /// x (N, F) = dy * gelu'(x): the gradient takes the place of the input.
  virtual void gelu_backward(const at::Tensor& dy, at::Tensor& x) const = 0;

  // --- causal self-attention; qkv (N, 3 C) holds q, k and v of a position side by side, head h at columns h D ---

  /// out (N, C) = dropout(softmax(q k^T / sqrt(D), causal)) v; log_sum (B, H, T) of the scaled scores
  virtual void attention(const AttentionShape& shape, const at::Tensor& qkv, const Dropout& dropout, at::Tensor& out,
                         at::Tensor& log_sum) const = 0;
  /// qkv (N, 3 C) = the gradients of q, k and v, which take the place of the inputs.
  virtual void attention_backward(const AttentionShape& shape, const at::Tensor& d_out, const at::Tensor& out,
                                  const at::Tensor& log_sum, const Dropout& dropout, at::Tensor& qkv) const = 0;

  // --- loss ---

  /// Weighted cross-entropy. @return sum over rows of weights[n] * -log softmax(logits[n])[targets[n]], in nats.
  /// If `gradient`, logits (N, V) become weights[n] / divisor * (softmax - onehot(target)); else they hold nothing useful.
  /// targets int32 (N), weights (N).
  virtual double cross_entropy(at::Tensor& logits, const at::Tensor& targets, const at::Tensor& weights, double divisor,
                               bool gradient) const = 0;

  // --- optimizer, over flat buffers (P) ---

  /// Sum of squares, in double, in a fixed order.
  virtual double sum_of_squares(const at::Tensor& x) const = 0;
  virtual void adamw(at::Tensor& weights, const at::Tensor& gradients, at::Tensor& mean, at::Tensor& variance,
                     const AdamWStep& step) const = 0;
};

/// The kernels for a device: our own vector code on CPUs, ATen's operators on every other kind.
const Kernels& kernels_for(const at::Device& device);
/// ATen's operators on any device: what `kernels_for` gives where we have no code of our own, and the reference in tests.
const Kernels& aten_kernels();

}  // namespace trireme
