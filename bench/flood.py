"""The flood: one exhausted GPU, then tens of thousands of lines about the engine's death: is it answered, and how fast.

    python bench/flood.py [--rounds 5] [--seconds 1.0] [--folder FOLDER]

Exit status 1 if the first diagnosis is not the exhausted GPU at its line, or if the median CPU time is over the limit.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from corpora import corpus, workplace
from cost import analyze, warm_up

ROOT = "cuda.oom.device"
ROOT_TEXT = b"torch.OutOfMemoryError: CUDA out of memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """What came first in the report, and the medians of the runs."""

    lines: int
    first: str
    line: int
    wanted_line: int
    cpu_s: float
    wall_s: float
    peak_mb: float

    @property
    def is_root_first(self) -> bool:
        """Whether the first diagnosis is the cause, at the line where it was printed."""
        is_class = self.first == ROOT or self.first.startswith(f"{ROOT}.")
        return is_class and self.line == self.wanted_line

    def __str__(self) -> str:
        answer = "stands first" if self.is_root_first else f"stands first, WANTED {ROOT} at line {self.wanted_line}"
        return (
            f"{self.lines:,} lines: {self.first} at line {self.line} {answer}; "
            f"{self.cpu_s:.2f} s of CPU, {self.wall_s:.2f} s of wall time, {self.peak_mb:.0f} MB at most"
        )


def answered(folder: Path, *, rounds: int) -> Flood:
    """Generate the flood and have it analysed `rounds` times; the cache is warm."""
    log, output = corpus("flood", 0, folder), folder / "flood.json"
    costs = [analyze(str(log), folder=folder, output=output) for _ in range(rounds)]
    diagnoses = json.loads(output.read_bytes())["diagnoses"]
    first, line = (diagnoses[0]["id"], diagnoses[0]["evidence"][0]["line"]) if diagnoses else ("nothing", 0)
    data = log.read_bytes()
    return Flood(
        lines=data.count(b"\n"),
        first=first,
        line=line,
        wanted_line=data.count(b"\n", 0, data.index(ROOT_TEXT)) + 1,
        cpu_s=statistics.median(cost.cpu_s for cost in costs),
        wall_s=statistics.median(cost.wall_s for cost in costs),
        peak_mb=max(cost.peak_mb for cost in costs),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="the most CPU time that the median may take")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with workplace(given.folder) as folder:
        warm_up(folder)
        flood = answered(folder, rounds=given.rounds)
    print(flood)
    sys.exit(not flood.is_root_first or flood.cpu_s > given.seconds)


if __name__ == "__main__":
    main()
