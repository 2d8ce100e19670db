"""One rank of a check of collectives, run as a script by this package or by torchrun, with torch and nothing else.

    torchrun --nnodes 2 --nproc-per-node 8 --node-rank 0 --master-addr ADDRESS rank.py auto RESULTS

It writes `RESULTS/RANK.json` with the steps it came through; what fails is raised, as the software itself says it.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

ELEMENTS = 128
SECONDS = 20  # until a collective gives up: far more than it takes, less than anybody waits


def main(arguments: list[str] | None = None) -> None:
    """Go through the steps and write each one down as soon as it is done."""
    asked = _parser().parse_args(arguments)
    torch = importlib.import_module("torch")
    dist = importlib.import_module("torch.distributed")
    backend = asked.backend
    if backend == "auto":
        backend = "nccl" if torch.cuda.is_available() else "gloo"
    dist.init_process_group(backend, timeout=timedelta(seconds=SECONDS))
    done: list[str] = []
    for step in _steps(torch, dist, backend):
        done.append(step)
        (Path(asked.results) / f"{dist.get_rank()}.json").write_text(json.dumps(done), encoding="utf-8")
    dist.destroy_process_group()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="One rank of a check of collectives.")
    parser.add_argument("backend", choices=["auto", "gloo", "nccl"])
    parser.add_argument("results", help="the folder for RANK.json")
    return parser


# torch and vllm have no types here: they are not installed where the types are checked
def _steps(torch: Any, dist: Any, backend: str) -> Iterator[str]:  # noqa: ANN401  foreign modules
    rank, world = dist.get_rank(), dist.get_world_size()
    device = "cpu"
    if backend == "nccl":
        device = f"cuda:{rank % torch.cuda.device_count()}"
        torch.cuda.set_device(device)
    for size in range(1, world + 1):
        group = dist.new_group(list(range(size)), backend=backend)
        if rank < size:
            _reduce(torch, device, size, partial(dist.all_reduce, group=group))
            yield f"{backend}-{size}"
    dist.barrier()
    if backend == "nccl":
        yield from _on_gpu(torch, dist, device)


def _on_gpu(torch: Any, dist: Any, device: str) -> Iterator[str]:  # noqa: ANN401  foreign modules
    world = dist.get_world_size()
    gloo = dist.new_group(list(range(world)), backend="gloo")
    _reduce(torch, "cpu", world, partial(dist.all_reduce, group=gloo))
    yield f"gloo-{world}"
    _replay(torch, device, world, dist.all_reduce)
    yield "nccl-graph"
    if world > 1 and importlib.util.find_spec("vllm") is not None:
        # vLLM's troubleshooting page tests its own communicator too
        module = importlib.import_module("vllm.distributed.device_communicators.pynccl")
        own = module.PyNcclCommunicator(group=gloo, device=dist.get_rank() % torch.cuda.device_count())
        own.disabled = False
        _reduce(torch, device, world, own.all_reduce)
        yield "vllm-nccl"


def _reduce(torch: Any, device: str, size: int, reduce: Callable[[Any], Any]) -> None:  # noqa: ANN401  foreign modules
    data = torch.ones(ELEMENTS, device=device)
    out = reduce(data)
    _check(data if out is None or not hasattr(out, "mean") else out, size)


def _replay(torch: Any, device: str, size: int, reduce: Callable[[Any], Any]) -> None:  # noqa: ANN401  foreign modules
    data = torch.ones(ELEMENTS, device=device)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        reduce(data)
    data.fill_(1)
    graph.replay()
    torch.cuda.synchronize()
    _check(data, size)


def _check(data: Any, size: int) -> None:  # noqa: ANN401  foreign tensor
    value = data.mean().item()
    if value != size:
        raise RuntimeError(f"all-reduce over {size} ranks gave {value} instead of {size}")


if __name__ == "__main__":
    main()
