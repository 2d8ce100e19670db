"""Python's tracebacks: come in as messages without prefixes, go out as the chain of exceptions they print.

    Traceback (most recent call last):
      File "/opt/vllm/v1/engine/core.py", line 1073, in run_engine_core
        engine_core = EngineCoreProc(*args, **kwargs)
                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    RuntimeError: Worker failed with error 'x', please check the stack trace above for the root cause

    The above exception was the direct cause of the following exception:
    ...

An exception whose text embeds another traceback (Ray's `ray::f() (pid=1)` followed by frames, "Original Traceback",
torch's spawn, `raised:` followed by an exception) is followed by the embedded one with `Link.GROUPED`: the outer one
only carries the inner one, as an exception group carries its members.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from logsleuth.events.fatal import read_fatal, read_frame
from logsleuth.events.grammar import (
    FATAL_TEXT,
    PANIC_TEXT,
    Part,
    begins_record,
    classify,
    is_head,
    loose_exception,
    match_frame,
    unmargin,
)
from logsleuth.events.runs import Run
from logsleuth.lazy import lazy
from logsleuth.model import Frame, Link, Raised

PANIC_TYPE: Final = "panic"
PANIC: Final = lazy(  # old: panicked at 'text', src/a.rs:1:2; since Rust 1.73: panicked at src/a.rs:1:2:
    r"thread '[^']{0,200}'(?: \(\d{1,9}\))? panicked at "
    r"(?:'(?P<text>.{0,2000})', )?(?P<file>[^\s:]{1,500}):(?P<line>\d{1,9})"
)
LINKS: Final = {Part.LINK_CAUSE: Link.CAUSE, Part.LINK_CONTEXT: Link.CONTEXT, Part.MEMBER: Link.GROUPED}
SHOWS_CODE: Final = frozenset({Part.FRAME, Part.CARET, Part.FINAL})
BARS: Final = ("|", "+")
BAR_DEPTH: Final = 24
QUOTES: Final = '"""'  # multiprocessing and concurrent.futures put them around a remote traceback
REMEMBERED_LINES: Final = 20
REMEMBERED_CHARS: Final = 2000
NO_RUNS: Final[Mapping[int, Run]] = MappingProxyType({})
USER_CODE: Final = "from user code"  # torch.compile prints frames inside the message of its exception


class _State(StrEnum):
    OUTSIDE = "outside"
    INSIDE = "inside"  # between frames
    MESSAGE = "message"


# a member looked up on its class costs ten times as much as a name, and every line asks for a dozen
_BLANK, _CODE, _FINAL, _FRAME, _HEAD, _OTHER = Part.BLANK, Part.CODE, Part.FINAL, Part.FRAME, Part.HEAD, Part.OTHER
_OUTSIDE, _INSIDE, _MESSAGE = _State.OUTSIDE, _State.INSIDE, _State.MESSAGE


def parse_traceback(
    messages: Sequence[str], parts: Sequence[Part] | None = None, runs: Mapping[int, Run] = NO_RUNS
) -> tuple[Raised, ...]:
    """The exceptions that `messages` print, in printed order; none where no traceback is recognised.

    `parts` are what `classify` says of the messages, where that is known, and `runs` those of them that were read as
    frames, by the index of their first line.
    """
    if runs or len(messages) > REMEMBERED_LINES or sum(map(len, messages)) > REMEMBERED_CHARS:
        return _parse(messages, parts, runs)
    return _remembered(tuple(messages))  # floods and retries raise the same exception over and over


@lru_cache(maxsize=1024)
def _remembered(messages: tuple[str, ...]) -> tuple[Raised, ...]:
    return _parse(messages)


