"""How fast a folder takes and gives blocks as a KV store writes them, and whether they come back as they went in."""

from __future__ import annotations

import hashlib
import os
import statistics
import tempfile
import traceback
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts
from logsleuth.probes import grounds, wanted
from logsleuth.probes.figures import number, shown, text
from logsleuth.probes.judging import from_failure, result, words
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject, Touch

NAME: Final = "block-io"
MIB: Final = 1024**2
BLOCK_BYTES: Final = (
    2 * MIB
)  # 128 tokens of an 8 B model's layer group; the log's own block is taken where it tells one
BLOCKS: Final = 64
MOST_BYTES: Final = 256 * MIB
SECONDS: Final = 15.0  # of writing: what is slower than this writes fewer blocks, four at least
FEWEST: Final = 4
ROOM: Final = 4  # times what is written has to be free, so that nobody else runs out of it
SLOW_GBPS: Final = 1.0  # below it UCM's own documents call a transfer slow
LATE_MS: Final = 10.0  # of one lookup


def wishes(subject: Subject) -> Mapping[str, Json] | Words:
    """Where to write, and blocks of what size."""
    path = wanted.store_path(subject)
    if not path:
        return wanted.NO_PATH
    size = wanted.first_size(subject, "kv_block_bytes", "io_size", "shard_size") or BLOCK_BYTES
    size = min(max(size, 4096), MOST_BYTES // 4)
    return {"path": path, "block_bytes": size, "blocks": max(FEWEST, min(BLOCKS, MOST_BYTES // size))}


def measure(wishes: Mapping[str, Json]) -> Mapping[str, object]:
    """Times of writing with fsync, of looking up, and of reading back past the cache, as far as it lets go."""
    size, count = int(str(wishes["block_bytes"])), int(str(wishes["blocks"]))
    place = str(wishes["path"])
    if ground := grounds.refused(place):
        return grounds.told(ground, place)
    figures = os.statvfs(place)
    free = figures.f_bavail * figures.f_frsize
    values: dict[str, object] = {"place": place, "block_bytes": size, "blocks": count, "free_bytes": free}
    if free < ROOM * size * count:
        return values | {"has_room": False}
    try:
        with tempfile.TemporaryDirectory(prefix=".logsleuth-", dir=place) as folder:
            return values | {"has_room": True} | _timed(Path(folder), size, count)
    except OSError:
        traceback.print_exc()
        return values


def _timed(folder: Path, size: int, count: int) -> dict[str, object]:
    written: list[float] = []
    names: list[str] = []
    while len(names) < FEWEST or (len(names) < count and sum(written) < SECONDS):
        block = os.urandom(size)
        names.append(_digest(block))
        written.append(_write(folder / names[-1], block))
    looked = [_look(folder / name) for name in names]
    read = [_read(folder / name) for name in names]
    return {
        "blocks": len(names),
        "write_gbps": _gbps(size, written),
        "write_p99_ms": _p99_ms(written),
        "lookup_p99_ms": _p99_ms(looked),
        "read_gbps": _gbps(size, [spent for spent, _ in read]),
        "read_p99_ms": _p99_ms([spent for spent, _ in read]),
        "intact": sum(is_intact for _, is_intact in read),
    }


def _digest(block: bytes) -> str:
    return hashlib.blake2b(block, digest_size=16).hexdigest()


def _write(path: Path, block: bytes) -> float:
    started = perf_counter()
    with path.open("wb", buffering=0) as file:
        file.write(block)
        os.fsync(file.fileno())
        spent = perf_counter() - started
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return spent


def _look(path: Path) -> float:
    started = perf_counter()
    path.stat()
    return perf_counter() - started


def _read(path: Path) -> tuple[float, bool]:
    """The seconds taken, and whether the block came back as it went in."""
    started = perf_counter()
    block = path.read_bytes()
    return perf_counter() - started, _digest(block) == path.name


def _gbps(size: int, spent: list[float]) -> float:
    return round(size * len(spent) / 1e9 / max(sum(spent), 1e-9), 4)


def _p99_ms(spent: list[float]) -> float:
    return round(statistics.quantiles(spent, n=100, method="inclusive")[98] * 1000, 3)


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """Slow if the medium itself stays below what the diagnosis calls slow; blocks that change are worse than slow."""
    facts = _facts(sample)
    if (failure := from_failure(NAME, sample, subject, facts=facts)) is not None:
        return failure
    place, free = text(sample, "place"), shown(number(sample, "free_bytes"))
    if sample.values.get("has_room") is not True:
        detail = words(
            "{free} are free in {place}, too little to try", "{place} 剩余 {free}，不足以测试", place=place, free=free
        )
        return result(NAME, Outcome.INCONCLUSIVE, detail, sample, facts)
    if number(sample, "intact") != number(sample, "blocks"):
        is_asked = subject.diagnosis.startswith("host.io-error")
        outcome = Outcome.CONFIRMED if is_asked else Outcome.INCONCLUSIVE
        return result(
            NAME,
            outcome,
            words(*_CHANGED, place=place),
            sample,
            facts,
        )
    return _from_speed(sample, subject, facts)


def _from_speed(sample: Sample, subject: Subject, facts: Facts) -> ProbeResult:
    """Whether the slower of the two directions, or the lookup, is as slow as the diagnosis says."""
    write, read = number(sample, "write_gbps") or 0, number(sample, "read_gbps") or 0
    lookup = number(sample, "lookup_p99_ms") or 0
    said = {"place": text(sample, "place"), "write": f"{write:.2f}", "read": f"{read:.2f}", "lookup": f"{lookup:.2f}"}
    is_lookup = subject.diagnosis.startswith("ucm.lookup-slow")
    is_slow = lookup > LATE_MS if is_lookup else min(write, read) < SLOW_GBPS
    if subject.diagnosis.startswith("host.io-error"):
        is_slow = False
    outcome = Outcome.CONFIRMED if is_slow else Outcome.REFUTED
    return result(NAME, outcome, words(*_SPEED, **said), sample, facts)


_CHANGED: Final = ("blocks in {place} came back changed", "{place} 中的块读回后内容已变")
_SPEED: Final = (
    "{place} writes {write} GB/s, reads {read} GB/s, looks up in {lookup} ms",
    "{place} 写 {write} GB/s，读 {read} GB/s，查找 {lookup} 毫秒",
)


def _facts(sample: Sample) -> Facts:
    names = ("write_gbps", "read_gbps", "write_p99_ms", "read_p99_ms", "lookup_p99_ms")
    figures = ((name, number(sample, name)) for name in names)
    size = number(sample, "block_bytes")
    block = (("block", shown(size)),) if size else ()
    return (*block, *((name, f"{value:g}") for name, value in figures if value is not None))


BLOCK_IO: Final = Probe(
    name=NAME,
    title=Words(en="Speed of a folder, in blocks of a KV store", zh="以 KV 块读写目录的速度"),
    hypothesis=Words(
        en="the medium itself is slower than 1 GB/s, looks up in more than 10 ms, or changes what it keeps",
        zh="介质本身低于 1 GB/s、查找超过 10 毫秒，或数据损坏",
    ),
    answers=("ucm.transfer-slow", "ucm.lookup-slow", "host.io-error"),
    predictions=(
        Prediction(diagnosis="ucm.transfer-slow", says=Words(en="below 1 GB/s", zh="低于 1 GB/s")),
        Prediction(diagnosis="ucm.lookup-slow", says=Words(en="over 10 ms for a lookup", zh="查找超过 10 毫秒")),
        Prediction(diagnosis="host.io-error", says=Words(en="EIO, or blocks that changed", zh="EIO，或块内容改变")),
        Prediction(diagnosis="healthy", says=Words(en="over 1 GB/s, all blocks intact", zh="超过 1 GB/s，数据完整")),
    ),
    measure="storage.blocks:measure",
    wishes=wishes,
    judge=judge,
    touches=(Touch.READS, Touch.DISK),
    limit_s=60.0,
)
