#pragma once
#include <cstdint>
#include <string>

#include "trireme/model.h"

/// The native core's interface to Java. It has no libtorch types, so that the binding compiles in seconds. Calls work on whole stages,
/// never on single operators.
///
/// Axes: B rows of a micro-batch, T positions, C hidden width, V vocabulary, L layers. Weights, gradients and activations are float32,
/// except weights that generation holds as bfloat16. Errors are C++ exceptions, which JavaCPP turns into RuntimeException with their text.
namespace trireme {

/// The type of cached keys and values.
enum class CacheType {
  float32,
  /// Rounded to nearest when they are stored.
  bfloat16,
};

/// AdamW (Loshchilov and Hutter 2019) with weight decay on every parameter; gradients are clipped by their global norm first.
struct AdamWConfig {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weight_decay = 0.01;
  /// Gradients are scaled down to this L2 norm over all parameters; 0 leaves them as they are.
  double clip_norm = 0;
};

/// How gradients are averaged over the replicas of a stage. Results differ by rounding only.
enum class Reduction {
  /// One all-reduce per parameter after backward: the plain reference.
  per_parameter,
  /// One all-reduce per bucket after backward.
  buckets,
  /// One all-reduce per bucket, started as soon as the bucket's gradients are complete: the default.
  overlapped,
  /// Every replica gathers all gradients after backward and sums them along a binary tree: the bits of Summation::tree.
  tree,
};

/// The purpose of a forward pass.
enum class Mode {
  /// Keeps activations, computes the loss and the gradient of the logits; dropout is on.
  train,
  /// Activation checkpointing: as train, but keeps only the input and output of the stage; backward recomputes the activations, with the
  /// same dropout (Chen et al. 2016).
  checkpoint,
  /// Computes the loss and keeps nothing.
  evaluate,
};

/// The order in which the gradients of a step's micro-batches are summed.
enum class Summation {
  /// One after the other.
  sequence,
  /// Along a fixed binary tree, of which each replica computes a subtree: the same bits in every layout. It holds log2(micro-batches) more
  /// sets of gradients, and needs a number of micro-batches that is a power of two.
  tree,
};

/// What a stage keeps of each parameter from step to step.
enum class ParameterState {
  weight,
  /// AdamW's running mean of the gradients, 0 before the first update.
  mean,
  /// AdamW's running mean of their squares, 0 before the first update.
  variance,
};

/// Purpose and type of a stage's weights.
enum class Weights {
  /// For training: float32, with gradients and optimizer state. Generation makes a second, packed copy on first use.
  trainable,
  /// For generation only: float32, packed.
  float32,
  /// For generation only: rounded to bfloat16 (to nearest, ties to even). Sums, activations, norms and biases stay float32.
  bfloat16,
};

/// A part of a model on one device: a run of sublayers, which may be empty, with or without the embeddings before it and the final norm,
/// head and loss after it. On a single device one stage holds the whole model. One thread at a time may use a stage; different threads may
/// use different stages.
///
/// A layer has two sublayers (Vaswani et al. 2017), each with a norm before and a residual connection around it: 2 l is the
/// attention of layer l, 2 l + 1 its MLP. A stage may begin or end between the two.
class Stage {
 public:
  /// Layers [first_layer, end_layer), with the embeddings if it starts at layer 0, and the head if it ends with the last layer.
  /// @param device "cpu" or "cuda:N"; a device that is not there is an error that says so
  Stage(const ModelConfig& model, int64_t first_layer, int64_t end_layer, const std::string& device, Weights weights = Weights::trainable);
  /// Sublayers [first_sublayer, end_sublayer) of 0 to 2 L. With the embeddings the first is 0, with the head the end is 2 L.
  /// @param dry_run computes nothing and allocates nothing, on a device that need not be there: every call runs as usual and the memory
  ///     that it would allocate is counted. Results are undefined
  Stage(const ModelConfig& model, int64_t first_sublayer, int64_t end_sublayer, bool embeddings, bool head, const std::string& device,
        Weights weights = Weights::trainable, bool dry_run = false);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // --- parameters, by index; names, shapes and layout as Hugging Face stores them without "transformer." and "model." ---

