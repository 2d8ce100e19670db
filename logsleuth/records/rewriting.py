r"""Structured lines of one kind -> the lines they stand for, a whole block in one native pass.

A kind is learnt from a line that was opened the long way: the same keys in the same order, the same level and names;
only its time, its message and what nobody reads may differ. Whatever differs otherwise is left as it was.

    {"ts":"2026-03-09T09:53:39.798Z","level":"info","msg":"request finished","latency_ms":291.991}
    \x1e2026-03-09T09:53:39.798Z\x1fjson\x1fINFO\x1f\x1f\x1f\x1f\x1erequest finished
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.header import BRACKET, COMMA, UNREAD
from logsleuth.records.times import EPOCH
from logsleuth.vector import holds

_LEARNT_AFTER: Final = 32  # lines of one kind: an expression costs more than a few of them
_KINDS: Final = 8  # each is looked for in every block
_COUNTED: Final = 256
_EXPRESSION_BYTES: Final = 16 * 1024  # PCRE2 takes no more than 64 KiB
_IDLE_BLOCKS: Final = 64  # after which a kind that was not met gives way
_HEAD: Final = BRACKET.encode()
_COMMA: Final = COMMA.encode()
# JSON's own words for values; text without escapes, but in values that nobody reads
_PLAIN: Final = rb"[^\"\\\x00-\x1f]"
_SKIPPED: Final = (
    rb"(?:\"(?:" + _PLAIN + rb"++|\\[\"\\/bfnrt])*+\""
    rb"|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+|true|false|null)"
)
_MESSAGE: Final = rb"\"(?!\{)(?P<text>(?:" + _PLAIN + rb"++|\\[\"/])++)"  # what begins with { may be a record again
_INSIDE: Final = rb"[^{}\[\]\"]|\"(?:[^\"\\]|\\.)*+\""  # of an object or a list, next to further ones
_FLAT: Final = rb"[{\[](?:" + _INSIDE + rb")*+[}\]]"
_DEEPER: Final = rb"[{\[](?:" + _INSIDE + rb"|" + _FLAT + rb")*+[}\]]"
_DEEPEST: Final = rb"[{\[](?:" + _INSIDE + rb"|" + _DEEPER + rb")*+[}\]]"
_MEMBER: Final = lazy(
    rb"(?P<key>[ \t]*+\"" + _PLAIN + rb"*+\"[ \t]*+:[ \t]*+)"
    rb"(?P<value>\"(?:" + _PLAIN + rb"|\\.)*+\"|[^\s\"\[\]{},]++|" + _DEEPEST + rb")(?P<end>[ \t]*+[,}])"
)
_TIME: Final = lazy(
    rb"\"[12]\d{3}-\d\d-\d\d(?P<gap>[T ])\d\d:\d\d:\d\d(?:(?P<point>[.,])\d{1,9})?(?P<zone>Z|[+-]\d\d:?\d\d)?\""
)
_NUMBER: Final = lazy(rb"(\"?)" + EPOCH.encode() + rb"\1")
# the container runtime's own prefix
_FRONT: Final = (
    rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2}) "
    rb"(?:(?:stdout|stderr) F )?"
)
# in lines that were rewritten, one after the other
_ESCAPED_MARK: Final = rb"(?m)((?:^[^\x1e\\\n]*+\x1e|\G(?!^))[^\\\n]*+)\\([\"/])"
Substitute = Callable[[bytes, bytes], tuple[bytes, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Which keys of a record are read: the message and the time, if any, and those that made its header."""

    message: str
    time: str
    told: frozenset[str]
    is_fragment: bool  # unless its text ends with a newline


@dataclass(slots=True, kw_only=True)
class _Kind:
    substitute: Substitute
    replacement: bytes
    idle: int = 0


def _compiled(expression: bytes) -> Substitute | None:
    try:
        import pcre2  # noqa: PLC0415  the one optional engine: without it, lines are opened one by one
    except ImportError:
        return None
    substitute: Substitute = pcre2.compile(expression, jit=True).subn
    return substitute


