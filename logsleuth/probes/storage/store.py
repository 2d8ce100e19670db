"""Does a block that is put into a store's folder come back: written, committed by its new name, looked up, read."""

from __future__ import annotations

import hashlib
import itertools
import os
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts
from logsleuth.probes import grounds, wanted
from logsleuth.probes.figures import number, text
from logsleuth.probes.judging import from_failure, result, words
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject, Touch

NAME: Final = "store-round-trip"
BLOCKS: Final = 32
BLOCK_BYTES: Final = 64 * 1024
SEEN: Final = 1000  # files of the store that are counted
ENTRIES: Final = 5000


def wishes(subject: Subject) -> Mapping[str, Json] | Words:
    """Which folder the store keeps its blocks in."""
    path = wanted.store_path(subject)
    if not path:
        return Words(
            en="the log does not tell the folder of the store: give it with --fact path=FOLDER",
            zh="日志没有给出存储目录：请用 --fact path=目录 指定",
        )
    return {"path": path, "blocks": BLOCKS, "block_bytes": BLOCK_BYTES}


def measure(wishes: Mapping[str, Json]) -> Mapping[str, object]:
    """How many blocks were committed, found and read as they were; how many files the store has already."""
    place, count, size = Path(str(wishes["path"])), int(str(wishes["blocks"])), int(str(wishes["block_bytes"]))
    if ground := grounds.refused(str(place)):
        return grounds.told(ground, str(place))
    values: dict[str, object] = {"place": str(place), "blocks": count, "files": sum(1 for _ in files(place))}
    try:
        with tempfile.TemporaryDirectory(prefix=".logsleuth-", dir=place) as folder:
            return values | _round_trip(Path(folder), count, size)
    except OSError:
        traceback.print_exc()
        return values


def files(place: Path) -> Iterator[Path]:
    """Files below the store's folder, within a bound of entries, without following links."""
    entries = 0
    for folder, _, names in os.walk(place):
        entries += len(names) + 1
        yield from (Path(folder) / name for name in itertools.islice(names, SEEN))
        if entries > ENTRIES:
            return


def _round_trip(folder: Path, count: int, size: int) -> dict[str, object]:
    names = [_committed(folder, os.urandom(size)) for _ in range(count)]
    found = [name for name in names if (folder / name).exists()]
    read = [name for name in found if _digest((folder / name).read_bytes()) == name]
    strange = (folder / _digest(b"never written")).exists()
    return {"committed": len(names), "found": len(found), "read": len(read), "finds_absent": strange}


def _committed(folder: Path, block: bytes) -> str:
    """The name under which a block was committed: it is written aside first, as UCM's Posix store does."""
    name = _digest(block)
    aside = folder / f"{name}.act"
    aside.write_bytes(block)
    aside.rename(folder / name)
    return name


def _digest(block: bytes) -> str:
    return hashlib.blake2b(block, digest_size=16).hexdigest()


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """The folder loses blocks, or it keeps them and the reason has to be looked for above it."""
    facts = _facts(sample)
    if (failure := from_failure(NAME, sample, subject, facts=facts)) is not None:
        return failure
    count, place = number(sample, "blocks") or 0, text(sample, "place")
    said = {"place": place, "read": f"{number(sample, 'read') or 0:.0f}", "count": f"{count:.0f}"}
    is_kept = number(sample, "read") == count and sample.values.get("finds_absent") is False
    if not is_kept:
        return result(NAME, Outcome.CONFIRMED, words(*_LOST, **said), sample, facts)
    sentence = _EMPTY if number(sample, "files") == 0 else _KEPT
    return result(NAME, Outcome.REFUTED, words(*sentence, **said), sample, facts)


def _facts(sample: Sample) -> Facts:
    figures = ((name, number(sample, name)) for name in ("committed", "found", "read", "files"))
    return tuple((name, f"{value:.0f}") for name, value in figures if value is not None)


_LOST: Final = (
    "of {count} blocks put into {place}, {read} came back",
    "写入 {place} 的 {count} 个块，只取回 {read} 个",
)
_KEPT: Final = (
    "{place} gave back all {count} blocks and holds others: look at the hashes (PYTHONHASHSEED, model, block size)",
    "{place} 取回全部 {count} 个块，且已有其他数据：请检查哈希（PYTHONHASHSEED、模型、块大小）",
)
_EMPTY: Final = (
    "{place} gave back all {count} blocks, but the service has stored none: look at saving and its threshold",
    "{place} 取回全部 {count} 个块，但服务从未写入：请检查保存流程与阈值",
)

STORE_ROUND_TRIP: Final = Probe(
    name=NAME,
    title=Words(en="A round trip through the folder of the store", zh="在存储目录中写入、提交、查找、读取"),
    hypothesis=Words(
        en="lookups never hit because the folder does not keep what is put into it",
        zh="目录没有保存写入的内容，因此查找总是未命中",
    ),
    answers=("ucm.hit-rate-zero",),
    predictions=(
        Prediction(
            diagnosis="ucm.hit-rate-zero",
            says=Words(en="blocks are not found, or come back changed", zh="块找不到，或读回后内容改变"),
        ),
        Prediction(
            diagnosis="healthy",
            says=Words(en="all come back: the reason lies above the storage", zh="全部取回：原因在存储之上"),
        ),
    ),
    measure="storage.store:measure",
    wishes=wishes,
    judge=judge,
    touches=(Touch.READS, Touch.DISK),
)
