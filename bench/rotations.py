"""A log that is written, rotated in every usual way and followed at once: whether a line is lost or comes twice."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.model import Block
from logsleuth.sources.follow import Follower

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
