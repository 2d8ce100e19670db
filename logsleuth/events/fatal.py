"""The end of a Python process by a signal, as faulthandler prints it: comes in messages, goes out what it tells.

    Fatal Python error: Segmentation fault

    Current thread 0x00007f74511ef700 (most recent call first):
      File "/opt/vllm/distributed/pynccl_wrapper.py", line 257 in ncclAllReduce
      ...
    Thread 0x00007f74519f0700 (most recent call first):
      File "/usr/lib/python3.10/threading.py", line 930 in _bootstrap

    Extension modules: numpy.core._multiarray_umath, ... (total: 119)

The innermost frame stands first here, unlike in a traceback; what goes out has it last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from logsleuth.events.grammar import FATAL_TEXT, match_frame, unmargin
from logsleuth.lazy import lazy
from logsleuth.model import Frame, Raised

FATAL_TYPE: Final = FATAL_TEXT.removesuffix(": ")
USUAL: Final = lazy(r'  File "([\w./+@<>-](?:[\w./+@<> -]{0,998}[\w./+@<>-])?)", line (\d{1,9}), in ([\w.<>]{1,300})')
CURRENT: Final = ("Current thread", "Stack (most recent call first)")
OTHERS: Final = ("Thread 0x", "Extension modules:")


def read_frame(text: str) -> Frame | None:
    """The frame that `text` names, without its code."""
    usual = USUAL.fullmatch(text)
    return Frame(usual[1], int(usual[2]), usual[3]) if usual else _read_frame(text)


@lru_cache(maxsize=2048)  # the same frames come again with every rank and repetition
def _read_frame(text: str) -> Frame | None:
    match = match_frame(text)
    if match is None:
        return None
    groups = match.groupdict()
    file = groups["file"] or groups.get("cell_file") or ""
    line = groups["line"] or groups.get("cell_line") or "0"
    function = groups["function"] or groups.get("cell_function") or ""
    rest = (groups.get("rest") or "").strip()
    is_code = bool(function) and not rest.startswith("[repeated ")
    return Frame(file=file.strip(), line=int(line), function=function.rstrip(","), code=rest if is_code else "")


def read_fatal(messages: Sequence[str], first: int) -> Raised:
    """The abort that `messages[first]` announces; the frames are those of the thread that was running."""
    text = messages[first].partition(FATAL_TEXT)[2].strip()
    frames = tuple(_frames(messages[first + 1 :]))
    return Raised(type=FATAL_TYPE, message=text, frames=frames[::-1], at=first)


def _frames(messages: Sequence[str]) -> Iterator[Frame]:
    """The frames of the current thread, innermost first, or of the only thread printed."""
    is_current = True
    for message in messages[_current(messages) :]:
        text = unmargin(message).strip()
        if text.startswith(OTHERS):
            is_current = False
        frame = read_frame(text) if is_current else None
        if frame is not None:
            yield frame


def _current(messages: Sequence[str]) -> int:
    """Where the current thread's frames begin."""
    for index, message in enumerate(messages):
        if message.strip().startswith(CURRENT):
            return index + 1
    return 0
