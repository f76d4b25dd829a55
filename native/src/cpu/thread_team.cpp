#include "thread_team.h"

#include <ATen/Parallel.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace trireme {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

// There are a few microseconds between operators of a step and tens between decode steps, so helpers spin before they sleep. After kSpin a
// waiting helper yields its core to threads with work, the caller above all.
constexpr microseconds kSpin{20}, kWait{100};
constexpr int kLooks = 16;  // polls between two readings of the clock, about a microsecond

// Limits on the cost of helpers: a loss above kPatience suspends them; earlier gains offset at most kCredit.
constexpr Clock::duration kPatience = microseconds(300), kCredit = microseconds(1000), kLongest = std::chrono::seconds(1);
constexpr int64_t kMostTimes = 32;  // helpers are suspended for up to this many times the loss
constexpr int64_t kGoodTurn = 4;    // gains of this many times the loss show an otherwise idle machine

std::atomic<int64_t> size{0};
// Read when the library is loaded: within a step libtorch has one thread.
const int64_t of_libtorch = at::get_num_threads();
thread_local bool in_piece = false;

/// The pieces that are not taken yet, as a range in one atomic word, so that a thread which was preempted between reading and taking gets a
/// valid piece or none.
class Remaining {
 public:
  void offer(int64_t first, int64_t end) { word_.store(word(first, end), std::memory_order_release); }

  /// Takes the first piece, for the caller, which so works on the same part of every region; -1 if there is none.
  int64_t take_first() {
    return take([](uint32_t first, uint32_t end) { return std::pair(int64_t{first}, word(first + 1, end)); });
  }

  /// Takes the last piece, for helpers.
  int64_t take_last() {
    return take([](uint32_t first, uint32_t end) { return std::pair(int64_t{end} - 1, word(first, end - 1)); });
  }

 private:
  std::atomic<uint64_t> word_{0};

  static uint64_t word(int64_t first, int64_t end) { return static_cast<uint64_t>(first) << 32 | static_cast<uint64_t>(end); }

  template <typename Choice>
  int64_t take(const Choice& choice) {
    uint64_t now = word_.load(std::memory_order_acquire);
    for (;;) {
      auto first = static_cast<uint32_t>(now >> 32), end = static_cast<uint32_t>(now);
      if (first >= end) return -1;
      auto [piece, rest] = choice(first, end);
      if (word_.compare_exchange_weak(now, rest, std::memory_order_acq_rel, std::memory_order_acquire)) return piece;
    }
  }
};

/// Number of pieces that helpers have finished.
class Ended {
 public:
  void reset() { count_.store(0, std::memory_order_relaxed); }

  void add_one() {
    count_.fetch_add(1);
    if (asleep_.load()) syscall(SYS_futex, &count_, FUTEX_WAKE_PRIVATE, 1);
  }

  /// @param spin how long to spin before sleeping
  void wait_for(uint32_t wanted, Clock::duration spin) {
    auto begin = Clock::now();
    do {
      for (int i = 0; i < kLooks; ++i, __builtin_ia32_pause())
        if (count_.load(std::memory_order_acquire) == wanted) return;
    } while (Clock::now() - begin < spin);
    asleep_ = true;
    for (uint32_t now; (now = count_.load()) != wanted;) syscall(SYS_futex, &count_, FUTEX_WAIT_PRIVATE, now, nullptr);
    asleep_ = false;
  }

 private:
  std::atomic<uint32_t> count_{0};
  std::atomic<bool> asleep_{false};
  static_assert(sizeof(count_) == 4);  // what a futex is
};

/// Decides whether helpers pay. While another program uses their cores they do not: the scheduler runs them for some milliseconds, then
/// preempts them for as long in the middle of a piece.
class Worth {
 public:
  /// Whether helpers are suspended now.
  bool left_out() {
    if (until_ == Clock::time_point()) return false;
    if (Clock::now() < until_) return true;
    until_ = {};
    return false;
  }

  /// @param saved time that the caller would have needed for the helpers' pieces
  /// @param waited how long the caller waited for helpers after its own pieces
  void add(Clock::duration saved, Clock::duration waited) {
    balance_ = std::min(balance_ + saved - waited, kCredit);
    gains_ += std::max(saved - waited, Clock::duration(0));
    if (balance_ > -kPatience) return;
    times_ = gains_ > kGoodTurn * -balance_ ? 0 : std::clamp<int64_t>(2 * times_, 2, kMostTimes);
    until_ = Clock::now() + std::min(times_ * -balance_, kLongest);
    balance_ = gains_ = Clock::duration(0);
  }

 private:
  Clock::duration balance_{0}, gains_{0};
  Clock::time_point until_{};
  int64_t times_ = 0;
};

/// State that a caller and its helpers share. A helper may read it after the caller's thread has ended.
class Team : public std::enable_shared_from_this<Team> {
 public:
  std::atomic<int64_t> helpers{0};  // sent and not gone again

  /// The thread's own.
  static Team& here() {
    thread_local const auto team = std::make_shared<Team>();
    return *team;
  }

  bool left_out() { return worth_.left_out(); }
  void run(const Pieces& pieces);

  /// Runs pieces until there have been none for a while.
  void help();

