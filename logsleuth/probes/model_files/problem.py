"""What is wrong with a file of a model. In: a class of failures, a file, a reason. Out: a JSON value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from logsleuth.probes.probe import Json

POINTER: Final = b"version https://git-lfs"
PAGE: Final = (b"<!doctype", b"<html", b"<?xml")
HEAD_BYTES: Final = 200
HEADER: Final = "model.checkpoint-corrupt.header"
TRUNCATED: Final = "model.checkpoint-corrupt.truncated"
TEXT: Final = "model.checkpoint-corrupt.text-file"
MISMATCH: Final = "model.checkpoint-mismatch"
MISSING: Final = "model.weights-missing"
CONFIG: Final = "model.config-invalid"

Problems = Iterator[dict[str, Json]]
Check = Callable[[Path], Problems]


def problem(class_id: str, file: str, reason: str) -> dict[str, Json]:
    """One problem, as the judge reads it."""
    return {"class": class_id, "file": file, "reason": reason}


def stand_in(path: Path) -> str:
    """What lies there instead of the file (a pointer of Git LFS, a web page, nothing), or an empty text."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if not head:
        return "the file is empty"
    if head.startswith(POINTER):
        return "a Git LFS pointer lies there instead of the file (git lfs pull)"
    if head.lstrip().lower().startswith(PAGE):
        return "a web page lies there instead of the file"
    return "" if head.strip(b"\0") else "the file begins with zeros"
