#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "head.h"
#include "trireme/core.h"

namespace trireme {

/// What sublayers and head keep of a micro-batch between forward and backward; checkpointing drops it and makes it again.
struct Activations {
  std::vector<SublayerActivations> sublayers;
  HeadActivations head;

  int64_t bytes() const {
    int64_t total = head.bytes();
    for (const auto& sublayer : sublayers) total += sublayer.bytes();
    return total;
  }
};

/// What a stage holds of one micro-batch from load to backward. Stages of one device share the stream between them: `in` is
/// the tensor of the previous stage, whose gradient takes its place, so that nothing is copied and a cut changes no bit.
///
///   stage 0   in ── sublayers ── out
///                                 ║ one tensor, or a copy on another device whose `source` gets the gradient back
///   stage 1                       in ── sublayers ── head
struct MicroBatch {
  int64_t batch = 0, length = 0, first_row = 0;
  std::optional<Mode> ran;     // what the last forward was for; nothing after load
  bool weights_due = false;    // backward_input ran and backward_weight did not
  bool out_has_gradient = false;  // `out` holds its gradient: backward of the next stage ran
  std::shared_ptr<MicroBatch> previous;  // the same micro-batch on the stage that `in` came from, which may close first
  at::Tensor ids, position_ids;      // (N) int32
  at::Tensor in, out, source;  // (N, C)
  Labels labels;
  std::shared_ptr<Activations> activations;
  Buffer ids_buffer, position_ids_buffer, in_buffer, out_buffer;

  int64_t bytes() const {
    return ids_buffer.bytes() + position_ids_buffer.bytes() + in_buffer.bytes() + out_buffer.bytes() + labels.bytes() +
           (activations ? activations->bytes() : 0);
  }
};

/// Things that are kept for the next user: a steady step makes none anew, and no more exist than were in use at once.
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
