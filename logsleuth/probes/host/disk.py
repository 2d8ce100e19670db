"""Is there room on a disk: free bytes, inodes, and one small file written for real. In: a path."""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts
from logsleuth.probes import grounds, wanted
from logsleuth.probes.figures import number, shown, text
from logsleuth.probes.judging import from_failure, result, words
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject, Touch

NAME: Final = "disk-space"
WRITTEN_BYTES: Final = 1024**2
ENOUGH_BYTES: Final = 1024**3  # where the log does not tell how much was wanted
ENOUGH_FILES: Final = 1000


def wishes(subject: Subject) -> Mapping[str, Json] | Words:
    """Which path to look at, and how much room it needs."""
    path = wanted.path(subject) or wanted.store_path(subject) or subject.get("download_dir")
    if not path.startswith("/"):
        return wanted.NO_PATH
    return {"path": path, "needed_bytes": wanted.first_size(subject, "needed", "requested") or 0}


def measure(wishes: Mapping[str, Json]) -> Mapping[str, object]:
    """The figures of the file system, and the failure of a small file in a folder of its own, printed as it came."""
    if ground := grounds.refused(str(wishes["path"])):
        return grounds.told(ground, str(wishes["path"]))
    place = nearest_folder(str(wishes["path"]))
    figures = os.statvfs(place)
    values: dict[str, object] = {
        "place": str(place),
        "path": str(wishes["path"]),
        "free_bytes": figures.f_bavail * figures.f_frsize,
        "total_bytes": figures.f_blocks * figures.f_frsize,
        "needed_bytes": wishes["needed_bytes"],
    }
    if figures.f_files:  # file systems that make inodes as they are needed tell none
        values |= {"free_files": figures.f_favail, "total_files": figures.f_files}
    return values | {"written": _is_written(place)}


def nearest_folder(path: str) -> Path:
    """The folder itself, or the first one above it that exists."""
    place = Path(path)
    return next((folder for folder in (place, *place.parents) if folder.is_dir()), Path("/"))


def _is_written(place: Path) -> bool:
    try:
        with tempfile.TemporaryDirectory(prefix=".logsleuth-", dir=place) as folder:
            file = Path(folder) / "block"
            with file.open("wb") as sink:
                sink.write(os.urandom(WRITTEN_BYTES))  # what a file system cannot compress away
                sink.flush()
                os.fsync(sink.fileno())
    except OSError:
        traceback.print_exc()
        return False
    return True


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """Full if a small file does not fit, or less is free than the log says was needed."""
    facts = _facts(sample)
    if (failure := from_failure(NAME, sample, subject, facts=facts)) is not None:
        return failure
    free, needed = number(sample, "free_bytes") or 0, number(sample, "needed_bytes") or 0
    files = number(sample, "free_files")
    path, place = text(sample, "path"), text(sample, "place")
    said = {
        "place": place if path in {"", place} else f"{place} ({path} is not here)",
        "free": shown(free),
        "needed": shown(needed),
    }
    if needed > free:
        outcome, detail = Outcome.CONFIRMED, words(*_TOO_LITTLE, **said)
    elif (not needed and free < ENOUGH_BYTES) or (files is not None and files < ENOUGH_FILES):
        outcome, detail = Outcome.INCONCLUSIVE, words(*_LITTLE, **said)
    else:
        outcome, detail = Outcome.REFUTED, words(*_ROOM, **said)
    return result(NAME, outcome, detail, sample, facts)


_TOO_LITTLE: Final = ("{free} are free in {place}, {needed} are needed", "{place} 剩余 {free}，需要 {needed}")
_LITTLE: Final = (
    "a small file fits in {place}, but little room is left ({free})",
    "{place} 可写入小文件，但余量很少（{free}）",
)
_ROOM: Final = ("a file was written in {place}, and {free} are free", "已在 {place} 写入文件，剩余 {free}")


def _facts(sample: Sample) -> Facts:
    sizes = [(name, number(sample, f"{name}_bytes")) for name in ("free", "total", "needed")]
    files = [(name, number(sample, name)) for name in ("free_files", "total_files")]
    return (
        *((name, shown(value)) for name, value in sizes if value is not None and (value or name != "needed")),
        *((name, f"{value:.0f}") for name, value in files if value is not None),
    )


DISK_SPACE: Final = Probe(
    name=NAME,
    title=Words(en="Room on the disk of a path", zh="路径所在磁盘的空间"),
    hypothesis=Words(
        en="the disk or its inodes are used up: a small file cannot be written, or less is free than was needed",
        zh="磁盘或 inode 已用尽：写不进小文件，或剩余空间小于所需",
    ),
    answers=("host.disk-full",),
    predictions=(
        Prediction(
            diagnosis="host.disk-full",
            says=Words(en="ENOSPC for a file of 1 MiB, or free < needed", zh="写 1 MiB 文件得到 ENOSPC，或剩余 < 所需"),
        ),
        Prediction(
            diagnosis="host.permission",
            says=Words(en="EACCES although there is room", zh="有空间但得到 EACCES"),
        ),
        Prediction(
            diagnosis="healthy", says=Words(en="the file is written, room is left", zh="文件写入成功，仍有空间")
        ),
    ),
    measure="host.disk:measure",
    wishes=wishes,
    judge=judge,
    touches=(Touch.READS, Touch.DISK),
)
