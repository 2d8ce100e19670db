"""UCX, below NIXL and Mooncake.

Samples (src/ucs/debug/log.c):
    [1762345678.123456] [gpu-node-3:12345:0]       ucp_worker.c:1855 UCX  ERROR no active messages transport
    [1762345678.123456] [gpu-node-3:12345:a] rc_mlx5_ep.c:100  UCX  WARN  retry exceeded
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.prefix import Format, Prefix, level_of

_HEAD: Final = lazy(
    r"\[\d{9,12}\.\d{1,9}\] \[([^\s:\]]{1,255}):(\d{1,10}):\w{1,12}\] {1,30}([\w.-]{1,100}:\d{1,7}) {1,30}"
    r"UCX {1,4}(FATAL|ERROR|WARN|DIAG|INFO|DEBUG|TRACE|REQ|DATA|ASYNC|FUNC|POLL) {0,4}"
)


def parse(line: str) -> Prefix | None:
    """Host, pid, place and level."""
    match = _HEAD.match(line)
    if match is None:
        return None
    return Prefix(end=match.end(), node=match[1], pid=int(match[2]), code=match[3], level=level_of(match[4]))


FORMAT: Final = Format(name="ucx", starts="[", parse=parse, is_producer=True)
