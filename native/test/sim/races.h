#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sim {

/// For each stream, how much of its work is known to be finished before something else begins (Lamport 1978; Mattern 1989).
class VectorClock {
 public:
  void join(const VectorClock& other);
  void set(int stream, uint64_t number);
  bool knows(int stream, uint64_t number) const { return static_cast<std::size_t>(stream) < known_.size() && known_[stream] >= number; }

 private:
  std::vector<uint64_t> known_;
};

/// Work number `number` of a stream touched bytes [begin, end) of a block.
struct Access {
  std::size_t begin, end;
  int stream;
  uint64_t number;
  bool write;
  const char* name;

  bool meets(const Access& other) const { return begin < other.end && other.begin < end && (write || other.write); }
};

/// The accesses to a block that later ones may conflict with.
class AccessLog {
 public:
  /// @return the last access that `now`, which knows `clock`, conflicts with; null if there is none
  const Access* conflict(const Access& now, const VectorClock& clock) const;
  /// To be called after `conflict` found none.
  void add(const Access& now);
  /// Whether all accesses are known, or all writes.
  bool all_known(const VectorClock& clock, bool writes_only) const;
  /// An access that is not known; null if all are.
  const Access* unknown(const VectorClock& clock) const;
  void clear() { log_.clear(); }
  /// Forgets a stream that has finished.
  void forget(int stream);

 private:
  std::vector<Access> log_;
};

}  // namespace sim
