"""Go's logfmt: containerd, dockerd, Prometheus and others.

Samples (sirupsen/logrus' text formatter, go-kit):
    time="2024-05-01T10:00:00Z" level=error msg="failed to start container" error="no space left on device"
    ts=2024-05-01T10:00:00.123Z caller=main.go:12 level=warn msg="x"
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.prefix import Format, Prefix, level_of
from logsleuth.records.times import iso

_HEAD: Final = lazy(
    r"(?:time|ts|t)=\"?(\d{4}-\d\d-\d\d[T ][\d:.,]{8,18}(?:Z|[+-]\d\d:?\d\d)?)\"? "
    r"(?:caller=(\S{1,200}) )?level=\"?([A-Za-z]{1,12})\"?(?: |$)"
)


def parse(line: str) -> Prefix | None:
    """Time and level; the fields that follow are the message."""
    match = _HEAD.match(line)
    if match is None:
        return None
    return Prefix(end=match.end(), ts=iso(match[1]), code=match[2], level=level_of(match[3]))


FORMAT: Final = Format(name="logfmt", starts="t", parse=parse, is_producer=True, sign=r"t(?:ime|s)?=")
