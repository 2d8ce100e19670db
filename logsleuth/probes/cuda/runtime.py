"""The CUDA runtime through its C interface: it alone reports an `invalid configuration argument`."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import suppress
from ctypes import Structure, byref, c_char_p, c_int, c_size_t, c_uint, c_void_p
from importlib import import_module
from typing import Final

from logsleuth.probes.cuda.driver import FILL, CudaError

REFUSED: Final = "invalid configuration argument"
NAMES: Final = ("libcudart.so.13", "libcudart.so.12", "/usr/local/cuda/lib64/libcudart.so")


class Dim3(Structure):
    """The sizes of a grid or a block."""

    _fields_ = (("x", c_uint), ("y", c_uint), ("z", c_uint))


def libraries() -> list[ctypes.CDLL]:
    """The runtimes that can load code by themselves (12.8 and later), torch's own among them."""
    with suppress(ImportError):
        import_module("torch")  # brings its runtime into the process, where its name then finds it
    return [library for library in _loaded() if hasattr(library, "cudaLibraryLoadData")]


def _loaded() -> Iterator[ctypes.CDLL]:
    for name in NAMES:
        with suppress(OSError):
            yield ctypes.CDLL(name)


def check(library: ctypes.CDLL, name: str, *arguments: object) -> None:
    """Call a function that returns a cudaError_t; raises CudaError in the runtime's words."""
    code = int(getattr(library, name)(*arguments))
    if code:
        library.cudaGetErrorString.restype = c_char_p
        words = (library.cudaGetErrorString(c_int(code)) or b"unknown error").decode("ascii", "replace")
        raise CudaError(f"CUDA error: {words} ({name}, {code})")


def launch(library: ctypes.CDLL, *, threads: int, device: int) -> None:
    """Launch one block of so many threads; none of them is ever run where the block is too large."""
    code, kernel = c_void_p(), c_void_p()
    nothing, none = c_void_p(), c_uint(0)
    check(library, "cudaSetDevice", c_int(device))
    check(library, "cudaLibraryLoadData", byref(code), c_char_p(FILL), nothing, nothing, none, nothing, nothing, none)
    check(library, "cudaLibraryGetKernel", byref(kernel), code, c_char_p(b"fill"))
    target, word = ctypes.c_uint64(0), c_uint(0)
    slots = (c_void_p * 2)(ctypes.addressof(target), ctypes.addressof(word))
    one = Dim3(1, 1, 1)
    check(library, "cudaLaunchKernel", kernel, one, Dim3(threads, 1, 1), slots, c_size_t(0), nothing)
