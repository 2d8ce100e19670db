"""NCCL's debug lines, and those of its relatives that print the same.

Samples (nccl/src/debug.cc; a time since 2.26, a function since 2.30):
    gpu-b03:21405:22305 [0] misc/socket.cc:50 NCCL WARN socketProgress: Connection closed by remote peer 10.0.0.3<33759>
    [2026-01-01 10:00:00] gpu-b03:21405:22305 [0] misc/socket.cc:71 (ncclSocketPoll) NCCL WARN socketProgress: x
    node5:4100:4160 [0] NCCL INFO NET/Plugin: No plugin found (libnccl-net.so)
    node5:4100:4160 [0] NCCL INFO transport/net_socket.cc:420 -> 6
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.model import Level
from logsleuth.records.prefix import ALPHANUMERIC, Format, Prefix, number_of
from logsleuth.records.times import iso

_HEAD: Final = lazy(
    r"(?:\[(?P<ts>\d{4}[-/]\d\d[-/]\d\d[^\]\n]{1,40})\] )?"
    r"(?P<node>[A-Za-z0-9][^\s:\[\]\"']{0,254}):(?P<pid>\d{1,10}):\d{1,20} "
    r"(?:\[(?P<device>-?\d{1,5})\] )?(?:(?P<code>[\w./-]{1,250}:\d{1,7}) )?(?:\([^\s()]{1,200}\) )?"
    r"NCCL (?P<level>VERSION|WARN|INFO|ABORT|TRACE|CALL)(?: |$)"
)
_LEVELS: Final = {
    "VERSION": Level.INFO,
    "INFO": Level.INFO,
    "WARN": Level.WARNING,
    "ABORT": Level.ERROR,
    "TRACE": Level.DEBUG,
    "CALL": Level.DEBUG,
}


def parse(line: str) -> Prefix | None:
    """Host, pid, device, level and, in warnings, the place."""
    if line.find("NCCL ", 0, 800) < 0:
        return None
    match = _HEAD.match(line)
    if match is None:
        return None
    device = number_of(match["device"]) if match["device"] and not match["device"].startswith("-") else None
    return Prefix(
        end=match.end(),
        ts=iso(match["ts"]) if match["ts"] else None,
        level=_LEVELS[match["level"]],
        node=match["node"],
        pid=int(match["pid"]),
        rank=device,
        code=match["code"],
    )


FORMAT: Final = Format(
    name="nccl",
    starts=ALPHANUMERIC + "[",
    parse=parse,
    is_producer=True,
    sign=r"(?:\[\d{4}[-/][^\]\n]{1,47}\] )?[^\s:\[\]\"']{1,255}:\d{1,10}:\d",
)
