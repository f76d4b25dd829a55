#include "huge_pages.h"

#include <ATen/ATen.h>
#include <sys/mman.h>

#include <atomic>

namespace trireme {

at::Tensor zeros_on_huge_pages(at::IntArrayRef sizes, at::ScalarType type, const at::Device& device) {
  if (device.is_meta()) return at::empty(sizes, at::device(device).dtype(type));
  constexpr std::size_t kPage = 4096;
  // Just below the last one, if there is room: huge pages, of two megabytes, then reach across the borders of matrices.
  static std::atomic<char*> last{nullptr};
  auto bytes = (static_cast<std::size_t>(c10::multiply_integers(sizes)) * c10::elementSize(type) / kPage + 1) * kPage;
  char* above = last;
  void* memory = mmap(above ? above - bytes : nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  TORCH_CHECK(memory != MAP_FAILED, "no memory for ", bytes, " bytes");
  madvise(memory, bytes, MADV_HUGEPAGE);  // only a wish
  last = static_cast<char*>(memory);
  return at::from_blob(memory, sizes, [bytes](void* all) { munmap(all, bytes); }, at::dtype(type));
}

}  // namespace trireme
