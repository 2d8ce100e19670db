"""Failures that are provoked for real: a program, and the circumstances under which it fails.

The circumstances are words before a command: what runs behind them meets the cause, what runs without them does not.
So the same words serve the program, whose output is the log, and the probe that has to confirm it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
CAP_IPC_LOCK: Final = 14
PLACE: Final = "{place}"  # stands for a folder of the test's own
# the interpreter that has torch, numpy and safetensors, where it is not this one
PYTHON: Final = os.environ.get("LOGSLEUTH_LAB_PYTHON") or sys.executable


def limited(*limits: str) -> tuple[str, ...]:
    """Under limits of the process."""
    return (sys.executable, str(HERE / "limited.py"), *limits, "--")


def mounted(options: str, place: str = PLACE) -> tuple[str, ...]:
    """With a small file system of memory at a place, which nobody else sees."""
    return ("unshare", "-m", "sh", "-c", f'mount -t tmpfs -o {options} tmpfs "{place}" && exec "$@"', "sh")


def in_cgroup(controller: str, file: str, value: str) -> tuple[str, ...]:
    """In a cgroup of version 1 of its own with one limit."""
    folder = f"/sys/fs/cgroup/{controller}/logsleuth-lab"
    said = f"mkdir -p {folder} && echo {value} > {folder}/{file} && echo $$ > {folder}/cgroup.procs"
    return ("sh", "-c", f'{said} && exec "$@"', "sh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A program that fails; `expect` is the class of it, `probe` who confirms and refutes it, if anybody can."""

    name: str
    program: str
    expect: str
    accept: tuple[str, ...] = ()
    under: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    probe: str = ""
    told: Mapping[str, str] = field(default_factory=dict)  # facts that the log does not hold
    note: str = ""


STAMP: Final = re.compile(r"\[ *([0-9]+\.[0-9]+)\]")
DISK: Final = {"path": PLACE}
FAILURES: Final = (
    Failure(
        name="disk-full",
        program="disk_full",
        expect="host.disk-full",
        under=mounted("size=512k"),
        probe="disk-space",
        told=DISK,
        note="A tmpfs of 512 KiB; Python does not name the file that it writes to.",
    ),
    Failure(
        name="inodes",
        program="inodes",
        expect="host.disk-full",
        under=mounted("size=64m,nr_inodes=2"),
        probe="disk-space",
        told=DISK,
        note="A tmpfs of two inodes with 64 MiB free.",
    ),
    Failure(
        name="open-files",
        program="open_files",
        expect="host.too-many-files",
        under=limited("nofile=256"),
        probe="open-files",
    ),
    Failure(
        name="memlock",
        program="memlock",
        expect="host.memlock",
        under=limited("memlock=65536", f"drop={CAP_IPC_LOCK}"),
        probe="memlock",
    ),
    Failure(
        name="host-memory-torch",
        program="host_memory",
        expect="host.memory",
        under=limited(f"as={4 * 1024**3}"),
        imports=("torch",),
        probe="host-memory",
    ),
    Failure(
        name="host-memory-numpy",
        program="numpy_memory",
        expect="host.memory",
        under=limited(f"as={4 * 1024**3}"),
        imports=("numpy",),
        probe="host-memory",
    ),
    Failure(
        name="threads",
        program="threads",
        expect="host.threads",
        under=in_cgroup("pids", "pids.max", "40"),
        probe="threads",
    ),
    Failure(
        name="shared-memory",
        program="shared_memory",
        expect="host.bus-error",
        accept=("host.shm",),
        under=mounted("size=16m", "/dev/shm"),
        probe="shared-memory",
    ),
    Failure(
        name="torch-shared-memory",
        program="torch_shared",
        expect="host.shm",
        accept=("host.bus-error",),
        under=mounted("size=16m", "/dev/shm"),
        imports=("torch",),
        probe="shared-memory",
    ),
    Failure(name="port-in-use", program="port_in_use", expect="dist.address-in-use"),
    Failure(name="store-port", program="store_port", expect="dist.address-in-use", imports=("torch",)),
    Failure(name="no-triton", program="no_triton", expect="deps.triton", accept=("deps.missing",)),
    Failure(
        name="safetensors-cut",
        program="safetensors_cut",
        expect="model.checkpoint-corrupt",
        imports=("numpy", "safetensors"),
    ),
    Failure(
        name="safetensors-pointer",
        program="safetensors_garbage",
        expect="model.checkpoint-corrupt",
        imports=("numpy", "safetensors"),
    ),
    Failure(
        name="gloo-missing-rank", program="gloo_missing_rank", expect="dist.rendezvous-timeout", imports=("torch",)
    ),
    Failure(
        name="gloo-late-rank",
        program="gloo_pair",
        arguments=("late",),
        expect="dist.gloo",
        imports=("torch", "numpy"),
    ),
    Failure(
        name="gloo-killed-rank",
        program="gloo_pair",
        arguments=("killed",),
        expect="host.killed",
        accept=("dist.peer-died",),
        imports=("torch", "numpy"),
    ),
)

KILLED: Final = Failure(
    name="cgroup-oom",
    program="eats_memory",
    expect="host.oom-killer",
    under=in_cgroup("memory", "memory.limit_in_bytes", "96M"),
    note="What the kernel says when a process outgrows its cgroup of 96 MiB.",
)


def words(failure: Failure, place: Path) -> list[str]:
    """What stands before a command so that it meets the cause."""
    return [word.replace(PLACE, str(place)) for word in failure.under]


def provoked(failure: Failure, place: Path, *, is_cured: bool = False) -> subprocess.CompletedProcess[bytes]:
    """The program's end and all that it printed."""
    before = [] if is_cured else words(failure, place)
    program = str(HERE / "programs" / f"{failure.program}.py")
    return subprocess.run(
        [*before, PYTHON, program, str(place), *failure.arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )


def clear() -> None:
    """Remove the cgroups that are left, once nothing runs in them."""
    for controller in ("pids", "memory"):
        folder = Path(f"/sys/fs/cgroup/{controller}/logsleuth-lab")
        if folder.is_dir():
            folder.rmdir()


def killed(failure: Failure, place: Path) -> str:
    """The kernel's lines on the kill that is provoked, or an empty text where it says nothing."""
    since = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    status = provoked(failure, place).returncode
    lines = [line for line in _kernel_lines() if (found := STAMP.match(line)) and float(found[1]) >= since]
    return "".join(f"{line}\n" for line in lines) if status in {-9, 137} and "Killed process" in "".join(lines) else ""


def _kernel_lines() -> list[str]:
    return subprocess.run(["dmesg"], capture_output=True, text=True, check=False).stdout.splitlines()


def obstacle(failure: Failure, place: Path) -> str:
    """Why a failure cannot be provoked here, or an empty text."""
    if failure.under and subprocess.run([*words(failure, place), "true"], capture_output=True, check=False).returncode:
        return f"not allowed here: {' '.join(failure.under[:2])}"
    imports = "; ".join(f"import {name}" for name in failure.imports)
    if imports and subprocess.run([PYTHON, "-c", imports], capture_output=True, check=False).returncode:
        return f"needs {', '.join(failure.imports)} (name an interpreter with LOGSLEUTH_LAB_PYTHON)"
    return ""
