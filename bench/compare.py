"""Compares the whole program with its peers: whole processes, interleaved round by round, as ratios of CPU time.

    python bench/compare.py [--megabytes 200] [--rounds 5] [--folder FOLDER] [--jobs logsleuth,rg] [--large 1000]
                            [--markdown docs/performance.md]

The corpora are generated into FOLDER (default: a temporary one) and used again when they are there. Absolute times move
with a machine's other work; the two sides of one round do not, so the ratios are what counts: CPU time per byte of the
peer over that of logsleuth in the same round. Above 1, logsleuth is the faster one.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import packages_distributions, version
from importlib.util import find_spec
from pathlib import Path

from corpora import corpus, workplace
from cost import Cost, logsleuth, run, warm_up
from flood import answered

HERE = Path(__file__).resolve().parent
BEGIN, END = "<!-- measured: bench/compare.py writes what follows -->", "<!-- end of what was measured -->"
SUBJECT, LARGE = "logsleuth", "logsleuth-large"
NAMES = (SUBJECT, "drain3", "drain3-masked", "rg", "wc", LARGE, "flood")
GOALS = {"drain3": 4.0, "drain3-masked": 15.0, "rg": 0.30}
SLICE_MB = 20.0  # for a peer that would take minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A command to measure, and how much it reads."""

    name: str
    about: str
    command: tuple[str, ...]
    megabytes: float
    statuses: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A job that cannot run here."""

    name: str
    reason: str


def jobs(given: argparse.Namespace, folder: Path) -> tuple[Job | Absent, ...]:
    """The jobs asked for, in the order in which each round runs them."""
    log = corpus(given.corpus, given.megabytes, folder)
    wanted = given.jobs
    found: list[Job | Absent] = [_subject(SUBJECT, log, folder)]
    found += [_drain3(name, given, folder) for name in ("drain3", "drain3-masked") if name in wanted]
    if "rg" in wanted:
        found.append(_ripgrep(log, folder))
    if "wc" in wanted:
        found.append(Job(name="wc", about="wc -l", command=("wc", "-l", str(log)), megabytes=_megabytes(log)))
    if LARGE in wanted and given.large:
        found.append(_subject(LARGE, corpus(given.corpus, given.large, folder), folder))
    return tuple(found)


def _megabytes(path: Path) -> float:
    return path.stat().st_size / 1e6


def _subject(name: str, log: Path, folder: Path) -> Job:
    command = logsleuth(str(log), folder=folder)
    about = "logsleuth analyze --format json"
    return Job(name=name, about=about, command=command, megabytes=_megabytes(log), statuses=(0, 1))


def _drain3(name: str, given: argparse.Namespace, folder: Path) -> Job | Absent:
    if not given.drain3_folder and find_spec("drain3") is None:
        return Absent(name=name, reason="drain3 is not installed")
    is_masked = name == "drain3-masked"
    size = min(SLICE_MB, given.megabytes) if is_masked else given.megabytes
    log = corpus(given.corpus, size, folder)
    source = ("--from", str(given.drain3_folder.resolve())) if given.drain3_folder else ()
    command = (sys.executable, str(HERE / "peers.py"), name, str(log), *source)
    about = "drain3, five masks" if is_masked else "drain3, as it comes"
    return Job(name=name, about=f"{about}, per line", command=command, megabytes=_megabytes(log))


def _ripgrep(log: Path, folder: Path) -> Job | Absent:
    if shutil.which("rg") is None:
        return Absent(name="rg", reason="ripgrep is not installed")
    patterns = folder / "patterns.txt"
    # in a process of its own: this one must stay small, or its memory counts as that of the jobs
    command = [sys.executable, str(HERE / "ripgrep.py"), str(patterns)]
    count = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    search = ("rg", "-c", "-f", str(patterns), str(log))
    about = f"rg -c -f, {count} patterns"
    return Job(name="rg", about=about, command=search, megabytes=_megabytes(log), statuses=(0, 1))


def measured(ready: Sequence[Job], folder: Path, *, rounds: int) -> dict[str, list[Cost]]:
    """The costs of every job, round by round."""
    costs: dict[str, list[Cost]] = {job.name: [] for job in ready}
    for number in range(rounds):
        for job in ready:
            cost = run(job.command, folder=folder, statuses=job.statuses)
            costs[job.name].append(cost)
            print(f"round {number + 1}: {job.name:14} {cost.cpu_s:7.2f} s of CPU", file=sys.stderr, flush=True)
    return costs


def ratios(job: Job, subject: Job, costs: dict[str, list[Cost]]) -> list[float]:
    """CPU time per byte of `job` over that of `subject`, for each round."""
    pairs = zip(costs[job.name], costs[subject.name], strict=True)
    return [(one.cpu_s / job.megabytes) / (other.cpu_s / subject.megabytes) for one, other in pairs]


def spread(values: Sequence[float]) -> str:
    """Least, median and greatest."""
    return f"{min(values):.2f} / {statistics.median(values):.2f} / {max(values):.2f}"


def table(found: Sequence[Job | Absent], costs: dict[str, list[Cost]]) -> list[str]:
    """The measurements as a Markdown table."""
    lines = [
        "| job | MB | CPU s, min / median / max | MB per CPU s | wall s | peak MB | CPU per MB against logsleuth | goal |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    subject = next(job for job in found if isinstance(job, Job))
    for job in found:
        if isinstance(job, Absent):
            lines.append(f"| {job.name} | | not measured: {job.reason} | | | | | |")
        else:
            lines.append(_row(job, costs[job.name], ratios(job, subject, costs)))
    return lines


def _row(job: Job, costs: Sequence[Cost], against: Sequence[float]) -> str:
    cpu_s = [cost.cpu_s for cost in costs]
    goal = f">= {GOALS[job.name]:g}" if job.name in GOALS else ""
    cells = (
        job.about,
        f"{job.megabytes:.0f}",
        spread(cpu_s),
        f"{job.megabytes / statistics.median(cpu_s):.0f}",
        f"{statistics.median(cost.wall_s for cost in costs):.2f}",
        f"{max(cost.peak_mb for cost in costs):.0f}",
        "1" if job.name == SUBJECT else spread(against),
        goal,
    )
    return f"| {' | '.join(cells)} |"


def circumstances(given: argparse.Namespace) -> str:
    """What the figures depend on."""
    names = sorted({name for package in ("drain3", "hyperscan", "pcre2") for name in _distributions(package)})
    parts = [
        f"{given.rounds} rounds on the {given.corpus} log",
        f"{_processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end",
        f"Python {platform.python_version()}",
        *(f"{name} {version(name)}" for name in names),
    ]
    if shutil.which("rg"):
        parts.append(
            subprocess.run(["rg", "--version"], check=True, capture_output=True, text=True).stdout.split("\n")[0]
        )
    return "; ".join(parts) + "."


def _distributions(package: str) -> Sequence[str]:
    return packages_distributions().get(package, ())


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text(encoding="utf-8").splitlines() if information.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def inserted(document: str, text: str) -> str:
    """`document` with `text` between its markers."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"the document lacks the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=200)
    parser.add_argument("--large", type=float, default=0, help="analyse a log of this many MB too; 0: do not")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--corpus", choices=("serving", "diverse"), default="serving")
    parser.add_argument("--folder", type=Path, help="where the corpora are or will be")
    parser.add_argument("--jobs", default=",".join(NAMES), help=f"some of {','.join(NAMES)}")
    parser.add_argument("--drain3-folder", type=Path, help="use the drain3 in this folder")
    parser.add_argument("--markdown", type=Path, help="put the table into this document, between its markers")
    given = parser.parse_args()
    given.jobs = set(given.jobs.split(","))
    if unknown := given.jobs - set(NAMES):
        parser.error(f"no such job: {', '.join(sorted(unknown))}")
    return given


def main() -> None:
    given = arguments()
    document = given.markdown.read_text(encoding="utf-8") if given.markdown else f"{BEGIN}{END}"
    inserted(document, "")  # better refused now than after minutes of measuring
    with workplace(given.folder) as folder:
        warm_up(folder)
        found = jobs(given, folder)
        costs = measured([job for job in found if isinstance(job, Job)], folder, rounds=given.rounds)
        lines = [circumstances(given), "", *table(found, costs)]
        if "flood" in given.jobs:
            lines += ["", f"The flood, {answered(folder, rounds=given.rounds)}."]
    print("\n".join(lines))
    if given.markdown:
        given.markdown.write_text(inserted(document, "\n".join(lines)), encoding="utf-8")


if __name__ == "__main__":
    main()
