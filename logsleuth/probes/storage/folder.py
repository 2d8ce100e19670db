"""Is a path there and may it be written: a folder of its own is made in it. In: a path. Out: which error came."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes import grounds, wanted
from logsleuth.probes.figures import error_number, text
from logsleuth.probes.judging import from_failure, result, words
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject, Touch

NAME: Final = "path-writable"
ABSENT: Final = (errno.ENOENT, errno.ENOTDIR)
FORBIDDEN: Final = (errno.EACCES, errno.EPERM)
BROKEN: Final = (errno.EIO, errno.EROFS, errno.ENOTCONN)
# what each class predicts; UCM calls a folder that it may not use invalid, whatever the reason
PREDICTED: Final[Mapping[str, tuple[int, ...]]] = {
    "ucm.storage-path.missing": ABSENT,
    "ucm.storage-path": (*ABSENT, *FORBIDDEN, errno.EROFS),
    "host.permission": FORBIDDEN,
    "host.io-error": BROKEN,
    "storage.nfs-stale": (errno.ESTALE,),
}


def wishes(subject: Subject) -> Mapping[str, Json] | Words:
    """Which path to try."""
    path = wanted.store_path(subject)
    if not path:
        return wanted.NO_PATH
    return {"path": path}


def measure(wishes: Mapping[str, Json]) -> Mapping[str, object]:
    """The number of the error that using the path meets, 0 for none; the error itself is printed."""
    if ground := grounds.refused(str(wishes["path"])):
        return grounds.told(ground, str(wishes["path"]))
    path = Path(str(wishes["path"]))
    try:
        return {"path": str(path), "kind": _used(path), "errno": 0, "uid": os.geteuid()}
    except OSError as error:
        traceback.print_exc()
        return {"path": str(path), "kind": "", "errno": error.errno or 0, "uid": os.geteuid()}


def _used(path: Path) -> str:
    """Write into a folder, read the beginning of a file, leave devices and pipes alone; what kind it is."""
    mode = path.stat().st_mode
    if stat.S_ISREG(mode):
        with path.open("rb", buffering=0) as file:
            file.read(1)
        return "file"
    if not stat.S_ISDIR(mode):
        return "other"  # opening a watchdog starts it, reading a pipe takes from it
    with tempfile.TemporaryDirectory(prefix=".logsleuth-", dir=path) as folder:
        written = Path(folder) / "file"
        written.write_bytes(b"written")
        if written.read_bytes() != b"written":
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(written))
    return "folder"


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """The path fails here as the diagnosis predicts, in another way, or not at all."""
    code, path = error_number(sample), text(sample, "path")
    facts = (("path", path), *((("error", errno.errorcode.get(code, str(code))),) if code else ()))
    if not sample.is_complete or not sample.values:
        failure = from_failure(NAME, sample, subject, facts=facts)
        return failure or result(NAME, Outcome.INCONCLUSIVE, words("no answer", "没有回答"), sample, facts)
    if not code:
        detail = words("{path} is there and can be used", "{path} 存在且可用", path=path)
        return result(NAME, Outcome.REFUTED, detail, sample, facts)
    predicted = next((codes for name, codes in PREDICTED.items() if f"{subject.diagnosis}.".startswith(f"{name}.")), ())
    outcome = Outcome.CONFIRMED if code in predicted else Outcome.INCONCLUSIVE
    said = {"path": path, "error": os.strerror(code)}
    return result(NAME, outcome, words("{path}: {error}", "{path}：{error}", **said), sample, facts)


PATH_WRITABLE: Final = Probe(
    name=NAME,
    title=Words(en="A path that is there and can be written", zh="路径存在且可写"),
    hypothesis=Words(en="the path is missing or may not be used", zh="路径不存在或不可用"),
    answers=tuple(sorted(PREDICTED)),
    predictions=(
        Prediction(diagnosis="ucm.storage-path.missing", says=Words(en="ENOENT or ENOTDIR", zh="ENOENT 或 ENOTDIR")),
        Prediction(diagnosis="host.permission", says=Words(en="EACCES or EPERM", zh="EACCES 或 EPERM")),
        Prediction(diagnosis="host.io-error", says=Words(en="EIO, EROFS or ENOTCONN", zh="EIO、EROFS 或 ENOTCONN")),
        Prediction(diagnosis="storage.nfs-stale", says=Words(en="ESTALE", zh="ESTALE")),
        Prediction(diagnosis="healthy", says=Words(en="a folder is made in it", zh="可在其中创建目录")),
    ),
    measure="storage.folder:measure",
    wishes=wishes,
    judge=judge,
    touches=(Touch.READS, Touch.DISK),
    limit_s=15.0,
)
