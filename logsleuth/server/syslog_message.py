r"""One frame of syslog -> its entry.

Samples (RFC 5424; RFC 3164 as rsyslog, Docker and Python's SysLogHandler send it; rsyslog's forward format):
    <11>1 2026-11-20T06:00:00.123Z gpu-07 vllm 8707 ID47 [origin ip="10.0.0.1"] CUDA out of memory
    <30>Nov 20 06:00:00 gpu-07 vllm[8707]: ERROR 11-20 06:00:00 [core.py:58] CUDA out of memory
    <4>Nov 20 06:00:00 gpu-07 kernel: NVRM: Xid (PCI:0000:01:00): 79, pid=1234, GPU has fallen off the bus.
    <11>CUDA out of memory
    <30>2026-11-20T06:00:00.123456+08:00 gpu-07 vllm[8707]: x

Origin: https://www.rfc-editor.org/rfc/rfc5424, https://www.rfc-editor.org/rfc/rfc3164
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from logsleuth.server.entry import UNKNOWN_NS, Entry
from logsleuth.server.names import source_name
from logsleuth.server.wire import tolerant
from logsleuth.server.wire.canonical import Said, Writer, is_object, plausible, stamp

_PRIORITY: Final = re.compile(rb"<(\d{1,3})>")
_NEW: Final = re.compile(
    rb"1 (?P<time>\S{1,64}) (?P<host>\S{1,255}) (?P<app>\S{1,128}) (?P<pid>\S{1,128}) \S{1,128} "
    rb'(?:-|(?:\[(?:[^\]"\\]|"(?:[^"\\]|\\.)*+"|\\.)*+\])++)(?: |$)(?:\xef\xbb\xbf)?',
    re.DOTALL,
)
_TIME: Final = (
    rb"(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,9})?"
    rb"|(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d))) "
)
_TAG: Final = rb"(?P<app>[^\s:\[\]]{1,128})(?:\[(?P<pid>[^\]\s]{1,128})\])?: ?"
_OLD: Final = re.compile(_TIME + rb"(?:(?P<host>[^\s:\[\]]{1,255}) )?" + _TAG)
_BARE: Final = re.compile(rb"(?:(?P<app>[^\s:\[\]]{1,128})\[(?P<pid>\d{1,10})\]|(?P<kernel>kernel)): ?")
_NIL: Final = b"-"
_LEVELS: Final = ("CRITICAL", "CRITICAL", "CRITICAL", "ERROR", "WARNING")  # what is less grave is what everything gets
_DAEMON: Final = 3
_STREAM_SEVERITIES: Final = frozenset({3, 6})


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a frame says; what it leaves out is empty."""

    priority: int | None = None
    time_ns: int = UNKNOWN_NS
    host: str = ""
    app: str = ""
    pid: str = ""
    text: bytes = b""

    @property
    def level(self) -> str:
        """The severity, unless it stands for a stream: Docker and systemd send as a daemon, `err` for stderr."""
        if self.priority is None or self.priority > 191:
            return ""
        facility, severity = divmod(self.priority, 8)
        if facility == _DAEMON and severity in _STREAM_SEVERITIES:
            return ""
        return _LEVELS[severity] if severity < len(_LEVELS) else ""


def parse(frame: bytes) -> Message:
    """What a frame says; total: a frame that is no syslog is a text."""
    match = _PRIORITY.match(frame)
    if match is None:
        return Message(text=frame)
    rest = frame[match.end() :]
    for form in (_NEW, _OLD, _BARE):
        found = form.match(rest)
        if found:
            return _message(int(match[1]), found, rest[found.end() :])
    return Message(priority=int(match[1]), text=rest)


def entry(message: Message, *, peer: str, writer: Writer) -> Entry:
    """The entry of a message; `peer` stands for the host where it names none."""
    source = source_name((message.host or peer, message.app))
    text = message.text.rstrip(b"\r\n\0")
    is_plain = not (message.app or message.pid or message.level)
    if is_plain or is_object(text):
        return Entry(source, text, message.time_ns)
    said = Said(
        ts=stamp(message.time_ns),
        level="" if writer.is_prefixed(text) else message.level,
        host=message.host,
        process=message.app,
        pid=message.pid if message.pid.isdecimal() else "",
        message=text.decode("utf-8", "replace"),
    )
    return Entry(source, writer.line(said, text), message.time_ns)


def _message(priority: int, found: re.Match[bytes], text: bytes) -> Message:
    groups = {
        name: "" if value in (None, _NIL) else value.decode("utf-8", "replace")
        for name, value in found.groupdict().items()
    }
    time_ns = tolerant.nanoseconds(groups.get("time")) if groups.get("time") else None
    return Message(
        priority=priority,
        time_ns=UNKNOWN_NS if time_ns is None else plausible(time_ns),
        host=groups.get("host", ""),
        app=groups.get("app") or groups.get("kernel", ""),
        pid=groups.get("pid", ""),
        text=text,
    )
