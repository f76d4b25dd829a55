#pragma once
#include <ATen/core/Tensor.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "trireme/core.h"

/// The operators of sublayers, implemented once for each kind of device: `LayerKernels` for training and generation, `TrainingKernels` and
/// `GenerationKernels` for one of them. Sublayers use `kernels_for(device)` and do not depend on the kind of device. A new kind of device
/// derives from `AtenKernels` (kernels_aten.h) and overrides operators that it does better.
///
/// Axes: N rows of a matrix (= B * T, B rows of a micro-batch, T positions), C hidden width, H heads, D head width, V vocabulary. All
/// tensors are float32, contiguous and on the device, unless said otherwise; outputs are reused buffers of the caller, so that a steady
/// step allocates no memory. Sums over rows have a fixed order for any number of threads.
namespace trireme {

/// Parameters of counter-based dropout (dropout.h): the mask depends on these numbers only, not on the layout. Kept elements are divided by
/// 1 - probability.
struct Dropout {
  double probability = 0;
  /// Mixed from (seed, step, layer, site within the layer).
  uint64_t key = 0;
  /// Number of the micro-batch's first row within the global batch.
  int64_t first_row = 0;
};

/// Rows of T positions. Where a row holds several documents, `begins` has the position within the row where each token's document begins;
/// positions are counted from there, and attention does not look before it. Padding is a document too.
///
///   tokens   a a a b b c c c
///   begins   0 0 0 3 3 5 5 5
struct Rows {
  int64_t length;
  at::Tensor begins;  // int32 (N); undefined where each row is one document

  Rows(int64_t positions, at::Tensor documents = {}) : length(positions), begins(std::move(documents)) {}
};

/// Grouped-query attention (Ainslie et al. 2023): H / K query heads share each of the K key and value heads.
struct AttentionShape {
  int64_t batch, length, heads, kv_heads, width;  // B, T, H, K, D
  int64_t window = 0;  // sliding window: positions that a query attends to, its own included; 0 for all up to its own
  at::Tensor begins = {};  // of documents, as `Rows` has them

  /// The first key that a query attends to in a row that is one document.
  int64_t first_key(int64_t query) const { return window == 0 || query < window ? 0 : query + 1 - window; }
  int64_t group() const { return heads / kv_heads; }
  /// What scores are multiplied with.
  double scale() const { return 1 / std::sqrt(static_cast<double>(width)); }
  /// Columns of qkv: q heads, then k heads, then v heads.
  int64_t columns() const { return (heads + 2 * kv_heads) * width; }
};

/// Read-only weights (O, I), in a layout and type that the kernels choose.
struct PackedMatrix {
  int64_t rows = 0, columns = 0;  // O, I
  Weights type = Weights::float32;
  at::Tensor data;
};

/// Positions of a block of a key/value cache: those of a panel (panel_kernels.h).
constexpr int64_t kBlock = 32;

/// The new tokens of one sequence in a pass of generation: rows [begin, begin + count) of the pass's matrices are its
/// positions [first, first + count), and its position p is in block table[p / kBlock] of the cache.
struct Span {
  int64_t first, begin, count;
  const int32_t* table;
  int64_t adapter = 0;  // 0: none

  int64_t end() const { return first + count; }
};

/// The sequences of a pass.
struct Spans {
  std::vector<Span> all;
  std::vector<at::Tensor> indices;  // what the kernels asked for, int64 on the device
  mutable std::shared_ptr<void> derived;  // what they derive from it for all layers
};

/// The blocks of one layer of a key/value cache: (blocks, elements of a block), strided, of the cache's type. The layout of a block is the
/// kernels' choice.
struct LayerCache {
  at::Tensor blocks;
};

struct AdamWStep {
  double learning_rate, beta1, beta2, epsilon, weight_decay;
  int64_t number;  // of the update, from 1: of which bias correction is a function
};

/// Forward operators of training and generation. Each result row depends on its own input row only.
class LayerKernels {
 public:
  virtual ~LayerKernels() = default;

