"""Container runtime interface: the files under /var/log/pods, written by containerd and CRI-O.

Samples (kubelet's CRI log format; containerd cuts a line at 16384 bytes and marks the pieces P, the last one F):
    2026-04-22T20:58:00.000000137Z stderr F INFO 04-22 20:58:00 [__init__.py:225] Automatically detected platform cuda.
    2026-11-20T06:00:00.123456789+08:00 stdout P the first part of a long line
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.prefix import Format, Prefix

_HEAD: Final = lazy(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (?:stdout|stderr) [FP](?::\S{0,60})?(?: |$)"
)


def parse(line: str) -> Prefix | None:
    """The time that the runtime read the line."""
    match = _HEAD.match(line)
    return Prefix(end=match.end(), ts=match[1]) if match else None


FORMAT: Final = Format(name="cri", starts="12", parse=parse, is_stamp=True, sign=r"\d{4}-\d\d-\d\dT\S{9,30} std")
