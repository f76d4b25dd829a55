#pragma once
#include <cstdint>
#include <string>

/// The whole surface of the native core that Java sees. No libtorch type appears here, so that the binding compiles
/// in seconds; whole stages cross the border, never single operators.
///
/// Axes: B rows of a micro-batch, T positions, C hidden width, V vocabulary, L layers. Weights, gradients and
/// activations are float32, but for weights that are kept as bfloat16 for reading. Errors are C++ exceptions; through JavaCPP they arrive as RuntimeException with their text.
namespace trireme {

/// How a row is normalised.
enum class NormKind {
  /// By mean and variance, with a weight and a bias (Ba et al. 2016).
  layer,
  /// By the root of the mean square, with a weight (Zhang and Sennrich 2019).
  rms,
};

/// How a model knows where a token stands.
enum class PositionKind {
  /// A table that is added to the embeddings (Radford et al. 2018).
  learned,
  /// Queries and keys are turned by the angle of their position (Su et al. 2021).
  rotary,
};

/// What stands between the two linear layers of an MLP.
enum class MlpKind {
  /// GELU by its tanh formula (Hendrycks and Gimpel 2016).
  gelu,
  /// A gate's SiLU times the other half (Shazeer 2020).
  swiglu,
};

/// How the angles of rotary embeddings are stretched beyond the positions that a model was first trained on.
enum class RopeScaling {
  none,
  /// Positions are divided by rope_factor (Chen et al. 2023).
  linear,
  /// Slow angles are divided by rope_factor, fast ones kept, those between blended (Llama 3.1).
  llama3,
};

/// What files call a model's parameters, without ".weight" and ".bias". Names of a layer's parts follow `layer`, its number
/// and a dot. Neighbours with one name are one tensor there: GPT-2's query, key and value.
struct TensorNames {
  std::string embedding, positions, final_norm, head;
  std::string layer;
  std::string attention_norm, query, key, value, query_norm, key_norm, attention_output;
  std::string mlp_norm, gate, up, down;
  /// Whether files hold linear weights as (in, out).
  bool transposed = false;
};

/// A transformer of pre-norm layers, attention and an MLP around a residual stream, as values. No part of the core knows
/// a family of models: what distinguishes one is here.
struct ModelConfig {
  int64_t layers = 0, hidden = 0, vocabulary = 0, positions = 0;
  NormKind norm = NormKind::layer;
  double norm_epsilon = 1e-5;
  /// Whether the head is the token embedding (Press and Wolf 2017).
  bool tied = true;

  /// Query heads; key and value heads, a divisor of heads (Ainslie et al. 2023); and the width of a head.
  int64_t heads = 0, kv_heads = 0, head_width = 0;
  bool query_bias = true, key_bias = true, value_bias = true, attention_output_bias = true;
  /// Whether each query and key head is normalised before it is turned (Dehghani et al. 2023).
  bool head_norms = false;
  /// How many positions a token attends to, its own included; 0 for all (Beltagy et al. 2020). The first `full_layers` layers
  /// attend to all anyway.
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
  /// Whether initial residual projections are divided by sqrt(2 L) (Radford et al. 2019).
  bool scaled_residuals = false;

  TensorNames names;
};

/// AdamW (Loshchilov and Hutter 2019) with decay on every parameter, and clipping by the global norm before it.
struct AdamWConfig {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weight_decay = 0.01;
  /// Gradients are scaled down to this L2 norm over all parameters; 0 leaves them as they are.
  double clip_norm = 0;
};

/// How gradients are averaged among the replicas of a stage. All give the same sums up to rounding.
enum class Reduction {
  /// One all-reduce per parameter after backward: the plain reference.
  per_parameter,
  /// One all-reduce per bucket after backward.
  buckets,
  /// One all-reduce per bucket, started as soon as the bucket's gradients are complete: what runs by default.
  overlapped,
  /// Every replica gathers all gradients after backward and sums them along a binary tree: the bits of Summation::tree.
  tree,
};

/// What a forward pass is for.
enum class Mode {
  /// Keeps activations, computes the loss and the gradient of the logits; dropout is on.
  train,
  /// As train, but keeps only what enters and leaves the stage; backward runs forward again, with the same dropout
  /// (Chen et al. 2016).
  checkpoint,
  /// Computes the loss and keeps nothing.
  evaluate,
};

/// In which order the gradients of a step's micro-batches are summed.
enum class Summation {
  /// One after the other.
  sequence,
  /// Along a binary tree, whose subtrees are what replicas hold: the same bits in every layout. Takes log2(micro-batches)
  /// more sets of gradients, and a number of micro-batches that is a power of two.
  tree,
};

/// What a stage holds its weights for.
enum class Weights {
  /// Training: float32, with gradients and optimizer state. Generation makes a second, packed copy when it begins.
  trainable,
  /// Generation only: float32, packed, nothing else.
  float32,
  /// Generation only: rounded to bfloat16 (to nearest, ties to even); sums, activations, norms and biases stay float32.
  bfloat16,
};

/// A part of a model on one device: a run of sublayers, which may be empty, perhaps with the embeddings before it and the
/// final norm, head and loss behind it. A single device is one stage with everything. One thread at a time may use a stage;
/// different threads may use different stages.
///
/// A layer has two sublayers (Vaswani et al. 2017), each with a norm before and a residual connection around it: 2 l is the
/// attention of layer l, 2 l + 1 its MLP. A stage may begin or end between the two.
class Stage {
 public:
  /// Layers [first_layer, end_layer), with the embeddings if it starts at layer 0, and the head if it ends with the last layer.
  /// @param device "cpu" or "cuda:N"; a device that is not there is an error that says so
  Stage(const ModelConfig& model, int64_t first_layer, int64_t end_layer, const std::string& device, Weights weights = Weights::trainable);
  /// Sublayers [first_sublayer, end_sublayer) of 0 to 2 L. With the embeddings the first is 0, with the head the end is 2 L.
  /// @param dry_run makes a stage that computes nothing and holds no memory, on a device that need not be there: every call
  ///     runs as it would and all that would be allocated is counted. What it hands out is undefined
  Stage(const ModelConfig& model, int64_t first_sublayer, int64_t end_sublayer, bool embeddings, bool head, const std::string& device,
        Weights weights = Weights::trainable, bool dry_run = false);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // --- parameters, by index; names, shapes and layout as Hugging Face stores them without "transformer." and "model." ---