  /// Number of parameters; the tied embedding and head are one.
  int64_t parameters() const;
  std::string parameter_name(int64_t index) const;
  /// Whether it has a gradient and optimizer state. All have, but those that ModelConfig::tuning freezes.
  bool parameter_trained(int64_t index) const;
  /// Number of axes: 1 or 2.
  int64_t parameter_axes(int64_t index) const;
  int64_t parameter_size(int64_t index, int64_t axis) const;
  /// Initialises every parameter from (seed, its name), so that weights do not depend on the layout. Normal(0, initializer_range), residual
  /// projections as scaled_residuals says; norms 1, biases 0; of low-rank updates A uniform within 1 / sqrt(in), B 0.
  void initialize(int64_t seed);
  /// The same of low-rank updates alone, for a model whose weights are loaded.
  void initialize_updates(int64_t seed);
  /// Sets `count` float32 values of a parameter, starting at index `first`, in row-major order of its stored shape. A matrix is written in
  /// whole rows.
  void write_parameter(int64_t index, int64_t first, const float* source, int64_t count);
  /// Copies a whole parameter to `destination`. Only for stages that were made for training.
  void read_parameter(int64_t index, float* destination, int64_t count) const;
  /// The gradient that the last step's backward passes left, summed over micro-batches (and averaged over replicas). A frozen parameter has
  /// none, which is an error.
  void read_gradient(int64_t index, float* destination, int64_t count) const;
  /// 64-bit FNV-1a hash of the bytes of all weights, to compare replicas.
  int64_t checksum() const;

  // --- a step: begin; load, (take_input,) forward and backward of every micro-batch; (add_tied_gradient,) wait_gradients,
  //     (take_tied_gradient,) measure_gradients, (take_squares,) update; then the host may ask for losses and gradient_squares, and
  //     end_step. Until it asks, nothing waits for a GPU: calls issue work to the device's streams and return. Stages of one model
  //     give the same bits however it is cut, as long as each runs its backward passes in one order of micro-batches ---

  /// @param step number of the step, part of the dropout key
  /// @param seed the other part
  /// @param micro_batches how many follow in this step on this stage
  /// @param loss_divisor what weighted token losses are divided by: the mean over replicas of the sum of label weights of
  ///     the step, so that gradients averaged over replicas are those of sum(loss * weight) / sum(weight) of the whole
  void begin(int64_t step, int64_t seed, int64_t micro_batches, double loss_divisor, Summation summation = Summation::sequence);
  /// Loads token ids (B, T) and label weights (B, T); weights[b][t] is that of predicting ids[b][t], so column 0 is unused. Ids outside [0,
  /// V), T beyond the positions, or negative weights are errors.
  /// @param first_row number of the first row within the global batch, part of the dropout key
  /// @param begins (B, T): where in its row the document of each token begins, for rows of several documents, which do not see each other
  ///     and whose positions count from 0; null where each row is one. The first token of a document should have weight 0
  void load(int64_t micro_batch, const int32_t* ids, const float* weights, int64_t rows, int64_t length, int64_t first_row,
            const int32_t* begins = nullptr);
  /// Takes the output of the previous stage as input, on a stage without the embedding. On one device nothing is copied.
  void take_input(int64_t micro_batch, Stage& previous);
  void forward(int64_t micro_batch, Mode mode);
  /// Backward pass of a micro-batch whose forward ran in Mode::train or Mode::checkpoint. The next stage must have run its own before. The
  /// step's last backward pass starts the all-reduce.
  void backward(int64_t micro_batch);
  /// The two halves of `backward`, for schedules that defer weight gradients to fill bubbles (Qi et al. 2023).
  void backward_input(int64_t micro_batch);
  void backward_weight(int64_t micro_batch);
  /// Sums over labels of weight times -log p of `count` micro-batches whose forward ran, in nats; 0 without the head. Waits for the device,
  /// once.
  void losses(int64_t first, int64_t count, double* destination) const;
  /// Forward and backward passes since `begin`, those in Mode::evaluate apart; 0 on CPUs, where the host's clock tells as much.
  int64_t task_count() const;
  /// When the device began and ended each, in nanoseconds since `begin`: 2 numbers for each, in the order of the calls. To be called when the
  /// numbers of the step were read, else it waits for the device.
  void task_nanos(int64_t* destination) const;
  /// Drops all micro-batches and the current step. To be called after a failure, before another step.
  void drop_micro_batches();

