"""The look at what is here, as it runs in its child: versions of software, GPUs by nvidia-smi, the kernel log."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from logsleuth.probes.probe import Json

MIB: Final = 1024**2
QUERY: Final = ("index", "uuid", "name", "memory.total", "memory.used", "utilization.gpu")


def measure(_wishes: Mapping[str, Json]) -> Iterable[Mapping[str, object]]:
    """What is installed and visible; software first, because the driver may not answer."""
    yield {"has_kernel_log": _is_readable("/dev/kmsg")}
    for name in ("torch", "triton"):
        if find_spec(name) is not None:
            yield {name: _version(name)}
    yield {"torch_cuda": _torch_cuda()}
    yield from _nvml()


def _is_readable(path: str) -> bool:

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        os.read(descriptor, 8192)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _version(name: str) -> str:

    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


def _torch_cuda() -> str:
    """The CUDA that torch was built for, from its version file: importing torch takes seconds and may itself crash."""
    spec = find_spec("torch")
    if spec is None or not spec.origin:
        return ""
    try:
        text = Path(spec.origin).with_name("version.py").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    found = re.search(r"^cuda\b[^=\n]*= *'([\d.]+)'", text, re.MULTILINE)
    return found[1] if found else ""


def _nvml() -> Iterable[Mapping[str, object]]:
    """The GPUs by nvidia-smi, which every driver brings along."""
    program = shutil.which("nvidia-smi")
    if program is None:
        yield {"has_nvml": False}
        return
    rows = _asked(program, f"--query-gpu={','.join(QUERY)}")
    users = _asked(program, "--query-compute-apps=gpu_uuid,pid")
    yield {"has_nvml": rows is not None, "gpus": gpus_of(rows or "", users or "")}


def _asked(program: str, query: str) -> str | None:
    done = subprocess.run(
        [program, query, "--format=csv,noheader,nounits"], capture_output=True, text=True, check=False
    )
    return done.stdout if done.returncode == 0 else None


def gpus_of(rows: str, users: str) -> list[dict[str, Json]]:
    """The GPUs in what `nvidia-smi` prints of QUERY, each with the pids that compute on it."""
    pairs = [cells for line in users.splitlines() if len(cells := [cell.strip() for cell in line.split(",")]) == 2]
    return [
        {
            "index": int(index) if index.isdecimal() else 0,
            "uuid": uuid,
            "name": name,
            "total_bytes": _mib(total),
            "used_bytes": _mib(used),
            "utilization_percent": int(load) if load.isdecimal() else 0,
            "users": [int(pid) for of, pid in pairs if of == uuid and pid.isdecimal()],
        }
        for line in rows.splitlines()
        if len(cells := [cell.strip() for cell in line.split(",")]) == len(QUERY)
        for index, uuid, name, total, used, load in (cells,)
    ]


def _mib(text: str) -> int:
    return int(text) * MIB if text.isdecimal() else 0
