"""Sound kernels, and kernels with a deliberate mistake, each of the latter for a process that may be lost.

A store to an address that is nobody's makes the driver write an Xid 31 into the kernel's log.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final

from logsleuth.probes.cuda import runtime
from logsleuth.probes.cuda.answers import whole
from logsleuth.probes.cuda.driver import FILL, MAX_THREADS_PER_BLOCK, CudaError, Driver, load
from logsleuth.probes.probe import Json

BLOCKS: Final = 65536  # times 1024 threads times 4 bytes are 256 MiB
LARGEST: Final = 1024
NOBODYS: Final = 0x10
HEADS: Final = 1 << 16  # one more than the second dimension of a grid may have


def largest_block(device: int) -> bool:
    """Whether a kernel runs with as many threads in a block as the card allows."""
    driver = _started()
    handle = driver.device(device)
    return _filled(driver, handle, blocks=64, threads=driver.attribute(MAX_THREADS_PER_BLOCK, handle))


def pattern(device: int) -> bool:
    """Whether 256 MiB hold what was written to them."""
    driver = _started()
    return _filled(driver, driver.device(device), blocks=BLOCKS, threads=LARGEST)


def gathered(device: int) -> bool:
    """Whether torch finds what stands at an index within bounds."""
    import torch

    found = torch.arange(8, device=f"cuda:{device}")[torch.tensor([7, 0], device=f"cuda:{device}")]
    return bool(found.tolist() == [7, 0])


def _started() -> Driver:
    driver = load()
    driver.start()
    return driver


def _filled(driver: Driver, handle: int, *, blocks: int, threads: int) -> bool:
    count, edge = blocks * threads, 1024
    with driver.context(handle):
        address = driver.take(4 * count)
        try:
            driver.fill(driver.function(FILL, "fill"), address, 0x5EED, blocks=blocks, threads=threads)
            read = driver.words(address, edge) + driver.words(address + 4 * (count - edge), edge)
        finally:
            driver.give(address)
    return read == [0x5EED] * (2 * edge)


def bad_launch(wishes: Mapping[str, Json]) -> Mapping[str, Json]:
    """A launch beyond the limits, by the runtime if it can load code, else by an operation of torch."""
    met = CudaError("no CUDA runtime here can load code by itself (12.8 and later), and torch is not installed")
    for library in runtime.libraries():
        try:
            runtime.launch(library, threads=2 * LARGEST, device=whole(wishes, "gpu"))
        except CudaError as error:
            met = error
            if runtime.REFUSED in str(error):
                break
    if runtime.REFUSED not in str(met) and find_spec("torch") is not None:
        _too_many_heads(whole(wishes, "gpu"))
    raise met


def _too_many_heads(device: int) -> None:
    """Torch's attention makes a grid of (queries, heads, batch): github.com/pytorch/pytorch/issues/142228."""
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel

    heads = torch.zeros(1, HEADS, 8, 16, dtype=torch.float16, device=f"cuda:{device}")
    with sdpa_kernel(SDPBackend.EFFICIENT_ATTENTION):
        torch.nn.functional.scaled_dot_product_attention(heads, heads, heads)
    torch.cuda.synchronize(device)


def bad_access(wishes: Mapping[str, Json]) -> Mapping[str, Json]:
    """A store to an address that is nobody's."""
    driver = _started()
    with driver.context(driver.device(whole(wishes, "gpu"))):
        try:
            driver.fill(driver.function(FILL, "fill"), NOBODYS, 1, blocks=1, threads=1)
        except CudaError as error:
            raise CudaError(f"{error} in a deliberate store to {NOBODYS:#x}") from None
    return {}


def bad_index(wishes: Mapping[str, Json]) -> Mapping[str, Json]:
    """An index beyond the bounds, checked on the card."""
    import torch

    device = f"cuda:{whole(wishes, 'gpu')}"
    torch.arange(8, device=device)[torch.tensor([99], device=device)]
    torch.cuda.synchronize(whole(wishes, "gpu"))
    return {}


def bad_capture(wishes: Mapping[str, Json]) -> Mapping[str, Json]:
    """A wait for the card while its work is being captured."""
    import torch

    device = whole(wishes, "gpu")
    torch.cuda.set_device(device)  # it is the current one whose work is captured
    numbers = torch.ones(8, device=f"cuda:{device}")
    torch.cuda.synchronize(device)
    with torch.cuda.graph(torch.cuda.CUDAGraph()):
        numbers.add_(1)
        torch.cuda.current_stream(device).synchronize()
    return {}