 private:
  Pieces pieces_{};  // written while no helper has a piece, read by those who have
  std::exception_ptr failure_;
  Worth worth_;
  alignas(64) Remaining remaining_;
  alignas(64) Ended ended_;
  std::atomic<bool> failed_{false};
  std::atomic<Clock::rep> quickest_{0};  // piece of the region: most likely nobody was stopped in it

  /// @return when it ended
  Clock::time_point run_piece(int64_t piece, Clock::time_point begin);
};

/// All helper threads of the process. It is never destroyed, because they still wait in it when the process ends.
class HelperPool {
 public:
  static HelperPool& get() {
    static HelperPool* const pool = new HelperPool;
    return *pool;
  }

  int64_t count() const { return count_; }

  /// Sends helpers to a team until it has `wanted`, or until as many threads run as there are cores.
  void send(Team& team, int64_t wanted);

 private:
  struct Helper {
    std::condition_variable woken;
    std::shared_ptr<Team> team;
  };

  std::mutex mutex_;
  std::vector<Helper*> idle_;  // the last one has slept least
  std::atomic<int64_t> count_{0};
  bool full_ = false;  // the system gives no more threads
  const int64_t cores_ = std::max(1u, std::thread::hardware_concurrency());

  Helper* idle_or_new();
  void serve(Helper& self);
};

void HelperPool::send(Team& team, int64_t wanted) {
  while (team.helpers < wanted) {
    std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return;  // whoever has it may have lost its core: without a helper is sooner
    Helper* helper = idle_or_new();
    if (helper == nullptr) return;
    ++team.helpers;
    helper->team = team.shared_from_this();
    lock.unlock();
    helper->woken.notify_one();
  }
}

HelperPool::Helper* HelperPool::idle_or_new() {
  if (count_ - static_cast<int64_t>(idle_.size()) >= std::max(cores_, team_size()) - 1) return nullptr;
  if (!idle_.empty()) {
    Helper* helper = idle_.back();
    idle_.pop_back();
    return helper;
  }
  if (full_) return nullptr;
  try {
    idle_.reserve(static_cast<std::size_t>(count_) + 1);  // so that coming back needs no memory
    auto helper = std::make_unique<Helper>();
    std::thread([this, self = helper.get()] { serve(*self); }).detach();
    ++count_;
    return helper.release();
  } catch (const std::exception&) {
    full_ = true;
    return nullptr;
  }
}

void HelperPool::serve(Helper& self) {
  pthread_setname_np(pthread_self(), "trireme helper");
  in_piece = true;
  std::unique_lock lock(mutex_);
  for (;;) {
    self.woken.wait(lock, [&] { return self.team != nullptr; });
    auto team = std::move(self.team);
    lock.unlock();
    team->help();
    lock.lock();
    --team->helpers;
    idle_.push_back(&self);
  }
}

void Team::run(const Pieces& pieces) {
  pieces_ = pieces;
  failed_ = false;
  quickest_ = std::numeric_limits<Clock::rep>::max();
  ended_.reset();
  remaining_.offer(1, pieces.count);
  HelperPool::get().send(*this, std::min(team_size(), pieces.count) - 1);
  int64_t own = 0;
  in_piece = true;
  auto now = Clock::now(), begin = now;
  for (int64_t piece = 0; piece >= 0; piece = remaining_.take_first(), ++own) now = run_piece(piece, now);
  in_piece = false;
  if (int64_t others = pieces.count - own; others > 0) {
    ended_.wait_for(static_cast<uint32_t>(others), std::max<Clock::duration>(now - begin, kSpin));
    worth_.add(Clock::duration(quickest_) * others, Clock::now() - now);
  }
  if (failed_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

Clock::time_point Team::run_piece(int64_t piece, Clock::time_point begin) {
  if (failed_.load(std::memory_order_relaxed)) return begin;
  try {
    pieces_.run(pieces_.work, piece);
  } catch (...) {
    if (!failed_.exchange(true)) failure_ = std::current_exception();
  }
  auto end = Clock::now();
  Clock::rep took = (end - begin).count(), least = quickest_.load(std::memory_order_relaxed);
  while (took < least && !quickest_.compare_exchange_weak(least, took, std::memory_order_relaxed)) continue;
  return end;
}

void Team::help() {
  auto since = Clock::now();
  for (int looks = 1;; ++looks) {
    int64_t piece = remaining_.take_last();
    if (piece >= 0) {
      since = run_piece(piece, Clock::now());
      ended_.add_one();
    } else if (looks % kLooks != 0) {
      __builtin_ia32_pause();
    } else {
      auto waited = Clock::now() - since;
      if (waited > kWait) return;
      if (waited > kSpin) sched_yield();
    }
  }
}

}  // namespace

void set_team_size(int64_t threads) {
  size = threads;
}

int64_t team_size() {
  int64_t now = size.load(std::memory_order_relaxed);
  return now > 0 ? now : of_libtorch;
}

int64_t helper_count() {
  return HelperPool::get().count();
}

bool works_alone() {
  return in_piece || team_size() <= 1 || Team::here().left_out();
}

void share(const Pieces& pieces) {
  if (pieces.count <= 1 || works_alone()) {
    for (int64_t piece = 0; piece < pieces.count; ++piece) pieces.run(pieces.work, piece);
  } else {
    Team::here().run(pieces);
  }
}

}  // namespace trireme
