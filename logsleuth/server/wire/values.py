r"""The bytes of a body or of a line -> the values that it holds one after another, the damaged ones as such.

Samples (Fluent Bit's json_lines and json_stream, Fluentd's json_array, a pretty-printed object, a log as it is):
    {"log":"a"}\n{"log":"b"}\n    {"log":"a"}{"log":"b"}    [{"log":"a"}\n,{"log":"b"}\n]    {\n  "log": "a"\n}
    INFO 06-10 21:32:17 [core.py:58] x\n[rank0]: Traceback (most recent call last):\n
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from logsleuth.limits import BodyLimits

_DECODER: Final = msgspec.json.Decoder()
_TOLERANT: Final = json.JSONDecoder(strict=False)
_JSON: Final = re.compile(rb'\s*(?:\[\s*)?\{\s*["}]|\s*\[\s*["\]]')
_BETWEEN: Final = re.compile(r"[\s,\]]*")
_NEXT: Final = re.compile(r"\}\s*,?\s*(?=\{)")
_NEXT_BYTES: Final = re.compile(rb"\}\s*,?\s*(?=\{)")
_TRIES: Final = 4  # of a cut that may stand within a text
_EFFORT: Final = 16  # how often, on average, a byte is read again behind damage
_FRONT_LINES: Final = 3
_FRONT_BYTES: Final = 64 * 1024
_STRICT_ERRORS: Final = (msgspec.MsgspecError, RecursionError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """What was no value, and why."""

    reason: str


Item = object  # a value of JSON, the bytes of a line of text, or Bad
Found = tuple[Item, bytes | None]  # with the line of JSON, where the value has one of its own


def is_json(data: bytes) -> bool:
    """Whether these bytes set out to be an object, or an array of objects or texts."""
    return _JSON.match(data[:_FRONT_BYTES]) is not None


def is_whole(body: bytes) -> bool:
    """Whether a body of JSON is to be read as a whole and not line by line."""
    if not is_json(body):
        return False
    lines = [line for line in body[:_FRONT_BYTES].split(b"\n", 64) if line.strip()][:_FRONT_LINES]
    if len(lines) < 2 or _strict(lines[0]) is not None:
        return False
    return body.lstrip()[:1] == b"[" or all(_strict(line) is None for line in lines[1:])


def object_of(line: bytes) -> object:
    """The value of one line of JSON, or None; NaN and lone surrogates are let through."""
    value = _strict(line)
    if value is None:
        try:
            value = _TOLERANT.decode(line.decode("utf-8", "replace").removeprefix("\ufeff"))
        except (ValueError, RecursionError):
            return None
    return value


def in_lines(data: bytes, limits: BodyLimits) -> Iterator[Found]:
    """The values of lines, each by itself; what does not look like JSON is text."""
    at = 0
    while at < len(data):
        end = data.rfind(b"\n", at, at + limits.chunk_bytes) + 1
        end = end or data.find(b"\n", at) + 1 or len(data)
        yield from _chunk(data[at:end], limits)
        at = end


def in_sequence(data: bytes, limits: BodyLimits) -> Iterator[Found]:
    """The values of an array, or of objects one after another, a bounded part of them in memory at a time."""
    at = 0
    if len(data) > limits.chunk_bytes:
        data = data.strip()
        if data[:1] == b"[":
            data = data[1:-1] if data.endswith(b"]") else data[1:]
        while len(data) - at > limits.chunk_bytes and (cut := _cut(data, at, limits)):
            yield from _values(data[at:cut].strip(b", \t\r\n"))
            at = cut
    rest = data[at:].strip() if at == 0 else data[at:].strip(b", \t\r\n")
    if len(rest) > max(limits.record_bytes, limits.chunk_bytes):
        yield Bad(reason=f"longer than {limits.record_bytes} bytes"), None
    elif rest:
        yield from _values(rest)


def _cut(data: bytes, at: int, limits: BodyLimits) -> int:
    """Behind the last object that ends within a chunk, or 0; behind a cut within a text the parts cannot be read."""
    size = limits.chunk_bytes
    for match in _NEXT_BYTES.finditer(data, at + size // 2, at + limits.record_bytes):
        if _strict(b"[" + _commas(data[at : match.start() + 1]) + b"]") is not None:
            return match.end()
        size -= limits.chunk_bytes // _TRIES
        if size <= 0:
            break
    anywhere = _NEXT_BYTES.search(data, at + limits.chunk_bytes // 2)
    return anywhere.end() if anywhere else 0


def _commas(data: bytes) -> bytes:
    """Objects without separators, as an array has them; inside texts this does no harm, for it only tells a cut."""
    return _GLUED.sub(b"},{", data)


_GLUED: Final = re.compile(rb"\}\s*\{")


def _chunk(chunk: bytes, limits: BodyLimits) -> Iterator[Found]:
    lines = [line for line in chunk.split(b"\n") if line and not line.isspace()]
    try:
        is_likely = chunk[:1] == b"{" and len(chunk) <= limits.chunk_bytes
        values: list[object] = _DECODER.decode_lines(chunk) if is_likely else []
    except _STRICT_ERRORS:
        values = []
    if len(values) == len(lines) and all(type(value) is dict for value in values):
        yield from zip(values, lines, strict=True)
        return
    for line in lines:
        yield from _line(line, limits)


def _line(line: bytes, limits: BodyLimits) -> Iterator[Found]:
    value = _strict(line) if line.lstrip()[:1] == b"{" and len(line) <= limits.record_bytes else None
    if type(value) is dict:
        yield value, line
    elif is_json(line):
        yield from in_sequence(line, limits)
    else:
        yield line.rstrip(b"\r"), None


def _values(data: bytes) -> Iterator[Found]:
    """The values of one array, or of values one after another."""
    value = _strict(data)
    if value is None and data[:1] == b"{":
        value = _strict(b"[" + data + b"]")
    if value is None:
        found = _damaged(data.decode("utf-8", "replace"))
    else:
        found = iter(value) if type(value) is list else iter((value,))
    for item in found:
        yield (item.encode("utf-8", "replace") if type(item) is str else item), None


def _damaged(text: str) -> Iterator[object]:
    """Values of which the strict reader takes none: NaN, lone surrogates, no commas, records that are damaged."""
    at = _behind(text, text.startswith("["))
    effort = _EFFORT * len(text)
    while at < len(text):
        try:
            value, end = _TOLERANT.raw_decode(text, at)
            yield from value if type(value) is list else (value,)
        except (ValueError, RecursionError) as error:
            yield Bad(reason=f"no JSON: {str(error)[:100]}")
            match = _NEXT.search(text, at)
            effort -= _read_again(error, text, at)
            end = match.end() if match and effort > 0 else len(text)
        at = _behind(text, end)


def _behind(text: str, at: int) -> int:
    """Where the next value begins."""
    match = _BETWEEN.match(text, at)
    return match.end() if match else at


def _read_again(error: Exception, text: str, at: int) -> int:
    """How many characters a failure has cost."""
    is_known = isinstance(error, json.JSONDecodeError) and "Unterminated" not in error.msg
    return error.pos - at + 1 if is_known and isinstance(error, json.JSONDecodeError) else len(text) - at


def _strict(data: bytes) -> object:
    """The value of these bytes, or None."""
    try:
        return _DECODER.decode(data)
    except _STRICT_ERRORS:
        return None