class Rewriter:
    """The kinds of lines learnt from one source, bounded; those met most often come first."""

    def __init__(self) -> None:
        self._kinds: list[_Kind] = []
        self._counts: dict[tuple[Roles, bytes], int] = {}
        self._unescape: Substitute | None = None

    def note(self, line: bytes, opened: bytes, roles: Roles) -> None:
        """Take note that `line` was opened as `opened`; when its kind keeps coming, it is learnt."""
        key = roles, _tail(opened)
        count = self._counts[key] = self._counts.get(key, 0) + 1
        if count == _LEARNT_AFTER:
            kind = _learnt(line, opened, roles)
            if kind and len(self._kinds) < _KINDS:
                self._kinds.append(kind)
                self._unescape = self._unescape or _compiled(_ESCAPED_MARK)
        if len(self._counts) > _COUNTED:
            self._counts.clear()

    def rewritten(self, data: bytes) -> bytes:
        """`data` with the lines of all known kinds opened: they have a header; no line is added or taken."""
        if not self._kinds or not self._unescape or holds(data, b"#012") or not _is_text(data):
            return data
        for kind in tuple(self._kinds):
            data, count = kind.substitute(kind.replacement, data)
            kind.idle = 0 if count else kind.idle + 1
            if kind.idle > _IDLE_BLOCKS:
                self._kinds.remove(kind)
        return self._unescape(b"$1$2", data)[0] if holds(data, b'\\"') or holds(data, b"\\/") else data


def _is_text(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _tail(opened: bytes) -> bytes:
    """The header behind its time."""
    return opened[opened.find(_COMMA) : opened.find(_HEAD, opened.find(_COMMA)) + 1]


def _learnt(line: bytes, opened: bytes, roles: Roles) -> _Kind | None:
    """The kind of `line`, if it is a flat object and its header can be told by the form of its values."""
    start = line.find(b"{")
    members = tuple(_members(line, start))
    names = [key.strip(b" \t:")[1:-1].decode() for key, _, _ in members]
    front, tail = rb"(?P<front>" + _FRONT + rb")", _tail(opened)
    if not members or len(set(names)) < len(names) or b"$" in tail or b"\\" in tail:
        return None
    if start == 0:
        front = rb"(?P<front>)"
    expression, time = rb"(?m)^" + front + rb"\{", b""
    for name, (key, value, end) in zip(names, members, strict=True):
        if name == roles.time:
            sought, time = _time(value)
        else:
            sought = _value(name, value, roles)
        if not sought:
            return None
        expression += re.escape(key) + sought + re.escape(end)
    if len(expression) > _EXPRESSION_BYTES:
        return None
    substitute = _compiled(expression + b"$")
    replacement = b"${front}" + _HEAD + time + tail + b"${text}"
    if substitute is None or substitute(replacement, line)[0].replace(b'\\"', b'"').replace(b"\\/", b"/") != opened:
        return None
    return _Kind(substitute=substitute, replacement=replacement)


def _members(line: bytes, start: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Keys, values and separators of the object at `start` as they are written; nothing for what is not flat."""
    found, at = [], start + 1
    while match := _MEMBER.match(line, at):
        found.append((match["key"], match["value"], match["end"]))
        at = match.end()
    is_whole = start >= 0 and at == len(line) and line[-1:] == b"}"
    is_flat = is_whole and all(end.endswith(b",") for _, _, end in found[:-1])
    yield from found if is_flat else ()


def _value(name: str, value: bytes, roles: Roles) -> bytes:
    """What a value of this kind looks like."""
    if name == roles.message:
        return _MESSAGE + (rb"\\n\"" if roles.is_fragment else rb"(?:\\n)?\"")
    # what a shipper says of a container stays the same
    return re.escape(value) if name in roles.told or value[:1] in b"{[" else _SKIPPED


def _time(value: bytes) -> tuple[bytes, bytes]:
    """What a time in this form looks like, and how the header has it."""
    if _NUMBER.fullmatch(value):
        quote = value[:1] if value[:1] == b'"' else b""
        return quote + rb"(?P<number>" + EPOCH.encode() + rb")" + quote, UNREAD.encode() + b"${number}"
    match = _TIME.fullmatch(value)
    if match is None:
        return b"", b""
    sought, time = rb"\"(?P<day>[12][0-9]{3}-[0-9]{2}-[0-9]{2})" + match["gap"], b"${day}T${clock}"
    sought += rb"(?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2})"
    if match["point"]:
        sought, time = sought + re.escape(match["point"]) + rb"(?P<part>[0-9]{1,9})", time + b".${part}"
    if match["zone"]:
        sought, time = sought + rb"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})", time + b"${zone}"
    return sought + rb"\"", time
