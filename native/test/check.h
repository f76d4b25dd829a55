#pragma once
#include <cstdio>
#include <cstring>
#include <exception>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

/// The few lines of test framework that we need:
///
///   TEST("one promise, as a sentence") {
///     CHECK(a < b) << "a is " << a;             // goes on after a failure
///     CHECK_THROWS(call(-1), "must be positive");
///   }
///   int main(int argc, char** argv) { return check::run(argc, argv); }
///
/// The program's argument, if given, picks the tests whose sentence has it.
namespace check {

struct Test {
  const char* sentence;
  void (*body)();
};

inline std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}

inline int& failures() {
  static int count = 0;
  return count;
}

inline bool add(const char* sentence, void (*body)()) {
  tests().push_back({sentence, body});
  return true;
}

/// Prints a failure, with what was streamed into it, when it ends.
class Failure {
 public:
  Failure(const char* file, int line, const std::string& what) { text_ << file << ":" << line << ": " << what << " "; }
  Failure(const Failure&) = delete;
  ~Failure() {
    ++failures();
    std::printf("    %s\n", text_.str().c_str());
  }
  template <typename T>
  Failure& operator<<(const T& value) {
    text_ << value;
    return *this;
  }

 private:
  std::ostringstream text_;
};

/// The text of the exception that `call` throws, without libtorch's stack trace; empty when it throws none.
template <typename Call>
std::string thrown_by(const Call& call) {
  try {
    call();
  } catch (const std::exception& error) {
    std::string text = error.what();
    return text.substr(0, text.find("\nException raised from"));
  }
  return "";
}

inline int run(int argc, char** argv) {
  int passed = 0, failed = 0;
  for (const auto& test : tests()) {
    if (argc > 1 && !std::strstr(test.sentence, argv[1])) continue;
    int before = failures();
    auto error = thrown_by(test.body);
    if (!error.empty()) Failure("thrown", 0, error);
    bool good = failures() == before;
    ++(good ? passed : failed);
    std::printf("%s %s\n", good ? "  ok  " : "FAILED", test.sentence);
    std::fflush(stdout);
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  if (passed + failed == 0) std::printf("no sentence has \"%s\"\n", argc > 1 ? argv[1] : "");
  return failed == 0 && passed > 0 ? 0 : 1;
}

}  // namespace check

#define CHECK_JOIN2(a, b) a##b
#define CHECK_JOIN(a, b) CHECK_JOIN2(a, b)

#define TEST(sentence) \
  static void CHECK_JOIN(test_, __LINE__)(); \
  [[maybe_unused]] static const bool CHECK_JOIN(added_, __LINE__) = check::add(sentence, CHECK_JOIN(test_, __LINE__)); \
  static void CHECK_JOIN(test_, __LINE__)()

#undef CHECK  // libtorch has one that ends the program
#define CHECK(condition) \
  if (condition) { \
  } else check::Failure(__FILE__, __LINE__, "CHECK(" #condition ")")

#define CHECK_THROWS(expression, text) \
  if (auto message = check::thrown_by([&] { (void)(expression); }); message.find(text) != std::string::npos) { \
  } else check::Failure(__FILE__, __LINE__, "CHECK_THROWS(" #expression ", " #text ") got: " + message)
