"""Makes one failure happen on a GPU, for real: what is printed is the software's own.

    python bench/gpu_faults.py oom-weights 64          asks for 64 GiB where weights are loaded
    python bench/gpu_faults.py --list

Stages of an exhausted card are told by the functions of the traceback, so small modules of their names are written and
called. What a failure needs of its surroundings (a variable, a limit, a holder) is set by whoever runs this.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

GIB: Final = 1 << 30
BEYOND: Final = 1 << 50  # of bytes: more than a process has addresses, so that it is refused before anything is taken
CHILD: Final = Path(__file__).parents[1] / "logsleuth" / "probes" / "child.py"
STAGES: Final = {
    "oom-weights": ("gpu_model_runner", "load_model"),
    "oom-profiling": ("gpu_worker", "determine_available_memory"),
    "oom-kv-cache": ("gpu_model_runner", "initialize_kv_cache"),
    "oom-graphs": ("gpu_model_runner", "capture_model"),
    "oom-serving": ("gpu_model_runner", "execute_model"),
}
STAGE: Final = """
import torch


def {function}(size):
    return torch.empty(size, dtype=torch.uint8, device="cuda")
"""
ELASTIC: Final = """
import os, signal, time
import torch.distributed as dist

dist.init_process_group("gloo")
dist.barrier()
if dist.get_rank() == 1:
    os.kill(os.getpid(), signal.SIGKILL)
time.sleep(20)
"""


def stage(name: str, size_gib: float) -> None:
    """Ask for memory within a function of the stage's name."""
    module, function = STAGES[name]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, f"{module}.py").write_text(STAGE.format(function=function), encoding="utf-8")
        sys.path.insert(0, folder)
        getattr(importlib.import_module(module), function)(int(size_gib * GIB))


def hold(size_gib: float) -> None:
    """Take memory of the card, say so, and keep it until told to end."""
    import torch

    held = torch.empty(int(size_gib * GIB), dtype=torch.uint8, device="cuda")
    torch.cuda.synchronize()
    print(f"holding {held.numel()}", flush=True)
    sys.stdin.read()


def mapped_bytes() -> int:
    """What this process has mapped."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")


def pinned(size_gib: float) -> None:
    """Lock host memory where no more may be mapped than a gibibyte; where no limit binds the driver, beyond all there is.

    The driver passes over the limit of locked memory (ulimit -l): it pins pages itself.
    """
    import torch

    torch.ones(1, device="cuda").cpu()
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (mapped_bytes() + GIB, hard))
    for size in (int(size_gib * GIB), BEYOND):
        torch.empty(size, dtype=torch.uint8, pin_memory=True)


def ordinal() -> None:
    """Use a GPU that is not there."""
    import torch

    torch.zeros(1, device="cuda:63")


def device() -> None:
    """Use any GPU."""
    import torch

    torch.zeros(1, device="cuda")


def no_image() -> None:
    """Any of torch's kernels."""
    import torch

    torch.zeros(4, device="cuda").add_(1).cpu()


def no_toolkit() -> None:
    """Call the compiler as what compiles kernels does."""
    subprocess.run([f"{os.environ['CUDA_HOME']}/bin/nvcc", "--version"], check=True, timeout=20)


def cudnn() -> None:
    """A convolution, which cuDNN computes."""
    import torch

    torch.nn.functional.conv2d(torch.rand(1, 8, 64, 64, device="cuda"), torch.rand(16, 8, 3, 3, device="cuda")).cpu()


def fork() -> None:
    """Use CUDA in a worker by fork, after its parent did."""
    import multiprocessing

    import torch

    torch.zeros(1, device="cuda")
    worker = multiprocessing.get_context("fork").Process(target=device)
    worker.start()
    worker.join()


def nccl() -> None:
    """One collective of one rank."""
    import torch
    import torch.distributed as dist

    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29511", RANK="0", WORLD_SIZE="1")
    dist.init_process_group("nccl", device_id=torch.device("cuda:0"))
    dist.all_reduce(torch.ones(8, device="cuda"))
    torch.cuda.synchronize()
    dist.destroy_process_group()


