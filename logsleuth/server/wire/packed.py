r"""Records as msgpack -> records.

Samples (Fluent Bit's http output with `format msgpack`; Fluentd's; the forward protocol's batches):
    \x92\x92\xd7\x00<u32 seconds><u32 nanoseconds>\x80\x81\xa3log\xa1x      [[EventTime, {meta}], {"log": "x"}] ...
    \x81\xa7message\xa1x                                                    {"message": "x"} ...
    \x92\xd7\x00<u32 seconds><u32 nanoseconds>\x81\xa3log\xa1x              [EventTime, {"log": "x"}]
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

import msgpack

from logsleuth.limits import BodyLimits
from logsleuth.server.wire.times import BILLION, nanoseconds
from logsleuth.server.wire.values import Bad

TIME: Final = "timeUnixNano"

_EVENT_TIME: Final = struct.Struct(">II")
_ARRAY_ITEMS: Final = 10_000  # room is made for as many as are claimed, and claims may be nested
_FEED_BYTES: Final = 1024 * 1024
_ERRORS: Final = (ValueError, TypeError, RecursionError, OverflowError, MemoryError, msgpack.UnpackException)


def is_packed(body: bytes, media: str) -> bool:
    """Whether a body is msgpack: it says so, or begins as no text does."""
    first = body[:1]
    if not (b"\x80" <= first <= b"\x9f" or b"\xdc" <= first <= b"\xdf"):
        return False
    return "msgpack" in media or not _is_text(body[:64])


def records(body: bytes, limits: BodyLimits) -> Iterator[object]:
    """The records of a body, `Bad` for one that is none, and for the rest where it cannot be read on."""
    unpacker = msgpack.Unpacker(
        raw=False,
        strict_map_key=False,
        unicode_errors="replace",
        ext_hook=_extension,
        max_buffer_size=max(len(body), 1),
        max_array_len=_ARRAY_ITEMS,
        max_map_len=limits.record_fields,
    )
    try:
        for at in range(0, len(body), _FEED_BYTES):
            unpacker.feed(body[at : at + _FEED_BYTES])
            for value in unpacker:
                yield from _opened(value)
    except _ERRORS as error:
        yield Bad(reason=f"no msgpack: {str(error)[:100] or type(error).__name__}")
        return
    if unpacker.tell() < len(body):
        yield Bad(reason="the msgpack ends too early")


def _opened(value: object, depth: int = 0) -> Iterator[object]:
    """The records of one value: itself, a pair with its time, or an array of such."""
    if isinstance(value, dict):
        yield _named(value)
    elif isinstance(value, list) and len(value) == 2 and isinstance(value[1], dict) and _time(value[0]):
        yield {TIME: _time(value[0]), **_named(value[1])}
    elif isinstance(value, list) and depth < 2:
        for item in value:
            yield from _opened(item, depth + 1)
    else:
        yield Bad(reason=f"a record of the type {type(value).__name__}")


def _named(record: dict[object, object]) -> dict[str, object]:
    return {name if type(name) is str else str(name)[:64]: value for name, value in record.items()}


def _time(value: object) -> int:
    """Of a pair's first half: the time itself, or an array that starts with it."""
    if isinstance(value, list):
        value = value[0] if value else None
    return nanoseconds(value) or (value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0)


def _extension(kind: int, data: bytes) -> object:
    """Fluentd's time as nanoseconds; others are passed over."""
    if kind != 0 or len(data) != _EVENT_TIME.size:
        return None
    seconds, rest = _EVENT_TIME.unpack(data)
    return seconds * BILLION + rest


def _is_text(head: bytes) -> bool:
    """Whether these bytes are UTF-8, as far as they go."""
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4 and error.start > 0
    return True