def _parse(
    messages: Sequence[str], parts: Sequence[Part] | None = None, runs: Mapping[int, Run] = NO_RUNS
) -> tuple[Raised, ...]:
    parts = [classify(message) for message in messages] if parts is None else parts
    texts: Sequence[str] = messages
    alone = _outside(runs, len(messages))
    if any(_is_shifted(messages[index], parts[index]) for index in alone):
        texts, runs, alone = list(_aligned(messages)), NO_RUNS, range(len(messages))
        parts = [classify(text) for text in texts]
    fatal = _first_fatal(texts, parts, alone)
    reading = _Reading(runs)
    index = 0
    while index < fatal:
        index = reading.take_frames(index, fatal, texts, parts)
        if index == fatal:
            break
        following = parts[index + 1] if index + 1 < len(parts) else _BLANK
        reading.take(index, texts[index], parts[index], following)
        index += 1
    reading.flush()
    if fatal < len(texts):
        reading.done.append(read_fatal(texts, fatal))
    return tuple(reading.done)


def _outside(runs: Mapping[int, Run], count: int) -> Sequence[int]:
    """Which of so many lines stand in no run."""
    alone: list[int] = []
    reached = 0
    for start, run in runs.items():
        alone += range(reached, start)
        reached = start + len(run.messages)
    alone += range(reached, count)
    return alone


def _is_shifted(message: str, part: Part) -> bool:
    """Whether a line stands elsewhere than Python prints it: behind a group's bar, or indented by a paste."""
    if part is _HEAD:
        return message.startswith((" ", "\t", "|", "+"))
    if part is _FRAME:
        return not message.startswith('  File "')
    text = message.lstrip(" ")
    return text.startswith(BARS) and len(message) - len(text) < BAR_DEPTH


def _first_fatal(texts: Sequence[str], parts: Sequence[Part], alone: Sequence[int]) -> int:
    for index in alone:
        if parts[index] is _HEAD and texts[index].lstrip().startswith(FATAL_TEXT):
            return index
    return len(texts)


def _aligned(messages: Sequence[str]) -> Iterator[str]:
    """The messages without the bars of exception groups and without the indentation of a whole pasted traceback."""
    indent: int | None = None
    for message in messages:
        text = unmargin(message)
        lead = len(text) - len(text.lstrip(" \t"))
        if is_head(text.strip()):
            indent = 0 if text.lstrip().startswith("+ ") else lead
        elif indent is None and match_frame(text) is not None:
            indent = max(lead - 2, 0)
        yield text[min(lead, indent or 0) :]


