#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// What a model is, as values that Java sets.
namespace trireme {

/// The kind of norm.
enum class NormKind {
  /// Layer norm, by mean and variance, with a weight and a bias (Ba et al. 2016).
  layer,
  /// RMS norm, by the root of the mean square, with a weight (Zhang and Sennrich 2019).
  rms,
};

/// The kind of position encoding.
enum class PositionKind {
  /// Learned: a table that is added to the token embeddings (Radford et al. 2018).
  learned,
  /// Rotary: queries and keys are rotated by angles that depend on the position (Su et al. 2021).
  rotary,
};

/// The activation of an MLP.
enum class MlpKind {
  /// GELU by its tanh formula (Hendrycks and Gimpel 2016).
  gelu,
  /// A gate's SiLU times the other half (Shazeer 2020).
  swiglu,
};

/// Scaling of rotary embeddings for contexts longer than those of the first training.
enum class RopeScaling {
  none,
  /// Positions are divided by rope_factor (Chen et al. 2023).
  linear,
  /// Low frequencies are divided by rope_factor, high ones kept, those between interpolated (Llama 3.1).
  llama3,
};

/// Names of a model's parameters in files, without ".weight" and ".bias". Names of a layer's parts follow `layer`, its number and a dot.
/// Consecutive projections with the same name are one tensor in files, such as GPT-2's query, key and value.
struct TensorNames {
  std::string embedding, positions, final_norm, head;
  std::string layer;
  std::string attention_norm, query, key, value, query_norm, key_norm, attention_output;
  std::string mlp_norm, gate, up, down;
  /// Whether files hold linear weights as (in, out).
  bool transposed = false;
};

/// Low-rank adaptation (Hu et al. 2021, section 4.1). A projection y = x W^T + b that is a target becomes
/// y = x W^T + b + scale dropout(x) A^T B^T, with A (rank, in) and B (out, rank). Projections that files hold as one tensor, such as GPT-2's
/// query, key and value, have one A and one B.
struct LoraConfig {
  /// 0: there is none.
  int64_t rank = 0;
  double scale = 1, dropout = 0;
  bool query = false, key = false, value = false, attention_output = false, gate = false, up = false, down = false;
};

/// What of a model is trained. Frozen parameters have neither gradients nor optimizer state, and replicas do not exchange them.
class Tuning {
 public:
  /// With a rank, its matrices are trained and nothing else.
  LoraConfig lora;
  /// Embeddings; the final norm and a head of its own.
  bool embeddings = true, head = true;

  /// Freezes layers [first, end).
  void freeze(int64_t first, int64_t end) { frozen_.emplace_back(first, end); }

  bool trains_embeddings() const { return embeddings && lora.rank == 0; }
  bool trains_head() const { return head && lora.rank == 0; }
  bool trains_layer(int64_t layer) const;
  /// The first sublayer that has anything to train, -1 where the embeddings have: backward goes no further.
  int64_t first_trained(int64_t layers) const;

 private:
  std::vector<std::pair<int64_t, int64_t>> frozen_;
};

/// The architecture of a pre-norm transformer, as values: attention and MLP around a residual stream. The core knows no model family; all
/// differences between models are here.
struct ModelConfig {
  int64_t layers = 0, hidden = 0, vocabulary = 0, positions = 0;
  NormKind norm = NormKind::layer;
  double norm_epsilon = 1e-5;
  /// Whether the head shares the token embedding (Press and Wolf 2017).
  bool tied = true;

  /// Query heads; key and value heads, a divisor of heads (Ainslie et al. 2023); and the width of a head.
  int64_t heads = 0, kv_heads = 0, head_width = 0;
  bool query_bias = true, key_bias = true, value_bias = true, attention_output_bias = true;
  /// Whether query and key heads are normalised before rotation (QK-norm, Dehghani et al. 2023).
  bool head_norms = false;
  /// Sliding window: how many positions a token attends to, its own included; 0 for all (Beltagy et al. 2020). The first `full_layers`
  /// layers have no window.
  int64_t window = 0, full_layers = 0;

  MlpKind mlp = MlpKind::gelu;
  int64_t intermediate = 0;
  bool mlp_in_bias = true, mlp_out_bias = true;

  PositionKind position = PositionKind::learned;
  double rope_theta = 10000;
  RopeScaling rope_scaling = RopeScaling::none;
  double rope_factor = 1, rope_low_frequency = 1, rope_high_frequency = 4;
  int64_t rope_original_positions = 0;

  double embedding_dropout = 0, attention_dropout = 0, residual_dropout = 0;
  double initializer_range = 0.02;
  /// Whether initial weights of residual projections are divided by sqrt(2 L) (Radford et al. 2019).
  bool scaled_residuals = false;

  TensorNames names;
  Tuning tuning;
};

}  // namespace trireme
