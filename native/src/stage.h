#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "block.h"
#include "embedding.h"
#include "gradient_buckets.h"
#include "head.h"
#include "optimizer.h"
#include "parameters.h"

namespace trireme {

/// What a stage holds of one micro-batch: the residual stream where it enters, and each layer's activations.
struct MicroBatch {
  int64_t batch = 0, length = 0, first_row = 0;
  std::optional<Mode> ran;  // what the last forward was for; nothing after load and after backward
  at::Tensor ids, in;       // (N) int32; (N, C)
  Buffer ids_buffer, in_buffer;
  std::vector<BlockActivations> blocks;
  HeadActivations head;
};

/// The work behind trireme::Stage, whose header says what each method does; arguments were checked there.
class StageCore {
 public:
  StageCore(const ModelConfig& model, int64_t first_layer, int64_t end_layer, const at::Device& device);
  StageCore(const StageCore&) = delete;  // its parts refer to its model and parameters

  void begin(int64_t step, int64_t seed, int64_t micro_batches, double loss_divisor);
  void load(int64_t micro_batch, const int32_t* ids, const float* weights, int64_t rows, int64_t length, int64_t first_row);
  void forward(int64_t micro_batch, Mode mode);
  void backward(int64_t micro_batch);
  double loss(int64_t micro_batch) const;
  double apply(const AdamWConfig& config, double learning_rate);
  void logits(int64_t micro_batch, const int32_t* positions, int64_t count, float* destination);
  void join(c10d::Backend* backend, int64_t bucket_bytes, Reduction reduction);
  int64_t memory_bytes() const;

  const ModelConfig& model() const { return model_; }
  const at::Device& device() const { return device_; }
  int64_t replicas() const { return backend_ ? backend_->getSize() : 1; }
  c10d::Backend* backend() const { return backend_; }
  const GradientBuckets* buckets() const { return buckets_.get(); }

  Parameters parameters;

 private:
  ModelConfig model_;
  at::Device device_;
  const Kernels& kernels_;
  std::optional<Head> head_;       // units in the order of backward: head, blocks from the last, embedding
  std::deque<Block> blocks_;       // in the order of forward
  std::optional<Embedding> embedding_;
  Optimizer optimizer_;
  Scratch scratch_;
  std::vector<std::unique_ptr<MicroBatch>> micro_batches_;
  std::array<BlockActivations, 2> passing_;  // forward without backward: two blocks' activations take turns
  c10d::Backend* backend_ = nullptr;
  std::unique_ptr<GradientBuckets> buckets_;

  int64_t step_ = 0, seed_ = 0, expected_ = 0, backwards_ = 0;
  double divisor_ = 1;

  MicroBatch& at(int64_t micro_batch);
  Pass pass_of(const MicroBatch& m, bool drops) const;
  /// Runs the blocks. @return the residual stream where it leaves
  at::Tensor run_blocks(const Pass& pass, MicroBatch& m, bool keep);
  void load_labels(MicroBatch& m, const int32_t* ids, const float* weights);
  void complete(int64_t unit, bool last);
};

}  // namespace trireme
