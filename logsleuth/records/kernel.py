"""The kernel's ring buffer, as dmesg or syslog shows it.

Samples (`dmesg`, `dmesg -T`, `dmesg -r`, `dmesg -x`, /var/log/kern.log behind its syslog head):
    [12345.678901] NVRM: Xid (PCI:0000:01:00): 31, pid=5120, name=VLLM::EngineCor, channel 0x0000000c
    [    5.123456][ T1234] nvidia 0000:01:00.0: enabling device (0000 -> 0003)
    [Tue Mar  3 10:00:00 2026] Out of memory: Killed process 4242 (VLLM::EngineCor) total-vm:123456kB
    <4>[12345.678901] NVRM: GPU at PCI:0000:01:00
    kern  :warn  : [12345.678901] NVRM: GPU at PCI:0000:01:00
    kernel: [ 8231.518049] NVRM: Xid (PCI:0000:01:00): 79
    kernel: nfs: server nfs-server.local not responding, still trying
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.model import Level
from logsleuth.records.prefix import Format, Prefix
from logsleuth.records.times import MONTH_NAMES, named_month

_SINCE_BOOT: Final = r"\[ {0,10}\d{1,10}\.\d{6}\](?:\[ {0,8}[TC]\d{1,10}\])?"
_HEAD: Final = lazy(
    rf"(?:(?:<(?P<number>\d{{1,3}})>|kern {{1,4}}:(?P<word>[a-z]{{1,8}}) {{0,4}}: )?{_SINCE_BOOT}"
    rf"|kernel:(?: {_SINCE_BOOT})?)(?: |$)"
)
_DATED: Final = lazy(
    rf"\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?P<month>{MONTH_NAMES}) {{1,2}}(?P<day>\d{{1,2}}) "
    r"(?P<clock>\d\d:\d\d:\d\d) (?P<year>\d{4})\](?: |$)"
)
_PRIORITIES: Final = (
    *(Level.CRITICAL,) * 3,
    Level.ERROR,
    Level.WARNING,
    Level.INFO,
    Level.INFO,
    Level.DEBUG,
)
_WORDS: Final = ("emerg", "alert", "crit", "err", "warn", "notice", "info", "debug")


def parse(line: str) -> Prefix | None:
    """The process is the kernel; seconds since boot are no time of day."""
    match = _HEAD.match(line)
    if match is None:
        return _parse_dated(line)
    return Prefix(end=match.end(), process="kernel", level=_level(match["number"], match["word"]))


def _parse_dated(line: str) -> Prefix | None:
    match = _DATED.match(line)
    if match is None:
        return None
    ts = named_month(match["month"], match["day"], match["clock"], match["year"])
    return Prefix(end=match.end(), process="kernel", ts=ts)


def _level(number: str | None, word: str | None) -> Level | None:
    if number is not None:
        return _PRIORITIES[int(number) % 8]  # the facility is in the higher bits
    return _PRIORITIES[_WORDS.index(word)] if word in _WORDS else None


FORMAT: Final = Format(name="kernel", starts="[<k", parse=parse, is_producer=True, sign=r"[\[<]|kern")
