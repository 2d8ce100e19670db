"""A source as bytes that can be read at an offset: a range of a file or an object, or what is kept of a stream."""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path
from typing import Final, Protocol

from logsleuth.limits import Limits
from logsleuth.model import NoticeKind
from logsleuth.sources.decode import UTF16, TextReader
from logsleuth.sources.readers import Peekable, Trouble, exactly

LONGEST_MARK: Final = 2  # bytes of UTF-16's byte order mark
LOOK_BYTES: Final = 16 * 1024


class Ranged(Protocol):
    """Something that lies still and can be read anywhere, by any process: a file, an object in a store."""

    @property
    def size(self) -> int:
        """How many bytes there are."""
        ...

    @property
    def trouble(self) -> Trouble | None:
        """Why a read gave less than it should."""
        ...

    def read(self, at: int, size: int) -> bytes:
        """The bytes from `at` on: `size` of them, fewer at the end; nothing after trouble."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class LocalFile:
    """A file; of one that grows, what was there when it was listed."""

    def __init__(self, path: Path, size: int) -> None:
        self.size = size
        self.trouble: Trouble | None = None
        self._descriptor = -1
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            self.trouble = Trouble(kind=NoticeKind.SOURCE_UNREADABLE, detail=f"cannot be read: {error.strerror}")

    def read(self, at: int, size: int) -> bytes:
        """The bytes from `at` on; an I/O error is the end."""
        wanted = min(size, self.size - at)
        if wanted <= 0 or self.trouble:
            return b""
        try:
            found = os.pread(self._descriptor, wanted, at)
        except OSError as error:
            self._end_early(f"reading failed: {error.strerror}")
            return b""
        if not found:
            self._end_early("has become shorter since it was listed")
        return found

    def _end_early(self, reason: str) -> None:
        detail = f"{reason}; what stands before was read"
        self.trouble = Trouble(kind=NoticeKind.SOURCE_UNREADABLE, detail=detail)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class Window(Protocol):
    """Where a piece is read from: its bytes, some before and some behind it."""

    @property
    def start(self) -> int:
        """Where the text begins."""
        ...

    @property
    def trouble(self) -> Trouble | None:
        """What ended the bytes early, if anything did."""
        ...

    def trouble_at(self, end: int) -> Trouble | None:
        """The same, if it stands behind a piece that ends here."""
        ...

    @property
    def undecodable(self) -> int:
        """Damaged bytes that cannot be found in what is read."""
        ...

    @property
    def nul_bytes(self) -> int:
        """NUL bytes that cannot be found in what is read."""
        ...

    def read(self, at: int, size: int) -> bytes:
        """Up to `size` bytes from `at` on, nothing only at the end."""
        ...

    def is_end(self, at: int) -> bool:
        """Whether there is nothing from `at` on."""
        ...

    def skip_hole(self, at: int) -> int:
        """How many bytes of a hole at `at` need not be read."""
        ...


class RangeWindow:
    """A window that can be opened anywhere."""

    start = undecodable = nul_bytes = 0

    def __init__(self, ranged: Ranged) -> None:
        self._ranged = ranged

    @property
    def trouble(self) -> Trouble | None:
        """What ended the bytes early, if anything did."""
        return self._ranged.trouble

    def trouble_at(self, end: int) -> Trouble | None:  # noqa: ARG002  each piece is read by itself
        """The same, which nobody else can know."""
        return self.trouble

    def read(self, at: int, size: int) -> bytes:
        """Bytes from `at` on."""
        return self._ranged.read(at, size)

    def is_end(self, at: int) -> bool:
        """Whether there is nothing from `at` on."""
        return at >= self._ranged.size

    def skip_hole(self, at: int) -> int:  # noqa: ARG002  sparse files are read as streams, which skip holes
        """Nothing is skipped."""
        return 0


class StreamWindow:
    """A window that moves along a stream: what lies far behind it is forgotten."""

    def __init__(self, source: Peekable, *, limits: Limits) -> None:
        head = source.peek(lambda seen: len(seen) >= LONGEST_MARK)
        self._text = TextReader(source) if head.startswith(tuple(UTF16)) else None
        self._source = source
        self._skipped_first = source.nul_bytes
        self.start = self._end = self._skipped_first
        self._kept: deque[tuple[int, bytes]] = deque()  # chunks by their offsets
        self._kept_bytes = 0
        self._most_bytes = limits.context_bytes + limits.run_on_bytes + 2 * limits.block_bytes

    @property
    def trouble(self) -> Trouble | None:
        """What ended the bytes early, if anything did."""
        return self._source.trouble

    def trouble_at(self, end: int) -> Trouble | None:
        """The same, if all before it has been read."""
        return self.trouble if end == self._end else None

    @property
    def undecodable(self) -> int:
        """What UTF-16 could not be decoded."""
        return self._text.undecodable if self._text else 0

    @property
    def nul_bytes(self) -> int:
        """The hole at the beginning, and what UTF-16 holds."""
        return self._text.nul_bytes if self._text else self._skipped_first

    def read(self, at: int, size: int) -> bytes:
        """Bytes from `at` on, which must not lie far behind."""
        for start, chunk in self._kept if at < self._end else ():
            if start <= at < start + len(chunk):
                return chunk[at - start : at - start + size]
        chunk = exactly(self._text or self._source, size)
        self._keep(chunk)
        return chunk

    def is_end(self, at: int) -> bool:
        """Whether there is nothing from `at` on."""
        return not self.read(at, LOOK_BYTES)

    def skip_hole(self, at: int) -> int:
        """Move on to where a file has data again; the hole counts as NUL bytes."""
        if at != self._end or self._text:
            return 0
        before = self._source.nul_bytes
        self._source.skip_hole()
        skipped = self._source.nul_bytes - before
        if skipped:
            self._end += skipped
            self._kept.clear()
            self._kept_bytes = 0
            hole = bytes(min(skipped, self._most_bytes))
            self._end -= len(hole)
            self._keep(hole)
        return skipped

    def _keep(self, chunk: bytes) -> None:
        if not chunk:
            return
        self._kept.append((self._end, chunk))
        self._end += len(chunk)
        self._kept_bytes += len(chunk)
        while self._kept_bytes - len(self._kept[0][1]) >= self._most_bytes:
            self._kept_bytes -= len(self._kept.popleft()[1])
