"""All processes of a child's session, as /proc shows them. In: the child's pid. Out: their memory, or their end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
MARK = "LOGSLEUTH_PROBE"  # the variable by which a process is known that has left the session


def members(session: int, *, proc: Path = PROC) -> tuple[int, ...]:
    """The pids of all processes of `session`, lowest first."""
    return tuple(sorted(pid for pid, of in _sessions(proc) if of == session))


def resident_bytes(session: int, *, proc: Path = PROC) -> int:
    """The memory that cannot be taken from the session: what is mapped from files may be dropped and does not count."""
    return sum(_resident(proc / str(pid)) for pid in members(session, proc=proc))


def end(session: int, with_signal: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to every process of `session`, however it has grouped itself."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(session, with_signal)
    for pid in members(session):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, with_signal)


def end_marked(mark: str, *, proc: Path = PROC) -> None:
    """Kill every process that inherited this mark: a daemon leaves its session, its variables it keeps."""
    wanted = f"{MARK}={mark}".encode()
    for folder in proc.iterdir():
        if folder.name.isdecimal() and int(folder.name) != os.getpid() and wanted in _variables(folder):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(int(folder.name), signal.SIGKILL)


def _variables(folder: Path) -> list[bytes]:
    try:
        return (folder / "environ").read_bytes().split(b"\0")
    except OSError:
        return []  # of another user, or ended


def _sessions(proc: Path) -> Iterator[tuple[int, int]]:
    """(pid, session) of every living process."""
    for folder in proc.iterdir():
        if not folder.name.isdecimal():
            continue
        with suppress(OSError, IndexError, ValueError):
            text = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            state, _parent, _group, session, *_ = text[text.rindex(")") + 1 :].split()
            if state != "Z":
                yield int(folder.name), int(session)


def _resident(folder: Path) -> int:
    try:
        lines = (folder / "status").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return 0
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    return sum(_kib(fields.get(name, "")) for name in ("RssAnon", "RssShmem")) * 1024


def _kib(text: str) -> int:
    number = text.split()[:1]
    return int(number[0]) if number and number[0].isdecimal() else 0
