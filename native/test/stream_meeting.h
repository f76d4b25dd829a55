#pragma once
#include <c10/core/impl/VirtualGuardImpl.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "sim.h"
#include "streams.h"

/// Collectives of ranks on devices with streams, as NCCL has them: each rank brings a stream of its own, nobody's host waits for the work,
/// and waiting for a collective orders streams only.
namespace trireme::test {

class StreamMeeting {
 public:
  using Tensors = std::vector<at::Tensor>;
  /// What the ranks brought, as memory of the host, becomes the result.
  using Work = std::function<void(const Tensors& inputs, const Tensors& outputs)>;

  /// One collective. Its work is issued by the rank that comes last.
  struct Round {
    std::vector<Tensors> inputs, outputs;
    std::deque<Event> ready;
    int arrived = 0;
    Event done;
    bool issued = false;
  };

  explicit StreamMeeting(int ranks) : ranks_(ranks), next_(ranks) {}

  /// @param stream of this rank's communication
  std::shared_ptr<Round> join(int rank, const c10::Stream& stream, const Tensors& inputs, const Tensors& outputs, const Work& work) {
    std::unique_lock lock(mutex_);
    auto number = next_[rank]++;
    auto& slot = rounds_[number];
    if (!slot) slot = std::make_shared<Round>();
    auto round = slot;
    round->inputs.resize(ranks_);
    round->outputs.resize(ranks_);
    round->inputs[rank] = inputs;
    round->outputs[rank] = outputs;
    round->ready.emplace_back().record(streams_of(inputs[0].device())->compute);
    if (++round->arrived < ranks_) return round;
    Tensors all_inputs, all_outputs;
    for (int r = 0; r < ranks_; ++r) {
      all_inputs.insert(all_inputs.end(), round->inputs[r].begin(), round->inputs[r].end());
      all_outputs.insert(all_outputs.end(), round->outputs[r].begin(), round->outputs[r].end());
    }
    for (auto& ready : round->ready) ready.block(stream);
    auto bytes = 2.0 * static_cast<double>(inputs[0].nbytes()) * (ranks_ - 1) / ranks_;  // each way, around a ring
    sim::issue(stream, "collective", all_inputs, all_outputs, bytes / sim::speeds().link, work);
    round->done.record(stream);
    round->issued = true;
    rounds_.erase(number);
    changed_.notify_all();
    return round;
  }

  /// The work that `stream` gets from now on comes after the collective. The host waits for the other ranks to come, not for the work.
  void wait(Round& round, const c10::Stream& stream) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return round.issued; });
    round.done.block(stream);
  }

 private:
  int ranks_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<int64_t> next_;
  std::map<int64_t, std::shared_ptr<Round>> rounds_;
};

}  // namespace trireme::test
