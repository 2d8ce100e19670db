"""The ranks of a check, as processes of this machine or as this node's part of several. Out: the steps of each rank."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from logsleuth.probes.probe import Json

RANK: Final = Path(__file__).with_name("rank.py")
TOGETHER_S: Final = 5.0  # that ranks are given to end after one of them has failed
POLL_S: Final = 0.05
PORT: Final = 29511  # beside torchrun's default of 29500, which the job itself may use


def local(backend: str, world: int, *, limit_s: float, variables: Mapping[str, str]) -> dict[str, Json]:
    """What `world` ranks on this machine come to."""
    port = _free_port()
    lines = [_rank_line(backend, rank, world, port, variables) for rank in range(world)]
    return _outcome(lines, world, limit_s)


def node(words: Sequence[str], ranks: int, *, limit_s: float) -> dict[str, Json]:
    """What this node's ranks of a check over several nodes come to."""
    return _outcome([list(words)], ranks, limit_s)


def torchrun(*, nodes: int, ranks: int, node_rank: int | str, address: str, port: int = PORT) -> list[str]:
    """The command of one node of a check over several nodes, up to the folder for its results."""
    words = [sys.executable, "-m", "torch.distributed.run", "--nnodes", str(nodes), "--nproc-per-node", str(ranks)]
    words += ["--node-rank", str(node_rank), "--master-addr", address, "--master-port", str(port)]
    return [*words, str(RANK), "auto"]


def _rank_line(backend: str, rank: int, world: int, port: int, variables: Mapping[str, str]) -> list[str]:
    told = {
        **variables,
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(world),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }
    return ["env", *(f"{name}={value}" for name, value in told.items()), sys.executable, "-P", str(RANK), backend]


def _outcome(lines: Sequence[Sequence[str]], ranks: int, limit_s: float) -> dict[str, Json]:
    with tempfile.TemporaryDirectory(prefix="logsleuth-") as folder:
        processes = [subprocess.Popen([*words, folder]) for words in lines]
        is_hung = _wait(processes, time.monotonic() + limit_s)
        steps = [_steps(path) for path in sorted(Path(folder).glob("*.json"), key=lambda path: int(path.stem))]
    statuses: list[Json] = [process.returncode for process in processes]
    common: list[Json] = [step for step in (steps[0] if len(steps) == ranks else []) if _is_common(step, steps)]
    return {"ranks": ranks, "statuses": statuses, "steps": common, "is_hung": is_hung}


def _steps(path: Path) -> list[str]:
    return [str(step) for step in json.loads(path.read_text(encoding="utf-8"))]


def _is_common(step: str, steps: list[list[str]]) -> bool:
    """Whether all ranks that take part in a step came through it."""
    size = int(step.rpartition("-")[2]) if step.rpartition("-")[2].isdecimal() else len(steps)
    return all(step in done for done in steps[:size])


def _wait(processes: Sequence[subprocess.Popen[bytes]], deadline: float) -> bool:
    """Wait for all; once one has failed the others get a short time. Whether they were still there at the deadline."""
    is_hung = False
    while any(process.poll() is None for process in processes):
        if any(process.returncode for process in processes):
            deadline = min(deadline, time.monotonic() + TOGETHER_S)
        if time.monotonic() > deadline:
            is_hung = not any(process.returncode for process in processes)
            break
        time.sleep(POLL_S)
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait()
    return is_hung


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])
