"""Whole processes and what they cost. In: a command. Out: CPU time, wall time, peak memory and exit status."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

LAST_WORDS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one process took, the processes it waited for included."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    status: int


def run(
    command: Sequence[str],
    *,
    folder: Path,
    output: Path | None = None,
    stdin: IO[bytes] | None = None,
    statuses: Sequence[int] = (0,),
    timeout_s: float = 900,
) -> Cost:
    """Run `command` in `folder`; a status that is none of `statuses` ends the program with what the command said last.

    The caller stays small: Linux counts the memory of the process that starts another one as a peak of the new one.
    """
    said = folder / "stderr.txt"
    with (output or Path(os.devnull)).open("wb") as out, said.open("wb") as errors:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdin=stdin or subprocess.DEVNULL, stdout=out, stderr=errors)
        limit = threading.Timer(timeout_s, process.kill)
        limit.start()
        _, waited, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
        limit.cancel()
    # reaped by hand for its own usage: subprocess must not wait for it again
    process.returncode = os.waitstatus_to_exitcode(waited)
    if process.returncode not in statuses:
        words = said.read_text(encoding="utf-8", errors="replace")[-LAST_WORDS:]
        sys.exit(f"{' '.join(command)}\nended with status {process.returncode}\n{words}")
    cpu_s = usage.ru_utime + usage.ru_stime
    return Cost(cpu_s=cpu_s, wall_s=wall_s, peak_mb=usage.ru_maxrss * 1024 / 1e6, status=process.returncode)


def set_for(folder: Path, *, hash_seed: int = 0) -> tuple[str, ...]:
    """How a command is begun that keeps the program's cache in `folder`."""
    return ("env", f"LOGSLEUTH_CACHE={folder / 'cache'}", f"PYTHONHASHSEED={hash_seed}")


def logsleuth(path: str, *more: str, folder: Path, hash_seed: int = 0, processes: int = 1) -> tuple[str, ...]:
    """The command that analyses `path`, with its cache kept in `folder`."""
    program = (*set_for(folder, hash_seed=hash_seed), sys.executable, "-m", "logsleuth", "analyze", "--format", "json")
    share = ("-j", str(processes)) if "-j" in options(folder) else ()
    return (*program, *share, *more, path)


@cache
def options(folder: Path) -> frozenset[str]:
    """The options that `analyze` has."""
    command = (*set_for(folder), sys.executable, "-m", "logsleuth", "analyze", "--help")
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return frozenset(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", said))


def analyze(path: str, *, folder: Path, output: Path | None = None, stdin: IO[bytes] | None = None) -> Cost:
    """Run the command once; an incident found is a success here."""
    return run(logsleuth(path, folder=folder), folder=folder, output=output, stdin=stdin, statuses=(0, 1))


def warm_up(folder: Path) -> None:
    """Fill the cache in `folder`, as every run but a user's first one finds it."""
    line = folder / "one-line.log"
    line.write_text("INFO 06-10 21:32:17 [api_server.py:1] Application startup complete.\n", encoding="utf-8")
    analyze(str(line), folder=folder)