  /// x (N, O) += bias (O)
  virtual void add_bias(at::Tensor& x, const at::Tensor& bias) const = 0;
  /// out (N, C) = (x - mean) * rstd * gamma + beta; mean, rstd (N)
  virtual void norm(const at::Tensor& x, const at::Tensor& gamma, const at::Tensor& beta, double epsilon, at::Tensor& out, at::Tensor& mean,
                    at::Tensor& rstd) const = 0;
  /// RMS norm (Zhang and Sennrich 2019): out (N, C) = x * rstd * gamma, rstd (N) = 1 / sqrt(mean(x^2) + epsilon)
  virtual void rms_norm(const at::Tensor& x, const at::Tensor& gamma, double epsilon, at::Tensor& out, at::Tensor& rstd) const = 0;
  /// out (N, C) = x + dropout(update + bias (C)); out may be x. `length` is T.
  virtual void residual(const at::Tensor& x, const at::Tensor& update, const at::Tensor& bias, int64_t length, const Dropout& dropout,
                        at::Tensor& out) const = 0;
  /// x *= factor
  virtual void scale(at::Tensor& x, double factor) const = 0;
  /// out (M, C) = x[rows]; rows int64 (M)
  virtual void select_rows(const at::Tensor& x, const at::Tensor& rows, at::Tensor& out) const = 0;

  /// GELU, the tanh form (Hendrycks and Gimpel 2016).
  /// x (N, F) += bias (F); out (N, F) = gelu(x)
  virtual void bias_gelu(at::Tensor& x, const at::Tensor& bias, at::Tensor& out) const = 0;
  /// SwiGLU (Shazeer 2020); gate_up (N, 2 F) holds the gate's columns, then the other factor's.
  /// out (N, F) = gate * sigmoid(gate) * up
  virtual void swiglu(const at::Tensor& gate_up, at::Tensor& out) const = 0;

  /// Rotary embedding (Su et al. 2021). Rotates each pair (d, d + D/2) of every q and k head in qkv (N, (H + 2 K) D) by the angle of its
  /// position, or back if `inverse`. position_ids int32 (N): the position of each row; table (P, D): cosines of a position's D/2 angles,
  /// then sines.
  virtual void rotate(const AttentionShape& shape, const at::Tensor& position_ids, const at::Tensor& table, bool inverse,
                      at::Tensor& qkv) const = 0;
};

/// Operators of training only: linear layers, loss, gradients, optimizer.
class TrainingKernels {
 public:
  virtual ~TrainingKernels() = default;

  // --- linear layers; weights are (out, in); x, dy, out and dx may be some columns of a matrix ---

  /// out (N, O) = x (N, I) w (O, I)^T, added to out if `accumulate`
  virtual void linear(const at::Tensor& x, const at::Tensor& w, at::Tensor& out, bool accumulate) const = 0;
  /// dx (N, I) = dy (N, O) w (O, I), added to dx if `accumulate`
  virtual void linear_backward_input(const at::Tensor& dy, const at::Tensor& w, at::Tensor& dx, bool accumulate) const = 0;
  /// dw (O, I) = dy (N, O)^T x (N, I), added to dw if `accumulate`
  virtual void linear_backward_weight(const at::Tensor& dy, const at::Tensor& x, at::Tensor& dw, bool accumulate) const = 0;
  /// db (O) = column sums of dy (N, O), added to db if `accumulate`
  virtual void bias_backward(const at::Tensor& dy, at::Tensor& db, bool accumulate) const = 0;

  // --- embedding; `positions` and `d_positions` may be undefined: then there are none ---

