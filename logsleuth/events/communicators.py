"""Where the ranks of NCCL's communicators stand. In: texts. Out: model.Member, one for each rank of each communicator.

Samples (nccl/src/init.cc and enqueue.cc, with NCCL_DEBUG=INFO and, for the last one, NCCL_DEBUG_SUBSYS=COLL):
    gpu-1:4100:4131 [0] NCCL INFO ncclCommInitRank comm 0x55d1 rank 0 nranks 4 cudaDev 0 commId 0x76e3 - Init START
    gpu-1:4100:4131 [0] NCCL INFO comm 0x55d1 rank 0 nranks 4 cudaDev 0 busId 19000 - Init COMPLETE
    gpu-1:4100:4131 [0] NCCL INFO AllReduce: opCount 1a2 sendbuff 0x7f ... root 0 comm 0x55d1 [nranks=4] stream 0x4b
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.limits import Limits
from logsleuth.model import Member, Shift, Text
from logsleuth.vector import newlines

INIT_ANCHOR: Final = b" - Init "
INIT: Final = re.compile(  # not lazily: a match is asked whose it is
    rb"comm (0x[0-9a-f]{1,16}) rank (\d{1,7}) n[rR]anks (\d{1,7})([^\n]{0,300}?) - Init (START|COMPLETE)"
)
ID: Final = lazy(rb" commId (0x[0-9a-f]{1,16})")
OPERATION_ANCHOR: Final = b": opCount "
OPERATION: Final = lazy(
    rb": opCount ([0-9a-f]{1,16}) sendbuff [^\n]{0,300}? comm (0x[0-9a-f]{1,16}) \[nranks=(\d{1,7})\]"
)
ANCHORS: Final = (INIT_ANCHOR, OPERATION_ANCHOR)
SPEAKER: Final = b" NCCL INFO "
PROCESS: Final = lazy(rb"^(?:.{0,200}\x1e)?([A-Za-z0-9][\w.-]{0,250}:\d{1,10}):\d{1,20}$")
NAME: Final = lazy(rb"(\w{1,40})$")
PAIRED: Final = (b"Send", b"Recv")  # which not all ranks take part in
HEAD_BYTES: Final = 600
LINE_BYTES: Final = 2000

Key = tuple[str, str]  # (process, address of the communicator in it)


class Communicators:
    """The members of all communicators, each as it was last seen."""

    def __init__(self, *, limits: Limits) -> None:
        self._limits = limits
        self._members: dict[Key, Member] = {}
        self._ends: dict[int, str] = {}  # the last line read, by the index of a source that names members
        self.dropped = 0

    def take(self, text: Text, source_index: int, words: Collection[bytes] | None = None) -> None:
        """Read the next text of a source; `words` are the `ANCHORS` in it (None: not known)."""
        data = text.data
        if words is None:
            words = [anchor for anchor in ANCHORS if anchor in data]
        begun = list(INIT.finditer(data)) if INIT_ANCHOR in words else []
        asked = self._last_operations(data) if OPERATION_ANCHOR in words else []
        for match in sorted((*begun, *asked), key=lambda match: match.start()):
            if match.re is INIT:
                self._enter(match, text, source_index)
            else:
                self._operate(match, text, source_index)
        if source_index in self._ends and data:
            self._ends[source_index] = _line(data, len(data) - 1)

    def export(self) -> tuple[Member, ...]:
        """All members, in the order in which they were met."""
        return tuple(self._members.values())

    def absorb(self, members: Iterable[Member], dropped: int, end: str, shift: Shift) -> None:
        """Take the members that were seen in the next piece of a source, and the piece's last line."""
        self.dropped += dropped
        for one in members:
            key = (one.process, one.comm)
            known = self._members.get(key)
            if known is None and not self._has_room():
                continue
            moved = replace(one, source_index=shift.source_index, line=one.line + shift.lines)
            self._members[key] = _together(known, moved) if known else moved
            self._ends.setdefault(shift.source_index, "")
        if end and shift.source_index in self._ends:
            self._ends[shift.source_index] = end

    def members(self) -> tuple[Member, ...]:
        """All members, in the order of their processes."""
        return tuple(member for _, member in sorted(self._members.items()))

    def end(self, source_index: int) -> str:
        """The last line of a source that names members."""
        return self._ends.get(source_index, "")

    def _enter(self, match: re.Match[bytes], text: Text, source_index: int) -> None:
        key = _key(match.string, match.start(), match[1])
        known = self._members.get(key) if key else None
        if key is None or (known is None and not self._has_room()):
            return
        found = ID.search(match[4])
        member = Member(
            process=key[0],
            comm=key[1],
            rank=int(match[2]),
            size=int(match[3]),
            id=found[1].decode() if found else known.id if known else None,
            is_complete=match[5] == b"COMPLETE",
            source=text.source,
            source_index=source_index,
        )
        self._place(key, member, text, match.start())

    def _last_operations(self, data: bytes) -> list[re.Match[bytes]]:
        """The last operation of each member: of thousands, only these count."""
        last: dict[Key, re.Match[bytes]] = {}
        for match in OPERATION.finditer(data):
            key = _key(data, match.start(), match[2])
            if key is not None and not _is_paired(match):
                last[key] = match
        return list(last.values())

    def _operate(self, match: re.Match[bytes], text: Text, source_index: int) -> None:
        key = _key(match.string, match.start(), match[2])
        known = self._members.get(key) if key else None
        if key is None or (known is None and not self._has_room()):
            return
        member = known or Member(process=key[0], comm=key[1], size=int(match[3]), is_complete=True)
        found = replace(
            member,
            op=_name(match),
            op_count=int(match[1], 16),
            source=text.source,
            source_index=source_index,
        )
        self._place(key, found, text, match.start())

    def _place(self, key: Key, member: Member, text: Text, at: int) -> None:
        number = text.number(newlines(text.data, 0, at))
        self._members[key] = replace(member, line=number, text=_line(text.data, at))
        self._ends.setdefault(member.source_index, "")

    def _has_room(self) -> bool:
        if len(self._members) < self._limits.communicator_members:
            return True
        self.dropped += 1
        return False


