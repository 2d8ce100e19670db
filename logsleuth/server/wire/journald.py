"""What systemd-journal-upload sends, mostly in one request without an end -> entries; `journal.py` has the samples.

An entry's text is the record as `journalctl -o json` writes it, of the fields that count, so that a file of it and this
stream are read alike:
    {"__REALTIME_TIMESTAMP":"1795154400123457","_HOSTNAME":"gpu-07","_TRANSPORT":"stdout","PRIORITY":"6",
     "SYSLOG_IDENTIFIER":"vllm","_PID":"8707","MESSAGE":"ERROR 06-10 21:32:17 [core.py:58] CUDA out of memory"}

Origin: https://www.freedesktop.org/software/systemd/man/latest/systemd-journal-upload.service.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from logsleuth.server.entry import UNKNOWN_NS, Entry
from logsleuth.server.names import source_name
from logsleuth.server.wire import tolerant
from logsleuth.server.wire.canonical import encoded, plausible
from logsleuth.server.wire.journal import BrokenJournalError, Fields, Journal
from logsleuth.server.wire.protocol import Decoded, Feeder, Refusal, RefusedError, Reply, Request, Route, Why

_MEDIA: Final = "text/plain; charset=utf-8"
_KEYS: Final = {
    "time": "__REALTIME_TIMESTAMP",
    "host": "_HOSTNAME",
    "transport": "_TRANSPORT",
    "priority": "PRIORITY",
    "identifier": "SYSLOG_IDENTIFIER",
    "pid": "_PID",
    "message": "MESSAGE",
}


class _Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename=_KEYS):
    """The record as `journalctl -o json` writes it."""

    time: str = ""
    host: str = ""
    transport: str = ""
    priority: str = ""
    identifier: str = ""
    pid: str = ""
    message: str


class Uploads:
    """The wire of journal uploads."""

    name = "journald"

    def decode(self, body: bytes, request: Request) -> Decoded:
        """The entries of a body that has an end."""
        feeder = Reader(request)
        found = feeder.feed(body)
        rest = feeder.finish()
        cursors = found.note + rest.note
        return Decoded(
            entries=found.entries + rest.entries,
            records=found.records + rest.records,
            key=_key(cursors),
            note=cursors,
        )

    def feeder(self, request: Request) -> Feeder | None:
        """A reader, whether the body ends or not."""
        return Reader(request)

    def accepted(self, decoded: Decoded, request: Request) -> Reply:
        """202, as systemd-journal-remote says it; from version 258 on the header makes the client compress."""
        return Reply(status=202, body=b"OK.\n", media=_MEDIA, headers=(("Accept-Encoding", "zstd"),))

    def refused(self, refusal: Refusal, request: Request) -> Reply:
        """The reason as plain text; the client ends, and goes on at its cursor when it is started again."""
        body = f"{refusal.reason}\n".encode("utf-8", "replace")
        return Reply(status=refusal.why.value, body=body, media=_MEDIA)


class Reader:
    """Reads one upload; `note` holds the cursor of each entry, `key` the first and the last of them.

    A client that lost its connection goes on at the cursor that it had at the connection's start: only the cursors
    tell what has come already.
    """

    def __init__(self, request: Request) -> None:
        self._hint = request.hint
        self._line_bytes = request.limits.line_bytes
        self._journal = Journal(message_bytes=request.limits.event_bytes)
        self._refused: RefusedError | None = None

    def feed(self, data: bytes) -> Decoded:
        """The entries that these bytes complete; raises RefusedError once what came before is handed out."""
        if self._refused:
            raise self._refused
        found: list[Fields] = []
        try:
            for fields in self._journal.feed(data):
                found.append(fields)  # noqa: PERF402 - what came before an error counts, which extend() does not promise
        except BrokenJournalError as error:
            self._refused = RefusedError(Why.MALFORMED, f"not the journal's export format: {error}")
        if self._refused and not found:
            raise self._refused
        return self._decoded(found)

    def finish(self) -> Decoded:
        """The last entry; raises RefusedError where the bytes before could not be read to their end."""
        if self._refused:
            raise self._refused
        return self._decoded(self._journal.finish())

    def _decoded(self, found: Iterable[Fields]) -> Decoded:
        entries: list[Entry] = []
        cursors: list[str] = []
        records = 0
        for fields in found:
            records += 1
            if "MESSAGE" in fields:
                entries.append(_entry(fields, hint=self._hint, line_bytes=self._line_bytes))
                cursors.append(_text(fields, "__CURSOR"))
        return Decoded(entries=tuple(entries), records=records, key=_key(tuple(cursors)), note=tuple(cursors))


def _key(cursors: tuple[str, ...]) -> bytes | None:
    """The name of a run of entries: the journal has them in one order only."""
    return f"{cursors[0]} {cursors[-1]}".encode() if cursors and all(cursors) else None


def _entry(fields: Fields, *, hint: str, line_bytes: int) -> Entry:
    host, identifier = _text(fields, "_HOSTNAME"), _text(fields, "SYSLOG_IDENTIFIER", "_COMM")
    container = _text(fields, "CONTAINER_NAME", "CONTAINER_ID")
    unit = container or _text(fields, "_SYSTEMD_USER_UNIT", "_SYSTEMD_UNIT") or identifier
    message = fields["MESSAGE"]
    time = _text(fields, "__REALTIME_TIMESTAMP")
    line = _Line(
        time=time,
        host=host,
        transport=_text(fields, "_TRANSPORT"),
        priority="" if container else _text(fields, "PRIORITY"),  # container runtimes derive it from the stream alone
        identifier=identifier,
        pid=_text(fields, "_PID", "SYSLOG_PID"),
        message=message.decode("utf-8", "replace"),
    )
    text = encoded(line)
    microseconds = tolerant.integer(time)
    return Entry(
        source_name((host or hint, unit)),
        text if len(text) <= line_bytes else message.removesuffix(b"\n"),
        UNKNOWN_NS if microseconds is None else plausible(microseconds * 1000),
    )


def _text(fields: Fields, *names: str) -> str:
    for name in names:
        value = fields.get(name)
        if value:
            return value.decode("utf-8", "replace")
    return ""


UPLOADS: Final = Uploads()
ROUTES: Final = (Route(methods=("POST",), path="/upload", wire=UPLOADS),)
