"""Syslog and journald's short forms: time, host, program.

Samples (RFC 3164, RFC 5424, `journalctl -o short|short-iso|short-precise|short-full`, rsyslog's file format):
    Aug 19 18:34:30 host vllm[8707]: (EngineCore_DP0 pid=9000) ERROR 08-19 18:34:30 [core.py:710] EngineCore failed
    <13>Jan  1 10:00:00 gpu-node-07 kernel: NVRM: Xid (PCI:0000:01:00): 79, pid=1234, GPU has fallen off the bus.
    2026-01-01T10:00:00+0800 host vllm[8707]: INFO 01-01 10:00:00 [core.py:58] x
    Tue 2026-03-03 10:00:00 CST host systemd[1]: vllm.service: Main process exited, code=killed, status=9/KILL
    <34>1 2026-01-01T10:00:00.123Z host vllm 1234 ID47 - INFO 01-01 10:00:00 [core.py:58] x
"""

from __future__ import annotations

import re
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.prefix import Format, Prefix, number_of
from logsleuth.records.times import CLOCK, MONTH_NAMES, iso, named_month

_TAG: Final = r"(?:(?=kernel: )|(?P<process>[^\s:\[\]]{1,100})(?:\[(?P<pid>\d{1,10})\])?:(?: |$))"
_TAG_WITH_PID: Final = r"(?:(?=kernel: )|(?P<process>[^\s:\[\]]{1,100})\[(?P<pid>\d{1,10})\]:(?: |$))"
_HOST: Final = r"(?P<node>[^\s:\[\]=\"']{1,255}) "
_NAMED: Final = lazy(
    rf"(?:<\d{{1,3}}>)?(?P<month>{MONTH_NAMES}) {{1,2}}(?P<day>\d{{1,2}}) (?:(?P<year>\d{{4}}) )?(?P<clock>{CLOCK}) "
    + _HOST
    + _TAG
)
_ISO: Final = lazy(
    r"(?:<\d{1,3}>)?(?P<ts>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?) "
    + _HOST
    + _TAG_WITH_PID
)
_LONG: Final = lazy(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?P<ts>\d{{4}}-\d\d-\d\d {CLOCK})(?: [A-Z][A-Za-z]{{1,4}}| [+-]\d\d)? "
    + _HOST
    + _TAG
)
_SIGN: Final = (
    r"<\d|[A-Z][a-z]{2} (?: ?\d{1,2} |\d{4}-)"
    r"|[12]\d{3}-\d\d-\d\d[T ][^ ]{8,40} [^\s:\[\]=\"']{1,255} [^\s:\[\]]{1,100}\[\d"
)
_NEW: Final = lazy(
    r"<\d{1,3}>1 (?P<ts>\S{1,40}) (?P<node>\S{1,255}) (?P<process>\S{1,60}) (?P<pid>\S{1,128}) \S{1,60} "
    r"(?:-|(?:\[[^\]]{0,500}\]){1,8})(?: |$)\ufeff?"
)


def parse(line: str) -> Prefix | None:
    """Time, host and program; `kernel: ` is left to the kernel's format."""
    match = _NAMED.match(line)
    if match:
        return _prefix(
            match, named_month(match["month"], match["day"], match["clock"], match["year"]), match.start("node")
        )
    match = _ISO.match(line) or _LONG.match(line)
    if match:
        return _prefix(match, iso(match["ts"]), match.start("node"))
    return _parse_new(line) if line.startswith("<") else None


def _parse_new(line: str) -> Prefix | None:
    match = _NEW.match(line)
    if match is None:
        return None
    ts = None if match["ts"] == "-" else iso(match["ts"])
    fields = {name: None if match[name] == "-" else match[name] for name in ("node", "process", "pid")}
    digits = fields["pid"]
    return Prefix(
        end=match.end(),
        key=line[match.start("node") : match.end()],
        ts=ts,
        node=fields["node"],
        process=fields["process"],
        pid=int(digits) if digits and digits.isascii() and digits.isdigit() and len(digits) <= 10 else None,
    )


def _prefix(match: re.Match[str], ts: str, key_start: int) -> Prefix:
    return Prefix(
        end=match.end(),
        key=match.string[key_start : match.end()],
        ts=ts,
        node=match["node"],
        process=match["process"],
        pid=number_of(match["pid"]),
    )


FORMAT: Final = Format(name="syslog", starts="<12JFMASONDTW", parse=parse, is_stamp=True, sign=_SIGN)
