r"""The journal's export format -> the fields of its entries, as the bytes come.

Samples (systemd-journal-upload 252; a field with a newline in it has its length, eight bytes, little endian, in front):
    __CURSOR=s=a0f8d2e7b6eb42eeadac1c7728502e4b;i=1;b=0123456789abcdef0123456789abcdef;m=5;t=660aef4561a41;x=ab15\n
    __REALTIME_TIMESTAMP=1795154400123457\n_HOSTNAME=gpu-07\nPRIORITY=6\nMESSAGE=ERROR 06-10 21:32:17 ...\n\n
    MESSAGE\n7\0\0\0\0\0\0\0failed\nTraceback (most recent call last):\nValueError: x\n\n

Origin: https://systemd.io/JOURNAL_EXPORT_FORMATS/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

Fields = Mapping[str, bytes]

_SHORT_BYTES: Final = 1024  # of any field but the message
_NAME_BYTES: Final = 256
_LENGTH_BYTES: Final = 8
_WHOLE_BYTES: Final = 8192  # within which the end of an entry is looked for, to take it at once
_MOST_BYTES: Final = 768 * 1024 * 1024  # of a field, by systemd's own bound
_MESSAGE: Final = "MESSAGE"
_KEPT: Final = {
    name.encode(): name
    for name in (
        "__CURSOR",
        "__REALTIME_TIMESTAMP",
        "_HOSTNAME",
        "_TRANSPORT",
        "_PID",
        "_COMM",
        "_SYSTEMD_UNIT",
        "_SYSTEMD_USER_UNIT",
        "SYSLOG_IDENTIFIER",
        "SYSLOG_PID",
        "PRIORITY",
        "CONTAINER_NAME",
        "CONTAINER_ID",
        _MESSAGE,
    )
}


class BrokenJournalError(ValueError):
    """Bytes behind which no field can be found again."""


class Journal:
    """Reads one stream; only the fields that are looked for are kept, each within a bound, however long it is."""

    def __init__(self, *, message_bytes: int) -> None:
        self._message_bytes = message_bytes
        self._buffer = bytearray()
        self._at = 0
        self._clear = 0  # where the search for the end of an unfinished line goes on
        self._skip = 0  # bytes of a value that are not kept
        self._is_closing = False  # a newline must come, behind a value with a length
        self._is_dropping = False  # the rest of a line is not kept
        self._fields: dict[str, bytes] = {}

    def feed(self, data: bytes) -> Iterator[Fields]:
        """The entries that these bytes complete; raises BrokenJournalError behind the last whole one."""
        self._buffer += data
        try:
            while self._step():
                if self._is_at_end():
                    yield self._taken()
        finally:
            del self._buffer[: self._at]
            self._clear = max(self._clear - self._at, 0)
            self._at = 0

    def finish(self) -> Iterator[Fields]:
        """The last entry, where only the empty line behind it is missing."""
        is_whole = not (self._buffer or self._skip or self._is_closing or self._is_dropping)
        if is_whole and self._fields:
            yield self._taken()

    def _taken(self) -> Fields:
        fields, self._fields = self._fields, {}
        return fields

    def _is_at_end(self) -> bool:
        """Whether an empty line ends an entry here, which is passed."""
        if self._skip or self._is_closing or self._is_dropping or not self._buffer.startswith(b"\n", self._at):
            return False
        self._at += 1
        return bool(self._fields)

    def _step(self) -> bool:
        """Go on by one field, or what there is of it; false where more bytes are needed."""
        if self._skip or self._is_closing:
            return self._behind()
        end = self._buffer.find(b"\n", max(self._at, self._clear))
        if self._is_dropping:
            return self._dropped(end)
        if end == self._at:
            return self._empty()
        self._check_name(end)
        if end < 0:
            return self._cut()
        if self._buffer.find(b"=", self._at, end) < 0:
            return self._measured(end)
        return self._whole() or self._line(end)

    def _empty(self) -> bool:
        """Empty lines between entries."""
        if not self._fields:
            self._at += 1
        return True

    def _behind(self) -> bool:
        """What stands behind the kept part of a value with a length."""
        passed = min(self._skip, len(self._buffer) - self._at)
        self._skip -= passed
        self._at += passed
        if self._skip or self._at >= len(self._buffer):
            return False
        if self._buffer[self._at] != 0x0A:
            raise BrokenJournalError("a value is longer than its length says")
        self._at += 1
        self._is_closing = False
        return True

    def _dropped(self, end: int) -> bool:
        self._at = self._clear = len(self._buffer) if end < 0 else end + 1
        self._is_dropping = end < 0
        return end >= 0

    def _check_name(self, end: int) -> None:
        """A name without an end would be waited for for ever."""
        stop = len(self._buffer) if end < 0 else end
        if stop - self._at > _NAME_BYTES and self._buffer.find(b"=", self._at, self._at + _NAME_BYTES + 1) < 0:
            raise BrokenJournalError("neither a field nor its name")

    def _cut(self) -> bool:
        """An unfinished line, of which the head is kept once it is too long."""
        self._clear = len(self._buffer)
        if self._clear - self._at <= self._message_bytes + _NAME_BYTES:
            return False
        self._keep(bytes(self._buffer[self._at : self._clear]))
        self._at = self._clear
        self._is_dropping = True
        return False

    def _whole(self) -> bool:
        """The rest of an entry at once, where all its fields are lines."""
        end = self._buffer.find(b"\n\n", self._at, self._at + _WHOLE_BYTES)
        if end < 0:
            return False
        lines = bytes(self._buffer[self._at : end]).split(b"\n")
        if not all(0 <= line.find(b"=") <= _NAME_BYTES for line in lines):
            return False
        for line in lines:
            self._keep(line)
        self._at = end + 1
        return True

    def _line(self, end: int) -> bool:
        self._keep(bytes(self._buffer[self._at : end]))
        self._at = end + 1
        return True

    def _keep(self, line: bytes) -> None:
        name, _, value = line.partition(b"=")
        self._put(name, value)

    def _put(self, name: bytes, value: bytes) -> None:
        """A field that is looked for; the first of each name counts."""
        kept = _KEPT.get(name)
        if kept is not None and kept not in self._fields:
            self._fields[kept] = value[: self._message_bytes if kept == _MESSAGE else _SHORT_BYTES]

    def _measured(self, end: int) -> bool:
        """A name, a length and a value."""
        start = end + 1 + _LENGTH_BYTES
        if len(self._buffer) < start:
            return False
        size = int.from_bytes(self._buffer[end + 1 : start], "little")
        if size > _MOST_BYTES:
            raise BrokenJournalError(f"a field of {size} bytes")
        kept = min(size, self._message_bytes)
        if len(self._buffer) < start + kept:
            return False
        self._put(bytes(self._buffer[self._at : end]), bytes(self._buffer[start : start + kept]))
        self._at = start + kept
        self._skip = size - kept
        self._is_closing = True
        return True
