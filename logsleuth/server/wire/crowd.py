r"""How many messages a protobuf body holds, found without making any of them.

Sample (three empty entries in a stream in a push, two bytes each; parsed, each takes a hundred):
    0a 06 12 00 12 00 12 00
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_VARINT, _FIXED64, _NESTED, _FIXED32 = 0, 1, 2, 5
_VARINT_BYTES = 10
# With one of these begins every member of number 1 to 15 that can be a message, written in one byte or in more.
_TAGS = bytes(start | number << 3 | _NESTED for number in range(1, 16) for start in (0, 0x80))
_DEPTH = 100  # the runtime's own bound


class CrowdedMessageError(ValueError):
    """More messages within one than memory is kept for."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A type of message, with the types of its members that are messages themselves, by number."""

    members: Mapping[int, Node] = field(default_factory=dict)


def check(data: bytes, root: Node, *, most: int) -> None:
    """Raise CrowdedMessageError for more than `most` messages; what is broken is left to the parser to tell."""
    if len(data) - len(data.translate(None, _TAGS)) <= most:
        return
    count = 0
    waiting = [(0, len(data), root, 0)]
    while waiting:
        at, end, node, depth = waiting.pop()
        while at < end:
            at, stop, number = _member(data, at, end)
            member = node.members.get(number) if stop >= 0 else None
            if member is not None and depth < _DEPTH:
                count += 1
                waiting.append((at, stop, member, depth + 1))
                if count > most:
                    raise CrowdedMessageError(f"more than {most} messages in one body; send smaller batches")
            at = stop if stop >= 0 else at


def _member(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Where a member's content starts, where it stops if it is nested and else -1, and its number."""
    key, at = _varint(data, at, end)
    kind = key & 7
    if kind == _NESTED:
        size, at = _varint(data, at, end)
        return at, min(at + size, end), key >> 3
    if kind == _VARINT:
        return _varint(data, at, end)[1], -1, 0
    width = {_FIXED64: 8, _FIXED32: 4}.get(kind)
    return (end, -1, 0) if width is None else (at + width, -1, 0)


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    for here in range(at, min(end, at + _VARINT_BYTES)):
        byte = data[here]
        value |= (byte & 127) << shift
        if byte < 128:
            return value, here + 1
        shift += 7
    return 0, end