def shm() -> None:
    """A tensor shared through a /dev/shm of 16 MiB; the machine's own is not filled, for it is memory of the host."""
    inside = f"mount -t tmpfs -o size=16m tmpfs /dev/shm && exec {sys.executable} {__file__} small-shm"
    alone = ["--mount"] if os.geteuid() == 0 else ["--map-root-user", "--mount"]  # not all kernels have user namespaces
    subprocess.run(["unshare", *alone, "sh", "-c", inside], check=False, timeout=60)


def small_shm() -> None:
    """Share what /dev/shm cannot hold."""
    import torch

    torch.multiprocessing.set_sharing_strategy("file_system")
    torch.zeros(64 << 20, dtype=torch.uint8).share_memory_()


def killed() -> None:
    """Two ranks under torchrun, of which the second is killed."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "train.py")
        script.write_text(ELASTIC, encoding="utf-8")
        words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(script)]
        subprocess.run([sys.executable, *words], check=False, timeout=60)


def measured(measure: str) -> None:
    """A deliberate mistake of the probes, as a process of its own."""
    wishes = json.dumps({"gpu": 0, "device": "cuda:0"})
    subprocess.run([sys.executable, "-P", str(CHILD), measure], input=wishes, text=True, check=False, timeout=80)


def bandwidth() -> None:
    """The rates by another clock and other buffers than the probes use."""
    import torch

    given = torch.ones(1 << 28, dtype=torch.float32, device="cuda")
    taken = torch.empty_like(given)
    left = torch.randn(8192, 8192, device="cuda", dtype=torch.bfloat16)
    right = torch.randn(8192, 8192, device="cuda", dtype=torch.bfloat16)
    copy_s = best(lambda: taken.copy_(given), 20)
    product_s = best(lambda: torch.matmul(left, right), 20)
    print(
        json.dumps({"copy_gbps": 2 * 4 * given.numel() / copy_s / 1e9, "matmul_tflops": 2 * 8192**3 / product_s / 1e12})
    )


def best(run: Callable[[], object], times: int) -> float:
    """Seconds of one run, by the host's clock, the median of five rounds."""
    import torch

    until = time.perf_counter() + 0.3  # an idle card has to raise its clocks first
    while time.perf_counter() < until:
        run()
        torch.cuda.synchronize()
    rounds = []
    for _ in range(6):
        torch.cuda.synchronize()
        began = time.perf_counter()
        for _ in range(times):
            run()
        torch.cuda.synchronize()
        rounds.append((time.perf_counter() - began) / times)
    return sorted(rounds[1:])[2]


PLAIN: Final = {
    "invalid-device": ordinal,
    "no-device": device,
    "no-image": no_image,
    "no-toolkit": no_toolkit,
    "cudnn": cudnn,
    "fork": fork,
    "nccl": nccl,
    "shm": shm,
    "small-shm": small_shm,
    "killed-rank": killed,
    "independent": bandwidth,
}
SIZED: Final = {"hold": hold, "pinned": pinned}
MEASURED: Final = {
    "launch": "cuda.sacrifices:bad_launch",
    "access": "cuda.sacrifices:bad_access",
    "assert": "cuda.sacrifices:bad_index",
    "graph": "cuda.sacrifices:bad_capture",
    "fragmentation": "cuda.fragmentation:measure",
    "triton": "cuda.compiling:with_triton",
    "compile": "cuda.compiling:with_torch",
}
NAMES: Final = (*PLAIN, *SIZED, *MEASURED, *STAGES)


def main(name: str, *sizes: str) -> None:
    """Make the failure of this name happen."""
    if name in STAGES:
        stage(name, float(sizes[0]))
    elif name in SIZED:
        SIZED[name](float(sizes[0]))
    elif name in MEASURED:
        measured(MEASURED[name])
    else:
        PLAIN[name]()


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        print("\n".join(NAMES))
    else:
        main(*sys.argv[1:])
