#pragma once
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "embedding.h"
#include "gradient_buckets.h"
#include "gradient_tree.h"
#include "head.h"
#include "micro_batch.h"
#include "numbers.h"
#include "optimizer.h"
#include "paged_cache.h"
#include "parameters.h"
#include "rotary.h"
#include "sublayer.h"
#include "task_times.h"

namespace trireme {

/// The part of a model that a stage holds: sublayers [first, end), 2 l the attention of layer l and 2 l + 1 its MLP, with or without the
/// embeddings and the head.
struct Part {
  int64_t first, end;
  bool embeddings, head;
};

/// Which half of a backward pass: gradients of activations, of weights, or both in one go through the sublayers.
enum class Half { both, input, weight };

/// The implementation of trireme::Stage, whose header documents each method. core.cpp has checked the arguments. stage.cpp has construction
/// and sublayers, training.cpp a training step, generation.cpp the caches.
class StageCore {
 public:
  /// @param dry_run computes nothing; tensors are on libtorch's meta device, which has sizes but no memory
  StageCore(const ModelConfig& model, const Part& part, const at::Device& device, Weights weights, bool dry_run);
  StageCore(const StageCore&) = delete;  // its parts refer to its model and parameters

  // training
  void begin(int64_t step, int64_t seed, int64_t micro_batches, double loss_divisor, Summation summation);
  void load(int64_t micro_batch, const int32_t* ids, const float* weights, int64_t rows, int64_t length, int64_t first_row,
            const int32_t* begins = nullptr);
  void take_input(int64_t micro_batch, StageCore& previous);
  void forward(int64_t micro_batch, Mode mode);
  void backward(int64_t micro_batch, Half half);
  /// Losses of micro-batches [first, first + count); waits for the device.
  void losses(int64_t first, int64_t count, double* destination);
  void drop_micro_batches();
  void add_tied_gradient(StageCore& last);
  void wait_gradients();
  void take_tied_gradient(StageCore& first);
  void measure_gradients();
  void take_squares(StageCore& other);
  void update(const AdamWConfig& config, double learning_rate);
  void end_step(bool updated);
  /// All squares that this stage knows; waits for the device.
  void squares(double* destination);
  void read_gradient(int64_t index, float* destination, int64_t count);

  // checkpoints
  int64_t updates() const { return optimizer_.updates; }
  void set_updates(int64_t updates) { optimizer_.updates = updates; }
  void write_state(int64_t index, ParameterState state, int64_t first, const float* source, int64_t count);
  void take_snapshot();
  void read_snapshot(int64_t index, ParameterState state, float* destination, int64_t count) const;

  // generation
  void open_cache(int64_t cache, int64_t blocks, CacheType type);
  void close_cache(int64_t cache);
  /// @param spans where the tokens go, by spans_of
  /// @param previous whose hidden states come in; null on the stage with the embedding
  void extend(int64_t cache, int64_t pass, const NewTokens& tokens, Spans spans, StageCore* previous);
  /// (count, V) on the device, for tokens of the last extend of that pass.
  const at::Tensor& logits(int64_t cache, int64_t pass, const int32_t* tokens, int64_t count);
  const at::Tensor& hidden_states(int64_t cache, int64_t pass, const int32_t* tokens, int64_t count);
  void copy_blocks(int64_t cache, int64_t count, const int32_t* from, const int32_t* to);
  PagedCache& cache(int64_t number);
  int64_t block_bytes(CacheType type) const;

  // adapters of generation
  void open_adapter(int64_t number, const LoraConfig& config);
  void close_adapter(int64_t number);
  Parameters& adapter(int64_t number);

  void join(c10d::Backend* backend, int64_t bucket_bytes, Reduction reduction, std::chrono::milliseconds timeout);
  int64_t memory_bytes() const;
  /// Waits for all work of this stage's device.
  void synchronize() const;

  const ModelConfig& model() const { return model_; }
  const at::Device& device() const { return device_; }
  const GenerationKernels& kernels() const { return kernels_; }
  /// Sublayers that attend: each has a cache of keys and values.
  int64_t attentions() const;
  int64_t replicas() const { return backend_ ? backend_->getSize() : 1; }
  c10d::Backend* backend() const { return backend_; }
  const GradientBuckets* buckets() const { return buckets_.get(); }
  /// Units whose gradients are this stage's own: a tied head's copy of the embedding on another stage is not.
  int64_t own_units() const { return static_cast<int64_t>(parameters.unit_ends().size()) - (copies_embedding() ? 1 : 0); }
  /// Parts of the gradient norm of the whole model: embedding, sublayers, head.
  int64_t all_parts() const { return 2 * model_.layers + 2; }
  const TaskTimes& task_times() const { return task_times_; }
  int64_t copied_nanos() { return copied_.nanos(); }
  int64_t exposed_nanos() { return buckets_ ? buckets_->waited_nanos() : 0; }

