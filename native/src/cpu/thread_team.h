#pragma once
#include <cstdint>

/// The threads of our own operators. A caller and its helpers take the pieces of a region one by one, so that a helper whose
/// core another program has taken delays nothing but the piece that it holds:
///
///   caller   | piece 0 | piece 1 | piece 2 |           | piece 0 | ...
///   helper     | piece 3 | waits for work | sleeps ...    wakes | piece 3 | ...
///
/// Where helpers made the caller wait for longer than their pieces would have taken it, it does without them for a while.
namespace trireme {

/// Sets how many threads share a region: the caller and one helper fewer.
void set_team_size(int64_t threads);

/// What was set; until then as many as libtorch's own loops take: one a core, or OMP_NUM_THREADS.
int64_t team_size();

/// Helpers of this process, at work or asleep: as many as callers had use for at one time. At work are never as many as there
/// are cores, or as team_size(), whichever is more.
int64_t helper_count();

/// Whether a region that this thread began now would be its own alone: the team has one thread, this one is at work on a piece of
/// another region, or does without helpers for a while.
bool works_alone();

/// What a region is made of: run(work, piece) for every piece in [0, count).
struct Pieces {
  int64_t count;
  const void* work;
  void (*run)(const void* work, int64_t piece);
};

/// Runs every piece once, in any order, and returns when all have ended. The first exception is thrown here; pieces that
/// nobody has begun by then are left out. Any number of threads may call it at a time.
void share(const Pieces& pieces);

template <typename Work>
void share(int64_t count, const Work& work) {
  share({count, &work, [](const void* w, int64_t piece) { (*static_cast<const Work*>(w))(piece); }});
}

}  // namespace trireme
