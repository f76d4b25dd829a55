#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "inputs.h"
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
///
/// Between devices, events order what the streams do; native/README.md draws a step.
struct MicroBatch {
  int64_t batch = 0, length = 0, first_row = 0;
  std::optional<Mode> ran;  // what the last forward was for; nothing after load
  bool weights_due = false;  // backward_input ran and backward_weight did not
  bool out_has_gradient = false;  // `out` holds its gradient: backward of the next stage ran
  std::shared_ptr<MicroBatch> previous;  // the same micro-batch on the stage that `in` came from, which may close first
  Inputs inputs;
  at::Tensor in, out, source;  // (N, C)
  std::shared_ptr<Activations> activations;
  Buffer in_buffer, out_buffer;

  Event in_arrived;  // the copy of the input has ended
  Event in_free;  // what computes with `in`, or made it its gradient, has ended
  Event in_copied;  // the previous stage has its copy of the gradient
  Event out_ready;  // forward has ended
  Event out_copied;  // the next stage has its copy of `out`
  Event out_gradient;  // `out` holds its gradient

  int64_t bytes() const { return inputs.bytes() + in_buffer.bytes() + out_buffer.bytes() + (activations ? activations->bytes() : 0); }
};

/// A pool of reusable objects: a steady step allocates none, and there are never more than were in use at once, and those that rest.
template <typename Thing>
class Pool {
 public:
  /// @param resting how many stay in the pool: the last that came back, which a device may still be using
  std::shared_ptr<Thing> take(std::size_t resting = 0) {
    if (free_.size() <= resting) return std::make_shared<Thing>();
    auto chosen = resting == 0 ? std::prev(free_.end()) : free_.begin();  // a CPU has the last in its caches
    auto thing = std::move(*chosen);
    free_.erase(chosen);
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