  /// Adds the gradient of a tied head on stage `last`, on the stage with the embedding; on other stages does nothing. To be called before
  /// wait_gradients, or with Summation::tree after both stages have called it.
  void add_tied_gradient(Stage& last);
  /// Makes what follows wait until the gradients are the sums over all replicas: on a CPU the caller waits, on a GPU its stream.
  void wait_gradients();
  /// Takes the whole gradient of the tied embedding from stage `first`, on a stage with a tied head but without the embedding; on other
  /// stages does nothing.
  void take_tied_gradient(Stage& first);
  /// Computes the squared gradient norms of this stage's parts: embedding, each sublayer and head, as far as it has them.
  void measure_gradients();
  /// Takes the squares that another stage of the model has, measured or taken: from the first stage to the last, and back from the last,
  /// so that all have all.
  void take_squares(Stage& other);
  /// Clips by the norm over all stages, of which this one has all squares, and updates the weights. Where that norm is not finite, all
  /// stages of all replicas leave their weights as they are.
  void update(const AdamWConfig& config, double learning_rate);
  /// Parts of the whole model: the same however it is split.
  int64_t gradient_parts() const;
  /// The squares that this stage has, measured or taken; the root of their sum is the norm. Waits for the device, once.
  void gradient_squares(double* destination) const;
  /// Says whether `update` has changed the weights, which it has when the norm is finite.
  void end_step(bool updated);
  /// All of it for a stage that is the whole model, from wait_gradients to end_step. A norm that is not finite is an error.
  /// @return the norm before clipping
  double apply(const AdamWConfig& config, double learning_rate);

  // --- checkpoints: weights, running means and the number of updates are all that the next step depends on, besides its number and data ---

  /// Number of updates that were applied, of which AdamW's bias correction is a function.
  int64_t updates() const;
  void set_updates(int64_t updates);
  /// As write_parameter, for any state of a trainable stage. A frozen parameter has a weight only.
  void write_state(int64_t index, ParameterState state, int64_t first, const float* source, int64_t count);
  /// Copies the states of all parameters into memory that the stage keeps for the next snapshot, on the host.
  void take_snapshot();
  /// Copies a whole parameter out of the last snapshot. Any thread may call it while another runs a step, but not take_snapshot.
  void read_snapshot(int64_t index, ParameterState state, float* destination, int64_t count) const;

  // --- generation: keys and values of earlier positions are cached, so that a pass computes its new tokens only. Results of a sequence do
  //     not depend, to the bit, on the other sequences of a batch or on how it is split into passes ---

  /// Makes a cache of so many blocks of 32 positions, each with the keys and values of all layers; an open cache of that number is replaced.
  /// On CPUs a block takes memory when it is first used.
  void open_cache(int64_t cache, int64_t blocks, CacheType type);
  void close_cache(int64_t cache);
  /// Runs new tokens of sequences through the layers, and stores their keys and values in the cache.
  /// @param pass a small number that the caller chooses; the output is kept until the next call with that number, so that passes with
  ///     different numbers can be on their way through the stages at the same time
  /// @param sequences how many: one or more
  /// @param firsts position of each sequence's first new token; the positions before are in the cache
  /// @param counts how many tokens each gets, 1 or more
  /// @param tables block of each 32 positions of the first sequence, up to its last new one, then of the second, ...; sequences may share
  ///     blocks that nobody writes to
  /// @param ids the tokens of the first, then those of the second, ...
  /// @param adapters of each sequence: the number of an open adapter, or 0 for none
  void extend(int64_t cache, int64_t pass, int64_t sequences, const int32_t* firsts, const int32_t* counts, const int32_t* tables,
              const int32_t* ids, const int32_t* adapters);
  /// The same on a stage without the embedding, after the same call on the previous stage.
  void extend(int64_t cache, int64_t pass, int64_t sequences, const int32_t* firsts, const int32_t* counts, const int32_t* tables,
              const int32_t* ids, const int32_t* adapters, Stage& previous);
  /// Logits of chosen tokens of a pass.
  /// @param tokens indices into its ids, `count` of them
  /// @param destination (count, V) float32
  void logits(int64_t cache, int64_t pass, const int32_t* tokens, int64_t count, float* destination);
  /// Outputs of the last layer after the final norm, which are what logits are computed from.
  /// @param tokens indices into its ids, `count` of them
  /// @param destination (count, C) float32
  void hidden_states(int64_t cache, int64_t pass, const int32_t* tokens, int64_t count, float* destination);
  /// Chooses the next token of sequences from the logits of chosen tokens of a pass, which stay on the device; see sampling.h for what the
  /// arrays hold.
  void choose(int64_t cache, int64_t pass, const int32_t* tokens, int64_t count, const double* numbers, const int64_t* draws,
              const int32_t* lists, const float* biases, const int64_t* masks, int32_t* ids, double* values, int32_t* best_ids);
  /// Copies blocks, one after the other.
  void copy_blocks(int64_t cache, int64_t count, const int32_t* from, const int32_t* to);
  /// Bytes of a block of a cache on this stage.
  int64_t block_bytes(CacheType type) const;

