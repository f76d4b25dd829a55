#include <deque>

#include "sim.h"
#include "thread_backend.h"

/// What Java's tests call on simulated devices: native methods of dev.trireme.engine.Simulator. Nothing is freed; a test's process ends soon.
using namespace trireme::test;

#define JAVA(type, name) extern "C" __attribute__((visibility("default"))) type Java_dev_trireme_engine_Simulator_##name

/// A group of ranks that are threads, and whose all-reduces are NCCL's: waiting for one orders streams.
JAVA(int64_t, meeting)(void*, void*, int32_t ranks) {
  return reinterpret_cast<int64_t>(new Meeting(ranks));
}

/// @return a c10d::Backend
JAVA(int64_t, backend)(void*, void*, int64_t meeting, int32_t rank) {
  static std::mutex mutex;
  static auto& all = *new std::deque<c10::intrusive_ptr<ThreadBackend>>;
  std::unique_lock lock(mutex);
  all.push_back(c10::make_intrusive<ThreadBackend>(rank, *reinterpret_cast<Meeting*>(meeting)));
  return reinterpret_cast<int64_t>(static_cast<c10d::Backend*>(all.back().get()));
}

JAVA(int64_t, waits)(void*, void*) {
  return sim::counters().waits;
}

/// Leaves so many bytes free on a device.
JAVA(void, leave)(void*, void*, int32_t device, int64_t bytes) {
  sim::set_memory(device, sim::memory_in_use(device) + bytes);
}