def _together(known: Member, later: Member) -> Member:
    """A member as it was last seen; what was not said again still holds."""
    if later.rank is not None:  # its communicator was set up anew
        return replace(later, id=later.id or known.id)
    return replace(
        known,
        op=later.op,
        op_count=later.op_count,
        source=later.source,
        source_index=later.source_index,
        line=later.line,
        text=later.text,
    )


def _name(match: re.Match[bytes]) -> str:
    found = NAME.search(match.string, max(match.start() - 40, 0), match.start())
    return found[1].decode("ascii", "replace") if found else ""


def _is_paired(match: re.Match[bytes]) -> bool:
    return match.string.endswith(PAIRED, max(match.start() - 40, 0), match.start())


def _key(data: bytes, at: int, comm: bytes) -> Key | None:
    """Whose line it is that holds the byte at `at`: NCCL names node and process in front."""
    start = max(data.rfind(b"\n", 0, at) + 1, at - HEAD_BYTES)
    words = data[start : max(data.rfind(SPEAKER, start, at), start)].split()
    process = PROCESS.search(words[-2]) if len(words) > 1 else None
    return (process[1].decode("ascii", "replace"), comm.decode()) if process else None


def last_line(data: bytes) -> str:
    """The last line of a text, as long as members keep one."""
    return _line(data, len(data) - 1) if data else ""


def _line(data: bytes, at: int) -> str:
    """The line that holds the byte at `at`."""
    start = data.rfind(b"\n", 0, at) + 1
    end = data.find(b"\n", at)
    return data[start : end if end >= 0 else None][:LINE_BYTES].decode("utf-8", "replace")
