"""Measures `logsleuth watch`: latency beside cat, CPU share, memory, rotations under load, kills with a state.

    python bench/watch.py latency | cpu | memory | rotations | kills [--small]

How latency is measured, latency.py says.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from latency import WATCH, failure, healthy, latency, paced, started
from rotations import rotations


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
