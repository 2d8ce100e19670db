/* A stand-in for libcuda.so.1: the calls that the probes make, over memory of the host, so that they run without a GPU.
 *
 * Prototypes as in cuda.h (compile with -DWITH_HEADER -I.../cuda/include to have them compared). The environment says
 * what goes wrong: FAKE_INIT, FAKE_COUNT, FAKE_VERSION, FAKE_TOTAL_MIB, FAKE_FREE_MIB, FAKE_LIMIT_MIB (of allocations), FAKE_CONTEXT, FAKE_KERNEL, FAKE_RESERVED.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifdef WITH_HEADER
#include <cuda.h>
#else
typedef int CUresult;
typedef int CUdevice;
typedef int CUdevice_attribute;
typedef unsigned long long CUdeviceptr;
typedef void *CUcontext, *CUmodule, *CUfunction, *CUstream;
#endif

static int setting(const char *name, int usual) {
  const char *value = getenv(name);
  return value ? atoi(value) : usual;
}
static size_t taken;
static int sticky;
static size_t mib(const char *name, int usual) { return (size_t)setting(name, usual) << 20; }

CUresult cuInit(unsigned int flags) { return (CUresult)(flags ? 1 : setting("FAKE_INIT", 0)); }
CUresult cuDriverGetVersion(int *version) { *version = setting("FAKE_VERSION", 12040); return (CUresult)0; }
CUresult cuDeviceGetCount(int *count) { *count = setting("FAKE_COUNT", 1); return (CUresult)0; }
CUresult cuDeviceGet(CUdevice *device, int ordinal) {
  if (ordinal < 0 || ordinal >= setting("FAKE_COUNT", 1)) return (CUresult)101;
  *device = ordinal;
  return (CUresult)0;
}
CUresult cuDeviceGetName(char *name, int len, CUdevice dev) { snprintf(name, (size_t)len, "NVIDIA A100-SXM4-80GB%s", dev ? "" : ""); return (CUresult)0; }
CUresult cuDeviceGetPCIBusId(char *id, int len, CUdevice dev) { snprintf(id, (size_t)len, "0000:%02x:00.0", 7 + dev); return (CUresult)0; }
CUresult cuDeviceGetAttribute(int *value, CUdevice_attribute attribute, CUdevice dev) {
  (void)dev;
  *value = attribute == 75 ? 8 : attribute == 76 ? 0 : attribute == 1 ? 1024 : attribute == 20 ? setting("FAKE_MODE", 0) : 108;
  return (CUresult)0;
}
CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice dev) { (void)dev; *context = (CUcontext)&taken; return (CUresult)setting("FAKE_CONTEXT", 0); }
CUresult cuDevicePrimaryCtxRelease_v2(CUdevice dev) { (void)dev; return (CUresult)0; }
static CUcontext current;
CUresult cuCtxSetCurrent(CUcontext context) {
  if (context && context != (CUcontext)&taken) return (CUresult)201;
  current = context;
  return (CUresult)0;
}
CUresult cuCtxGetCurrent(CUcontext *context) { *context = current; return (CUresult)0; }
CUresult cuCtxSynchronize(void) { return (CUresult)sticky; }
CUresult cuMemGetInfo_v2(size_t *available, size_t *total) {
  *total = mib("FAKE_TOTAL_MIB", 81920);
  *available = mib("FAKE_FREE_MIB", 81000) - taken;
  return (CUresult)0;
}
/* the size stands in front of each piece, a page before it, which keeps the address aligned */
static void *mapped(size_t size) {
  char *found = mmap(NULL, size + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (found == MAP_FAILED) return NULL;
  *(size_t *)found = size;
  return found + 4096;
}
static size_t unmapped(void *piece) {
  size_t size = *(size_t *)((char *)piece - 4096);
  munmap((char *)piece - 4096, size + 4096);
  return size;
}
CUresult cuMemAlloc_v2(CUdeviceptr *address, size_t size) {
  void *found = size && taken + size <= mib("FAKE_LIMIT_MIB", setting("FAKE_FREE_MIB", 81000)) ? mapped(size) : NULL;
  if (!found) return (CUresult)2;
  taken += size;
  *address = (CUdeviceptr)(uintptr_t)found;
  return (CUresult)0;
}
CUresult cuMemFree_v2(CUdeviceptr address) { taken -= unmapped((void *)(uintptr_t)address); return (CUresult)0; }
/* FAKE_RESERVED: all addresses were reserved beforehand, so that no limit on them binds; only nonsense is refused */
CUresult cuMemHostAlloc(void **address, size_t size, unsigned int flags) {
  (void)flags;
  if (setting("FAKE_RESERVED", 0)) size = size > (size_t)1 << 47 ? size : 4096;
  *address = mapped(size);
  return (CUresult)(*address ? 0 : 2);
}
CUresult cuMemFreeHost(void *address) { unmapped(address); return (CUresult)0; }
CUresult cuMemsetD8_v2(CUdeviceptr address, unsigned char value, size_t count) { memset((void *)(uintptr_t)address, value, count); return (CUresult)0; }
CUresult cuMemcpyDtoH_v2(void *target, CUdeviceptr source, size_t count) { memcpy(target, (void *)(uintptr_t)source, count); return (CUresult)0; }
CUresult cuModuleLoadData(CUmodule *module, const void *image) {
  *module = (CUmodule)&sticky;
  return (CUresult)(strstr(image, ".entry fill(") ? 0 : 200);
}
CUresult cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name) {
  (void)module;
  *function = (CUfunction)&sticky;
  return (CUresult)(strcmp(name, "fill") ? 500 : 0);
}
CUresult cuLaunchKernel(CUfunction function, unsigned int gx, unsigned int gy, unsigned int gz, unsigned int bx, unsigned int by, unsigned int bz, unsigned int shared, CUstream stream, void **arguments, void **extra) {
  (void)shared; (void)stream; (void)extra;
  if (function != (CUfunction)&sticky || gy * gz * by * bz != 1 || bx > 1024) return (CUresult)1;
  if (setting("FAKE_KERNEL", 0)) return (CUresult)setting("FAKE_KERNEL", 0);
  uint64_t address = *(uint64_t *)arguments[0];
  uint32_t value = *(uint32_t *)arguments[1];
  if (address < 4096) { sticky = 700; return (CUresult)0; }
  for (size_t thread = 0; thread < (size_t)gx * bx; thread++) ((uint32_t *)(uintptr_t)address)[thread] = value;
  return (CUresult)0;
}
static const struct { int code; const char *name, *text; } ERRORS[] = {
  {1, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
  {2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
  {46, "CUDA_ERROR_DEVICE_UNAVAILABLE", "CUDA-capable device(s) is/are busy or unavailable"},
  {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
  {101, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
  {700, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
  {802, "CUDA_ERROR_SYSTEM_NOT_READY", "system not yet initialized"},
};
static CUresult told(CUresult code, const char **text, int is_name) {
  for (size_t at = 0; at < sizeof ERRORS / sizeof *ERRORS; at++)
    if (ERRORS[at].code == (int)code) { *text = is_name ? ERRORS[at].name : ERRORS[at].text; return (CUresult)0; }
  *text = NULL;
  return (CUresult)1;
}
CUresult cuGetErrorString(CUresult code, const char **text) { return told(code, text, 0); }
CUresult cuGetErrorName(CUresult code, const char **name) { return told(code, name, 1); }
