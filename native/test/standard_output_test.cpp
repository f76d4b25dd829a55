#include <iostream>
#include <sstream>
#include <thread>

#include "check.h"
#include "trireme/core.h"

/// Muting standard output is the calling thread's matter, while it connects.
using namespace trireme;

namespace {

/// Stands in for the process's standard output.
class Captured {
 public:
  Captured() : before_(std::cout.rdbuf(&text_)) {}
  ~Captured() { std::cout.rdbuf(before_); }
  Captured(const Captured&) = delete;

  std::string text() const { return text_.str(); }
  bool is_the_output() const { return std::cout.rdbuf() == &text_; }

 private:
  std::stringbuf text_;
  std::streambuf* before_;
};

void write(const char* text) {
  std::cout << text << 1 << '.' << std::flush;
}

}  // namespace

TEST("what a muted thread writes is dropped, and what others write meanwhile goes out") {
  Captured output;
  write("before");
  mute_standard_output(true);
  write("muted");
  std::thread([] { write("other"); }).join();
  mute_standard_output(false);
  write("after");
  CHECK(output.text() == "before1.other1.after1.") << output.text();
}

TEST("std::cout is as it was once the last of several threads is no longer muted") {
  Captured output;
  mute_standard_output(true);
  std::thread([] {
    mute_standard_output(true);
    write("muted too");
    mute_standard_output(false);
    write("no longer");
  }).join();
  write("muted");
  CHECK(!output.is_the_output());
  mute_standard_output(false);
  CHECK(output.is_the_output());
  CHECK(output.text() == "no longer1.") << output.text();
}

TEST("a writer that has met no error meets none while it is muted") {
  Captured output;
  mute_standard_output(true);
  write("muted");
  CHECK(std::cout.good());
  mute_standard_output(false);
  mute_standard_output(false);  // once too often changes nothing
  CHECK(output.is_the_output() && std::cout.good());
}

int main(int argc, char** argv) {
  return check::run(argc, argv);
}
