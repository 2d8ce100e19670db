"""Measures how soon `logsleuth watch` tells of an event, beside cat, through pipes of the same kind, in turns.

    python bench/latency.py [--small] [--json]

Measured from the write of the newline that completes an event to the arrival of the event, and for cat from the write of a
line to its arrival, on the same machine at the same time.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import IO, Final

WATCH: Final = (sys.executable, "-m", "logsleuth", "watch")
HEALTHY: Final = (
    "INFO 11-20 06:00:{s:02} [loggers.py:123] Engine 000: Avg prompt throughput: {a}.2 tokens/s, Avg generation throughput: {b}.7 tokens/s, Running: 4 reqs, Waiting: 0 reqs, GPU KV cache usage: {s}.4%, Prefix cache hit rate: 12.1%",
    'INFO:     10.0.0.{s}:{a} - "POST /v1/chat/completions HTTP/1.1" 200 OK',
    "INFO 11-20 06:00:{s:02} [async_llm.py:269] Added request chatcmpl-{a:032x}.",
    "INFO 11-20 06:00:{s:02} [engine.py:310] Aborted request chatcmpl-{b:032x}.",
)


def healthy(number: int) -> bytes:
    """A line of normal service."""
    form = HEALTHY[0] if number % 100 == 0 else HEALTHY[1 + number % 3]
    return (form.format(s=number % 60, a=number * 7919 % 60000, b=number * 104729 % 99991) + "\n").encode()


def named(number: int) -> str:
    """A number in letters, so that no two of them look alike to who masks digits."""
    return "".join(chr(65 + int(digit)) for digit in str(number))


def failure(number: int) -> bytes:
    """A traceback of an exception that is like no other."""
    name = named(number)
    return (
        "ERROR 11-20 06:00:00 [core.py:700] EngineCore encountered a fatal error.\n"
        "Traceback (most recent call last):\n"
        f'  File "/srv/plugin/step_{name.lower()}.py", line {number + 10}, in run_{name.lower()}\n'
        "    raise failure\n"
        f"plugin.errors.Broken{name}Error: step {name} cannot go on\n"
    ).encode()


class Arrivals:
    """When marks arrived on a pipe."""

    def __init__(self, descriptor: int, expression: bytes) -> None:
        self.times: dict[bytes, float] = {}
        self._descriptor = descriptor
        self._expression = re.compile(expression)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        rest = b""
        while data := os.read(self._descriptor, 65536):
            now = time.perf_counter()
            lines = (rest + data).split(b"\n")
            rest = lines.pop()
            for line in lines:
                for mark in self._expression.findall(line):
                    self.times.setdefault(mark, now)

    def join(self) -> None:
        """Wait for the end of the pipe."""
        self._thread.join(60)


def paced(rate: int, seconds: float) -> Iterator[int]:
    """How many lines to write now, again and again."""
    step_s = max(1 / rate, 0.001)
    start, written = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - start) < seconds:
        due = int(elapsed * rate) + 1 - written
        if due > 0:
            written += due
            yield due
        time.sleep(step_s)


def started(command: tuple[str, ...], output: int = subprocess.DEVNULL) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    """A process, and the pipe into it."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, bufsize=0)
    if process.stdin is None:
        raise SystemExit("no pipe")
    return process, process.stdin


def one_run(command: tuple[str, ...], rate: int, *, marks: int, gap_s: float, is_cat: bool) -> list[float]:
    """The latencies of one process, in milliseconds."""
    coming, going = os.pipe()
    process, stdin = started(command, going)
    os.close(going)
    arrivals = Arrivals(coming, rb"mark ([A-J]+) " if is_cat else rb"Broken([A-J]+)Error\"")
    pipe = stdin.fileno()
    first = b"mark J \n" if is_cat else failure(9)
    os.write(pipe, first + healthy(1))
    while b"J" not in arrivals.times:
        time.sleep(0.05)
    sent: dict[bytes, float] = {}
    number, count, next_mark = 1, 0, time.perf_counter() + gap_s
    for due in paced(rate, gap_s * (marks + 1)):
        data = b"".join(healthy(number + index) for index in range(due))
        number += due
        if time.perf_counter() >= next_mark and count < marks:
            name = named(1000 + count).encode()
            # the clock runs from the newline that completes what is waited for: a traceback takes the next line
            before, last = (
                (data, b"mark " + name + b" \n") if is_cat else (data + failure(1000 + count), healthy(number))
            )
            os.write(pipe, before)
            time.sleep(max(1 / rate, 0.0005))
            sent[name] = time.perf_counter()
            os.write(pipe, last)
            count += 1
            next_mark += gap_s
        else:
            os.write(pipe, data)
    time.sleep(0.3)
    stdin.close()
    process.wait(60)
    arrivals.join()
    os.close(coming)
    return [(arrivals.times.get(name, float("inf")) - at) * 1e3 for name, at in sent.items()]


def quantile(values: list[float], share: float) -> float:
    """The value below which `share` of them lie."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


RATES: Final = (10, 1_000, 20_000)


def latencies(rates: Sequence[int], *, is_small: bool) -> dict[int, dict[str, list[float]]]:
    """Milliseconds by rate and program: in turns, each turn begun by the other one."""
    rounds, marks, gap_s = (1, 5, 0.2) if is_small else (8, 25, 0.2)
    watch = (*WATCH, "-f", "jsonl", "--heartbeat", "0", "--no-report")
    found: dict[int, dict[str, list[float]]] = {rate: {"cat": [], "watch": []} for rate in rates}
    for rate, values in found.items():
        for turn in range(rounds):
            for name in ("cat", "watch")[:: -1 if turn % 2 else 1]:
                command = ("cat",) if name == "cat" else watch
                values[name] += one_run(command, rate, marks=marks, gap_s=gap_s, is_cat=name == "cat")
    return found


def latency(*, is_small: bool) -> None:
    """Beside cat, in turns."""
    for rate, found in latencies(RATES, is_small=is_small).items():
        for name, values in found.items():
            p50, p99 = quantile(values, 0.5), quantile(values, 0.99)
            print(f"latency {rate:>6}/s {name:<6} n={len(values)} p50 {p50:.2f} ms  p99 {p99:.2f} ms", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a version of seconds")
    parser.add_argument("--json", action="store_true", help="microseconds, for programs")
    given = parser.parse_args()
    if not given.json:
        latency(is_small=given.small)
        return
    said = {
        rate: {name: _quantiles(values) for name, values in found.items()}
        for rate, found in latencies(RATES, is_small=given.small).items()
    }
    print(json.dumps(said))


def _quantiles(values: list[float]) -> dict[str, float]:
    return {"count": len(values), "p50_us": quantile(values, 0.5) * 1e3, "p99_us": quantile(values, 0.99) * 1e3}


if __name__ == "__main__":
    main()
