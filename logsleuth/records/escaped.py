r"""A traceback that was escaped into one line -> its lines, each with the line's own prefix in front.

Samples (Triton's server, rsyslog's #012, a traceback within another program's message):
    E0822 00:13:47.914203 1 backend_model.cc:692] "ERROR: Failed to create instance: OSError: gated repo.\nMake sure"
    Aug 19 18:34:30 host vllm[7]: Traceback (most recent call last):#012  File "/x.py", line 1, in f#012ValueError: x
    2026-01-01 10:00:00 ERROR failed: Traceback (most recent call last):\n  File \"/x.py\", line 1, in f\nValueError: x
    INFO 06-10 21:32:17 [logger.py:37] Received 1: prompt: 'Traceback (most recent call last):\n ...'   (left alone)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.vector import holds

# A quotation that a user wrote; what follows in the same line is his, not the program's.
_QUOTED: Final = lazy(
    rb"(?:prompt|content|messages?_content|messages|inputs?|query|question|text|completion|outputs?|body|request)"
    rb"[\"']?\s{0,4}[:=]\s{0,4}[\[({]{0,3}[\"']",
    re.IGNORECASE,
)
# The shape of an exception's repr, which keeps its escapes: `RuntimeError('CUDA error: ...\\n...')`.
_REPR: Final = lazy(rb"(?:Error|Exception)\([\"']")
_NEWLINE: Final = rb"(?:\\{1,4}(?:r\\{1,4})?n|#012)"
_LINE_END: Final = lazy(_NEWLINE)
_TRACEBACK: Final = lazy(rb"Traceback \(most recent call last\):(" + _NEWLINE + rb")")
_FRAME: Final = lazy(rb"(" + _NEWLINE + rb") {2,8}File \\{0,4}\"")
_NAME: Final = lazy(rb"(?<![\w.])(?:[A-Za-z_]\w{0,80}\.){0,8}\w{0,80}(?:Error|Exception): (?=[^\s\\])")
_NAMES: Final = 8  # of exceptions in a line that are looked at
_FIRST_LINE_BYTES: Final = 4000
_ESCAPED_QUOTE: Final = lazy(rb"\\{1,4}([\"'])")
_SIGNS: Final = (
    b"Traceback (most recent call last):\\",
    b"Traceback (most recent call last):#012",
    b"n  File ",
    b"#012  File ",
)
_INDENT: Final = lazy(rb"(?:#011|\\{1,4}t)")


def may_hold(data: bytes) -> bool:
    """Whether any line of a block can be such a line; a few native searches."""
    # single characters first: they are found twenty times faster than longer texts
    if b"\\" not in data and b"#" not in data:
        return False
    if not holds(data, b"\\n") and not holds(data, b"#012"):
        return False
    return any(holds(data, sign) for sign in _SIGNS) or _has_error(data)


def _has_error(data: bytes) -> bool:
    for word in (b"Error: ", b"Exception: "):
        at = data.find(word)
        while at >= 0:
            end = data.find(b"\n", at)
            end = len(data) if end < 0 else end
            if data.find(b"\\n", at, end) >= 0 or data.find(b"#012", at, end) >= 0:
                return True
            at = data.find(word, end)
    return False


@dataclass(frozen=True, slots=True)
class Sign:
    """Where an escaped traceback or exception was seen, and how its newlines are written."""

    at: int
    newline: bytes
    is_headless: bool


def find(line: bytes) -> Sign | None:
    """The sign of an escaped traceback or exception that nobody quoted."""
    found = _traceback(line) or _error(line)
    if found is None or _QUOTED.search(line, 0, found.at) or _REPR.search(line, 0, found.at):
        return None
    return found


def unfold(line: bytes, found: Sign, *, start: int, most: int, is_repeated: bool = True) -> list[bytes]:
    """The lines of an escaped traceback, each behind the prefix that ends at `start` where it may be repeated."""
    region = start if found.is_headless else max(found.at, start)
    end, tail = _end(line, region)
    head = line[start:region].rstrip(b" \"'([")
    parts = line[region:end].split(found.newline, most)
    bodies = ([head] if head else []) + [_readable(part) for part in parts] + ([tail] if tail else [])
    while len(bodies) > 1 and not bodies[-1].strip(b"\"' "):
        bodies.pop()
    later = line[:start] if is_repeated else b""
    return [line[:start] + bodies[0], *(later + body for body in bodies[1:most])]


def _traceback(line: bytes) -> Sign | None:
    whole = _TRACEBACK.search(line)
    if whole:
        return Sign(whole.start(), whole[1], is_headless=False)
    frame = _FRAME.search(line)
    return Sign(frame.start(), frame[1], is_headless=True) if frame else None


def _error(line: bytes) -> Sign | None:
    """The first exception with more lines behind it."""
    for name in islice(_NAME.finditer(line), _NAMES):
        newline = _LINE_END.search(line, name.end(), name.end() + _FIRST_LINE_BYTES)
        if newline:
            return Sign(name.start(), newline[0], is_headless=False)
    return None


def _end(line: bytes, region: int) -> tuple[int, bytes]:
    """Where the quotation around the region ends, and what follows it."""
    quote = line[region - 1 : region]
    if quote not in {b'"', b"'"}:
        return len(line), b""
    end = re.compile(rb"(?<!\\)" + quote).search(line, region)
    if end is None:
        return len(line), b""
    tail = line[end.end() :]
    return end.start(), tail if re.search(rb"\w", tail) else b""


def _readable(part: bytes) -> bytes:
    """One line with its quotes and its indentation unescaped."""
    indent = _INDENT.match(part)
    if indent:
        part = b"\t" + part[indent.end() :]
    return _ESCAPED_QUOTE.sub(rb"\1", part) if b"\\" in part else part
