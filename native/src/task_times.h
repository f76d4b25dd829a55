#pragma once
#include <c10/core/Event.h>
#include <c10/core/Stream.h>

#include <deque>
#include <optional>

namespace trireme {

/// When a device began and ended each task of a step, by its own clock: the host has issued them long before.
class TaskTimes {
 public:
  /// The time from which others count.
  void restart(const c10::Stream& stream);
  void begin(const c10::Stream& stream);
  void end(const c10::Stream& stream);
  int64_t count() const { return static_cast<int64_t>(count_); }
  /// Nanoseconds of begin and end of each. Waits for the last, which has passed when the numbers of the step are read.
  void nanos(int64_t* destination) const;

 private:
  struct Task {
    c10::Event begin, end;
  };
  std::optional<c10::Event> start_;
  std::deque<Task> tasks_;  // kept from step to step
  std::size_t count_ = 0;
};

}  // namespace trireme
