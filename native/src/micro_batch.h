#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "head.h"
#include "trireme/core.h"

namespace trireme {

/// Activations of a micro-batch that sublayers and head keep between forward and backward. Checkpointing recomputes them.
struct Activations {
  std::vector<SublayerActivations> sublayers;
  HeadActivations head;

  int64_t bytes() const {
    int64_t total = head.bytes();
    for (const auto& sublayer : sublayers) total += sublayer.bytes();
    return total;
  }
};

/// State of one micro-batch on a stage, from load to backward. Stages on one device share the residual stream: `in` is the output tensor of
/// the previous stage and is overwritten with its gradient, so that nothing is copied and splitting a model changes no bit.
///
///   stage 0   in ── sublayers ── out
///                                 ║ one tensor, or a copy on another device whose `source` gets the gradient back
///   stage 1                       in ── sublayers ── head
struct MicroBatch {
  int64_t batch = 0, length = 0, first_row = 0;
  std::optional<Mode> ran;  // what the last forward was for; nothing after load
  bool weights_due = false;  // backward_input ran and backward_weight did not
  bool out_has_gradient = false;  // `out` holds its gradient: backward of the next stage ran
  std::shared_ptr<MicroBatch> previous;  // the same micro-batch on the stage that `in` came from, which may close first
  at::Tensor ids, position_ids;  // (N) int32
  at::Tensor in, out, source;  // (N, C)
  Labels labels;
  std::shared_ptr<Activations> activations;
  Buffer ids_buffer, position_ids_buffer, in_buffer, out_buffer;

  int64_t bytes() const {
    return ids_buffer.bytes() + position_ids_buffer.bytes() + in_buffer.bytes() + out_buffer.bytes() + labels.bytes() +
           (activations ? activations->bytes() : 0);
  }
};

/// A pool of reusable objects: a steady step allocates none, and there are never more than were in use at once.
template <typename Thing>
class Pool {
 public:
  std::shared_ptr<Thing> take() {
    if (free_.empty()) return std::make_shared<Thing>();
    auto thing = std::move(free_.back());
    free_.pop_back();
    return thing;
  }
  void give_back(std::shared_ptr<Thing> thing) { free_.push_back(std::move(thing)); }
  int64_t bytes() const {
    int64_t total = 0;
    for (const auto& thing : free_) total += thing->bytes();
    return total;
  }

 private:
  std::vector<std::shared_ptr<Thing>> free_;
};

}  // namespace trireme