  /// out (N, C) = dropout(tokens[ids] + positions[n mod T - begins]); ids int32 (N)
  virtual void embedding(const at::Tensor& ids, const at::Tensor& tokens, const at::Tensor& positions, const Rows& rows,
                         const Dropout& dropout, at::Tensor& out) const = 0;
  /// d_tokens[ids] += dropout'(dy), d_positions[n mod T - begins] += dropout'(dy), rows in order; both must hold their sum so far.
  virtual void embedding_backward(const at::Tensor& dy, const at::Tensor& ids, const Rows& rows, const Dropout& dropout,
                                  at::Tensor& d_tokens, at::Tensor& d_positions) const = 0;

  // --- gradients of `LayerKernels`; d_gamma and d_beta may be undefined where the norm is frozen ---

  /// dx (N, C) = residual (N, C) + norm'(dy); dx may be x or residual, which is then overwritten. d_gamma, d_beta (C) = sums over rows,
  /// added if `accumulate`
  virtual void norm_backward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& gamma, const at::Tensor& mean,
                             const at::Tensor& rstd, const at::Tensor& residual, at::Tensor& dx, at::Tensor& d_gamma, at::Tensor& d_beta,
                             bool accumulate) const = 0;
  /// As norm_backward.
  virtual void rms_norm_backward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& gamma, const at::Tensor& rstd,
                                 const at::Tensor& residual, at::Tensor& dx, at::Tensor& d_gamma, bool accumulate) const = 0;
  /// out (N, C) = dropout(x), and as well dropout'(x): the gradient of `update` in `residual`. Not called when the probability is 0.
  virtual void dropped(const at::Tensor& x, int64_t length, const Dropout& dropout, at::Tensor& out) const = 0;
  /// In place: x (N, F) = dy * gelu'(x).
  virtual void gelu_backward(const at::Tensor& dy, at::Tensor& x) const = 0;
  /// In place: gate_up = the gradients of gate and up; dy (N, F)
  virtual void swiglu_backward(const at::Tensor& dy, at::Tensor& gate_up) const = 0;

  // --- causal self-attention; qkv (N, (H + 2 K) D) holds q, k and v of a position side by side, head h at columns h D of its part; query
  //     head h attends to key and value head h / (H / K) ---

  /// Columns of log_sum_exp for rows of T positions, T or more.
  virtual int64_t log_sum_exp_columns(int64_t length) const { return length; }
  /// out (N, H D) = dropout(softmax(q k^T / sqrt(D), causal, within the window)) v; log_sum_exp (B, H, log_sum_exp_columns) of the scaled
  /// scores in its first T columns
  virtual void attention(const AttentionShape& shape, const at::Tensor& qkv, const Dropout& dropout, at::Tensor& out,
                         at::Tensor& log_sum_exp) const = 0;
  /// In place: qkv = the gradients of q, k and v.
  virtual void attention_backward(const AttentionShape& shape, const at::Tensor& d_out, const at::Tensor& out,
                                  const at::Tensor& log_sum_exp, const Dropout& dropout, at::Tensor& qkv) const = 0;

  // --- loss ---

  /// Weighted cross-entropy: loss (), float64, = sum over rows of weights[n] * -log softmax(logits[n])[targets[n]], in nats. If `gradient`,
  /// logits (N, V) are overwritten with weights[n] / divisor * (softmax - onehot(target)); otherwise with nothing useful. targets int32
  /// (N), weights (N).
  virtual void cross_entropy(at::Tensor& logits, const at::Tensor& targets, const at::Tensor& weights, double divisor, bool gradient,
                             at::Tensor& loss) const = 0;
  /// Makes a gradient not finite where the loss () is not; otherwise leaves its bits. A loss that is infinite may have finite gradients,
  /// and the norm of all gradients is what decides, on every rank alike, whether a step counts.
  virtual void spoil(const at::Tensor& loss, at::Tensor& gradient) const = 0;

  // --- optimizer, over flat buffers (P); the host reads nothing, so that it need not wait ---

  /// squares[i], float64, = scale times the sum of squares of parts[i], in a fixed order.
  virtual void sums_of_squares(const std::vector<at::Tensor>& parts, double scale, at::Tensor& squares) const = 0;
  /// From the squares of all parts, and gradients that are sums over `replicas`: clip (2), float64, = what gradients are to be multiplied
  /// with to be averages of a norm of at most max_norm, if that is above 0, and the norm of the averages before.
  virtual void clip(const at::Tensor& squares, double max_norm, int64_t replicas, at::Tensor& clip) const = 0;
  /// Leaves everything as it is when the norm in `clip` is not finite. Gradients may be left multiplied, see `clips_gradients`.
  virtual void adamw(at::Tensor& weights, at::Tensor& gradients, at::Tensor& mean, at::Tensor& variance, const AdamWStep& step,
                     const at::Tensor& clip) const = 0;
  /// Whether `adamw` leaves gradients multiplied with clip[0].
  virtual bool clips_gradients() const { return false; }
};

