"""Where a page of a list ended, as a text that travels through addresses."""

from __future__ import annotations

import base64
import binascii
from typing import Final

import msgspec

from logsleuth.errors import LogsleuthError

LONGEST: Final = 4096
Value = int | str


class CursorError(LogsleuthError):
    """A cursor that this service did not write."""


def write_cursor(values: tuple[Value, ...]) -> str:
    """The cursor that stands for `values`."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(values)).decode().rstrip("=")


def read_cursor(text: str, kinds: tuple[type[Value], ...]) -> tuple[Value, ...]:
    """The values of a cursor, of these types; raises CursorError."""
    try:
        data = base64.urlsafe_b64decode((text + "=" * (-len(text) % 4)).encode()) if len(text) <= LONGEST else b""
        values = msgspec.msgpack.decode(data, type=tuple[Value, ...])
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise CursorError("the cursor is none of this service") from None
    if tuple(map(type, values)) != kinds:
        raise CursorError("the cursor is that of another list")
    return values
