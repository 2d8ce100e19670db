"""Measures `logsleuth watch`: latency beside cat, CPU share, memory, rotations under load, kills with a state.

    python bench/watch.py latency | cpu | memory | rotations | kills [--small]

Latency is measured from the write of the newline that completes an event to the arrival of the event, and for cat from
the write of a line to its arrival, through pipes of the same kind, in turns, on the same machine at the same time.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final

from rotations import rotations

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


def latency(*, is_small: bool) -> None:
    """Beside cat, in turns."""
    rounds, marks, gap_s = (1, 5, 0.2) if is_small else (8, 25, 0.2)
    command = (*WATCH, "-f", "jsonl", "--heartbeat", "0", "--no-report")
    for rate in (10, 1_000, 20_000):
        found: dict[str, list[float]] = {"cat": [], "watch": []}
        for _ in range(rounds):
            found["cat"] += one_run(("cat",), rate, marks=marks, gap_s=gap_s, is_cat=True)
            found["watch"] += one_run(command, rate, marks=marks, gap_s=gap_s, is_cat=False)
        for name, values in found.items():
            p50, p99 = quantile(values, 0.5), quantile(values, 0.99)
            print(
                f"latency {rate:>6}/s {name:<6} n={len(values)} p50 {p50:.2f} ms  p99 {p99:.2f} ms",
                flush=True,
            )


def cpu_s(pid: int) -> float:
    """The processor time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int, key: str = "VmRSS") -> float:
    """Resident memory."""
    return int(re.search(rf"{key}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024  # type: ignore[index]


def cpu(*, is_small: bool) -> None:
    """Share of one processor at 1,000 lines/s, and at rest."""
    seconds = 3 if is_small else 20
    for rate in (1, 1_000, 10_000):
        process, stdin = started((*WATCH, "-f", "jsonl", "--no-report"))
        stdin.write(healthy(1))
        time.sleep(1.5)
        before, number = cpu_s(process.pid), 1
        start = time.perf_counter()
        for due in paced(rate, seconds):
            stdin.write(b"".join(healthy(number + index) for index in range(due)))
            number += due
        used, elapsed = cpu_s(process.pid) - before, time.perf_counter() - start
        stdin.close()
        process.wait(60)
        print(
            f"cpu {rate:>6}/s: {used / elapsed:.1%} of one processor, {used / number * 1e6:.0f} us a line", flush=True
        )


def memory(*, is_small: bool) -> None:
    """Resident memory while lines pour in, with a failure now and then."""
    total, chunk = (200_000, 20_000) if is_small else (10_000_000, 20_000)
    process, stdin = started((*WATCH, "-f", "jsonl", "--no-report"))
    start = time.perf_counter()
    base = b"".join(healthy(number) for number in range(chunk))
    for done in range(0, total, chunk):
        view = memoryview(base + failure(done // chunk % 50))
        while view:
            view = view[os.write(stdin.fileno(), view) :]
        if (done + chunk) in {total // 100, total // 10, total // 2, total}:
            print(f"memory after {done + chunk:>10,} lines: {memory_mb(process.pid):.0f} MiB", flush=True)
    peak = memory_mb(process.pid, "VmHWM")
    stdin.close()
    process.wait(600)
    elapsed = time.perf_counter() - start
    print(f"memory peak {peak:.0f} MiB; {total / elapsed:,.0f} lines/s through the pipe", flush=True)


def kills(*, is_small: bool) -> None:
    """Kill a watch with a state again and again while a log is written and rotated; every failure is told once."""
    times = 5 if is_small else 100
    generator = random.Random(5)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "logs")
        folder.mkdir()
        log, events = folder / "app.log", Path(scratch, "events.jsonl")
        stop = threading.Event()
        told = [0]
        writer = threading.Thread(target=write_failures, args=(log, stop, told))
        writer.start()
        command = (
            *WATCH,
            str(log),
            "-f",
            "jsonl",
            "-o",
            str(events),
            "--state",
            str(Path(scratch, "state")),
            "--no-report",
            "--heartbeat",
            "0",
        )
        for _ in range(times):
            process = subprocess.Popen(command)
            time.sleep(generator.uniform(0.4, 1.6))
            process.send_signal(signal.SIGKILL)
            process.wait()
        stop.set()
        writer.join()
        subprocess.run((*command, "--idle-exit", "8"), check=False)
        opened = Counter(
            event["diagnosis"]["facts"]["exception"]
            for event in map(json.loads, events.read_text().splitlines())
            if event["type"] == "opened" and event["diagnosis"]["id"] == "unknown"
        )
        ids = Counter(event["event"] for event in map(json.loads, events.read_text().splitlines()))
        twice = sum(count > 1 for count in opened.values())
        print(
            f"kills {times}: {told[0]} failures written, {len(opened)} opened, {twice} opened twice, {sum(c > 1 for c in ids.values())} events twice",
            flush=True,
        )


def write_failures(log: Path, stop: threading.Event, told: list[int]) -> None:
    """Normal service with a new failure every 300 ms, rotated every two seconds."""
    number, next_failure, next_rotation = 0, time.monotonic(), time.monotonic() + 2
    while not stop.is_set():
        now = time.monotonic()
        with log.open("ab") as file:
            file.write(b"".join(healthy(number + index) for index in range(5)))
            number += 5
            if now >= next_failure:
                file.write(failure(told[0]) + healthy(number))
                told[0] += 1
                next_failure = now + 0.3
        if now >= next_rotation:
            # all are kept: what nobody kept, nobody can read when he comes back
            log.rename(log.with_name(f"app.log-{number:08}"))
            next_rotation = now + 2
        time.sleep(0.02)


def main() -> None:
    """Run what is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts: dict[str, Callable[..., None]] = {
        "latency": latency,
        "cpu": cpu,
        "memory": memory,
        "rotations": rotations,
        "kills": kills,
    }
    parser.add_argument("part", choices=parts)
    parser.add_argument("--small", action="store_true", help="a version of seconds")
    chosen = parser.parse_args()
    parts[chosen.part](is_small=chosen.small)


if __name__ == "__main__":
    main()
