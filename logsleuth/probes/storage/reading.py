"""How fast the folder of a model is read: pieces of its largest files, past the cache where the system allows it."""

from __future__ import annotations

import mmap
import os
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts
from logsleuth.probes import grounds, wanted
from logsleuth.probes.figures import number, shown, text
from logsleuth.probes.host.memory import meminfo
from logsleuth.probes.judging import from_failure, result, words
from logsleuth.probes.model_files.cache import cached
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject, Touch

NAME: Final = "read-speed"
PIECE_BYTES: Final = 8 * 1024**2
MOST_BYTES: Final = 1024**3
SECONDS: Final = 10.0
ENTRIES: Final = 2000
LEAST_BYTES: Final = 64 * 1024**2  # of a folder: less says nothing about loading a model
SLOW_GBPS: Final = 0.5  # a shared mount of 10 Gbit/s, half used; a local NVMe gives ten times as much
FAST_GBPS: Final = 1.0


def wishes(subject: Subject) -> Mapping[str, Json] | Words:
    """Which folder, or which repository of the hub, whose folder in the cache it then is."""
    model = wanted.path(subject) or subject.get("model") or subject.get("model_path")
    if not model or "\0" in model:
        return Words(
            en="the log does not tell the model: give it with --fact path=FOLDER",
            zh="日志没有给出模型：请用 --fact path=目录 指定",
        )
    return {"model": model, "most_bytes": MOST_BYTES}


def measure(wishes: Mapping[str, Json]) -> Mapping[str, object]:
    """Bytes and seconds of reading, and the memory that is left to keep them in."""
    place = folder(str(wishes["model"]))
    if ground := grounds.refused(str(place)):
        return grounds.told(ground, str(place))
    values: dict[str, object] = {"place": str(place), **meminfo(Path("/proc/meminfo"))}
    files = largest_files(place)
    total = sum(size for _, size in files)
    return values | {"files": len(files), "size_bytes": total} | _read(files, int(str(wishes["most_bytes"])))


def folder(model: str) -> Path:
    """The folder itself, or that of a repository in the hub's cache."""
    path = Path(model)
    if path.is_absolute() or path.is_dir():
        return path
    in_cache = cached(model)
    return in_cache / "snapshots" if in_cache is not None else path.absolute()


def largest_files(place: Path) -> list[tuple[str, int]]:
    """The files below a folder with their sizes, largest first, within a bound of entries."""
    found: list[tuple[str, int]] = []
    for parent, _, names in os.walk(place):
        found += [(path, size) for name in names if (size := _size(path := f"{parent}/{name}")) > 0]
        if len(found) > ENTRIES:
            break
    return sorted(found, key=lambda item: (-item[1], item[0]))


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0


def _read(files: list[tuple[str, int]], most_bytes: int) -> dict[str, object]:
    done, spent, is_direct = 0, 0.0, True
    with mmap.mmap(-1, PIECE_BYTES) as buffer:
        for path, _ in files:
            descriptor, is_past_cache = _opened(path)
            is_direct &= is_past_cache
            started = perf_counter()
            try:
                while done < most_bytes and spent + perf_counter() - started < SECONDS:
                    if not (count := os.readv(descriptor, [buffer])):
                        break
                    done += count
            finally:
                os.close(descriptor)
            spent += perf_counter() - started
            if done >= most_bytes or spent >= SECONDS:
                break
    return {"read_bytes": done, "seconds": round(spent, 4), "is_direct": is_direct}


def _opened(path: str) -> tuple[int, bool]:
    """A descriptor, and whether it reads past the cache: tmpfs and some FUSE mounts do not offer that."""
    try:
        return os.open(path, os.O_RDONLY | os.O_DIRECT), True
    except OSError:
        return os.open(path, os.O_RDONLY), False


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """Slow if the medium itself is; between the two bounds it may be, or not."""
    facts = _facts(sample)
    if (failure := from_failure(NAME, sample, subject, facts=facts)) is not None:
        return failure
    done, spent = number(sample, "read_bytes") or 0, number(sample, "seconds") or 0
    said = {"place": text(sample, "place"), "size": shown(number(sample, "size_bytes") or 0)}
    if done < LEAST_BYTES or not spent:
        return result(NAME, Outcome.INCONCLUSIVE, words(*_TOO_SMALL, **said), sample, facts)
    speed = done / 1e9 / spent
    detail = words(*_SPEED, **said, speed=f"{speed:.2f}", minutes=f"{_minutes(sample, speed):.1f}")
    if speed < SLOW_GBPS:
        return result(NAME, Outcome.CONFIRMED, detail, sample, facts)
    is_sure = speed >= FAST_GBPS and sample.values.get("is_direct") is True
    return result(NAME, Outcome.REFUTED if is_sure else Outcome.INCONCLUSIVE, detail, sample, facts)


def _minutes(sample: Sample, speed: float) -> float:
    return (number(sample, "size_bytes") or 0) / 1e9 / speed / 60


def _facts(sample: Sample) -> Facts:
    sizes = (("size", "size_bytes"), ("read", "read_bytes"), ("available_memory", "available_bytes"))
    figures = ((name, number(sample, key)) for name, key in sizes)
    return tuple((name, shown(value)) for name, value in figures if value is not None)


_TOO_SMALL: Final = ("{place} holds {size}: too little to tell", "{place} 仅有 {size}，不足以判断")
_SPEED: Final = (
    "{place} is read with {speed} GB/s: {minutes} min for its {size}",
    "{place} 读取速度 {speed} GB/s：读完 {size} 需 {minutes} 分钟",
)

READ_SPEED: Final = Probe(
    name=NAME,
    title=Words(en="Reading the folder of the model", zh="读取模型目录的速度"),
    hypothesis=Words(
        en="loading is slow because the medium that holds the model is",
        zh="加载慢是因为存放模型的介质慢",
    ),
    answers=("model.load-slow", "hang.startup"),
    predictions=(
        Prediction(diagnosis="model.load-slow", says=Words(en="below 0.5 GB/s", zh="低于 0.5 GB/s")),
        Prediction(diagnosis="healthy", says=Words(en="over 1 GB/s past the cache", zh="绕过缓存仍超过 1 GB/s")),
    ),
    measure="storage.reading:measure",
    wishes=wishes,
    judge=judge,
    touches=(Touch.READS,),
    limit_s=30.0,
)
