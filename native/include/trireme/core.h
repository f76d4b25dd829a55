#pragma once
#include <cstdint>
#include <string>

/// The whole surface of the native core that Java sees. No libtorch type appears here, so that the binding compiles
/// in seconds; whole stages cross the border, never single operators.
///
/// Axes: B rows of a micro-batch, T positions, C hidden width, V vocabulary, L layers. Weights, gradients and
/// activations are float32. Errors are C++ exceptions; through JavaCPP they arrive as RuntimeException with their text.
namespace trireme {

/// Sizes of a GPT-2 model, as in Hugging Face's config.json.
struct ModelConfig {
  int64_t layers = 0, heads = 0, hidden = 0, intermediate = 0, vocabulary = 0, positions = 0;
  double norm_epsilon = 1e-5;
  double embedding_dropout = 0, attention_dropout = 0, residual_dropout = 0;
  double initializer_range = 0.02;
};

/// AdamW (Loshchilov and Hutter 2019) with decay on every parameter, and clipping by the global norm before it.
struct AdamWConfig {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weight_decay = 0.01;
  /// Gradients are scaled down to this L2 norm over all parameters; 0 leaves them as they are.
  double clip_norm = 0;
};

/// How gradients are averaged among the replicas of a stage. All three give the same sums up to rounding.
enum class Reduction {
  /// One all-reduce per parameter after backward: the plain reference.
  per_parameter,
  /// One all-reduce per bucket after backward.
  buckets,
  /// One all-reduce per bucket, started as soon as the bucket's gradients are complete: what runs by default.
  overlapped,
};

/// What a forward pass is for.
enum class Mode {
  /// Keeps activations, computes the loss and the gradient of the logits; dropout is on.
  train,
  /// Computes the loss and keeps nothing.
  evaluate,
  /// Computes hidden states for `logits`; no labels are needed.
  infer,
};

/// The run of layers [first_layer, end_layer) of a model on one device, with the embeddings if it starts at layer 0 and
/// the final norm, head and loss if it ends with the last layer. A single device is one stage with all layers.
/// One thread at a time may use a stage. All methods throw on bad arguments before anything is changed.
class Stage {
 public:
  /// @param device "cpu" or "cuda:N"; a device that is not there is an error that says so
  Stage(const ModelConfig& model, int64_t first_layer, int64_t end_layer, const std::string& device);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // --- parameters, by index; names, shapes and layout as Hugging Face stores them without the "transformer." prefix ---

  /// Number of parameters; the tied embedding and head are one.
  int64_t parameters() const;
  std::string parameter_name(int64_t index) const;
  /// Number of axes: 1 or 2.
  int64_t parameter_axes(int64_t index) const;
  int64_t parameter_size(int64_t index, int64_t axis) const;
  /// Draws every parameter from (seed, its name) alone, so that weights do not depend on how layers are spread.
  /// Normal(0, initializer_range), the residual projections divided by sqrt(2 L); norms 1, biases 0 (Radford et al. 2019).
  void initialize(int64_t seed);
  /// Sets a parameter from `count` float32 in row-major order of its stored shape.
  void write_parameter(int64_t index, const float* source, int64_t count);
  void read_parameter(int64_t index, float* destination, int64_t count) const;
  /// The gradient that the last step's backward passes left, summed over micro-batches (and averaged over replicas).
  void read_gradient(int64_t index, float* destination, int64_t count) const;
  /// 64-bit FNV-1a hash of all weights' bytes: equal on two replicas exactly when they hold the same bits (nearly surely).
  int64_t checksum() const;

  // --- a step: begin, then load, forward and backward of every micro-batch, then apply ---

  /// @param step number of the step, part of the key of dropout
  /// @param seed the other part
  /// @param micro_batches how many follow in this step on this stage
  /// @param loss_divisor what weighted token losses are divided by: the mean over replicas of the sum of label weights of
  ///     the step, so that gradients averaged over replicas are those of sum(loss * weight) / sum(weight) of the whole
  void begin(int64_t step, int64_t seed, int64_t micro_batches, double loss_divisor);
  /// Copies token ids (B, T) and label weights (B, T) in; weights[b][t] is that of predicting ids[b][t], so column 0 is
  /// unused. Ids outside [0, V), T beyond the positions, or negative weights are errors.
  /// @param first_row number of the first row within the global batch, part of the key of dropout
  void load(int64_t micro_batch, const int32_t* ids, const float* weights, int64_t rows, int64_t length, int64_t first_row);
  void forward(int64_t micro_batch, Mode mode);
  /// Backward of a micro-batch whose forward ran in Mode::train. That of the step's last micro-batch starts the all-reduce.
  void backward(int64_t micro_batch);
  /// Sum over labels of weight times -log p of a micro-batch whose forward ran, in nats.
  double loss(int64_t micro_batch) const;
  /// Waits for the all-reduce, clips, and updates the weights. @return the global norm of the gradients before clipping
  double apply(const AdamWConfig& config, double learning_rate);

  /// Logits of chosen positions of a micro-batch whose forward ran in Mode::infer.
  /// @param positions flat positions b * T + t, `count` of them
  /// @param destination (count, V) float32
  void logits(int64_t micro_batch, const int32_t* positions, int64_t count, float* destination);

  // --- replicas ---

  /// Joins the replicas of this stage: from now on `apply` averages gradients over them. Reads no bytes and sends none.
  /// @param backend a c10d::Backend that outlives the stage and carries nothing else
  /// @param bucket_bytes least size of a bucket; buckets hold whole blocks in the order in which backward completes them
  void join(void* backend, int64_t bucket_bytes, Reduction reduction);
  /// Sums `count` values over the replicas in place, on the backend of `join` (without one: leaves them as they are).
  void all_reduce(double* values, int64_t count);
  /// What all replicas must agree on before their first all-reduce, as text: parameters, dtype, and the bounds of buckets.
  std::string reduction_plan() const;
  /// Nanoseconds that the last `apply` waited for gradients of other replicas: what was not hidden behind backward.
  int64_t communication_wait_nanos() const;

  /// Bytes of weights, gradients, optimizer state and activations that this stage holds now.
  int64_t memory_bytes() const;

 private:
  struct State;
  State* state_;
};

/// Sets the threads of every operator of this process, libtorch's and those of its BLAS, from one place. Call once, first.
void set_threads(int64_t count);
/// Drops what C++ code writes to std::cout, until called with false: Gloo greets there when it connects, and standard
/// output is the program's own.
void mute_standard_output(bool mute);
/// Whether "cpu" or "cuda:N" can be used here.
bool device_available(const std::string& device);
/// Version and build configuration of libtorch, and the instruction set that was chosen for our own kernels.
std::string describe();
/// Best seconds of `repetitions` runs of a float32 GEMM (rows, inner) x (inner, columns) into a kept output, by the same
/// routine and with the same threads as the stages use: the limit that a step is measured against.
double gemm_seconds(int64_t rows, int64_t inner, int64_t columns, int64_t repetitions);

}  // namespace trireme