  /// Number of parameters; the tied embedding and head are one.
  int64_t parameters() const;
  std::string parameter_name(int64_t index) const;
  /// Number of axes: 1 or 2.
  int64_t parameter_axes(int64_t index) const;
  int64_t parameter_size(int64_t index, int64_t axis) const;
  /// Draws every parameter from (seed, its name) alone, so that weights do not depend on how layers are spread.
  /// Normal(0, initializer_range), residual projections as scaled_residuals says; norms 1, biases 0.
  void initialize(int64_t seed);
  /// Sets `count` float32 of a parameter from number `first` on, in row-major order of its stored shape. A matrix is
  /// written in whole rows.
  void write_parameter(int64_t index, int64_t first, const float* source, int64_t count);
  /// Copies a whole parameter out; only of a trainable stage.
  void read_parameter(int64_t index, float* destination, int64_t count) const;
  /// The gradient that the last step's backward passes left, summed over micro-batches (and averaged over replicas).
  void read_gradient(int64_t index, float* destination, int64_t count) const;
  /// 64-bit FNV-1a hash of all weights' bytes: equal on two replicas exactly when they hold the same bits (nearly surely).
  int64_t checksum() const;

  // --- a step: begin; load, (take_input,) forward and backward of every micro-batch; (add_tied_gradient,) wait_gradients,
  //     (take_tied_gradient,) gradient_squares, apply. Stages of one model give the same bits however it is cut, as long as
  //     each runs its backward passes in one order of micro-batches ---

  /// @param step number of the step, part of the key of dropout
  /// @param seed the other part
  /// @param micro_batches how many follow in this step on this stage
  /// @param loss_divisor what weighted token losses are divided by: the mean over replicas of the sum of label weights of
  ///     the step, so that gradients averaged over replicas are those of sum(loss * weight) / sum(weight) of the whole
  void begin(int64_t step, int64_t seed, int64_t micro_batches, double loss_divisor, Summation summation = Summation::sequence);
  /// Copies token ids (B, T) and label weights (B, T) in; weights[b][t] is that of predicting ids[b][t], so column 0 is
  /// unused. Ids outside [0, V), T beyond the positions, or negative weights are errors.
  /// @param first_row number of the first row within the global batch, part of the key of dropout
  void load(int64_t micro_batch, const int32_t* ids, const float* weights, int64_t rows, int64_t length, int64_t first_row);
  /// On a stage without the embedding: takes what the previous stage put out. On one device no byte moves.
  void take_input(int64_t micro_batch, Stage& previous);
  void forward(int64_t micro_batch, Mode mode);
  /// Backward of a micro-batch whose forward ran in Mode::train or Mode::checkpoint, after that of the next stage.
  /// The step's last one starts the all-reduce.
  void backward(int64_t micro_batch);
  /// The two halves of `backward`, for schedules that fill bubbles with weight gradients (Qi et al. 2023).
  void backward_input(int64_t micro_batch);
  void backward_weight(int64_t micro_batch);
  /// Sum over labels of weight times -log p of a micro-batch whose forward ran, in nats; 0 without the head.
  double loss(int64_t micro_batch) const;
  /// Forgets what was loaded and the step that was begun: after a failure, before another step.
  void drop_micro_batches();

