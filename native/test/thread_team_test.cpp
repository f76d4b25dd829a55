#include "cpu/thread_team.h"

#include <ATen/ATen.h>
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "cpu/cpu_kernels.h"
#include "kernel_comparison.h"
#include "support.h"

/// What the team promises on a machine of any load: nothing here depends on how soon a helper comes.
using namespace trireme;
using namespace trireme::test;

namespace {

using std::this_thread::yield;

/// Runs `body` on a thread that has had no team before.
void on_a_thread(const std::function<void()>& body) {
  std::thread(body).join();
}

/// Regions of two pieces until a helper has run work(); the caller's piece waits a moment for it, for ever if `long_wait`.
template <typename Work>
void until_helped(const Work& work) {
  auto caller = std::this_thread::get_id();
  for (std::atomic<bool> helped{false}; !helped;)
    share(2, [&](int64_t) {
      if (std::this_thread::get_id() != caller) {
        helped = true;
        work();
      } else
        for (int i = 0; i < 10000 && !helped; ++i) yield();
    });
}

std::atomic<bool> held{false}, released{false};

void hold(int) {
  held = true;
  while (!released) yield();
}

int64_t most_helpers() {
  return std::max<int64_t>(std::max(1u, std::thread::hardware_concurrency()), team_size()) - 1;
}

}  // namespace

TEST("every piece is run once, for any number of pieces and threads") {
  for (int64_t threads = 1; threads <= 8; ++threads)
    for (int64_t count : {0, 1, 2, 3, 7, 8, 9, 100, 1000}) {
      set_team_size(threads);
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(count));
      for (int again = 1; again <= 50; ++again) {
        share(count, [&](int64_t piece) { ++runs[static_cast<std::size_t>(piece)]; });
        for (int64_t i = 0; i < count; ++i) CHECK(runs[static_cast<std::size_t>(i)] == again) << "piece " << i << " of " << count;
      }
    }
}

TEST("a region runs on as many threads as the team has, and on no more") {
  for (int64_t threads : {1, 2, 3}) {
    set_team_size(threads);
    on_a_thread([&] {
      std::set<std::thread::id> all;
      std::mutex mutex;
      for (int tries = 0; tries < 10000 && static_cast<int64_t>(all.size()) < threads; ++tries) {
        std::atomic<int64_t> here{0};
        all.clear();
        share(threads + 5, [&](int64_t) {
          {
            std::lock_guard lock(mutex);
            all.insert(std::this_thread::get_id());
          }
          ++here;
          for (int i = 0; i < 10000 && here < threads; ++i) yield();
        });
        CHECK(static_cast<int64_t>(all.size()) <= threads) << all.size() << " threads took part, the team has " << threads;
      }
      CHECK(static_cast<int64_t>(all.size()) == threads) << all.size() << " of " << threads;
    });
  }
}

TEST("an exception reaches the caller, whoever ran the piece, and the team works on") {
  set_team_size(3);
  on_a_thread([] {
    CHECK_THROWS(until_helped([] { throw std::runtime_error("from a helper"); }), "from a helper");
    auto caller = std::this_thread::get_id();
    auto throws = [&](int64_t) {
      if (std::this_thread::get_id() == caller) throw std::runtime_error("from the caller");
    };
    CHECK_THROWS(share(2, throws), "from the caller");
    std::atomic<int> runs{0};
    share(100, [&](int64_t) { ++runs; });
    CHECK(runs == 100) << runs.load();
  });
}

TEST("a region within a piece runs on the thread of the piece") {
  set_team_size(3);
  std::atomic<int> elsewhere{0}, runs{0};
  for (int again = 0; again < 100; ++again)
    share(6, [&](int64_t) {
      CHECK(works_alone());
      auto here = std::this_thread::get_id();
      share(5, [&](int64_t) {
        ++runs;
        elsewhere += std::this_thread::get_id() != here;
      });
    });
  CHECK(runs == 3000 && elsewhere == 0) << runs.load() << " runs, " << elsewhere.load() << " on another thread";
}

