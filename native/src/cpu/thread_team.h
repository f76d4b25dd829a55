#pragma once
#include <cstdint>

/// The thread pool of Trireme's operators. A caller and its helpers take the pieces of a region one by one, so that a helper which is
/// preempted by another program delays only its current piece:
///
///   caller   | piece 0 | piece 1 | piece 2 |           | piece 0 | ...
///   helper     | piece 3 | waits for work | sleeps ...    wakes | piece 3 | ...
///
/// If helpers cost the caller more time than they save, it runs without them for a while.
namespace trireme {

/// Sets how many threads share a region: the caller and one helper fewer.
void set_team_size(int64_t threads);

/// The size that was set; by default that of libtorch: one per core, or OMP_NUM_THREADS.
int64_t team_size();

/// Number of helper threads of this process, running or asleep. Fewer run at a time than the larger of team_size() and the number of cores.
int64_t helper_count();

/// Whether a region of this thread would run without helpers: the team has one thread, this thread is inside a piece of another region, or
/// helpers are suspended.
bool works_alone();

/// A parallel region: run(work, piece) for every piece in [0, count).
struct Pieces {
  int64_t count;
  const void* work;
  void (*run)(const void* work, int64_t piece);
};

/// Runs every piece once, in any order, and returns when all have ended. Rethrows the first exception; pieces that have not begun by then
/// are skipped. Any number of threads may call it concurrently.
void share(const Pieces& pieces);

template <typename Work>
void share(int64_t count, const Work& work) {
  share({count, &work, [](const void* w, int64_t piece) { (*static_cast<const Work*>(w))(piece); }});
}

}  // namespace trireme