  /// On the stage with the embedding: adds the gradient that a tied head on stage `last` made. Else nothing. Before
  /// wait_gradients, or, with Summation::tree, after it on both.
  void add_tied_gradient(Stage& last);
  /// Waits until the gradients are the sums over all replicas.
  void wait_gradients();
  /// On a stage with a tied head but without the embedding: takes the whole gradient from stage `first`. Else nothing.
  void take_tied_gradient(Stage& first);
  /// Parts of the squared norm of the gradients. Those of all stages, one after the other, are the same list however the
  /// model is cut: embedding, each sublayer, head.
  int64_t gradient_parts() const;
  void gradient_squares(double* destination) const;
  /// Clips by the norm over all stages and updates the weights. @param norm the root of the sum of all squares
  void apply(const AdamWConfig& config, double learning_rate, double norm);
  /// The same for a stage that is the whole model, with wait_gradients. @return the norm before clipping
  double apply(const AdamWConfig& config, double learning_rate);

  // --- generation: keys and values of earlier positions are kept, so that a pass computes its new tokens only. Every
  //     number depends on its own sequence alone, bit for bit, however sequences are batched and cut into passes ---

  /// Makes room for `slots` sequences of at most `capacity` positions each, all empty; a cache of that number is replaced.
  void open_cache(int64_t cache, int64_t slots, int64_t capacity);
  void close_cache(int64_t cache);
  /// Appends tokens to sequences and runs them through the layers.
  /// @param sequences how many: one or more, each at most once
  /// @param slots their slots in the cache
  /// @param counts how many tokens each gets, 1 or more
  /// @param ids the tokens of the first, then those of the second, ...
  void extend(int64_t cache, int64_t sequences, const int32_t* slots, const int32_t* counts, const int32_t* ids);
  /// The same on a stage without the embedding, after the same call on the previous stage.
  void extend(int64_t cache, int64_t sequences, const int32_t* slots, const int32_t* counts, const int32_t* ids, Stage& previous);
  /// Logits of chosen tokens of the last `extend`.
  /// @param tokens indices into its ids, `count` of them
  /// @param destination (count, V) float32
  void logits(int64_t cache, const int32_t* tokens, int64_t count, float* destination);
  /// The id with the largest logit, of equal ones the first, for chosen tokens of the last `extend`. A row with a NaN, or
  /// whose largest is infinite, is an error.
  void argmax(int64_t cache, const int32_t* tokens, int64_t count, int32_t* ids);
  /// Forgets the positions of a slot from `length` on.
  void truncate(int64_t cache, int64_t slot, int64_t length);
  /// Slot i becomes what slot parents[i] was, for all slots of the cache (beam search).
  void reorder(int64_t cache, const int32_t* parents);
  /// Bytes that `open_cache` would take on this stage.
  int64_t cache_bytes(int64_t slots, int64_t capacity) const;

  // --- replicas ---

  /// Joins the replicas of this stage: from now on `apply` averages gradients over them. Reads no bytes and sends none.
  /// @param backend a c10d::Backend that outlives the stage and carries nothing else
  /// @param bucket_bytes least size of a bucket; buckets hold whole sublayers in the order in which backward completes them
  void join(void* backend, int64_t bucket_bytes, Reduction reduction);
  /// Sums `count` values over the replicas in place, on the backend of `join` (without one: leaves them as they are).
  void all_reduce(double* values, int64_t count);
  /// What all replicas must agree on before their first all-reduce, as text: parameters, dtype, and the bounds of buckets.
  std::string reduction_plan() const;
  /// Nanoseconds that the last `apply` waited for gradients of other replicas: what was not hidden behind backward.
  int64_t exposed_communication_nanos() const;

  /// Nanoseconds that take_input has spent copying between devices so far.
  int64_t copied_nanos() const;
  /// Bytes of weights, gradients, optimizer state and activations that this stage holds now.
  int64_t memory_bytes() const;
  /// Waits until the device has done all that it was asked for, for timing: a GPU's calls return before. A CPU's do not.
  void synchronize() const;

 private:
  struct State;
  State* state_;
};

/// Sets the threads of every operator of this process, libtorch's and those of its BLAS, from one place; without a call there
/// is one a core.
void set_threads(int64_t count);
/// Drops what the calling thread's C++ code writes to std::cout, until it calls with false: Gloo greets there when it connects, and
/// standard output is the program's own. What other threads write meanwhile goes out.
void mute_standard_output(bool mute);
/// Whether "cpu" or "cuda:N" can be used here.
bool device_available(const std::string& device);
/// Version and build configuration of libtorch, and the instruction set that was chosen for our own kernels.
std::string describe();
/// Best seconds of `repetitions` runs of a float32 GEMM (rows, inner) x (inner, columns) into a kept output, by the same
/// routine and with the same threads as the stages use: the limit that a step is measured against.
double gemm_seconds(int64_t rows, int64_t inner, int64_t columns, int64_t repetitions);
/// Best seconds of `repetitions` times summing `bytes` of float32 in memory: the limit of a decode step that has to read as
/// many bytes of weights.
double read_seconds(int64_t bytes, int64_t repetitions);

}  // namespace trireme
