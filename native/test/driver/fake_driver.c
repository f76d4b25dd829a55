/* A driver of GPUs that are not there, for tests of what is told about GPUs, and of what can be loaded without one.
 *
 *   for name in $(nm -D --undefined-only LIBRARY | grep -o ' cu[A-Z].*'); do echo "OTHER($name)"; done > others.inc
 *   gcc -shared -fPIC -I. -DGPUS=2 -DCUDA=13010 -DCAPABILITY=90 fake_driver.c -o libcuda.so.1
 *
 * GPUS, CUDA and CAPABILITY say what it claims; with GPUS=0 every call says that there is no device. Calls that it does not know, of
 * others.inc, say so too. The same library answers as libnvidia-ml.so.1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, NO_DEVICE = 100, CAPABILITY_MAJOR = 75, CAPABILITY_MINOR = 76 };

#define NEED_GPU \
  if (GPUS == 0) return NO_DEVICE

int cuDriverGetVersion(int* version) {
  *version = CUDA;
  return SUCCESS;
}

int cuInit(unsigned flags) {
  (void)flags;
  NEED_GPU;
  return SUCCESS;
}

int cuGetErrorString(int code, const char** text) {
  *text = code == NO_DEVICE ? "no CUDA-capable device is detected" : "no error";
  return SUCCESS;
}

int cuDeviceGetCount(int* count) {
  NEED_GPU;
  *count = GPUS;
  return SUCCESS;
}

int cuDeviceGet(int* device, int number) {
  NEED_GPU;
  *device = number;
  return SUCCESS;
}

int cuDeviceGetName(char* name, int length, int device) {
  NEED_GPU;
  snprintf(name, length, "Fake GPU %d", device);
  return SUCCESS;
}

int cuDeviceGetAttribute(int* value, int attribute, int device) {
  (void)device;
  NEED_GPU;
  *value = attribute == CAPABILITY_MAJOR ? CAPABILITY / 10 : attribute == CAPABILITY_MINOR ? CAPABILITY % 10 : 0;
  return SUCCESS;
}

int cuDeviceTotalMem_v2(size_t* bytes, int device) {
  (void)device;
  NEED_GPU;
  *bytes = 80000000000;
  return SUCCESS;
}

int cuDeviceGetPCIBusId(char* bus, int length, int device) {
  NEED_GPU;
  snprintf(bus, length, "0000:%02x:00.0", device);
  return SUCCESS;
}

int cuDeviceCanAccessPeer(int* reaches, int device, int peer) {
  NEED_GPU;
  *reaches = device != peer;
  return SUCCESS;
}

int nvmlInit_v2(void) {
  return SUCCESS;
}

int nvmlSystemGetDriverVersion(char* version, unsigned length) {
  snprintf(version, length, "999.%d", CUDA / 1000);
  return SUCCESS;
}

int nvmlDeviceGetHandleByPciBusId_v2(const char* bus, void** handle) {
  *handle = (void*)(1 + strtoul(bus + 5, NULL, 16));
  return SUCCESS;
}

/* The first has 79 GB free, the second 78 ... */
int nvmlDeviceGetMemoryInfo(void* handle, unsigned long long* memory) {
  memory[0] = 80000000000;
  memory[1] = 80000000000 - 1000000000 * (unsigned long long)handle;
  memory[2] = memory[0] - memory[1];
  return SUCCESS;
}

int nvmlDeviceGetNvLinkState(void* handle, unsigned link, int* active) {
  (void)handle;
  *active = link < 4;
  return SUCCESS;
}

#define OTHER(name) \
  int name(void) {  \
    return NO_DEVICE; \
  }
#include "others.inc"
