#include <ATen/ATen.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "memory.h"
#include "support.h"

/// The simulated accelerator itself: it computes what the CPU does, and each fault that it is there to find is planted and found.
using at::Tensor;

namespace {

c10::Device device(int number) {
  sim::install();
  return {c10::kPrivateUse1, static_cast<c10::DeviceIndex>(number)};
}

c10::Stream new_stream(int number = 0) {
  return c10::impl::VirtualGuardImpl(c10::kPrivateUse1).getStreamFromGlobalPool(device(number), false);
}

Tensor on_device(const Tensor& x, int number = 0) {
  return x.to(device(number));
}

Tensor empty_pinned(at::IntArrayRef sizes) {
  return at::empty(sizes, at::TensorOptions().pinned_memory(true));
}

/// Waits for everything, so that the next test starts from nothing.
void settle() {
  for (int i = 0; i < sim::kDevices; ++i)
    c10::impl::VirtualGuardImpl(c10::kPrivateUse1).synchronizeDevice(static_cast<c10::DeviceIndex>(i));
}

struct Ending {
  int code;
  std::string text;
};

/// Runs work in a process of its own, which may end it. @return its exit code and what it wrote to standard error
template <typename Work>
Ending in_child(const Work& work) {
  int ends[2];
  if (pipe(ends) != 0) return {-1, "no pipe"};
  auto child = fork();
  if (child == 0) {
    dup2(ends[1], 2);
    sim::explain_faults();
    work();
    _exit(0);
  }
  close(ends[1]);
  std::string text(1000, '\0');
  auto length = read(ends[0], text.data(), text.size());
  text.resize(std::max<ssize_t>(length, 0));
  close(ends[0]);
  int status;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), text};
}

}  // namespace

TEST("threads that compute while others allocate get what the CPU computes") {
  auto x = at::rand({16}), expected = x.add(1).mul(2);
  std::atomic<int> wrong{0};
  std::atomic<bool> ends{false};
  std::thread allocates([&] {
    at::NoGradGuard no_autograd;
    std::vector<Tensor> kept;
    for (int n = 0; n < 50000; ++n) kept.push_back(at::empty({1}, at::TensorOptions().device(device(0))));
    ends = true;
  });
  std::vector<std::thread> compute;
  for (int i = 0; i < 3; ++i)
    compute.emplace_back([&] {
      while (!ends)
        if (!on_device(x).add(1).mul(2).cpu().equal(expected)) ++wrong;
    });
  allocates.join();
  for (auto& thread : compute) thread.join();
  CHECK(wrong == 0) << wrong.load() << " sums were computed on memory of the host";
}

TEST("operators of every kind compute what the CPU computes") {
  auto x = at::rand({6, 8}), y = at::rand({8, 5});
  auto a = on_device(x), b = on_device(y);
  auto same = [](const Tensor& simulated, const Tensor& expected) { return simulated.cpu().equal(expected); };
  CHECK(same(a.mm(b), x.mm(y)));
  CHECK(same(a.t().slice(0, 1, 5).add(2), x.t().slice(0, 1, 5).add(2)));
  CHECK(same(a.sum(1), x.sum(1)));
  CHECK(same(at::cat({a, a}, 1), at::cat({x, x}, 1)));
  CHECK(same(a.abs(), x.abs()));  // does not tell its shape
  auto rows = at::tensor({3, 1, 3}, at::kLong);
  CHECK(same(a.index_select(0, on_device(rows)), x.index_select(0, rows)));
  auto c = a.clone(), z = x.clone();
  c.narrow(1, 2, 3).mul_(3).sub_(1);
  z.narrow(1, 2, 3).mul_(3).sub_(1);
  CHECK(same(c, z));
  Tensor out = at::empty({0}, a.options());
  at::mm_out(out, a, b);
  CHECK(same(out, x.mm(y)));
  c.index_put_({on_device(rows)}, at::ones({3, 8}, a.options()), true);
  z.index_put_({rows}, at::ones({3, 8}), true);
  CHECK(same(c, z));
  CHECK(same(on_device(x, 1).add(1), x.add(1)));
  CHECK(same(a.to(device(3)).add(1), x.add(1)));
  CHECK(a.sum().item<float>() == x.sum().item<float>());
}

