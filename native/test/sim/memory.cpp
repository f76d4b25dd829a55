#include "memory.h"

#include <c10/util/Exception.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <map>

#include "sim.h"
#include "streams.h"

namespace sim {
namespace {

constexpr std::size_t kArena = std::size_t{32} << 30, kGrain = 512, kPage = 4096;

struct Memory {
  char *closed, *open;
  std::map<std::size_t, Block> blocks;  // by begin
  std::multimap<std::tuple<int, int, std::size_t>, std::size_t> free;  // (device, stream, bytes) to begin
  std::size_t taken[kDevices + 1] = {}, in_use[kDevices + 1] = {}, limit[kDevices + 1];

  Memory() {
    int file = memfd_create("sim", 0);
    constexpr auto all = kArena * (kDevices + 1);
    TORCH_CHECK(file >= 0 && ftruncate(file, all) == 0, "sim: no memory file");
    auto map = [&](int protection) { return static_cast<char*>(mmap(nullptr, all, protection, MAP_SHARED | MAP_NORESERVE, file, 0)); };
    closed = map(PROT_NONE);
    open = map(PROT_READ | PROT_WRITE);
    TORCH_CHECK(closed != MAP_FAILED && open != MAP_FAILED, "sim: no address space");
    close(file);
    std::fill(std::begin(limit), std::end(limit), std::size_t{8} << 30);
  }
};

/// Never destroyed: tensors may be freed by destructors that run last.
Memory& memory() {
  static auto& one = *new Memory;
  return one;
}

int arena_of(int device) {
  return device == kPinned ? kDevices : device;
}

bool within(const void* address) {
  auto& m = memory();
  auto* a = static_cast<const char*>(address);
  return a >= m.closed && a < m.closed + kArena * (kDevices + 1);
}

/// Whether nobody uses a freed block any more: at once for its own stream, whose work is in order; other streams must have finished.
bool reusable(const Block& block) {
  if (block.device == kPinned) return block.accesses.all_known(host_clock(), false);
  for (int stream : block.others)
    if (!is_idle(stream)) return false;
  return true;
}

Block& allocate(int device, int stream, std::size_t bytes) {
  auto& m = memory();
  auto arena = arena_of(device);
  auto grain = device == kPinned ? kPage : kGrain;
  bytes = (bytes + grain - 1) / grain * grain;
  TORCH_CHECK_WITH(OutOfMemoryError, m.in_use[arena] + bytes <= m.limit[arena], "sim out of memory. Tried to allocate ", bytes,
                   " bytes. Device ", device, " has ", m.limit[arena], " bytes, of which ", m.limit[arena] - m.in_use[arena], " are free.");
  m.in_use[arena] += bytes;
  auto [first, last] = m.free.equal_range({device, stream, bytes});
  for (auto i = last; i != first;) {  // the last that was freed, so that what is freed too early is noticed
    auto& block = m.blocks.at((--i)->second);
    if (!reusable(block)) continue;
    m.free.erase(i);
    block.used = true;
    for (int other : block.others) block.accesses.forget(other);
    block.others.clear();
    return block;
  }
  TORCH_CHECK_WITH(OutOfMemoryError, m.taken[arena] + bytes <= kArena, "sim out of memory: blocks of too many sizes");
  auto begin = arena * kArena + m.taken[arena];
  m.taken[arena] += bytes;
  ++counting().new_blocks;
  return m.blocks.emplace(begin, Block{begin, bytes, device, stream, true, {}, {}}).first->second;
}

void release(void* pointer) {
  if (!pointer) return;
  Lock lock(mutex());
  auto& m = memory();
  auto& block = m.blocks.at(static_cast<char*>(pointer) - m.closed);
  block.used = false;
  m.in_use[arena_of(block.device)] -= block.bytes;
  m.free.emplace(std::make_tuple(block.device, block.stream, block.bytes), block.begin);
}

struct DeviceAllocator final : c10::Allocator {
  c10::DataPtr allocate(std::size_t bytes) override {
    int number = current_device();
    c10::Device device(c10::kPrivateUse1, static_cast<c10::DeviceIndex>(number));
    if (bytes == 0) return {nullptr, nullptr, &release, device};
    Lock lock(mutex());
    int stream = current_stream(number);
    auto& block = sim::allocate(number, stream, bytes);
    auto* address = memory().closed + block.begin;
    // All bits set: NaN as a number, -1 as an index.
    auto poison = [view = open_view(address), size = block.bytes] { std::memset(view, 0xff, size); };
    issue_to(stream, "allocation", {{address, block.bytes, true}}, 0, poison);
    return {address, address, &release, device};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void*, const void*, std::size_t) const override { TORCH_CHECK(false, "sim: copy_data"); }
};

struct PinnedAllocator final : c10::Allocator {
  c10::DataPtr allocate(std::size_t bytes) override {
    Lock lock(mutex());
    auto& block = sim::allocate(kPinned, 0, std::max<std::size_t>(bytes, 1));
    block.accesses.clear();
    protect(block);
    auto* address = memory().closed + block.begin;
    std::memset(open_view(address), 0xff, block.bytes);
    return {address, address, &release, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override { std::memcpy(to, from, bytes); }
};

struct sigaction handler_before;

void explain(int signal, siginfo_t* info, void* context) {
  char text[256];
  if (within(info->si_addr)) {
    auto* block = block_of(info->si_addr);
    if (block && block->device == kPinned) {
      auto* access = block->accesses.unknown(host_clock());
      std::snprintf(text, sizeof text, "sim: the host touches pinned memory that %s still uses; wait for its event first\n",
                    access ? access->name : "nobody");
    } else {
      std::snprintf(text, sizeof text, "sim: the host touches memory of device %d\n", device_of_address(info->si_addr));
    }
    if (write(2, text, std::strlen(text)) < 0) _exit(1);
    _exit(86);
  }
  if (handler_before.sa_flags & SA_SIGINFO) return handler_before.sa_sigaction(signal, info, context);
  ::signal(SIGSEGV, SIG_DFL);
}

}  // namespace

Block* block_of(const void* address) {
  if (!within(address)) return nullptr;
  auto& m = memory();
  auto offset = static_cast<std::size_t>(static_cast<const char*>(address) - m.closed);
  auto next = m.blocks.upper_bound(offset);
  if (next == m.blocks.begin()) return nullptr;
  auto& block = std::prev(next)->second;
  return block.used && offset < block.begin + block.bytes ? &block : nullptr;
}

char* open_view(const void* address) {
  auto& m = memory();
  return m.open + (static_cast<const char*>(address) - m.closed);
}

std::size_t offset_in(const Block& block, const void* address) {
  return static_cast<const char*>(address) - memory().closed - block.begin;
}

int device_of_address(const void* address) {
  return static_cast<int>((static_cast<const char*>(address) - memory().closed) / kArena);
}

bool is_pinned(const void* address) {
  Lock lock(mutex());
  auto* block = block_of(address);
  return block && block->device == kPinned;
}

c10::Allocator& device_allocator() {
  static auto& one = *new DeviceAllocator;
  return one;
}

c10::Allocator& pinned_allocator() {
  static auto& one = *new PinnedAllocator;
  return one;
}

void record_stream(const void* address, int stream) {
  Lock lock(mutex());
  auto* block = block_of(address);
  if (block && block->device != kPinned && block->stream != stream) block->others.insert(stream);
}

void protect(Block& block) {
  int protection = PROT_READ | PROT_WRITE;
  if (!block.accesses.all_known(host_clock(), true)) protection = PROT_NONE;
  else if (!block.accesses.all_known(host_clock(), false)) protection = PROT_READ;
  mprotect(memory().closed + block.begin, block.bytes, protection);
}

void protect_all_pinned() {
  auto& m = memory();
  for (auto i = m.blocks.lower_bound(kArena * kDevices); i != m.blocks.end(); ++i) protect(i->second);
}

void explain_faults() {
  struct sigaction action = {};
  action.sa_sigaction = explain;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSEGV, &action, &handler_before);
}

void set_memory(int device, int64_t bytes) {
  Lock lock(mutex());
  memory().limit[device] = static_cast<std::size_t>(bytes);
}

int64_t memory_in_use(int device) {
  Lock lock(mutex());
  return static_cast<int64_t>(memory().in_use[device]);
}

}  // namespace sim
