#include <algorithm>
#include <iostream>
#include <mutex>
#include <streambuf>
#include <thread>
#include <vector>

#include "trireme/core.h"

namespace trireme {
namespace {

/// The buffer of std::cout while a thread is muted: discards the output of that thread and passes on that of others, unbuffered.
class Sieve final : public std::streambuf {
 public:
  void mute() {
    std::unique_lock lock(mutex_);
    if (muted_.empty()) behind_ = std::cout.rdbuf(this);
    muted_.push_back(std::this_thread::get_id());
  }

  void unmute() {
    std::unique_lock lock(mutex_);
    if (muted_.empty()) return;
    auto own = std::find(muted_.begin(), muted_.end(), std::this_thread::get_id());
    muted_.erase(own == muted_.end() ? muted_.end() - 1 : own);  // a virtual thread may have changed its carrier
    if (muted_.empty() && std::cout.rdbuf() == this) std::cout.rdbuf(behind_);
  }

 protected:
  int_type overflow(int_type c) override {
    auto* to = way_out();
    if (!to || traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
    return to->sputc(traits_type::to_char_type(c));
  }

  std::streamsize xsputn(const char* text, std::streamsize count) override {
    auto* to = way_out();
    return to ? to->sputn(text, count) : count;
  }

  int sync() override {
    auto* to = way_out();
    return to ? to->pubsync() : 0;
  }

 private:
  std::mutex mutex_;
  std::vector<std::thread::id> muted_;  // a thread as often as it asked
  std::streambuf* behind_ = nullptr;

  /// Null for who is muted.
  std::streambuf* way_out() {
    std::unique_lock lock(mutex_);
    bool muted = std::find(muted_.begin(), muted_.end(), std::this_thread::get_id()) != muted_.end();
    return muted ? nullptr : behind_;
  }
};

}  // namespace

void mute_standard_output(bool mute) {
  static auto* const sieve = new Sieve;  // never deleted: a thread may still be writing through it
  if (mute) sieve->mute();
  else sieve->unmute();
}

}  // namespace trireme