TEST("memory that is new holds no numbers") {
  auto x = at::empty({100}, at::device(device(0)).dtype(at::kFloat));
  CHECK(x.isnan().all().item<bool>());
}

TEST("launches, waits and copies are counted") {
  auto a = on_device(at::rand({10}));
  auto pinned = empty_pinned({10});
  auto before = sim::counters();
  auto b = a.add(1).mul_(2);
  pinned.copy_(b, true);
  c10::Event done(c10::kPrivateUse1);
  done.record(c10::impl::VirtualGuardImpl(c10::kPrivateUse1).getStream(device(0)));
  done.synchronize();
  auto now = sim::counters() - before;
  CHECK(now.launches == 3 && now.waits == 1 && now.to_host == 1 && now.to_device == 0 && now.hidden_waits == 0)
      << now.launches << " launches, " << now.waits << " waits";
  b[0].item<float>();
  CHECK((sim::counters() - before).waits == 2);
}

TEST("fault: a wait between streams that is missing") {
  auto other = new_stream();
  for (bool waits : {false, true}) {
    auto a = on_device(at::rand({1000}));
    auto b = a.add(1);
    c10::Event ready(c10::kPrivateUse1);
    ready.record(c10::impl::VirtualGuardImpl(c10::kPrivateUse1).getStream(device(0)));
    c10::StreamGuard guard(other);
    if (waits) ready.block(other);
    auto error = check::thrown_by([&] { b.mul(2); });
    CHECK(error.empty() == waits) << error;
    CHECK(waits || error.find("race: aten::mul on stream") != error.npos) << error;
    CHECK(waits || error.find("that aten::add on stream 0 of device 0 wrote, without a wait") != error.npos) << error;
    settle();
  }
}

TEST("fault: a guard that was forgotten, so that work goes to the default stream or to another device") {
  auto own = new_stream();
  Tensor a;
  {
    c10::StreamGuard guard(own);
    a = on_device(at::rand({1000})).add(1);
  }
  CHECK_THROWS(a.mul(2), "race: aten::mul on stream 0 of device 0 reads");
  settle();
  CHECK_THROWS(a.mul(on_device(at::rand({1000}), 1)), "device");
}

TEST("fault: the host reads memory of a device") {
  auto a = on_device(at::ones({10}));
  auto ending = in_child([&] { _exit(static_cast<int>(*static_cast<const float*>(a.const_data_ptr()))); });
  CHECK(ending.code == 86 && ending.text == "sim: the host touches memory of device 0\n") << ending.code << " " << ending.text;
}

TEST("fault: pinned memory that is used before its copy has ended") {
  auto a = on_device(at::ones({10}));
  auto pinned = empty_pinned({10});
  auto reads = in_child([&] {
    pinned.copy_(a, true);
    _exit(static_cast<int>(pinned.const_data_ptr<float>()[0]));
  });
  CHECK(reads.code == 86 && reads.text.find("pinned memory that copy to the host still uses") != reads.text.npos)
      << reads.code << reads.text;
  auto writes = in_child([&] {
    pinned.fill_(3);
    a.copy_(pinned, true);
    pinned.const_data_ptr<float>();
    pinned.fill_(4);
    _exit(0);
  });
  CHECK(writes.code == 86 && writes.text.find("copy to the device still uses") != writes.text.npos) << writes.code << writes.text;
  auto waits = in_child([&] {
    pinned.fill_(3);
    a.copy_(pinned, true);
    settle();
    pinned.fill_(4);
    pinned.copy_(a, true);
    settle();
    _exit(static_cast<int>(pinned.const_data_ptr<float>()[0]));
  });
  CHECK(waits.code == 3) << waits.code << waits.text;
}

