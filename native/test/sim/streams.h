#pragma once
#include <c10/core/Stream.h>

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "races.h"
#include "sim.h"

/// Streams and events. Work is a closure that waits in its stream until somebody needs its result, and then runs on the thread of
/// whoever does: always the same order, whatever the host's threads do.
namespace sim {

using Lock = std::unique_lock<std::recursive_mutex>;
/// Of everything in this folder.
std::recursive_mutex& mutex();
Counters& counting();

/// Streams have numbers: those below kDevices are the devices' default streams.
int current_device();
void set_current_device(int device);
int current_stream(int device);
/// @return the one before
int exchange_stream(int stream);
int device_of_stream(int stream);
/// One of a device's pool of 32, in turn, as CUDA has them.
int stream_from_pool(int device);
int number_of(const c10::Stream& stream);
c10::Stream stream_of(int number);

/// What the host has waited for.
const VectorClock& host_clock();

/// Bytes that work touches.
struct Use {
  const void* address;
  std::size_t bytes;
  bool write;
};

/// Appends work to a stream, after checking it for races; then nothing is issued.
/// @param seconds on the clock
void issue_to(int stream, const char* name, const std::vector<Use>& uses, double seconds, std::function<void()> run);

bool is_idle(int stream);

/// Runs a stream to its present end, and what it depends on. @param visible whether the host has waited, or the simulation alone
void wait_for_stream(int stream, bool visible);

struct Event {
  int stream;
  uint64_t number;
  VectorClock clock;
  double end;  // of the work before it, on the clock
  double recorded;  // the same; without the clock, when the host recorded it
};
Event record_event(int stream);
void block_stream(int stream, const Event& event);
bool is_done(const Event& event);
void wait_for_event(const Event& event);

}  // namespace sim
