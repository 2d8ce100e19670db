"""Measures what passing a pipe through `logsleuth watch --tee` costs: one line in flight, there and back, beside cat.

    python bench/round_trip.py [--lines 20000] [--turns 3]

Prints microseconds as JSON. The next line is written when the one before has come back, so the time holds what is left
of the analysis of that one, too.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time

from latency import WATCH, healthy, quantile

WARM = 500  # lines, that nobody counts
PROGRAMS = {"cat": ("cat",), "watch": (*WATCH, "--tee", "--no-report", "--heartbeat", "0")}


def trips(command: tuple[str, ...], lines: int) -> list[float]:
    """The seconds that each line took."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
    )
    if process.stdin is None or process.stdout is None:
        raise SystemExit("no pipe")
    going, coming, found = process.stdin.fileno(), process.stdout.fileno(), []
    for number in range(WARM + lines):
        line = healthy(number)
        began = time.perf_counter()
        os.write(going, line)
        left = len(line)
        while left:
            left -= len(os.read(coming, left))
        found.append(time.perf_counter() - began)
    process.stdin.close()
    process.wait(60)
    process.stdout.close()
    return found[WARM:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=20_000)
    parser.add_argument("--turns", type=int, default=3)
    given = parser.parse_args()
    found: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for turn in range(given.turns):
        for name in list(PROGRAMS)[:: -1 if turn % 2 else 1]:
            found[name] += trips(PROGRAMS[name], given.lines)
    print(json.dumps({name: _quantiles(values) for name, values in found.items()}))


def _quantiles(values: list[float]) -> dict[str, float]:
    return {"count": len(values), "p50_us": quantile(values, 0.5) * 1e6, "p99_us": quantile(values, 0.99) * 1e6}


if __name__ == "__main__":
    main()
