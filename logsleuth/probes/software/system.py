"""The machine in words, as issue templates ask for it. In: nothing. Out: JSON values, from files and short commands."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from logsleuth.probes import cgroup
from logsleuth.probes.probe import Json

COMMAND_S: Final = 10.0
TEXT_CHARS: Final = 4000
VERSIONS: Final = (
    ("gcc", ("gcc", "--version"), r"\d+\.\d+[.\d]*"),
    ("clang", ("clang", "--version"), r"\d+\.\d+[.\d]*"),
    ("cmake", ("cmake", "--version"), r"\d+\.\d+[.\d]*"),
    ("nvcc", ("nvcc", "--version"), r"(?<=release )\d+\.\d+"),
)
GPU: Final = ("index", "name", "memory.total", "memory.used", "driver_version", "temperature.gpu",
       "pcie.link.gen.current", "utilization.gpu", "compute_cap", "ecc.errors.uncorrected.volatile.total")  # fmt: skip
CUDA: Final = re.compile(r"CUDA Version: *(\d+\.\d+)")
# what changes how the software behaves; names of secrets are not among them
VARIABLES: Final = re.compile(
    r"(CUDA|NVIDIA|NCCL|GLOO|TORCH|PYTORCH|VLLM|UCM|UC|UNIFIED_CACHE|LMCACHE|HF|RAY|OMP|TRITON)_\w+|LD_LIBRARY_PATH"
    r"|PLATFORM|ENABLE_UCM_PATCH|ENABLE_SPARSE|MASTER_ADDR|MASTER_PORT|MAX_JOBS"
)
SECRET: Final = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH", re.IGNORECASE)


def measure(_wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Operating system, compilers, processor, GPUs and variables; what may hang comes last."""
    libc = " ".join(part for part in platform.libc_ver() if part)
    yield {
        "os": _release(),
        "kernel": platform.platform(),
        "libc": libc,
        "machine": platform.machine(),
        "processor": _processor(),
        "processors": os.cpu_count() or 0,
        "memory": _memory(),
        "cgroup": dict(cgroup.limits()),
        "shm_bytes": _free(Path("/dev/shm")),  # noqa: S108  asked for its size only
        "in_container": Path("/.dockerenv").exists() or Path("/run/.containerenv").exists(),
        "temporary": os.environ.get("TMPDIR") or "/tmp",  # noqa: S108, TID251  where the service writes, full or not
        "variables": _variables(),
    }
    yield {name: _found(_printed(words), pattern) for name, words, pattern in VERSIONS}
    yield from _gpus()


def _variables() -> dict[str, Json]:
    given = sorted(os.environ.items())  # noqa: TID251  a child tells what it was given
    return {name: value for name, value in given if _is_told(name)}


def _is_told(name: str) -> bool:
    return VARIABLES.fullmatch(name) is not None and not SECRET.search(name)


def _release() -> str:
    text = _read(Path("/etc/os-release"))
    found = re.search(r'^PRETTY_NAME="?([^"\n]*)', text, re.MULTILINE)
    return found[1] if found else platform.system()


def _processor() -> str:
    found = re.search(r"^model name\s*: *(.*)$", _read(Path("/proc/cpuinfo")), re.MULTILINE)
    return found[1] if found else platform.processor()


def _memory() -> dict[str, Json]:
    found = re.findall(
        r"^(MemTotal|MemAvailable|SwapTotal|SwapFree): *(\d+) kB", _read(Path("/proc/meminfo")), re.MULTILINE
    )
    return {name: int(kib) * 1024 for name, kib in found}


def _free(folder: Path) -> int:
    try:
        status = os.statvfs(folder)
    except OSError:
        return 0
    return status.f_frsize * status.f_blocks


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _gpus() -> Iterator[dict[str, Json]]:
    program = shutil.which("nvidia-smi")
    if program is None:
        yield {"gpus": []}
        return
    rows = _printed((program, f"--query-gpu={','.join(GPU)}", "--format=csv,noheader,nounits"))
    gpus: list[Json] = []
    for line in rows.splitlines():
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) == len(GPU):
            gpus.append(dict(zip(GPU, cells, strict=True)))
    yield {"gpus": gpus, "driver_cuda": _found(_printed((program,)), CUDA.pattern)}
    yield {"topology": _printed((program, "topo", "-m"))[:TEXT_CHARS]}


def _printed(words: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=COMMAND_S, errors="replace")
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _found(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    return (found[1] if found.re.groups else found[0]) if found else ""
