"""The CUDA driver through its C interface, without torch. In: calls. Out: figures, or the driver's own error."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref, c_char_p, c_int, c_size_t, c_uint, c_uint64, c_void_p, create_string_buffer
from typing import Final

LIBRARY: Final = "libcuda.so.1"
STUB: Final = 34  # the library of the toolkit that programs are linked with: not even its errors have a text
NAME_BYTES: Final = 256
# numbers of CUdevice_attribute in cuda.h; they never change
MAX_THREADS_PER_BLOCK: Final = 1
MULTIPROCESSORS: Final = 16
COMPUTE_MODE: Final = 20
CAPABILITY_MAJOR: Final = 75
CAPABILITY_MINOR: Final = 76
# one store by each thread: `value` to the word at `target` + 4 * thread; every card since Volta can run it
FILL: Final = b"""
.version 7.0
.target sm_70
.address_size 64
.visible .entry fill(.param .u64 target, .param .u32 value)
{
  .reg .b32 %r<6>;
  .reg .b64 %rd<5>;
  ld.param.u64 %rd1, [target];
  ld.param.u32 %r1, [value];
  cvta.to.global.u64 %rd2, %rd1;
  mov.u32 %r2, %ctaid.x;
  mov.u32 %r3, %ntid.x;
  mov.u32 %r4, %tid.x;
  mad.lo.s32 %r5, %r2, %r3, %r4;
  mul.wide.u32 %rd3, %r5, 4;
  add.s64 %rd4, %rd2, %rd3;
  st.global.u32 [%rd4], %r1;
  ret;
}
"""


class CudaError(RuntimeError):
    """A call of the driver or the runtime failed, in the words of that library."""


class Driver:
    """One loaded driver library; every method raises CudaError where the driver says no."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library

    def call(self, name: str, *arguments: object) -> None:
        """Call a function that returns a CUresult."""
        code = int(getattr(self._library, name)(*arguments))
        if code == STUB:
            raise CudaError(f"CUDA error: CUDA driver is a stub library ({name}: CUDA_ERROR_STUB_LIBRARY, {STUB})")
        if code:
            raise CudaError(f"CUDA error: {self.text('cuGetErrorString', code)} ({name}: {self._named(code)})")

    def text(self, function: str, code: int) -> str:
        """What the library calls an error."""
        found = c_char_p()
        getattr(self._library, function)(c_int(code), byref(found))
        return (found.value or b"unknown error").decode("ascii", "replace")

    def _named(self, code: int) -> str:
        return f"{self.text('cuGetErrorName', code)}, {code}"

    def start(self) -> None:
        """Initialise the driver for this process; no context is made."""
        self.call("cuInit", c_uint(0))

    def version(self) -> int:
        """The newest CUDA that the driver supports, as 12040 for 12.4."""
        found = c_int()
        self.call("cuDriverGetVersion", byref(found))
        return found.value

    def count(self) -> int:
        """The GPUs that this process may see."""
        found = c_int()
        self.call("cuDeviceGetCount", byref(found))
        return found.value

    def device(self, ordinal: int) -> int:
        """The handle of the GPU with this number."""
        found = c_int()
        self.call("cuDeviceGet", byref(found), c_int(ordinal))
        return found.value

    def name(self, device: int) -> str:
        """The name of the card."""
        found = create_string_buffer(NAME_BYTES)
        self.call("cuDeviceGetName", found, c_int(NAME_BYTES), c_int(device))
        return found.value.decode("utf-8", "replace")

    def bus_id(self, device: int) -> str:
        """The PCI address of the card, by which NVML finds it too."""
        found = create_string_buffer(NAME_BYTES)
        self.call("cuDeviceGetPCIBusId", found, c_int(NAME_BYTES), c_int(device))
        return found.value.decode("ascii", "replace")

    def attribute(self, number: int, device: int) -> int:
        """One attribute of the card."""
        found = c_int()
        self.call("cuDeviceGetAttribute", byref(found), c_int(number), c_int(device))
        return found.value

    def capability(self, device: int) -> tuple[int, int]:
        """The compute capability."""
        return self.attribute(CAPABILITY_MAJOR, device), self.attribute(CAPABILITY_MINOR, device)

    @contextmanager
    def context(self, device: int) -> Iterator[None]:
        """The primary context of the card, made current, and given back at the end."""
        handle = c_void_p()
        self.call("cuDevicePrimaryCtxRetain", byref(handle), c_int(device))
        try:
            self.call("cuCtxSetCurrent", handle)
            yield
        finally:
            # releasing takes no context off the thread: the runtime would find a dead one there, and torch fail
            self._library.cuCtxSetCurrent(c_void_p())
            self._library.cuDevicePrimaryCtxRelease_v2(c_int(device))

    def memory(self) -> tuple[int, int]:
        """Free and total bytes of the current card."""
        free, total = c_size_t(), c_size_t()
        self.call("cuMemGetInfo_v2", byref(free), byref(total))
        return free.value, total.value

    def take(self, size_bytes: int) -> int:
        """Allocate on the card."""
        found = c_uint64()
        self.call("cuMemAlloc_v2", byref(found), c_size_t(size_bytes))
        return found.value

    def give(self, address: int) -> None:
        """Free what was taken on the card."""
        self.call("cuMemFree_v2", c_uint64(address))

    def take_pinned(self, size_bytes: int) -> int:
        """Allocate page-locked memory of the host."""
        found = c_void_p()
        self.call("cuMemHostAlloc", byref(found), c_size_t(size_bytes), c_uint(0))
        return found.value or 0

    def give_pinned(self, address: int) -> None:
        """Free page-locked memory."""
        self.call("cuMemFreeHost", c_void_p(address))

    def function(self, image: bytes, name: str) -> c_void_p:
        """A kernel out of PTX, compiled by the driver."""
        module, found = c_void_p(), c_void_p()
        self.call("cuModuleLoadData", byref(module), c_char_p(image))
        self.call("cuModuleGetFunction", byref(found), module, c_char_p(name.encode()))
        return found

    def fill(self, kernel: c_void_p, target: int, value: int, *, blocks: int, threads: int) -> None:
        """Launch FILL and wait for it."""
        address, word = c_uint64(target), c_uint(value)
        slots = (c_void_p * 2)(ctypes.addressof(address), ctypes.addressof(word))
        grid = (c_uint(blocks), c_uint(1), c_uint(1))
        block = (c_uint(threads), c_uint(1), c_uint(1))
        self.call("cuLaunchKernel", kernel, *grid, *block, c_uint(0), c_void_p(), slots, c_void_p())
        self.call("cuCtxSynchronize")

    def words(self, address: int, count: int) -> list[int]:
        """`count` words of 32 bits from the card."""
        found = (c_uint * count)()
        self.call("cuMemcpyDtoH_v2", found, c_uint64(address), c_size_t(4 * count))
        return list(found)


def load(name: str = LIBRARY) -> Driver:
    """The driver of this machine; raises OSError where there is none, in the loader's words."""
    return Driver(ctypes.CDLL(name))
