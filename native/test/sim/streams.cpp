#include "streams.h"

#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>

#include <chrono>
#include <deque>

#include "cpu/libtorch_loops.h"
#include "memory.h"

namespace sim {
namespace {

constexpr int kPool = 32;

struct Task {
  uint64_t number;
  std::function<void()> run;
  int after = -1;  // a stream that must have come to `after_number`
  uint64_t after_number = 0;
};

struct Stream {
  explicit Stream(int device) : device(device) {}

  int device;
  uint64_t issued = 0, done = 0;
  VectorClock clock;  // what its next work knows
  std::deque<Task> tasks;
  std::string failure;
  bool closed = false;
  double end = 0;
};

struct Streams {
  std::deque<Stream> all;
  VectorClock host;
  int next_of_pool[kDevices] = {};
  Counters counters;
  std::map<std::string, int64_t> by_name;
  bool clock_runs = false, stands_still = false;
  Speeds speeds;
  std::vector<Span> spans;

  Streams() {
    for (int i = 0; i < kDevices; ++i) all.emplace_back(i);
    for (int i = 0; i < kDevices * kPool; ++i) all.emplace_back(i / kPool);
  }
};

Streams& streams() {
  static auto& one = *new Streams;
  return one;
}

thread_local int device_now = 0;
thread_local std::map<int, int> stream_now;  // of a device, where it is not the default
thread_local double host_now = 0;

uint64_t push(Stream& s, int number, Task task) {
  s.clock.join(streams().host);
  task.number = ++s.issued;
  s.clock.set(number, task.number);
  s.tasks.push_back(std::move(task));
  return s.issued;
}

/// Runs a stream up to a number, as late as somebody asks for it. @return whether it came so far; a closed stream stops it
bool drain(int number, uint64_t end) {
  auto& s = streams().all[number];
  while (s.done < end) {
    if (s.closed) return false;
    if (s.tasks.front().after >= 0 && !drain(s.tasks.front().after, s.tasks.front().after_number)) return false;
    auto task = std::move(s.tasks.front());
    s.tasks.pop_front();
    s.done = task.number;
    if (!task.run) continue;
    at::NoGradGuard no_autograd;
    trireme::LibtorchLoopsHere one_thread;  // sums must not depend on who asked for them
    try {
      task.run();
    } catch (const c10::Error& error) {
      if (s.failure.empty()) s.failure = error.what_without_backtrace();
    }
  }
  return true;
}

void drain_for_host(int number, uint64_t end) {
  TORCH_CHECK(drain(number, end), "sim: the host would wait for ever: a stream is closed");
  auto& s = streams().all[number];
  if (s.failure.empty()) return;
  auto text = std::move(s.failure);
  s.failure.clear();
  TORCH_CHECK(false, text);
}

void check_use(int number, const char* name, const Use& use, const Access& now, const Block* block) {
  const auto& s = streams().all[number];
  TORCH_CHECK(block, "sim: ", name, " uses memory that was freed");
  const auto* earlier = block->accesses.conflict(now, s.clock);
  if (!earlier) return;
  TORCH_CHECK(false, "sim: race: ", name, " on stream ", number, " of device ", s.device, now.write ? " writes" : " reads", " bytes [",
              now.begin, ", ", now.end, ") of a block of device ", block->device, " that ", earlier->name, " on stream ", earlier->stream,
              " of device ", streams().all[earlier->stream].device, earlier->write ? " wrote" : " read", ", without a wait between them");
}

}  // namespace

std::recursive_mutex& mutex() {
  static auto& one = *new std::recursive_mutex;
  return one;
}

Counters& counting() {
  return streams().counters;
}

int current_device() {
  return device_now;
}

void set_current_device(int device) {
  device_now = device;
}

int current_stream(int device) {
  auto found = stream_now.find(device);
  return found == stream_now.end() ? device : found->second;
}

int exchange_stream(int stream) {
  auto device = device_of_stream(stream), before = current_stream(device);
  stream_now[device] = stream;
  return before;
}

int device_of_stream(int stream) {
  return streams().all[stream].device;
}

int stream_from_pool(int device) {
  Lock lock(mutex());
  auto& next = streams().next_of_pool[device];
  return kDevices + device * kPool + next++ % kPool;
}

int number_of(const c10::Stream& stream) {
  return stream.id() == 0 ? stream.device_index() : static_cast<int>(stream.id());
}

c10::Stream stream_of(int number) {
  c10::Device device(c10::kPrivateUse1, static_cast<c10::DeviceIndex>(device_of_stream(number)));
  return c10::Stream(c10::Stream::UNSAFE, device, number < kDevices ? 0 : number);
}

const VectorClock& host_clock() {
  return streams().host;
}

void issue_to(int number, const char* name, const std::vector<Use>& uses, double seconds, std::function<void()> run) {
  Lock lock(mutex());
  auto& all = streams();
  auto& s = all.all[number];
  s.clock.join(all.host);
  s.clock.set(number, s.issued);
  bool allocates = std::string_view(name) == "allocation";
  std::vector<std::pair<Block*, Access>> accesses;
  for (const auto& use : uses) {
    if (use.bytes == 0) continue;
    auto* block = block_of(use.address);
    auto begin = block ? offset_in(*block, use.address) : 0;
    Access now{begin, begin + use.bytes, number, s.issued + 1, use.write, name};
    check_use(number, name, use, now, block);
    accesses.emplace_back(block, now);
  }
  push(s, number, {0, all.clock_runs ? nullptr : std::move(run)});
  for (auto& [block, access] : accesses) {
    block->accesses.add(access);
    if (block->device == kPinned) protect(*block);
  }
  if (allocates) return;
  ++all.counters.launches;
  ++all.by_name[name];
  if (!all.clock_runs) return;
  host_now += all.speeds.launch_seconds;
  auto begin = std::max(host_now, s.end);
  s.end = begin + seconds;
  all.spans.push_back({s.device, stream_of(number).id(), name, begin, s.end});
}

void close_stream(const c10::Stream& stream, bool closed) {
  Lock lock(mutex());
  streams().all[number_of(stream)].closed = closed;
}

void stand_still(bool still) {
  Lock lock(mutex());
  streams().stands_still = still;
}

bool is_idle(int number) {
  const auto& s = streams().all[number];
  return clock_runs() ? s.end <= host_now : s.done >= s.issued;
}

void wait_for_stream(int number, bool visible) {
  Lock lock(mutex());
  auto& s = streams().all[number];
  auto end = s.issued;
  auto clock = s.clock;
  drain_for_host(number, end);
  if (!visible) {  // a real device would not have waited: the host knows no more than before
    ++counting().hidden_waits;
    return;
  }
  ++counting().waits;
  streams().host.join(clock);
  host_now = std::max(host_now, s.end);
  protect_all_pinned();
}

Event record_event(int number) {
  Lock lock(mutex());
  auto& s = streams().all[number];
  s.clock.join(streams().host);
  if (clock_runs()) {
    auto end = std::max(s.end, host_now);
    return {number, s.issued, s.clock, end, end};
  }
  auto now = std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  return {number, s.issued, s.clock, s.end, now};
}

void block_stream(int number, const Event& event) {
  if (event.stream == number) return;
  Lock lock(mutex());
  auto& s = streams().all[number];
  s.clock.join(event.clock);
  s.end = std::max(s.end, event.end);
  push(s, number, {0, nullptr, event.stream, event.number});
}

bool is_done(const Event& event) {
  Lock lock(mutex());
  auto& s = streams().all[event.stream];
  if (clock_runs()) {
    if (event.end > host_now) {
      host_now += streams().speeds.launch_seconds;  // asking takes time, too
      return false;
    }
  } else if (s.done < event.number) {
    if (!streams().stands_still) drain(event.stream, s.done + 1);  // a device goes on while the host looks
    if (s.done < event.number) return false;
  }
  streams().host.join(event.clock);  // who was told so knows it
  protect_all_pinned();
  return true;
}

void wait_for_event(const Event& event) {
  Lock lock(mutex());
  drain_for_host(event.stream, event.number);
  ++counting().waits;
  streams().host.join(event.clock);
  host_now = std::max(host_now, event.end);
  protect_all_pinned();
}

// --- what tests ask ---

Counters Counters::operator-(const Counters& e) const {
  return {launches - e.launches,        waits - e.waits,     new_blocks - e.new_blocks,
          to_device - e.to_device,      to_host - e.to_host, between_devices - e.between_devices,
          hidden_waits - e.hidden_waits};
}

Counters counters() {
  Lock lock(mutex());
  return counting();
}

std::map<std::string, int64_t> take_launches_by_name() {
  Lock lock(mutex());
  return std::exchange(streams().by_name, {});
}

void start_clock(const Speeds& speeds) {
  Lock lock(mutex());
  auto& all = streams();
  for (std::size_t i = 0; i < all.all.size(); ++i) {
    drain(static_cast<int>(i), all.all[i].issued);
    all.all[i].end = 0;
  }
  all.clock_runs = true;
  all.speeds = speeds;
  all.spans.clear();
  host_now = 0;
}

void stop_clock() {
  Lock lock(mutex());
  streams().clock_runs = false;
}

bool clock_runs() {
  return streams().clock_runs;
}

const Speeds& speeds() {
  return streams().speeds;
}

double host_seconds() {
  return host_now;
}

void set_host_seconds(double seconds) {
  host_now = seconds;
}

std::vector<Span> take_spans() {
  Lock lock(mutex());
  return std::exchange(streams().spans, {});
}

}  // namespace sim
