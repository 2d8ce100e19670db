"""Frames and their code, one below the other behind the same prefix: most of a traceback, taken in one look.

    (EngineCore_DP0 pid=7) ERROR 06-01 00:00:00 [core.py:700]   File "/opt/vllm/core.py", line 7, in step
    (EngineCore_DP0 pid=7) ERROR 06-01 00:00:00 [core.py:700]     return self.model(batch)

What is found here is what `classify` says too; lines that leave a doubt are left to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Final, NamedTuple

from logsleuth.events.grammar import Part
from logsleuth.lazy import lazy
from logsleuth.model import EventLine, Frame, Text

MOST_LINES: Final = 200
REMEMBERED_CHARS: Final = 2000
# printable, without quotes, backslashes and commas, and no space at either end: nothing that could be read in two ways
_SIGN: Final = rb"!#-&(-+\--\[\]-_a-~"
_FILE: Final = rb"[%b](?:[ %b]{0,298}[%b])?" % (_SIGN, _SIGN, _SIGN)
_FRAME: Final = rb'  File "%b", line \d{1,9}, in [\w.<>]{1,300}' % _FILE
_CODE: Final = rb"    (?:return |raise |await |with |self\.|(?!nccl)[a-z_]\w{0,80} = )[ -~\t]{0,400}"
_LINE: Final = rb"(?:%b|%b)\n" % (_FRAME, _CODE)
_RUN: Final = lazy(rb"(?P<prefix>[ -~]{1,200}?)%b\n(?:(?P=prefix)%b){1,%d}" % (_FRAME, _LINE, MOST_LINES - 1))
# a frame of a run with the first line of its code, and what else stands below it
_READ: Final = lazy(r'  File "([^"]+)", line (\d+), in (.+)\n(?:    (.*)\n)?((?:    .*\n)*)')
# what makes a line more than its prefix and its text, or its text no code
_SIGNS: Final = ("[0m", "[0;0m", "#033[", "^[[", "1b[", "[repeated ")
_WORDS: Final = ("raceback", "exception")
# a third of the price of a call: there is one for each line of a run
_event_line: Final = partial(tuple.__new__, EventLine)
_frame: Final = partial(tuple.__new__, Frame)


class _Reading(NamedTuple):
    """What lines without their prefix are."""

    messages: Sequence[str]
    parts: Sequence[Part]
    frames: Sequence[Frame]
    code_lines: int


class Run(NamedTuple):
    """Lines that are frames and code for certain, with and without their prefix, and where they end."""

    prefix: str
    texts: Sequence[str]
    messages: Sequence[str]
    parts: Sequence[Part]
    frames: Sequence[Frame]
    code_lines: int  # below the last frame
    end: int

    def lines(self, text: Text, index: int) -> list[EventLine]:
        """The lines of an event; the first is logical line `index` of `text`."""
        end = index + len(self.texts)
        first = text.first_line
        numbers = range(first + index, first + end) if text.numbers is None else text.numbers[index:end]
        return list(map(_event_line, zip(numbers, self.texts, self.messages, strict=True)))


def find_run(data: bytes, position: int, most_bytes: int) -> Run | None:
    """The run that begins with the line at `position`, no longer than `most_bytes`."""
    found = _RUN.match(data, position, min(len(data), position + most_bytes))
    if found is None:
        return None
    prefix = found["prefix"].decode("ascii")
    texts = found[0].decode("ascii").split("\n")
    text = "\n".join([line[len(prefix) :] for line in texts])
    read = _remembered(text) if len(text) <= REMEMBERED_CHARS else _read(text)
    if read is None or _is_doubtful(prefix + " "):
        return None
    return Run(prefix, texts[:-1], *read, found.end())


def _read(text: str) -> _Reading | None:
    if _is_doubtful(text):
        return None
    messages = text.split("\n")[:-1]
    files, numbers, functions, codes, rests = zip(*_READ.findall(text), strict=True)
    frame, code = Part.FRAME, Part.CODE
    return _Reading(
        messages=messages,
        parts=[frame if message[2] == "F" else code for message in messages],
        frames=tuple(map(_frame, zip(files, map(int, numbers), functions, map(str.rstrip, codes), strict=True))),
        code_lines=bool(codes[-1]) + rests[-1].count("\n"),
    )


# floods and ranks print the same frames again and again; more would not stay in the fast memory of a processor
_remembered: Final = lru_cache(maxsize=64)(_read)


def _is_doubtful(text: str) -> bool:
    """Whether a line of `text` may be more than a frame or code."""
    return any(word in text for word in _WORDS) or ("[" in text and any(sign in text for sign in _SIGNS))
