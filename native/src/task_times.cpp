#include "task_times.h"

namespace trireme {
namespace {

c10::Event timed_event(const c10::Stream& stream) {
  return c10::Event(stream.device_type(), c10::EventFlag::BACKEND_DEFAULT);
}

}  // namespace

void TaskTimes::restart(const c10::Stream& stream) {
  if (!start_) start_.emplace(timed_event(stream));
  start_->record(stream);
  count_ = 0;
}

void TaskTimes::begin(const c10::Stream& stream) {
  if (count_ == tasks_.size()) tasks_.push_back({timed_event(stream), timed_event(stream)});
  tasks_[count_].begin.record(stream);
}

void TaskTimes::end(const c10::Stream& stream) {
  tasks_[count_++].end.record(stream);
}

void TaskTimes::nanos(int64_t* destination) const {
  if (count_ > 0 && !tasks_[count_ - 1].end.query()) tasks_[count_ - 1].end.synchronize();
  auto since_start = [&](const c10::Event& event) { return static_cast<int64_t>(start_->elapsedTime(event) * 1e6); };
  for (std::size_t i = 0; i < count_; ++i) {
    destination[2 * i] = since_start(tasks_[i].begin);
    destination[2 * i + 1] = since_start(tasks_[i].end);
  }
}

}  // namespace trireme
