"""Frames and their code, one below the other behind the same prefix: most of a traceback, taken in one look.

    (EngineCore_DP0 pid=7) ERROR 06-01 00:00:00 [core.py:700]   File "/opt/vllm/core.py", line 7, in step
    (EngineCore_DP0 pid=7) ERROR 06-01 00:00:00 [core.py:700]     return self.model(batch)

What is found here is what `classify` says too; lines that leave a doubt are left to it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from logsleuth.events.grammar import Part
from logsleuth.lazy import lazy
from logsleuth.model import EventLine, Text

FRAME_SIGN: Final = '  File "'
MOST_LINES: Final = 200
_FILE: Final = rb"[ !#-&(-\[\]-_a-~]{1,300}"  # printable, without quotes and backslashes
_FRAME: Final = rb'  File "%b", line \d{1,9}, in [\w.<>]{1,300}' % _FILE
_CODE: Final = rb"    (?:return |raise |await |with |self\.|(?!nccl)[a-z_]\w{0,80} = )[ -~\t]{0,400}"
_LINE: Final = rb"(?:%b|%b)\n" % (_FRAME, _CODE)
_RUN: Final = lazy(rb"(?P<prefix>[ -~]{1,200}?)%b\n(?:(?P=prefix)%b){1,%d}" % (_FRAME, _LINE, MOST_LINES - 1))
# what makes a line more than its prefix and its text, or its text no code
_DOUBTS: Final = (b"[0m", b"[0;0m", b"#033[", b"^[[", b"1b[", b"[repeated ", b"raceback", b"exception")


class Run(NamedTuple):
    """Lines that are frames and code for certain, and where they end."""

    prefix: str
    texts: list[str]
    end: int

    def lines(self, text: Text, index: int) -> list[EventLine]:
        """The lines of an event; the first is logical line `index` of `text`."""
        at = len(self.prefix)
        numbers = [text.number(index + further) for further in range(len(self.texts))]
        return [EventLine(number, raw, raw[at:]) for number, raw in zip(numbers, self.texts, strict=True)]

    def parts(self) -> list[Part]:
        """The part that each line plays."""
        return [Part.FRAME if raw.startswith(FRAME_SIGN, len(self.prefix)) else Part.CODE for raw in self.texts]


def find_run(data: bytes, position: int, most_bytes: int) -> Run | None:
    """The run that begins with the line at `position`, no longer than `most_bytes`."""
    found = _RUN.match(data, position, min(len(data), position + most_bytes))
    if found is None:
        return None
    lines = found[0]
    if any(doubt in lines for doubt in _DOUBTS):
        return None
    return Run(found["prefix"].decode("ascii"), lines.decode("ascii").split("\n")[:-1], found.end())
