#pragma once
#include <ATen/core/Tensor.h>
#include <c10/core/Stream.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

/// A simulated accelerator: devices sim:0 to sim:7 of libtorch, for tests on machines that have none. It computes with the CPU's
/// operators, but has what makes real accelerators hard to use:
///
///   memory    the host cannot touch it; what is new holds NaN; it can run out
///   streams   work runs when somebody waits for it, as late as that, in the order of its stream
///   races     vector clocks over byte ranges: work that touches what another stream wrote, without an event between them, is an
///             error at the call that issued it
///   pinned    host memory in asynchronous copies is closed to the host until it has waited for them
///   clock     optional: stated times of launches, operators and links, without computing anything
///
/// One lock guards everything, and results do not depend on timing. What it cannot see: faults within an operator, orders that threads of
/// the host get from locks of their own (all threads count as one), and gaps between the elements of strided tensors, which count as used.
namespace sim {

constexpr int kDevices = 8;

/// Registers the devices; later calls do nothing. A process that does not call it has no such devices.
void install();
/// From now on a touch of closed memory ends the process with a line that says what it was. Not for a JVM, which has faults of its own.
void explain_faults();

/// What happened since the start of the process.
struct Counters {
  int64_t launches = 0;     ///< operators and copies that were issued to streams
  int64_t waits = 0;        ///< times that the host waited for a stream, an event or a device
  int64_t new_blocks = 0;   ///< allocations that took memory from the device, not from freed blocks
  int64_t to_device = 0, to_host = 0, between_devices = 0;  ///< copies, contained in launches
  int64_t hidden_waits = 0;  ///< waits of the simulation alone, for operators that don't tell the shape of their result

  Counters operator-(const Counters& earlier) const;
};
Counters counters();
/// Launches since the last call, by operator.
std::map<std::string, int64_t> take_launches_by_name();

/// Bytes that can be allocated on a device: 8 GiB unless set.
void set_memory(int device, int64_t bytes);
/// Bytes in use on a device.
int64_t memory_in_use(int device);

/// Issues work of one's own, such as a collective, to a stream. Reads and writes are checked as an operator's are; tensors may be of any
/// device. `work` gets tensors of the host with the same memory, in the same order.
/// @param seconds on the clock
void issue(const c10::Stream& stream, const char* name, const std::vector<at::Tensor>& reads, const std::vector<at::Tensor>& writes,
           double seconds, std::function<void(const std::vector<at::Tensor>& reads, const std::vector<at::Tensor>& writes)> work);

/// Work that is issued to a closed stream does not run until it is opened: a device that waits for something outside of it.
void close_stream(const c10::Stream& stream, bool closed);

/// From now on devices come no further until the host waits: asking whether an event has passed says no. Else work goes on whenever somebody
/// asks, and who is told that it has ended need not wait for it any more.
void stand_still(bool still);

// --- the clock ---

/// Rates of the simulated hardware. An operator takes the larger of its arithmetic and its memory traffic.
struct Speeds {
  double launch_seconds = 5e-6;  ///< that the host spends for each launch
  double flops = 50e12;  ///< of matrix products and attention, per second
  double memory = 3e12;  ///< bytes per second
  double link = 100e9;  ///< bytes per second between devices
  double kernel_seconds = 2e-6;  ///< least time of an operator
};

/// From now on nothing is computed: work takes its stated time, and the host's clock starts at 0. Values of tensors are undefined.
void start_clock(const Speeds& speeds);
void stop_clock();
/// Whether it runs, and its rates.
bool clock_runs();
const Speeds& speeds();
/// The clock of this thread's host. A test that plays several hosts in one thread sets it in turn.
double host_seconds();
void set_host_seconds(double seconds);

/// Work on the clock.
struct Span {
  int device;
  int64_t stream;  ///< as c10::Stream::id
  std::string name;
  double begin, end;
};
/// Of all work since start_clock, in the order of issue.
std::vector<Span> take_spans();

}  // namespace sim