TEST("many callers share the helpers, whose number is bounded, and those of ended callers serve the next") {
  set_team_size(4);
  auto most = std::max(helper_count(), most_helpers());  // there may be more from a larger team
  std::atomic<int64_t> sum{0};
  for (int wave = 0; wave < 20; ++wave) {
    std::vector<std::thread> callers;
    for (int caller = 0; caller < 16; ++caller)
      callers.emplace_back([&] {
        for (int region = 0; region < 100; ++region) share(7, [&](int64_t piece) { sum += piece; });
      });
    for (auto& caller : callers) caller.join();
    CHECK(helper_count() <= most) << helper_count() << " helpers";
  }
  CHECK(sum == 20 * 16 * 100 * 21) << sum.load();
}

TEST("a helper that is held up in a piece keeps its own caller waiting and no other") {
  set_team_size(2);
  std::atomic<bool> holds{false}, go{false}, ended{false};
  std::thread first([&] {
    until_helped([&] {
      holds = true;
      while (!go) yield();
    });
    ended = true;
  });
  while (!holds) yield();
  on_a_thread([&] {
    std::atomic<int> runs{0};
    for (int region = 0; region < 1000; ++region) share(4, [&](int64_t) { ++runs; });
    CHECK(runs == 4000) << runs.load();
  });
  CHECK(!ended) << "the region ended before its piece";
  go = true;
  first.join();
}

TEST("helpers that are stopped between pieces keep nobody waiting") {
  set_team_size(2);
  struct sigaction action{}, before{};
  action.sa_handler = hold;
  sigaction(SIGUSR1, &action, &before);
  on_a_thread([] {
    pthread_t helper{};
    until_helped([&] { helper = pthread_self(); });
    pthread_kill(helper, SIGUSR1);
    while (!held) yield();
    auto caller = std::this_thread::get_id();
    std::atomic<int> runs{0};
    for (int region = 0; region < 1000; ++region)
      share(3, [&](int64_t) { runs += std::this_thread::get_id() == caller || most_helpers() > 1; });
    CHECK(runs == 3000) << runs.load();
    released = true;
  });
  sigaction(SIGUSR1, &before, nullptr);
}

TEST("after a helper has made the caller wait for nothing but it, regions are the caller's alone for a while") {
  set_team_size(2);
  on_a_thread([] {
    auto caller = std::this_thread::get_id();
    CHECK(!works_alone());
    for (bool seen = false; !seen;) {  // once more if the while is over too soon to be seen
      for (std::atomic<bool> helped{false}; !helped;)
        share(2, [&](int64_t) {
          if (std::this_thread::get_id() == caller) return;
          helped = true;
          std::this_thread::sleep_for(std::chrono::seconds(1));
        });
      std::atomic<int64_t> own{0};
      for (int i = 0; i < 10; ++i) share(10, [&](int64_t) { own += std::this_thread::get_id() == caller; });
      seen = works_alone();
      CHECK(!seen || own == 100) << own.load() << " pieces of 100";
    }
  });
  on_a_thread([] { CHECK(!works_alone()) << "another caller has to find out for itself"; });
}

TEST("operators give the same bits with 1 to 8 threads") {
  at::NoGradGuard no_autograd;
  const auto& k = cpu_kernels();
  auto x = random({300, 257}, 1), w = random({190, 257}, 2), dy = random({300, 190}, 3), gamma = random({257}, 4),
       stream = random({300, 257}, 5);
  auto packed = k.packed(190, 257, Weights::float32, at::kCPU);
  k.pack(w, 0, 0, packed);
  auto run = [&](int64_t threads) {
    set_team_size(threads);
    Outputs out{at::empty({300, 190}), at::empty({300, 190}), at::empty({190, 257}),
                at::empty({190}),      at::empty({300, 257}), at::empty({257})};
    k.linear(x, w, out[0], false);
    k.linear(x, packed, out[1], false);
    k.linear_backward_weight(dy, x, out[2], false);
    k.bias_backward(dy, out[3], false);
    k.rms_norm_backward(stream, x, gamma, at::ones({300}), stream, out[4], out[5], false);
    return out;
  };
  auto one = run(1);
  for (int64_t threads = 2; threads <= 8; ++threads)
    for (int again = 0; again < 5; ++again) {
      auto several = run(threads);
      for (std::size_t i = 0; i < one.size(); ++i)
        CHECK(same_bits(one[i], several[i])) << "output " << i << " with " << threads << " threads";
    }
}

int main(int argc, char** argv) {
  return check::run(argc, argv);
}
