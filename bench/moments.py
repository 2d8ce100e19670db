"""The sections of the comparison that are about milliseconds: starting, single monstrous lines, latency on a pipe.

In: a setting. Out: a table each, and the goals beside it.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from corpora import corpus
from cost import Cost, logsleuth, set_for
from jobs import FOUND_OR_NOT, HERE, Job, Setting
from rounds import Measured, measured
from tables import Goal, Result, number, spread

MONSTER_BYTES = 3_000_000
CHUNK = 100_000
WORST_MS = 50.0
FEW = 3  # where only the working is shown
MONSTERS = (
    ("11-aaaa-", "11-", "aaaa-"),
    ("digits", "", "1234567890"),
    ("hex digits", "", "3fa9c0de"),
    ("addresses", "", "10.0.0.1:80,"),
    ("colons", "", "a:1:"),
    ("brackets", "", "["),
    ("braces of JSON", "", '{"a":'),
    ("quotes", "", '\\"'),
    ("tracebacks", "", "Traceback (most recent call last): "),
    ("exceptions", "", "RuntimeError: "),
    ("frames", "", 'File "a.py", line 1, in a '),
    ("levels", "", "ERROR WARNING "),
    ("escape sequences", "", "\x1b[31m"),
    ("spaces", "ERROR", " "),
    ("one word", "", "a"),
)


def start(setting: Setting) -> Result:
    """What the program takes before it reads."""
    log = corpus("short", 0, setting.folder)
    program = (*set_for(setting.folder), sys.executable, "-m", "logsleuth")
    cold = setting.folder / "cold"
    # a shell empties the cache: what it takes for that is a millisecond
    script = 'rm -rf "$0"; LOGSLEUTH_CACHE="$0" exec "$@"'
    # as a user has it: with a number among its options, typer loads pydantic
    analyze = ("analyze", "--format", "json", str(log))
    jobs = (
        _job("python", "python -c pass", (sys.executable, "-c", "pass")),
        _job("version", "logsleuth --version", (*program, "--version")),
        _job("help", "logsleuth --help", (*program, "--help")),
        _job("short", "logsleuth analyze, 30 lines", (*program, *analyze)),
        _job(
            "cold",
            "the same without a cache",
            ("sh", "-c", script, str(cold), sys.executable, "-m", "logsleuth", *analyze),
        ),
    )
    found = measured(jobs, setting, rounds=setting.rounds * (1 if setting.is_quick else 3))
    goals = (
        Goal(text="--version", bound=150, values=_cpu_ms(found, "version"), unit="ms", is_least=False),
        Goal(
            text="analyze of 30 lines, warm cache", bound=350, values=_cpu_ms(found, "short"), unit="ms", is_least=False
        ),
    )
    lines = ["| command | CPU ms | wall ms | over python | peak MB |", "|---|--:|--:|--:|--:|"]
    for job in jobs:
        wall_ms = number(statistics.median(cost.wall_s * 1e3 for cost in found.costs[job.name]))
        ratio = spread(found.ratios(job.name, "python", _cpu))
        lines.append(
            f"| {job.about} | {spread(_cpu_ms(found, job.name))} | {wall_ms} | {ratio} | {number(found.peak_mb(job.name)[0])} |"
        )
    return Result(lines=lines, goals=goals)


def monsters(setting: Setting) -> Result:
    """Logs of one line of 3 MB, set against one of a short line in the same round."""
    plain = setting.folder / "short-line.log"
    plain.write_text("x\n", encoding="ascii")
    jobs = [_job("plain", "a short line", logsleuth(str(plain), folder=setting.folder))]
    for name, head, unit in MONSTERS[: FEW if setting.is_quick else None]:
        log = _monster(setting.folder / f"monster-{name.replace(' ', '-')}.log", head, unit)
        jobs.append(_job(name, name, logsleuth(str(log), folder=setting.folder)))
    found = measured(jobs, setting)
    above = {job.name: _above(found, job.name) for job in jobs[1:]}
    worst = max((name for name in above if name != MONSTERS[0][0]), key=lambda name: statistics.median(above[name]))
    goals = (
        Goal(
            text="a line of 11-aaaa-aaaa-...", bound=WORST_MS, values=above[MONSTERS[0][0]], unit="ms", is_least=False
        ),
        Goal(text=f"the worst of the others ({worst})", bound=WORST_MS, values=above[worst], unit="ms", is_least=False),
    )
    lines = ["| 3 MB of | CPU ms above a short line | peak MB |", "|---|--:|--:|"]
    lines += [f"| {name} | {spread(values)} | {number(found.peak_mb(name)[0])} |" for name, values in above.items()]
    return Result(lines=lines, goals=goals)


def _monster(path: Path, head: str, unit: str) -> Path:
    if not path.exists():
        chunk = (unit * (CHUNK // len(unit))).encode()
        with path.open("wb") as file:
            file.write(head.encode())
            for _ in range(MONSTER_BYTES // len(chunk)):
                file.write(chunk)
            file.write(b"\n")
    return path


def _above(found: Measured, name: str) -> list[float]:
    pairs = zip(found.costs[name], found.costs["plain"], strict=True)
    return [(one.cpu_s - other.cpu_s) * 1e3 for one, other in pairs]


def latency(setting: Setting) -> Result:
    """A line through the pipe and back; and from a failure written to what is said of it, beside cat."""
    trips = _said("round_trip.py", *(("--lines", "2000", "--turns", "1") if setting.is_quick else ()))
    events = _said("latency.py", "--json", *(("--small",) if setting.is_quick else ()))
    lines = ["| what | program | times | p50 us | p99 us |", "|---|---|--:|--:|--:|"]
    lines += [_moments("a line, there and back", *item) for item in trips.items()]
    for rate, found in events.items():
        lines += [_moments(f"an event among {int(rate):,} lines a second", *item) for item in found.items()]
    goals = [
        Goal(
            text=f"{share} over cat, there and back",
            bound=bound,
            values=[trips["watch"][f"{share}_us"] - trips["cat"][f"{share}_us"]],
            unit="us",
            is_least=False,
        )
        for share, bound in (("p50", 50), ("p99", 1000))
    ]
    return Result(lines=lines, goals=goals)


def _said(program: str, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, str(HERE / program), *arguments]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def _moments(what: str, name: str, row: dict[str, float]) -> str:
    return f"| {what} | {name} | {row['count']:,} | {number(row['p50_us'])} | {number(row['p99_us'])} |"


def _job(name: str, about: str, command: Sequence[str]) -> Job:
    return Job(name=name, about=about, command=tuple(command), megabytes=1, statuses=FOUND_OR_NOT)


def _cpu(cost: Cost) -> float:
    return cost.cpu_s


def _cpu_ms(found: Measured, name: str) -> list[float]:
    return [cost.cpu_s * 1e3 for cost in found.costs[name]]
