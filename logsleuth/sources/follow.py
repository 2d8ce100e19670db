"""Paths in, the lines that are written under them out: looks at them again and again and trusts nothing but `stat`.

A look costs microseconds. A file that grows is looked at often; the longer it rests, the less often.
"""

from __future__ import annotations

import heapq
import os
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from logsleuth.limits import Limits
from logsleuth.model import Block, Notice, NoticeKind, Where
from logsleuth.sources.compression import codec_of
from logsleuth.sources.decode import SAMPLE_BYTES, UTF16, binary_format
from logsleuth.sources.folders import is_pattern
from logsleuth.sources.follow_family import bases, is_compressed, open_file
from logsleuth.sources.follow_position import Identity, identity_of, read_at
from logsleuth.sources.follow_tail import LINGER_S, Saved, Tail
from logsleuth.sources.inputs import expand
from logsleuth.sources.readers import ChunkReader, Peekable

HOT_S: Final = 0.02  # between two looks at a file that grows
COLD_S: Final = 0.5  # between two looks at one that rests
LOOK_S: Final = 2e-4  # the same for each file of many: ten thousand are looked at every two seconds
SCAN_S: Final = 1.0  # between two searches for new files
SCAN_FILE_S: Final = 5e-4  # the same for each file known
LINGERING_S: Final = 0.25
UNDECIDED_S: Final = 5.0  # how long the beginning of what may become a copy is waited for
GONE_S: Final = 600.0  # after which a file that somebody deleted is done with
OPEN_FILES: Final = 256
Seen = tuple[int, int, int, int]


