r"""JSON as it is sent and not as it should be -> plain values.

Samples (a lone surrogate and NaN of Python, a byte order mark, bytes of another encoding):
    {"message": "\ud83d"}
    {"loss": NaN}
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from logsleuth.server.wire.canonical import encoded
from logsleuth.server.wire.protocol import RefusedError, Why

_MARK: Final = "\ufeff"
_DECODER: Final = msgspec.json.Decoder()
_DIGITS: Final = 30  # Python refuses to read longer figures than some, and none means anything
# Values take ten times the space of their text and more: `[],[],` of a few kilobytes compressed would fill the memory.
_CONTAINERS: Final = 4_000_000
_VALUES: Final = 32_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def loads(body: bytes) -> object:
    """The value of a body; raises RefusedError where there is none."""
    if body.count(b"[") + body.count(b"{") > _CONTAINERS or body.count(b",") > _VALUES:
        raise RefusedError(Why.TOO_LARGE, f"more than {_CONTAINERS} objects in one body; send smaller batches")
    try:
        return _DECODER.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass
    try:
        return _TOLERANT.decode(body.decode("utf-8", "replace").removeprefix(_MARK))
    except (ValueError, RecursionError) as error:
        raise RefusedError(Why.MALFORMED, f"not JSON: {str(error)[:200]}") from None


def texts(value: object) -> dict[str, str]:
    """The pairs of an object as texts; an empty one for anything else."""
    if not isinstance(value, dict):
        return {}
    return {str(name): text(item) for name, item in value.items()}


def text(value: object) -> str:
    """A value as a text: itself, or its JSON."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode() if not value.isascii() else value
    return "" if value is None else encoded(value).decode()


def integer(value: object) -> int | None:
    """A whole number, given as such or as its digits."""
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**63 else None
    if isinstance(value, str) and value.strip().removeprefix("-").isdecimal() and len(value) <= _DIGITS:
        return int(value)
    return None


def nanoseconds(value: object) -> int | None:
    """Nanoseconds since the epoch, as a number, its digits, or a time in ISO form."""
    number = integer(value)
    if number is not None or not isinstance(value, str):
        return number
    try:
        moment = datetime.fromisoformat(value.strip()[:64])
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


def _figure(digits: str) -> int | str:
    return int(digits) if len(digits) <= _DIGITS else digits


_TOLERANT: Final = json.JSONDecoder(strict=False, parse_int=_figure)