  // --- adapters of generation: low-rank updates beside the model's own, each for the sequences of a pass that name it ---

  /// Makes an adapter of zeros; an open one of that number is replaced. It is float32 whatever the stage's weights are.
  /// @param number from 1
  void open_adapter(int64_t number, const LoraConfig& config);
  void close_adapter(int64_t number);
  /// Its parameters on this stage, as `parameters` has the stage's.
  int64_t adapter_parameters(int64_t number) const;
  std::string adapter_parameter_name(int64_t number, int64_t index) const;
  int64_t adapter_parameter_size(int64_t number, int64_t index, int64_t axis) const;
  void write_adapter(int64_t number, int64_t index, int64_t first, const float* source, int64_t count);

  // --- replicas ---

  /// Joins the replicas of this stage: from now on `apply` averages gradients over them. Communicates nothing yet.
  /// @param backend a c10d::Backend for this stage only, which outlives it
  /// @param bucket_bytes least size of a bucket; buckets hold whole sublayers in the order in which backward completes them
  /// @param timeout_millis how long the host waits for a GPU that waits for other replicas; over Gloo the backend's own time-out holds
  void join(void* backend, int64_t bucket_bytes, Reduction reduction, int64_t timeout_millis = 60000);
  /// The plan that all replicas must have in common before their first all-reduce, as text: parameters, dtype, and the bounds of buckets.
  std::string reduction_plan() const;
  /// Exposed communication: nanoseconds that the last `wait_gradients` waited for gradients of other replicas, beyond what overlapped
  /// backward. Of a GPU after the host has waited for the step.
  int64_t exposed_communication_nanos() const;

  /// Nanoseconds that take_input has spent copying between devices so far.
  int64_t copied_nanos() const;
  /// Bytes of weights, gradients, optimizer state and activations that this stage holds now.
  int64_t memory_bytes() const;
  /// Synchronises with the device: waits until it has finished all work. For timing on GPUs, whose calls return earlier.
  void synchronize() const;

 private:
  struct State;
  State* state_;
};

/// Sets the number of threads of every operator of this process, those of libtorch and its BLAS included; the default is one per core.
void set_threads(int64_t count);
/// Whether matrix products of float32 on CUDA devices may round their factors to TF32 (10 bits of mantissa), which is several times as
/// fast. Holds for the whole process; the default is false. Other kinds of device do not know it.
void set_tf32(bool allowed);
/// Discards what C++ code of the calling thread writes to std::cout, until a call with false: Gloo prints a greeting there when it
/// connects. Output of other threads is not affected.
void mute_standard_output(bool mute);
/// Whether a device, "cpu" or "cuda:N", can be used here.
bool device_available(const std::string& device);
/// Number of usable devices of a kind, "cpu" or "cuda"; 0 for a kind that libtorch does not know.
int64_t device_count(const std::string& kind);
/// Bytes of a device other than the CPU that can still be allocated; -1 where it does not tell.
int64_t device_free_bytes(const std::string& device);
/// Version and build configuration of libtorch, and the instruction set that was chosen for our own kernels.
std::string describe();
/// The instruction set of our own kernels and the name of the BLAS's, on which the last bits of results depend.
std::string arithmetic();
/// Best seconds of `repetitions` runs of a float32 GEMM (rows, inner) x (inner, columns) into a reused output, by the routine and threads
/// of the stages: the compute limit of a training step.
double gemm_seconds(const std::string& device, int64_t rows, int64_t inner, int64_t columns, int64_t repetitions);
/// Best seconds of `repetitions` sums of `bytes` of float32 in memory: the memory limit of a decode step that reads as many bytes of
/// weights.
double read_seconds(const std::string& device, int64_t bytes, int64_t repetitions);

}  // namespace trireme
