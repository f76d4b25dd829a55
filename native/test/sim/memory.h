#pragma once
#include <c10/core/Allocator.h>

#include <set>

#include "races.h"

/// Memory of the devices, and pinned memory of the host. The same pages are mapped twice: tensors hold addresses of a view that is closed
/// to the host, and work that runs uses the other.
///
///   tensors     | sim:0 | sim:1 | ... | pinned |      no access  ...  |  closed while an asynchronous copy uses it
///   work        | sim:0 | sim:1 | ... | pinned |      always open
namespace sim {

constexpr int kPinned = -1;  // in place of a device's number

struct Block {
  std::size_t begin, bytes;  // in the view
  int device;                // or kPinned
  int stream;                // of a device's block: on which it was allocated
  bool used = true;
  AccessLog accesses;
  std::set<int> others;  // streams that use it besides `stream`, as record_stream told
};

/// The block with an address of a tensor; null when it is freed, or memory of another kind.
Block* block_of(const void* address);
/// The same memory, as work that runs may touch it.
char* open_view(const void* address);
std::size_t offset_in(const Block& block, const void* address);
bool is_pinned(const void* address);
int device_of_address(const void* address);

c10::Allocator& device_allocator();
c10::Allocator& pinned_allocator();
void record_stream(const void* address, int stream);

/// Opens and closes pinned memory to the host, after `block` was used, or after the host has waited for something.
void protect(Block& block);
void protect_all_pinned();

}  // namespace sim
