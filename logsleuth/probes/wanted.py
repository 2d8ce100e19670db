"""Sizes and paths that a log tells, as a probe wants them. In: a subject. Out: bytes, counts, paths, or None."""

from __future__ import annotations

import re
from typing import Final

from logsleuth.model.signature import Words
from logsleuth.probes.probe import Subject

SIZE: Final = re.compile(r"([0-9][0-9,_]{0,20}(?:\.[0-9]{1,6})?) ?([kmgtKMGT])?(i)?(b|B|bytes)?\b")
POWERS: Final = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
LARGEST: Final = 2**60
STORE: Final = re.compile(r"storage_backends?(?:_path)?['\"]?\s{0,4}[:=]\s{0,4}[\[('\" ]{0,6}(/[^'\",;:\])}\s]{1,300})")
PATHS: Final = ("path", "file", "folder", "directory")
NO_PATH: Final = Words(
    en="the log names no path: give it with --fact path=FOLDER",
    zh="日志没有给出路径：请用 --fact path=目录 指定",
)
STORE_NAMES: Final = ("storage_backends", "storage_backends_path", "storage_path")


def size_bytes(text: str) -> int | None:
    """`16.00 GiB`, `4976.70 MB`, `121099264kB` or a bare number as bytes; decimal units count in thousands.

    The kernel's kB and a unit without `B` count in 1024, as they are meant.
    """
    match = SIZE.match(text.strip())
    if match is None:
        return None
    number, prefix, binary, unit = float(re.sub("[,_]", "", match[1])), match[2] or "", match[3], match[4]
    step = 1000 if unit == "B" and not binary and prefix != "k" else 1024
    return min(int(number * step ** POWERS[prefix.lower()]), LARGEST)


def first_size(subject: Subject, *names: str) -> int | None:
    """The first of these facts that is a size."""
    return next((size for said in subject.each(*names) if (size := size_bytes(said)) is not None), None)


def count(subject: Subject, *names: str) -> int | None:
    """The first of these facts that is a number."""
    found = (re.match(r"[0-9]{1,12}", said) for said in subject.each(*names))
    return next((int(match[0]) for match in found if match), None)


def path(subject: Subject) -> str:
    """The absolute path that the failure is about, or an empty text."""
    return next((said for said in subject.each(*PATHS) if said.startswith("/") and "\0" not in said), "")


def store_path(subject: Subject) -> str:
    """The folder of the key-value store: as the failure tells it, or as the configuration in the log does."""
    if said := path(subject) or next((said for name in STORE_NAMES if (said := _plain(subject.get(name)))), ""):
        return said
    found = (STORE.search(f"{name}={value}") for name, value in (*subject.facts, *subject.environment))
    return next((match[1] for match in found if match), "")


def _plain(text: str) -> str:
    """The first folder of a list that stands as text."""
    said = re.split(r"[,:;\s]", text.strip("[]()'\" "))[0].strip("'\"")
    return said if said.startswith("/") and "\0" not in said else ""