TEST("fault: a block that is used again while another stream reads it") {
  auto other = new_stream();
  for (bool told : {false, true}) {
    auto a = on_device(at::rand({5000})), sum = at::empty({5000}, a.options());
    settle();
    {
      c10::StreamGuard guard(other);
      sum.copy_(a);
    }
    if (told) c10::impl::VirtualGuardImpl(c10::kPrivateUse1).recordDataPtrOnStream(a.storage().data_ptr(), other);
    a = Tensor();
    Tensor b;
    auto error = check::thrown_by([&] { b = at::empty({5000}, at::device(device(0)).dtype(at::kFloat)); });
    CHECK(error.empty() == told) << error;
    CHECK(told || error.find("race: allocation on stream 0 of device 0 writes") != error.npos) << error;
    settle();
  }
}

TEST("fault: a steady loop that takes new memory") {
  std::vector<Tensor> kept;
  auto loop = [&](bool keeps) {
    auto before = sim::counters();
    for (int i = 0; i < 5; ++i) {
      auto x = at::zeros({333, 7}, at::device(device(0)).dtype(at::kFloat)).add_(1).mul(2);
      if (keeps) kept.push_back(x);
    }
    return (sim::counters() - before).new_blocks;
  };
  loop(false);
  CHECK(loop(false) == 0);
  CHECK(loop(true) == 4) << "the first takes what the loop before has freed";
}

TEST("fault: memory that runs out") {
  auto in_use = sim::memory_in_use(2);
  sim::set_memory(2, in_use + 4096);
  auto options = at::device(device(2)).dtype(at::kFloat);
  {
    auto fits = at::zeros({1000}, options);
    CHECK_THROWS(at::zeros({1000}, options),
                 "sim out of memory. Tried to allocate 4096 bytes. Device 2 has 4096 bytes, of which 0 are free.");
  }
  at::zeros({1000}, options);  // freed memory can be had again
  sim::set_memory(2, int64_t{8} << 30);
}

TEST("a failure of an operator is thrown to who waits for it") {
  auto table = on_device(at::rand({4, 3})), ids = on_device(at::tensor({1, 7}, at::kLong));
  auto out = at::zeros({2, 3}, table.options());
  at::index_select_out(out, table, 0, ids);
  CHECK_THROWS(out.cpu(), "out of range");
  settle();
}

TEST("on the clock, copies and products take their stated time, beside each other where streams differ") {
  auto a = at::zeros({1000, 1000}, at::device(device(0)).dtype(at::kFloat)), b = at::zeros_like(a), c = at::zeros_like(a);
  auto there = at::zeros({1000, 1000}, at::device(device(1)).dtype(at::kFloat));
  auto copies = new_stream(0), copies_there = new_stream(1);
  settle();
  sim::Speeds speeds;
  speeds.flops = 1e12;  // a product takes 2 ms
  speeds.link = 4e9;    // a copy 1 ms
  sim::start_clock(speeds);
  at::mm_out(c, a, b);
  {
    c10::StreamGuard guard(copies), guard_there(copies_there);
    there.copy_(a);
  }
  at::mm_out(c, a, b);
  CHECK_BELOW(std::abs(sim::host_seconds() - 3 * 5e-6), 1e-12);
  settle();
  CHECK_BELOW(std::abs(sim::host_seconds() - (5e-6 + 4e-3)), 1e-9);
  auto spans = sim::take_spans();
  sim::stop_clock();
  CHECK(spans.size() == 3 && spans[1].begin < spans[0].end) << "the copy runs beside the product";
  CHECK_BELOW(std::abs(spans[1].end - spans[1].begin - 1e-3), 1e-9);
}

int main(int argc, char** argv) {
  return check::run(argc, argv);
}
