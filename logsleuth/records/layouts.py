r"""A record of known keys -> its header and message, without asking every ladder: loggers repeat one layout all day.

Sample, and its header; what stands between the time and the message is remembered by the values it was made of:
    {"ts":"2026-03-09T09:53:39.798Z","level":"info","logger":"vllm","msg":"request finished","latency_ms":291.991}
    \x1e2026-03-09T09:53:39.798Z\x1fjson\x1fINFO\x1fvllm\x1f\x1f\x1f\x1erequest finished
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Final

import orjson

from logsleuth.lazy import lazy
from logsleuth.records.header import BRACKET, COMMA, UNREAD, encode
from logsleuth.records.jsonl import Object
from logsleuth.records.ladders import Ladders, Path, ladders_for
from logsleuth.records.rewriting import Roles
from logsleuth.records.structured import read
from logsleuth.records.times import EPOCH, time_of

_LAYOUTS: Final = 64  # beyond, all are learnt anew: a log has a few
_HEADERS_CHARS: Final = 256 * 1024  # of all headers of one layout, and of what they were made of
_KEYS: Final = 64
_HEADER_CHARS: Final = 160  # with a time still below the bound at which fields are cut
_VALUE_CHARS: Final = 4000  # of one of them
# what makes several records or a fragment out of an object, or no message at all
_UNUSUAL: Final = frozenset({"role", "resourceLogs", "streams", "logEvents", "_p", "logtag"})
_JOURNALD: Final = ("_TRANSPORT", "PRIORITY")
_ISO: Final = lazy(r"[12]\d{3}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?")
_EPOCH: Final = lazy(EPOCH)
_NUMBERS: Final = (str, int, float)
_INNER: Final = ("", "{")  # how a text begins that is no message, or another record
_BARE: Final = str.maketrans("", "", BRACKET + COMMA)


@dataclass(slots=True, kw_only=True)
class _Layout:
    """What the keys of a record decide: the values to ask for, and the headers that these led to, if any."""

    roles: Roles
    values: Callable[[Object], tuple[object, ...]]  # the message, the time, and the rest: what may be a cause first
    causes: int
    headers: dict[tuple[object, ...], str] = field(default_factory=dict)
    size: int = 0


class Layouts:
    """The layouts met so far, bounded; whatever is not as usual is left to be read in full."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], _Layout | None] = {}
        self._keys: tuple[str, ...] = ()
        self._latest: _Layout | None = None

    def line(self, record: Object) -> str | None:
        """The one line that reading `record` gives, or None where only that can tell, or there are several."""
        keys = tuple(record)
        layout = self._latest if keys == self._keys else self._layout(keys, record)
        if layout is None:
            return None
        text, time, *rest = layout.values(record)
        if type(text) is not str or text[:1] in _INNER or (layout.roles.is_fragment and text[-1] != "\n"):
            return None
        text = text.rstrip("\r\n")
        ts = _printed(time) if layout.roles.time else ""
        tail = _tail(layout, record, tuple(rest))
        return f"{BRACKET}{ts}{tail}{text}" if tail and ts is not None and _is_plain(text) else None

    @property
    def roles(self) -> Roles | None:
        """The roles of the keys of the latest record."""
        return self._latest.roles if self._latest else None

    def _layout(self, keys: tuple[str, ...], record: Object) -> _Layout | None:
        if keys not in self._known:
            if len(self._known) >= _LAYOUTS:
                self._known.clear()
            self._known[keys] = _learnt(keys, ladders_for(record))
        self._keys, self._latest = keys, self._known[keys]
        return self._latest


def _learnt(keys: tuple[str, ...], known: Ladders) -> _Layout | None:
    """The layout of records with these keys, if their messages stand under one of them."""
    if len(keys) > _KEYS or not known.text or not _UNUSUAL.isdisjoint(keys):
        return None
    if known.time and len(known.time[0]) > 1:
        return None
    text, time = known.text[0][0], known.time[0][0] if known.time else ""
    causes = _heads(known.traceback, known.cause_type, known.cause_text, known.cause)
    told = _heads(known.level, known.pino_level, known.python_level, known.otel_level, known.logger)
    told += _heads(known.node, known.process, known.pid)
    rest = dict.fromkeys((*causes, *told, *(key for key in _JOURNALD if key in keys)))
    # no longer path leads into a text or a number
    rest.pop(text, None)
    rest.pop(time, None)
    return _Layout(
        roles=Roles(message=text, time=time, told=frozenset(rest), is_fragment="log" in keys and "stream" in keys),
        values=itemgetter(text, time or text, *rest),
        causes=sum(key in rest for key in causes),
    )


def _heads(*ladders: tuple[Path, ...]) -> tuple[str, ...]:
    """The keys of the record at which these ladders begin."""
    return tuple(dict.fromkeys(path[0] for ladder in ladders for path in ladder))


def _tail(layout: _Layout, record: Object, rest: tuple[object, ...]) -> str:
    """The header behind the time; empty where it depends on more than `rest`."""
    if layout.causes and any(rest[: layout.causes]):
        return ""
    # True, 1 and 1.0 are one key, and not one level
    key: tuple[object, ...] = (rest, *map(type, rest))
    try:
        found = layout.headers.get(key)
    except TypeError:  # an object or a list among the values: what a shipper says of the container
        key = tuple(orjson.dumps(value) for value in rest)
        found = layout.headers.get(key)
    if found is None:
        size = _HEADER_CHARS + sum(len(value) if isinstance(value, str | bytes) else 0 for value in (*rest, *key))
        if size > _VALUE_CHARS:
            return ""
        layout.size += size
        if layout.size > _HEADERS_CHARS:
            layout.headers.clear()
            layout.size = size
        found = layout.headers[key] = _encoded(record)
    return found


def _encoded(record: Object) -> str:
    tail = encode(replace(read(record).envelope, ts=""))[len(BRACKET) :]
    return tail if len(tail) <= _HEADER_CHARS and tail.translate(_BARE).isprintable() else ""


def _printed(time: object) -> str | None:
    """What the header says of a time; None where another key may have to be asked."""
    if time is None or time == "":
        return None
    if type(time) is str and _ISO.fullmatch(time):
        return f"{time[:10]}T{time[11:].replace(',', '.')}"
    if type(time) in _NUMBERS and _EPOCH.fullmatch(str(time)):
        return f"{UNREAD}{time}"
    ts = time_of(time)
    return ts if ts.isprintable() else None


def _is_plain(text: str) -> bool:
    """Whether a message is one line as the log has it, without anything escaped in it."""
    is_one_line = "\n" not in text and "\r" not in text
    return is_one_line and "\\" not in text and "#012" not in text and "\0" not in text and BRACKET not in text
