"""What the figures depend on. In: the machine. Out: one sentence of it, and warnings."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from jobs import Setting

QUOTA = Path("/sys/fs/cgroup/cpu.max")
BUSY = 0.5  # of the cores: more and the jobs disturb each other
# in a process of its own: what it imports would count as memory of the jobs that are measured
VERSIONS = """
import sys
sys.path[:0] = sys.argv[1:]
from importlib.metadata import distributions
wanted = ("logsleuth", "drain3", "drain3-improved", "logparser3", "hyperscan", "pcre2")
found = {}
for one in distributions():
    name = one.metadata["Name"]
    if name in wanted:
        found.setdefault(name, one.version)
print("; ".join(f"{name} {found[name]}" for name in wanted if name in found))
"""


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load() -> float:
    """How many processes want to run, over the last minute."""
    return os.getloadavg()[0]


def quota() -> str:
    """What the control group allows, in words."""
    given = QUOTA.read_text(encoding="ascii").split() if QUOTA.exists() else ["max"]
    return "no quota" if given[0] == "max" else f"a quota of {int(given[0]) / int(given[1]):.1f} cores"


def warnings() -> Iterator[str]:
    """What is likely to spoil the figures."""
    if load() > BUSY * cores():
        yield f"load {load():.1f} on {cores()} cores: other work is running, ratios will spread"
    if "quota of" in quota():
        yield f"{quota()}: a job that is throttled takes longer than its CPU time"


def circumstances(setting: Setting, load_before: float) -> str:
    """The sentence below a table."""
    parts = (
        f"{setting.rounds} rounds, order drawn with seed {setting.seed}",
        f"{_processor()}, {cores()} of {os.cpu_count()} cores, {quota()}, load {load_before:.1f} before and {load():.1f} after",
        f"Python {platform.python_version()}",
        _versions(setting),
        *(_said(program) for program in ("rg", "lnav") if shutil.which(program)),
    )
    return "; ".join(part for part in parts if part) + "."


def _versions(setting: Setting) -> str:
    folder = [str(setting.peers_folder.resolve())] if setting.peers_folder else []
    command = [sys.executable, "-c", VERSIONS, *folder]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _said(program: str) -> str:
    command = [program, "--version"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\n")[0].split(" (")[0]


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text(encoding="utf-8").splitlines() if information.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