class _Reading:
    """The exceptions read so far, and the one whose lines come in."""

    def __init__(self, runs: Mapping[int, Run]) -> None:
        self.done: list[Raised] = []
        self._runs = runs
        self._pending: Link | None = None
        self._open(_OUTSIDE)

    def _open(self, state: _State, link: Link | None = None) -> None:
        self._state = state
        self._link = (self._pending or link or Link.FIRST) if self.done else Link.FIRST
        if state is not _OUTSIDE:
            self._pending = None
        self._frames: list[Frame] = []
        self._type = ""
        self._message: list[str] = []
        self._at = 0

    def take(self, index: int, text: str, part: Part, following: Part) -> None:
        """Read one line; `following` is the part of the next one."""
        if part is _HEAD:
            self._take_head(index, text)
        elif part is _FRAME:
            self._take_frame(index, text)
        elif part in LINKS:
            self.flush()
            self._pending = LINKS[part]
        elif self._state is _MESSAGE:
            self._take_message(index, text, part)
        elif self._state is _INSIDE:
            self._take_inside(index, text, part, following)
        elif part is _FINAL:
            self._take_final(index, text)

    def take_frames(self, index: int, end: int, texts: Sequence[str], parts: Sequence[Part]) -> int:
        """Read frames from `index` on, each with its code; where something else stands, or nothing is expected."""
        if self._state is not _INSIDE or self._message:
            return index
        while index < end and parts[index] is _FRAME:
            if index in self._runs:
                index = self._take_run(index, self._runs[index])
                continue
            frame = read_frame(texts[index])
            if frame is None:
                break
            self._at = index
            index += 1
            if index < end and parts[index] is _CODE:
                frame = _with_code(frame, texts[index])
                index += 1
            self._frames.append(frame)
        return index

    def _take_run(self, index: int, run: Run) -> int:
        self._frames += run.frames
        index += len(run.messages)
        self._at = index - run.code_lines - 1
        return index

    def flush(self) -> None:
        """Finish the exception at hand: cut where its last line did not come."""
        if self._state is not _OUTSIDE and (self._frames or self._message):
            while len(self._message) > 1 and not self._message[-1].strip():
                self._message.pop()
            self.done.append(
                Raised(
                    type=self._type,
                    message="\n".join(self._message),
                    frames=tuple(self._frames),
                    link=self._link,
                    at=self._at,
                    is_cut=self._state is _INSIDE,
                )
            )
        self._open(_OUTSIDE)

    def _take_head(self, index: int, text: str) -> None:
        is_embedded = self._state is _MESSAGE and (self._embeds() or text.lstrip().startswith("Original "))
        if self._is_announcement() and not is_embedded:
            self._open(_OUTSIDE)
        self.flush()
        self._open(_INSIDE, Link.GROUPED if is_embedded else None)
        if text.lstrip().startswith(PANIC_TEXT):
            self._take_panic(index, text.lstrip())

    def _take_panic(self, index: int, text: str) -> None:
        match = PANIC.match(text)
        self._state, self._type, self._at = _MESSAGE, PANIC_TYPE, index
        if match is not None:
            self._frames.append(Frame(file=match["file"], line=int(match["line"]), function=""))
        self._message = [match["text"]] if match is not None and match["text"] else []

    def _take_frame(self, index: int, text: str) -> None:
        frame = read_frame(text)
        if frame is None or self._shows_user_code():
            self._message.append(text)
            return
        if self._state is _MESSAGE:
            self.flush()
            self._open(_INSIDE, Link.GROUPED)
        elif self._state is _OUTSIDE:
            self._open(_INSIDE)
        self._frames.append(frame)
        self._at = index

    def _shows_user_code(self) -> bool:
        """Whether frames belong to the message at hand."""
        return any(line.lstrip().startswith(USER_CODE) for line in self._message[-60:])

    def _take_inside(self, index: int, text: str, part: Part, following: Part) -> None:
        """A line between frames, or the one that ends them."""
        awaits_code = bool(self._frames) and not self._frames[-1].code
        if part is _CODE or (part is _OTHER and awaits_code and following in SHOWS_CODE):
            self._take_code(text)
        elif part is _FINAL or (part is _OTHER and self._frames and loose_exception(text) is not None):
            self._take_final(index, text)
        elif part is _OTHER and not begins_record(text):
            self._take_code(text)

    def _take_code(self, text: str) -> None:
        if self._frames:
            self._frames[-1] = _with_code(self._frames[-1], text)

    def _take_final(self, index: int, text: str) -> None:
        if self._state is _OUTSIDE:
            self._open(_MESSAGE)
        self._state, self._at = _MESSAGE, index
        self._type, first = loose_exception(text) or (text.strip(), "")
        self._message = [first]

    def _take_message(self, index: int, text: str, part: Part) -> None:
        if begins_record(text) or text == QUOTES:
            self.flush()
        elif part is _FINAL and self._embeds():
            self.flush()
            self._open(_MESSAGE, Link.GROUPED)
            self._take_final(index, text)
        else:
            self._message.append(text)

    def _embeds(self) -> bool:
        """Whether the message at hand announces that another exception follows in it."""
        first = self._message[0].rstrip() if self._message else ""
        last = next((line for line in reversed(self._message) if line.strip()), "").rstrip()
        return first.endswith(":") or (last.endswith(":") and not last.endswith("Last error:"))

    def _is_announcement(self) -> bool:
        """Whether what came so far is an exception's name logged just before its traceback."""
        return self._state is _MESSAGE and not (self._frames or self.done or self._pending)


def _with_code(frame: Frame, text: str) -> Frame:
    """The frame with the first line of its code."""
    if frame.code:
        return frame
    return Frame(file=frame.file, line=frame.line, function=frame.function, code=text.strip(" \t│❱"))
