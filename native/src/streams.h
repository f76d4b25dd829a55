#pragma once
#include <c10/core/Event.h>
#include <c10/core/Stream.h>
#include <c10/core/StreamGuard.h>

#include <chrono>
#include <deque>
#include <optional>

/// Streams and events of any kind of device. CPUs have none: their work is done when a call returns.
namespace trireme {

/// What leaves a device in one direction, and what comes.
struct Lane {
  c10::Stream out, in;
};

/// The streams of a device, the same for all its stages. One computes; the others carry what crosses to other devices. Since the host
/// issues copies long before their sources are computed, each kind needs a stream of its own: behind a copy that waits for an input of
/// later, an output that is ready would wait as long.
struct DeviceStreams {
  c10::Stream compute;
  Lane forward, backward;
};

/// Nothing for CPUs, and for the meta device of dry runs.
std::optional<DeviceStreams> streams_of(const c10::Device& device);

/// Makes the compute stream of a device, and the device itself, current on this thread.
class OnDevice {
 public:
  explicit OnDevice(const c10::Device& device);

 private:
  std::optional<c10::StreamGuard> guard_;
};

/// Makes the compute streams of two devices current, so that copies between them come after the work of both.
c10::MultiStreamGuard on_both(const std::optional<DeviceStreams>& one, const std::optional<DeviceStreams>& other);

/// A point in the work of a stream. One that was never recorded has passed.
class Event {
 public:
  void record(const c10::Stream& stream);
  /// What `stream` gets from now on waits for the point.
  void block(const c10::Stream& stream) const;
  bool passed() const { return !event_ || event_->query(); }
  /// The host waits.
  void wait() const;

 private:
  std::optional<c10::Event> event_;
};

/// Memory that `stream` uses although it was allocated on another: it is not given away before the stream has finished.
void record_use(const at::Tensor& tensor, const c10::Stream& stream);

/// Adds up times of work: of a stream, between two points in it, or of the host where there is no stream.
class WorkTimer {
 public:
  void start(const c10::Stream* stream);
  void stop(const c10::Stream* stream);
  /// Of all work that has finished by now.
  int64_t nanos();
  /// Forgets what was added up.
  void reset();

 private:
  struct Span {
    c10::Event begin, end;
  };
  std::deque<Span> open_, spare_;
  std::chrono::steady_clock::time_point host_begin_;
  int64_t nanos_ = 0;

  void collect();
};

}  // namespace trireme
