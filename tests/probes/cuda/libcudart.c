/* A stand-in for the CUDA runtime: what the probes call to be told of an invalid configuration.
 *
 * Prototypes as in cuda_runtime_api.h; a grid and a block are passed by value.
 */
#include <stddef.h>
#include <string.h>

typedef struct { unsigned int x, y, z; } dim3;

static int code, kernel;

int cudaSetDevice(int device) { return device == 0 ? 0 : 101; }
int cudaLibraryLoadData(void **library, const void *text, void *options, void **values, unsigned int count, void *more, void **others, unsigned int number) {
  (void)options; (void)values; (void)more; (void)others;
  *library = &code;
  return strstr(text, ".entry fill(") && count == 0 && number == 0 ? 0 : 200;
}
int cudaLibraryGetKernel(void **found, void *library, const char *name) {
  *found = &kernel;
  return library == &code && strcmp(name, "fill") == 0 ? 0 : 500;
}
int cudaLaunchKernel(const void *function, dim3 grid, dim3 block, void **arguments, size_t shared, void *stream) {
  if (function != &kernel || !arguments || !arguments[0] || shared || stream) return 400;
  if (grid.x != 1 || grid.y != 1 || grid.z != 1 || block.y != 1 || block.z != 1) return 1;
  return block.x > 1024 ? 9 : 0;
}
const char *cudaGetErrorString(int error) { return error == 9 ? "invalid configuration argument" : "unrecognized error code"; }
