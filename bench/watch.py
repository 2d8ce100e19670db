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
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from latency import WATCH, failure, healthy, latency, paced, started

from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.model import Block
from logsleuth.sources.follow import Follower


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


WRITER: Final = """
import os, sys, time
path, total, rate, keep = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4] == "keep"
flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
file = os.open(path, flags)
begin = time.perf_counter()
opened = begin
for number in range(total):
    os.write(file, f"line {number:09} {'x' * (number % 90)}\\n".encode())
    now = time.perf_counter()
    if not keep and now - opened > 0.003:  # as a program that looks for its file as WatchedFileHandler does, a bit late
        fresh = os.open(path, flags)
        os.close(file)
        file, opened = fresh, now
    while time.perf_counter() - begin < number / rate:
        time.sleep(0.0005)
"""


def shifted(log: Path, suffix: str = "") -> Path:
    """Room for the next rotated file; ten are kept."""
    last = log.with_name(f"{log.name}.10{suffix}")
    last.unlink(missing_ok=True)
    for number in range(9, 0, -1):
        older = log.with_name(f"{log.name}.{number}{suffix}")
        if older.exists():
            older.rename(log.with_name(f"{log.name}.{number + 1}{suffix}"))
    return log.with_name(f"{log.name}.1{suffix}")


def rotate_rename(log: Path, number: int) -> None:
    """Renamed; the writer makes the next one."""
    del number
    log.rename(shifted(log))


def rotate_create(log: Path, number: int) -> None:
    """Renamed, and the next one made at once."""
    rotate_rename(log, number)
    log.touch()


def rotate_copytruncate(log: Path, number: int) -> None:
    """Copied and emptied; what is kept of the copies is kept for the count."""
    copy = shifted(log)
    subprocess.run(("cp", "--", log, copy), check=True)
    os.truncate(log, 0)
    os.link(copy, log.parent.with_name("kept") / f"{number:06}")


def rotate_delete(log: Path, number: int) -> None:
    """Deleted; the writer makes it again."""
    del number
    log.unlink()


def rotate_symlink(log: Path, number: int) -> None:
    """The link leads to another file."""
    folder = log.parent.with_name("kept")
    fresh = folder / f"{number + 1:06}.log"
    fresh.touch()
    link = folder / "link"
    link.symlink_to(fresh)
    link.replace(log)


def rotate_gzip(log: Path, number: int) -> None:
    """Renamed and compressed, as logrotate does with nodelaycompress."""
    del number
    packed = shifted(log, ".gz")
    old = log.with_name(f"{log.name}.1")
    log.rename(old)
    log.touch()
    time.sleep(0.01)
    subprocess.run(("gzip", "-1", "-c"), stdin=old.open("rb"), stdout=packed.open("wb"), check=True)
    os.utime(packed, ns=(old.stat().st_mtime_ns, old.stat().st_mtime_ns))
    old.unlink()


ROTATIONS: Final[dict[str, Callable[[Path, int], None]]] = {
    "rename": rotate_rename,
    "rename, create": rotate_create,
    "delete": rotate_delete,
    "symlink": rotate_symlink,
    "gzip": rotate_gzip,
    "copytruncate": rotate_copytruncate,
}


def follow_rotations(kind: str, rotations: int, *, pause_s: float, rate: float, is_folder: bool) -> None:
    """Follow a file that another process writes and a third rotates; count every line."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, kept = Path(scratch, "logs"), Path(scratch, "kept")
        folder.mkdir()
        kept.mkdir()
        log = folder / "app.log"
        if kind == "symlink":
            log.symlink_to(kept / "000000.log")
        total = int(rotations * pause_s * rate)
        how = "keep" if kind == "copytruncate" else "reopen"
        arguments = [sys.executable, "-c", WRITER, str(log), str(total), str(rate), how]
        seen: Counter[int] = Counter()
        with subprocess.Popen(arguments) as writer:
            rotator = threading.Thread(target=rotate_all, args=(kind, log, rotations, pause_s, writer))
            rotator.start()
            follower = Follower([str(folder if is_folder else log)], limits=DEFAULT_LIMITS)
            while writer.poll() is None or rotator.is_alive():
                count(follower, seen, time.monotonic())
                time.sleep(follower.wait_s(time.monotonic()))
            rotator.join()
            for jump_s in (0, 1, 15, 30):  # as long as a writer is given to go on in a renamed file
                count(follower, seen, time.monotonic() + jump_s)
        lost = [number for number in range(total) if not seen[number]]
        twice = sum(times - 1 for times in seen.values() if times > 1)
        note = ""
        if kind == "copytruncate":
            there = {int(line) for path in kept.iterdir() for line in re.findall(rb"line (\d{9})", path.read_bytes())}
            note = f", of these {sum(number in there for number in lost)} are in a copy"
        print(
            f"rotations {kind:<15} {rotations} times, {total:,} lines: {len(lost)} lost, {twice} twice{note}",
            flush=True,
        )


def count(follower: Follower, seen: Counter[int], now: float) -> None:
    """Count the lines of one poll."""
    for item in follower.poll(now):
        if isinstance(item, Block):
            seen.update(int(line) for line in re.findall(rb"^line (\d{9})", item.data, re.MULTILINE))


def rotate_all(kind: str, log: Path, rotations: int, pause_s: float, writer: subprocess.Popen[bytes]) -> None:
    """Rotate while the writer lives."""
    for number in range(rotations):
        time.sleep(pause_s)
        if writer.poll() is not None:
            return
        if log.exists():
            ROTATIONS[kind](log, number)


def rotations(*, is_small: bool) -> None:
    """Every kind, a thousand times."""
    times, pause_s, rate = (30, 0.06, 1_000.0) if is_small else (1_000, 0.06, 1_000.0)
    for kind in ROTATIONS:
        follow_rotations(kind, times, pause_s=pause_s, rate=rate, is_folder=False)


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