/// Operators of generation only: packed weights, key/value caches, argmax. Each result row depends on its own sequence only, to the bit,
/// for any other content of the pass and any split of the sequence into passes.
class GenerationKernels {
 public:
  virtual ~GenerationKernels() = default;

  /// (rows, columns) zeros of a type other than Weights::trainable, on the device.
  virtual PackedMatrix packed(int64_t rows, int64_t columns, Weights type, const at::Device& device) const = 0;
  /// Sets the part of w that starts at (first_row, first_column) from float32 values (R, C) on any device, in any strides.
  virtual void pack(const at::Tensor& values, int64_t first_row, int64_t first_column, PackedMatrix& w) const = 0;
  /// out (N, O) = x (N, I) w^T, added to out if `accumulate`; x and out may be some columns of a matrix
  virtual void linear(const at::Tensor& x, const PackedMatrix& w, at::Tensor& out, bool accumulate) const = 0;
  /// out (N, C) = tokens[ids] + positions[position_ids], the latter if defined; ids, position_ids int32 (N)
  virtual void embed(const at::Tensor& ids, const at::Tensor& position_ids, const PackedMatrix& tokens, const at::Tensor& positions,
                     at::Tensor& out) const = 0;
  /// Elements of a block of one layer; batch and length of the shape do not count.
  virtual int64_t block_elements(const AttentionShape& shape) const = 0;
  /// Zeros (blocks, layers, elements), which take memory as they are used where the device allows it.
  virtual at::Tensor cache(const at::IntArrayRef& sizes, CacheType type, const at::Device& device) const = 0;
  /// What `attend` needs of the spans on the device, which the caller brings there for all layers at once.
  virtual std::vector<std::vector<int64_t>> indices(const std::vector<Span>& spans) const { return {}; }
  /// Stores the keys and values of the spans' positions in the cache, then computes out (N, H D) = softmax(q k^T / sqrt(D)) v over the
  /// cached positions of each row's sequence, up to its own and within the window. Keys and values are read back in the cache's type, so
  /// that it does not matter which pass stored them.
  virtual void attend(const AttentionShape& shape, const Spans& spans, const at::Tensor& qkv, LayerCache& cache, at::Tensor& out) const = 0;
  /// ids (N) = the column of the largest logit of each row, of equal ones the first; -1 for a row
  /// with a NaN, or whose largest is infinite.
  virtual void argmax(const at::Tensor& logits, int32_t* ids) const = 0;
};

/// All operators of a kind of device.
class Kernels : public LayerKernels, public TrainingKernels, public GenerationKernels {
 public:
  using GenerationKernels::linear;
  using TrainingKernels::linear;
};

/// The kernels of a device: Trireme's vector code on CPUs, ATen's operators on every other kind.
const Kernels& kernels_for(const at::Device& device);
/// ATen's operators on any device: the reference in tests.
const Kernels& aten_kernels();
/// The same with those that ATen has fused for accelerators.
const Kernels& fused_kernels();
/// Kernels of a dry run: they compute nothing and make tensors of the real sizes on the meta device.
const Kernels& dry_kernels(const at::Device& device);

}  // namespace trireme
