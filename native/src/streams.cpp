#include "streams.h"

#include <ATen/core/Tensor.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <map>
#include <mutex>
#include <vector>

namespace trireme {

std::optional<DeviceStreams> streams_of(const c10::Device& device) {
  if (device.is_cpu() || device.is_meta()) return std::nullopt;
  static std::mutex mutex;
  static std::map<std::pair<c10::DeviceType, c10::DeviceIndex>, DeviceStreams> all;
  std::unique_lock lock(mutex);
  auto found = all.find({device.type(), device.index()});
  if (found == all.end()) {
    c10::impl::VirtualGuardImpl kind(device.type());
    auto take = [&] { return kind.getStreamFromGlobalPool(device, false); };
    found = all.emplace(std::make_pair(device.type(), device.index()), DeviceStreams{take(), {take(), take()}, {take(), take()}}).first;
  }
  return found->second;
}

OnDevice::OnDevice(const c10::Device& device) {
  if (auto streams = streams_of(device)) guard_.emplace(streams->compute);
}

c10::MultiStreamGuard on_both(const std::optional<DeviceStreams>& one, const std::optional<DeviceStreams>& other) {
  std::vector<c10::Stream> streams;
  if (one) streams.push_back(one->compute);
  if (other && (!one || other->compute.device() != one->compute.device())) streams.push_back(other->compute);
  return c10::MultiStreamGuard(streams);
}

void Event::record(const c10::Stream& stream) {
  if (!event_) event_.emplace(stream.device_type());
  event_->record(stream);
}

void Event::block(const c10::Stream& stream) const {
  if (event_) event_->block(stream);
}

void Event::wait() const {
  if (event_) event_->synchronize();
}

void record_use(const at::Tensor& tensor, const c10::Stream& stream) {
  c10::impl::VirtualGuardImpl(stream.device_type()).recordDataPtrOnStream(tensor.storage().data_ptr(), stream);
}

void WorkTimer::start(const c10::Stream* stream) {
  if (!stream) {
    host_begin_ = std::chrono::steady_clock::now();
    return;
  }
  collect();
  if (spare_.empty()) {
    auto event = [&] { return c10::Event(stream->device_type(), c10::EventFlag::BACKEND_DEFAULT); };  // one that knows its time
    spare_.push_back({event(), event()});
  }
  open_.push_back(std::move(spare_.front()));
  spare_.pop_front();
  open_.back().begin.record(*stream);
}

void WorkTimer::stop(const c10::Stream* stream) {
  if (stream) open_.back().end.record(*stream);
  else nanos_ += std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - host_begin_).count();
}

void WorkTimer::collect() {
  while (!open_.empty() && open_.front().end.was_marked_for_recording() && open_.front().end.query()) {
    nanos_ += static_cast<int64_t>(open_.front().begin.elapsedTime(open_.front().end) * 1e6);
    spare_.push_back(std::move(open_.front()));
    open_.pop_front();
  }
}

int64_t WorkTimer::nanos() {
  collect();
  return nanos_;
}

void WorkTimer::reset() {
  collect();
  nanos_ = 0;
}

}  // namespace trireme
