"""One followed path: reads its file, and the files that rotations put in its place, as one source of whole lines."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from logsleuth.limits import Limits
from logsleuth.model import Block, Notice, NoticeKind, Where
from logsleuth.sources.blocks import Cutter
from logsleuth.sources.follow_family import Sibling, holds, open_file, siblings, unpacked
from logsleuth.sources.follow_generation import Generation, reopened
from logsleuth.sources.follow_position import Identity, Position, identity_of

LINGER_S: Final = 10.0  # how long a writer may go on writing to the file that was renamed
CHUNKS: Final = 8  # read at one poll, so that other files have their turn
FINISHED: Final = 64  # files that are known to have been read, should they appear under another name
BOM: Final = b"\xef\xbb\xbf"
Foreign = Callable[[str, Identity], bool]  # whether a file is read as part of another source


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What is needed to read a path on: its files in order, those that are done with, and the lines given so far."""

    positions: tuple[Position, ...] = ()
    finished: tuple[Position, ...] = ()
    lines: int = 0


class Tail:
    """The generations of one path, the oldest first; the last one is current unless it is retired."""

    def __init__(self, name: str, path: str, *, limits: Limits, is_foreign: Foreign) -> None:
        self.name = name
        self.path = path
        self.is_behind = False  # whether there was more to read than one poll gives
        self.lines = 0
        self.seen: tuple[int, int, int, int] | None = None  # of the path at the last poll
        self.finished: deque[Position] = deque(maxlen=FINISHED)
        self._generations: list[Generation] = []
        self._limits = limits
        self._is_foreign = is_foreign
        self._cutter = Cutter(name, limits=limits)
        self._line_base = 0
        self._real_path = os.path.realpath(path)  # of the current file: its links may be swapped
        self._searched_ns = 0  # the state of the file for which copies were looked for
        self._since_ns: int | None = None  # when a file was last changed that is done with

    @property
    def current(self) -> Generation | None:
        """The file that has the path's name."""
        last = self._generations[-1] if self._generations else None
        return last if last and last.retired is None else None

    @property
    def is_lingering(self) -> bool:
        """Whether files are still watched that have lost the name."""
        return len(self._generations) > 1 or (bool(self._generations) and self._generations[0].retired is not None)

    @property
    def saved(self) -> Saved:
        """Where reading stands."""
        positions = tuple(generation.position for generation in self._generations)
        return Saved(positions=positions, finished=tuple(self.finished), lines=self.lines)

    @property
    def identities(self) -> Iterator[Identity]:
        """The files that are or were read here."""
        yield from (generation.identity for generation in self._generations)
        yield from (position.identity for position in self.finished)

    def knows(self, descriptor: int, *, is_family: bool) -> bool:
        """Whether an open file is one that is or was read here, or a copy of it."""
        identity = identity_of(os.fstat(descriptor))
        positions = (*(generation.position for generation in self._generations), *self.finished)
        if any(position.identity == identity and holds(descriptor, position) for position in positions):
            return True
        return is_family and any(position.head.fits(descriptor) for position in positions)

    def head_bytes(self) -> int:
        """How much of a copy must be there to know it."""
        return max((generation.head.size for generation in self._generations), default=0)

    def look(self) -> os.stat_result | None:
        """The path's state, or None where there is nothing."""
        try:
            return os.stat(self.path)  # noqa: PTH116  thousands of times a second
        except (OSError, ValueError):
            return None

    def look_around(self) -> os.stat_result | None:
        """The state of the folder."""
        try:
            return os.stat(os.path.dirname(self._real_path) or ".")  # noqa: PTH116, PTH120  as above
        except OSError:
            return None

    def resume(self, saved: Saved, now: float) -> Iterator[Notice]:
        """Go on where another run stopped: find its files again, whatever they are called now."""
        self.lines = self._line_base = saved.lines
        for position in saved.finished:
            self._done_with(position)
        for position in saved.positions:
            found = self._own(position) or self._copy(position)
            if found is not None:
                self._generations.append(found)
            elif position.offset:
                self._done_with(position)
                detail = "was rotated away while nobody looked; what followed the last line read is lost"
                yield Notice(kind=NoticeKind.SOURCE_TRUNCATED, where=Where(source=self.name), detail=detail)
        status = self.look()
        for generation in self._generations:
            if status is None or generation.identity != identity_of(status):
                generation.retired = now

    def skip(self) -> None:
        """Take what the file holds now as read."""
        status = self.look()
        descriptor = open_file(self.path) if status else None
        if descriptor is None:
            return
        generation = Generation(descriptor, self.path)
        while data := generation.read(self._limits.block_bytes):
            end = data.rfind(b"\n") + 1
            if not end:
                break
            generation.advance(data[:end])
        self._generations = [generation]

    def poll(self, status: os.stat_result | None, now: float) -> Iterator[Block]:
        """The lines that came, those of older files first; `status` is what `look` gave."""
        self.is_behind = False
        self._look_before(status, now)
        yield from self._read_all(now)
        if not self.is_behind and self._has_moved(status):
            self._switch(now, is_there=status is not None)
            yield from self._read_all(now)
        yield from self._expire(now)

    def finish(self, *, is_final: bool) -> Iterator[Block | Notice]:
        """The last block; with `is_final` a line without its end counts as one, else it is left for the next run."""
        for generation in self._generations if is_final else ():
            if data := generation.read(self._limits.block_bytes):
                is_last = generation is self._generations[-1]
                yield from self._feed(generation, data, data if is_last or data.endswith(b"\n") else data + b"\n")
        yield from map(self._numbered, self._cutter.finish())
        if self._cutter.cut_lines:
            yield self._cutter.notice()
        self.close()

    def close(self) -> None:
        """Let go of all descriptors; reading can go on."""
        for generation in self._generations:
            generation.close()

    def _own(self, position: Position) -> Generation | None:
        """The file itself, under its name or another one of its folder."""
        descriptor = reopened(os.path.realpath(self.path), position.identity)
        if descriptor is None:
            return None
        if holds(descriptor, position):
            return Generation(descriptor, self.path, position)
        os.close(descriptor)
        return None

    def _copy(self, position: Position) -> Generation | None:
        """What a rotation copied or compressed before it emptied or deleted the file."""
        for sibling in reversed(siblings(self._real_path)) if position.offset else ():
            descriptor = self._opened(sibling)
            if descriptor is None:
                continue
            if holds(descriptor, position):
                device, inode = sibling.identity
                return Generation(descriptor, sibling.path, replace(position, device=device, inode=inode))
            os.close(descriptor)
        return None

    def _opened(self, sibling: Sibling) -> int | None:
        if sibling.is_compressed:
            return unpacked(sibling.path, limits=self._limits)
        return open_file(sibling.path)

    def _has_moved(self, status: os.stat_result | None) -> bool:
        """Whether another file has the name, or none."""
        if status is None:
            return self._last_ns() is not None
        identity = identity_of(status)
        if self.current is not None and self.current.identity == identity:
            return False
        return not self._is_foreign(self.path, identity)

    def _last_ns(self) -> int | None:
        """When anything read here was last changed; None where nothing was."""
        times = [generation.mtime_ns for generation in self._generations if generation.offset]
        times += [self._since_ns] if self._since_ns is not None else []
        return max(times, default=None)

    def _done_with(self, position: Position) -> None:
        self.finished.append(position)
        self._since_ns = max(self._since_ns or 0, position.mtime_ns)

    def _switch(self, now: float, *, is_there: bool) -> None:
        """Another file has the name: read on there, after what was missed in between."""
        descriptor = open_file(self.path) if is_there else None
        if descriptor is None and is_there:
            return
        identity = identity_of(os.fstat(descriptor)) if descriptor is not None else None
        self._retire(now)
        self._generations += self._missed(identity, now)
        if descriptor is None:
            return
        self._real_path = os.path.realpath(self.path)
        again = next((item for item in self._generations if item.identity == identity), None)
        if again is None:
            self._generations.append(Generation(descriptor, self.path))
            return
        os.close(descriptor)
        self._generations.remove(again)
        self._generations.append(again)
        again.retired = None

    def _retire(self, now: float) -> None:
        """The current file has lost the name; one that was closed may be there only as a copy."""
        for index, generation in enumerate(self._generations):
            if generation.retired is None:
                copy = None if generation.is_readable() else self._copy(generation.position)
                self._generations[index] = copy or generation
                self._generations[index].retired = now

    def _missed(self, current: Identity | None, now: float) -> Iterator[Generation]:
        """Files that had the name between two looks and lost it again, and copies of what stood in one meanwhile."""
        since_ns = self._last_ns()
        if since_ns is None:
            return
        known = {current, *(generation.identity for generation in self._generations)}
        for sibling in siblings(self._real_path):
            if sibling.status.st_mtime_ns < since_ns or sibling.identity in known:
                continue
            descriptor = None if self._is_foreign(sibling.path, sibling.identity) else self._opened(sibling)
            if descriptor is None:
                continue
            if self.knows(descriptor, is_family=True):
                os.close(descriptor)
                continue
            generation = Generation(descriptor, sibling.path)
            generation.identity, generation.retired = sibling.identity, now
            generation.mtime_ns = sibling.status.st_mtime_ns
            yield generation

    def _read_all(self, now: float) -> Iterator[Block]:
        for generation in list(self._generations):
            for _ in range(CHUNKS):
                data = generation.read(self._limits.block_bytes)
                if data is None:
                    self._start_over(generation, now)
                    self.is_behind = True
                    return
                taken = data[: data.rfind(b"\n") + 1] or (data if len(data) >= self._limits.line_bytes else b"")
                if not taken:
                    break
                generation.touched = now
                yield from self._feed(generation, taken, taken)
            else:
                self.is_behind = True
                return

    def _look_before(self, status: os.stat_result | None, now: float) -> None:
        """A file of which nothing was read may have been filled and emptied unseen: look for copies of that."""
        current = self.current
        is_fresh = current is not None and current.offset == 0 and self._since_ns is not None
        if current is None or not is_fresh or status is None or status.st_mtime_ns == self._searched_ns:
            return
        self._searched_ns = status.st_mtime_ns
        at = self._generations.index(current)
        self._generations[at:at] = self._missed(current.identity, now)

    def _start_over(self, generation: Generation, now: float) -> None:
        """What was read is no longer there: the file was emptied, after it was copied or not."""
        copy = self._copy(generation.position)
        if copy is not None:
            copy.retired = copy.touched = now
            self._generations.insert(self._generations.index(generation), copy)
        if generation.retired is None:
            self._done_with(generation.position)
            generation.restart()
        else:
            self._generations.remove(generation)
            generation.close()

    def _expire(self, now: float) -> Iterator[Block]:
        for generation in list(self._generations):
            if generation.retired is None or now - max(generation.retired, generation.touched) < LINGER_S:
                continue
            rest = generation.read(self._limits.block_bytes)
            if rest:
                yield from self._feed(generation, rest, rest + b"\n")
            self._done_with(generation.position)
            self._generations.remove(generation)
            generation.close()

    def _feed(self, generation: Generation, data: bytes, shown: bytes) -> Iterator[Block]:
        """The blocks of `shown`, which stands for the bytes `data` of the file."""
        if generation.offset == 0:
            shown = shown.removeprefix(BOM)
        shown = shown.translate(None, b"\0") if b"\0" in shown else shown
        blocks = [self._numbered(block) for block in self._cutter.feed(shown)]
        yield from blocks[:-1]
        # whoever takes the last block and stops there has all of `data`, and must not get it again
        generation.advance(data)
        self.lines += shown.count(b"\n")
        yield from blocks[-1:]

    def _numbered(self, block: Block) -> Block:
        return replace(block, first_line=block.first_line + self._line_base) if self._line_base else block
