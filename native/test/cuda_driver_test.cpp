#include "trireme/cuda_driver.h"

#include <cstdlib>
#include <string>

#include "check.h"

using namespace trireme;

/// Of drivers that claim this or that, GpuClassPathIT tests what becomes of their answers.
TEST("a machine without a driver is told in the loader's words, and has no devices") {
  CudaDriver driver;
  if (driver.cuda_version() == 0) {
    CHECK(driver.problem().find("libcuda.so.1") != std::string::npos) << driver.problem();
    CHECK(driver.devices() == 0 && driver.release().empty());
    CHECK(driver.free_bytes(0) == -1 && driver.name(0).empty() && driver.nvlinks(0) == 0 && !driver.reaches(0, 1));
  } else {
    CHECK(driver.problem().empty() == (driver.devices() > 0)) << driver.problem();
  }
}

TEST("a file that is not NCCL has no version of it") {
  CHECK(nccl_version("/no/libnccl.so.2") == 0);
  CHECK(nccl_version("libc.so.6") == 0);
}

TEST("NCCL is told to leave the process alone, unless the environment says otherwise") {
  setenv("TORCH_NCCL_ENABLE_MONITORING", "1", 1);
  leave_process_to_us();
  CHECK(std::getenv("TORCH_NCCL_ASYNC_ERROR_HANDLING") == std::string("2"));
  CHECK(std::getenv("TORCH_NCCL_RETHROW_CUDA_ERRORS") == std::string("0"));
  CHECK(std::getenv("TORCH_NCCL_ENABLE_MONITORING") == std::string("1"));
}

int main(int argc, char** argv) {
  return check::run(argc, argv);
}
