"""Inputs in, blocks out: opens, unpacks by content, tells text from binary; what cannot be read becomes a notice."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, Final

from logsleuth.limits import Limits
from logsleuth.model import Block, Notice, NoticeKind, Where
from logsleuth.sources.ahead import ReadAhead
from logsleuth.sources.archive import Archive, is_tar
from logsleuth.sources.blocks import blocks
from logsleuth.sources.compression import Codec, Unpacked, codec_of
from logsleuth.sources.decode import TextReader, binary_format, is_opening, is_own_report
from logsleuth.sources.inputs import Input, why_unreadable
from logsleuth.sources.readers import ChunkReader, Peekable, Reader, StreamReader, line_chunks, seek_data

DEEPEST: Final = 2  # compressions around one file, and archives inside one another


@dataclass(frozen=True, slots=True, kw_only=True)
class Nesting:
    """What has been unpacked to get here."""

    compressions: int = 0
    archives: int = 0


SURFACE: Final = Nesting()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """A source as it stands, to be read before the next one is asked for; its first bytes have been looked at."""

    name: str
    source: Peekable
    is_surface: bool = False  # whether nothing had to be unpacked to get here


def read(item: Input, *, limits: Limits, stdin: BinaryIO | None = None) -> Iterator[Block | Notice]:
    """The blocks of one input, as soon as its lines are there; an archive gives those of each member in turn."""
    return in_blocks(opened(item, limits=limits, stdin=stdin), limits=limits)


def in_blocks(items: Iterable[Plain | Notice], *, limits: Limits) -> Iterator[Block | Notice]:
    """The blocks of sources, one after the other."""
    for item in items:
        if isinstance(item, Notice):
            yield item
        else:
            yield from blocks(item.name, TextReader(item.source), limits=limits)


def opened(item: Input, *, limits: Limits, stdin: BinaryIO | None = None) -> Iterator[Plain | Notice]:
    """The sources in one input: itself, or what it holds as an archive."""
    if item.remote is not None:
        with item.remote.open() as reader:
            yield from _contents(item.name, reader, limits=limits)
        return
    if item.path is None:
        yield from _contents(item.name, _standard_input(stdin or sys.stdin.buffer), limits=limits)
        return
    try:
        reason = why_unreadable(item.path.stat().st_mode)
        file = None if reason else item.path.open("rb", buffering=0)
    except (OSError, ValueError) as error:
        reason, file = getattr(error, "strerror", None) or str(error), None
    if file is None:
        yield _notice(NoticeKind.SOURCE_UNREADABLE, item.name, f"cannot be read: {reason}")
        return
    with file:
        source = Peekable(StreamReader(file.read), chunk_bytes=limits.block_bytes, seek_data=lambda: seek_data(file))
        yield from _unfold(item.name, source, limits=limits)


def from_bytes(name: str, data: bytes, *, limits: Limits) -> Iterator[Block | Notice]:
    """The blocks of bytes that are at hand, compressed ones included."""
    return in_blocks(in_bytes(name, data, limits=limits), limits=limits)


def from_lines(name: str, lines: Iterable[str | bytes], *, limits: Limits) -> Iterator[Block | Notice]:
    """The blocks of lines, with or without their newlines."""
    return in_blocks(in_lines(name, lines, limits=limits), limits=limits)


def in_bytes(name: str, data: bytes, *, limits: Limits) -> Iterator[Plain | Notice]:
    """The sources in bytes that are at hand."""
    return _contents(name, ChunkReader((data,)), limits=limits)


def in_lines(name: str, lines: Iterable[str | bytes], *, limits: Limits) -> Iterator[Plain | Notice]:
    """The sources in lines, with or without their newlines."""
    return _contents(name, ChunkReader(line_chunks(lines, chunk_bytes=limits.block_bytes)), limits=limits)


def _standard_input(stream: BinaryIO) -> Reader:
    with contextlib.suppress(OSError, ValueError):
        # A pipe that its other end made non-blocking would look ended whenever it is empty.
        os.set_blocking(stream.fileno(), True)
    return StreamReader(getattr(stream, "read1", stream.read))


def _contents(name: str, reader: Reader, *, limits: Limits, nesting: Nesting = SURFACE) -> Iterator[Plain | Notice]:
    return _unfold(name, Peekable(reader, chunk_bytes=limits.block_bytes), limits=limits, nesting=nesting)


def _unfold(name: str, source: Peekable, *, limits: Limits, nesting: Nesting = SURFACE) -> Iterator[Plain | Notice]:
    source.drop_nuls()
    head = source.peek(is_opening)
    codec = codec_of(head)
    if codec:
        yield from _compressed(name, source, codec, limits=limits, nesting=nesting)
    elif is_tar(head):
        yield from _archive(name, source, limits=limits, nesting=nesting)
    elif reason := binary_format(source):
        yield _notice(NoticeKind.BINARY, name, f"is {reason}; skipped")
    elif is_own_report(source):
        yield _notice(NoticeKind.SOURCE_SKIPPED, name, "is a report of logsleuth; skipped")
    else:
        yield Plain(name=name, source=source, is_surface=nesting == SURFACE)


def _compressed(
    name: str, source: Peekable, codec: Codec, *, limits: Limits, nesting: Nesting
) -> Iterator[Plain | Notice]:
    if nesting.compressions == DEEPEST:
        yield _notice(NoticeKind.SOURCE_SKIPPED, name, f"is compressed more than {DEEPEST} times; skipped")
        return
    deeper = replace(nesting, compressions=nesting.compressions + 1)
    ahead = ReadAhead(Unpacked(source, codec, limits=limits))
    try:
        yield from _contents(name, ahead, limits=limits, nesting=deeper)
    finally:
        ahead.close()


def _archive(name: str, source: Peekable, *, limits: Limits, nesting: Nesting) -> Iterator[Plain | Notice]:
    if nesting.archives == DEEPEST:
        yield _notice(NoticeKind.SOURCE_SKIPPED, name, f"is an archive inside {DEEPEST} others; skipped")
        return
    archive = Archive(source)
    count = 0
    for member in archive.members():
        count += member.size > 0
        if count > limits.archive_members:
            yield _notice(
                NoticeKind.LIMIT, name, f"holds more than {limits.archive_members} files; the rest is skipped"
            )
            return
        if member.size:
            deeper = Nesting(archives=nesting.archives + 1)
            yield from _contents(f"{name}:{member.name}", member, limits=limits, nesting=deeper)
    if archive.trouble:
        yield archive.trouble.notice(name)
    elif not count:
        yield _notice(NoticeKind.SOURCE_UNREADABLE, name, "is an archive without files")


def _notice(kind: NoticeKind, source: str, detail: str) -> Notice:
    return Notice(kind=kind, where=Where(source=source), detail=detail)