class Follower:
    """All followed paths; time comes in with each call, in seconds of any clock that never goes back."""

    def __init__(
        self,
        paths: Sequence[str],
        *,
        limits: Limits,
        resume: Mapping[str, Saved] | None = None,
        is_from_end: bool = False,
    ) -> None:
        self._paths = tuple(paths)
        self._limits = limits
        self._resume = dict(resume or {})
        self._is_from_end = is_from_end
        self._is_first = True
        self._tails: dict[str, Tail] = {}
        self._order: dict[str, int] = {}
        self._grew: dict[str, float] = {}
        self._due: list[tuple[float, int, str]] = []
        self._open: OrderedDict[str, None] = OrderedDict()
        self._owners: dict[Identity, Tail] = {}
        self._ignored: dict[str, Seen] = {}
        self._undecided: dict[str, float] = {}
        self._count = 0
        self._named_files: set[Identity] = set()
        self._named_paths: set[str] = set()
        self._next_scan = 0.0

    @property
    def file_count(self) -> int:
        """The paths that are followed."""
        return len(self._tails)

    @property
    def is_behind(self) -> bool:
        """Whether there is more to read at once."""
        return any(tail.is_behind for tail in self._tails.values())

    def poll(self, now: float) -> Iterator[Block | Notice]:
        """What came since the last call."""
        if self._is_first or now >= self._next_scan:
            yield from self._scan(now)
            self._next_scan = now + max(SCAN_S, SCAN_FILE_S * len(self._tails))
        if self._is_first:
            self._is_first = False
            yield from self._catch_up(now)
            return
        while self._due and self._due[0][0] <= now:
            tail = self._tails.get(heapq.heappop(self._due)[2])
            if tail is not None:
                yield from self._visit(tail, now)

    def wait_s(self, now: float) -> float:
        """The seconds until the next call is worthwhile."""
        due = min(self._due[0][0] if self._due else self._next_scan, self._next_scan)
        return max(due - now, 0.0)

    def saved(self) -> dict[str, Saved]:
        """Where reading stands, by path; paths of another run that did not come back are kept."""
        return {**self._resume, **{path: tail.saved for path, tail in self._tails.items()}}

    def finish(self, *, is_final: bool) -> Iterator[Block | Notice]:
        """The ends of all sources; with `is_final`, a line without its end is taken as a line."""
        for tail in self._tails.values():
            yield from tail.finish(is_final=is_final)

    def _catch_up(self, now: float) -> Iterator[Block | Notice]:
        """All that is there already, file by file, as an analysis reads it."""
        for tail in self._tails.values():
            yield from self._read_up(tail, now)
            self._queue(tail, now)

    def _read_up(self, tail: Tail, now: float) -> Iterator[Block | Notice]:
        """All that a file has to give, and the files before it."""
        yield from self._visit(tail, now, is_queued=False)
        while tail.is_behind:
            yield from self._visit(tail, now, is_queued=False)

    def _visit(self, tail: Tail, now: float, *, is_queued: bool = True) -> Iterator[Block | Notice]:
        status = tail.look()
        # where there is nothing, a change of the folder tells that something may have come and gone
        seen = _seen(status or tail.look_around())
        if seen != tail.seen:
            tail.seen = seen
            self._grew[tail.path] = now
        elif not (tail.is_behind or tail.is_lingering):
            if status is None and now - self._grew.get(tail.path, now) > GONE_S and tail.path not in self._named_paths:
                yield from self._forget(tail)
            else:
                self._rest(tail, now, is_there=status is not None, is_queued=is_queued)
            return
        yield from tail.poll(status, now)
        self._note(tail)
        if is_queued:
            self._queue(tail, now)

    def _forget(self, tail: Tail) -> Iterator[Block | Notice]:
        """A file that a search found, and that is gone for good: pods come and go."""
        yield from tail.finish(is_final=True)
        for known in (self._tails, self._grew, self._order, self._open):
            known.pop(tail.path, None)

    def _rest(self, tail: Tail, now: float, *, is_there: bool, is_queued: bool) -> None:
        """Nothing has changed: the commonest of all looks."""
        if not is_there and now - self._grew.get(tail.path, now) > LINGER_S:
            tail.close()  # a deleted file would keep its place on the disk
        if is_queued:
            self._queue(tail, now)

    def _queue(self, tail: Tail, now: float) -> None:
        heapq.heappush(self._due, (now + self._pause_s(tail, now), self._order[tail.path], tail.path))

    def _pause_s(self, tail: Tail, now: float) -> float:
        if tail.is_behind:
            return 0.0
        cold_s = max(COLD_S, LOOK_S * len(self._tails))
        pause_s = min(max((now - self._grew.get(tail.path, now)) / 10, HOT_S), cold_s)
        return min(pause_s, LINGERING_S) if tail.is_lingering else pause_s

    def _note(self, tail: Tail) -> None:
        """Who reads which file, and which descriptors are open."""
        for identity in tail.identities:
            self._owners[identity] = tail
        self._open[tail.path] = None
        self._open.move_to_end(tail.path)
        while len(self._open) > OPEN_FILES:
            self._tails[self._open.popitem(last=False)[0]].close()

    def _scan(self, now: float) -> Iterator[Block | Notice]:
        """Find paths that are new."""
        self._owners = {identity: tail for tail in self._tails.values() for identity in tail.identities}
        yield from self._named(now)
        if self._is_first:
            yield from self._remembered(now)
        inputs, notices = expand([path for path in self._paths if _is_search(path)], limits=self._limits)
        if self._is_first:
            yield from (notice for notice in notices if os.path.exists(notice.where.source))  # noqa: PTH110
        for item in inputs:
            if item.path is not None and str(item.path) not in self._tails:
                yield from self._consider(item.name, str(item.path), now)

    def _named(self, now: float) -> Iterator[Block | Notice]:
        """Follow the files that were named, there or not: they are waited for."""
        for path in (os.path.normpath(path) for path in self._paths if not _is_search(path)):
            self._named_paths.add(path)
            descriptor = open_file(path) if path not in self._tails else None
            reason = None
            if descriptor is not None:
                self._named_files.add(identity_of(os.fstat(descriptor)))
                reason = _why_not(read_at(descriptor, SAMPLE_BYTES, 0))
                os.close(descriptor)
            if reason and path not in self._ignored:
                self._ignored[path] = (0, 0, 0, 0)
                yield Notice(kind=NoticeKind.BINARY, where=Where(source=path), detail=f"{reason}; not followed")
            elif path not in self._tails and path not in self._ignored:
                yield from self._begin(os.fsencode(path).decode("utf-8", "replace"), path, now)

    def _remembered(self, now: float) -> Iterator[Block | Notice]:
        """Follow what another run followed, there or not: it knows what has become of its files."""
        for path in list(self._resume):
            if path not in self._tails and any(_is_meant(path, pattern) for pattern in self._paths):
                yield from self._begin(os.fsencode(path).decode("utf-8", "replace"), path, now)

    def _consider(self, name: str, path: str, now: float) -> Iterator[Block | Notice]:
        """Follow a file that a search found, unless it is known under another name or is none to follow."""
        descriptor = None if is_compressed(path) else open_file(path)
        if descriptor is None:
            return
        try:
            status = os.fstat(descriptor)
            if self._ignored.get(path) == _seen(status) or (
                self._is_first and identity_of(status) in self._named_files
            ):
                return
            family = next((self._tails[base] for base in self._bases(path)), None)
            if family is not None and not self._is_first:
                yield from self._read_up(family, now)
            if self._is_undecided(path, status, family, now):
                return
            if self._is_known(descriptor, family):
                self._ignore(path, status)
                return
            if reason := _why_not(read_at(descriptor, SAMPLE_BYTES, 0)):
                self._ignore(path, status)
                yield Notice(kind=NoticeKind.BINARY, where=Where(source=name), detail=f"{reason}; not followed")
                return
        finally:
            os.close(descriptor)
        yield from self._begin(name, path, now)

    def _ignore(self, path: str, status: os.stat_result) -> None:
        seen = _seen(status)
        if seen is not None:
            self._ignored[path] = seen

    def _bases(self, path: str) -> Iterator[str]:
        folder, name = os.path.split(path)
        return (found for base in bases(name) if (found := os.path.join(folder, base)) in self._tails)  # noqa: PTH118

    def _is_undecided(self, path: str, status: os.stat_result, family: Tail | None, now: float) -> bool:
        """Whether it may become a copy of a followed file, but too little of it is there."""
        if family is None or status.st_size >= family.head_bytes():
            return False
        return now - self._undecided.setdefault(path, now) < UNDECIDED_S

    def _is_known(self, descriptor: int, family: Tail | None) -> bool:
        owner = self._owners.get(identity_of(os.fstat(descriptor)))
        if owner is not None and owner.knows(descriptor, is_family=False):
            return True
        return family is not None and family.knows(descriptor, is_family=True)

    def _is_foreign(self, path: str, identity: Identity) -> bool:
        owner = self._owners.get(identity)
        if owner is None or owner.path == path:
            return False
        tail = self._tails.get(path)
        descriptor = open_file(path) if tail is not owner else None
        if descriptor is None:
            return False
        try:
            return owner.knows(descriptor, is_family=False)
        finally:
            os.close(descriptor)

    def _begin(self, name: str, path: str, now: float) -> Iterator[Block | Notice]:
        tail = Tail(name, path, limits=self._limits, is_foreign=self._is_foreign)
        self._order[path] = self._count
        self._count += 1
        self._tails[path] = tail
        saved = self._resume.pop(path, None)
        if saved is not None:
            yield from tail.resume(saved, now)
        elif self._is_from_end and self._is_first:
            tail.skip()
        self._note(tail)
        if not self._is_first:
            yield from self._visit(tail, now)


def _is_meant(path: str, by: str) -> bool:
    """Whether a search finds `path`, were it there."""
    return fnmatchcase(path, by) if is_pattern(by) else Path(by) in Path(path).parents


def _is_search(path: str) -> bool:
    """Whether new files may appear under what was named."""
    return is_pattern(path) or os.path.isdir(path)  # noqa: PTH112


def _seen(status: os.stat_result | None) -> Seen | None:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns) if status else None


def _why_not(head: bytes) -> str | None:
    """Why a file that begins like this is not followed; of one that has no whole line yet nobody can tell."""
    if codec_of(head):
        return "is compressed"
    if head.startswith(tuple(UTF16)):
        return "is UTF-16"
    if b"\n" not in head and len(head) < SAMPLE_BYTES:
        return None
    reason = binary_format(Peekable(ChunkReader((head,)), chunk_bytes=SAMPLE_BYTES))
    return f"is {reason}" if reason else None