  Parameters parameters;

 private:
  ModelConfig model_;
  Part part_;
  int64_t first_trained_;  // sublayer
  at::Device home_, device_;  // where it belongs, and where its tensors are: apart in a dry run
  std::optional<DeviceStreams> streams_;
  const Kernels& kernels_;
  std::optional<Head> head_;  // units in the order of backward: head, sublayers from the last, embedding
  std::deque<std::unique_ptr<Sublayer>> sublayers_;  // in the order of forward
  std::optional<Embedding> embedding_;
  Parameter* tied_ = nullptr;  // the embedding as a tied head's projection
  Buffer tied_buffer_;  // the gradient of a tied head on another device
  Event tied_free_;  // what reads tied_buffer_ has ended
  std::optional<Rotary> rotary_;
  Optimizer optimizer_;
  Snapshot snapshot_;
  Scratch scratch_;
  std::array<SublayerActivations, 2> transient_;  // forward without backward: attention's and the MLP's take turns
  HeadActivations transient_head_;

  // Guards the two maps and the output tensors in them, which the next stage takes on another thread.
  mutable std::mutex mutex_;
  std::map<int64_t, std::shared_ptr<MicroBatch>> micro_batches_;
  Pool<MicroBatch> free_micro_batches_;
  Pool<Activations> free_activations_;
  StagingBlocks staging_;
  Numbers numbers_;
  Part measured_;  // whose squares are in numbers_
  at::Tensor clip_;  // (2), of the last update
  bool clipped_ = false;  // gradients were multiplied with it
  GradientTree tree_;
  std::map<int64_t, PagedCache> caches_;
  std::map<int64_t, Parameters> adapters_;

  c10d::Backend* backend_ = nullptr;
  std::unique_ptr<GradientBuckets> buckets_;

  int64_t step_ = 0, seed_ = 0, expected_ = 0, inputs_ = 0, weights_ = 0, ran_ = 0;
  bool ends_ = false;  // update ran and end_step did not
  WorkTimer copied_;
  TaskTimes task_times_;
  double divisor_ = 1;
  Summation summation_ = Summation::sequence;

  bool trains_embedding() const { return tied_ ? tied_->trained : embedding_ && embedding_->trained(); }
  bool copies_embedding() const { return tied_ && !embedding_; }
  MicroBatch& at(int64_t micro_batch);
  std::shared_ptr<MicroBatch> find(int64_t micro_batch);
  /// Sets the output, which the next stage may take at any time.
  void set_out(MicroBatch& m, const at::Tensor& out);
  AttentionShape cache_shape() const;
  /// The pass of that number with buffers for so many tokens.
  GenerationPass& pass_to_fill(PagedCache& cache, int64_t number, int64_t tokens);
  /// Output of a pass, for the next stage; undefined if that had another number of tokens.
  at::Tensor hidden_of(int64_t cache, int64_t pass, int64_t tokens);
  Pass pass_of(const MicroBatch& m, bool drops);
  /// The pass with the rows of those tokens in `chosen`, on the stage with the head.
  GenerationPass& rows_to_tell(int64_t cache, int64_t pass, const int32_t* tokens, int64_t count);
  Pass pass_of(const GenerationPass& s, const Spans& spans);
  /// Squares of a part of the model are [begin, end) of all.
  int64_t begin_of(const Part& part) const { return part.embeddings ? 0 : 1 + part.first; }
  int64_t end_of(const Part& part) const { return part.end + (part.head ? 2 : 1); }
  /// Copies a tensor to one of another device, on a stream of each.
  void copy_across(const at::Tensor& from, const c10::Stream& out, const at::Tensor& to, const c10::Stream& in);
  /// @param kept activations for backward; null without backward
  /// @param caches one for each attention sublayer in generation; null in training
  /// @return the residual stream after the last sublayer
  const at::Tensor& run_sublayers(const Pass& pass, const at::Tensor& in, Activations* kept, std::vector<LayerCache>* caches);
  /// Runs sublayers and head over m.in. @return the residual stream after the last sublayer
  const at::Tensor& run(const Pass& pass, MicroBatch& m, bool gradient, int64_t micro_batch);
  /// Recomputes the activations of a checkpointed micro-batch.
  void recompute(const Pass& pass, MicroBatch& m, int64_t micro_batch);
  void run_backward(const Pass& pass, MicroBatch& m, Half half, int64_t micro_batch);
  void give_gradient(MicroBatch& m);
  /// The step's numbers, on the host.
  const double* read_numbers();
  at::Tensor here(const at::Tensor& theirs, const StageCore& other);
  void end_backward(int64_t micro_batch);
  void complete(int64_t unit);
};

}  // namespace trireme
