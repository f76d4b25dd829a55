#include "races.h"

#include <algorithm>

namespace sim {

void VectorClock::join(const VectorClock& other) {
  if (known_.size() < other.known_.size()) known_.resize(other.known_.size());
  for (std::size_t i = 0; i < other.known_.size(); ++i) known_[i] = std::max(known_[i], other.known_[i]);
}

void VectorClock::set(int stream, uint64_t number) {
  if (known_.size() <= static_cast<std::size_t>(stream)) known_.resize(stream + 1);
  known_[stream] = number;
}

const Access* AccessLog::conflict(const Access& now, const VectorClock& clock) const {
  for (auto earlier = log_.rbegin(); earlier != log_.rend(); ++earlier)
    if (earlier->meets(now) && !clock.knows(earlier->stream, earlier->number)) return &*earlier;
  return nullptr;
}

/// What `now` covers is dropped: whoever comes after `now` comes after that, too.
void AccessLog::add(const Access& now) {
  std::erase_if(log_, [&](const Access& earlier) {
    bool covered = now.begin <= earlier.begin && earlier.end <= now.end;
    return covered && (now.write || (!earlier.write && earlier.stream == now.stream));
  });
  log_.push_back(now);
}

bool AccessLog::all_known(const VectorClock& clock, bool writes_only) const {
  return std::all_of(log_.begin(), log_.end(),
                     [&](const Access& a) { return (writes_only && !a.write) || clock.knows(a.stream, a.number); });
}

void AccessLog::forget(int stream) {
  std::erase_if(log_, [&](const Access& a) { return a.stream == stream; });
}

const Access* AccessLog::unknown(const VectorClock& clock) const {
  for (const auto& access : log_)
    if (!clock.knows(access.stream, access.number)) return &access;
  return nullptr;
}

}  // namespace sim
