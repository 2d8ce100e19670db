"""The process in parentheses: vLLM's (from 0.8) and Ray's, which differ in nothing but the names.

Samples (vllm/utils decorate_logs, Ray's worker log forwarding):
    (EngineCore_DP0 pid=321) ERROR 06-10 21:32:17 [core.py:58] EngineCore failed to start.
    (VllmWorker rank=1 pid=273) INFO 01-18 04:20:32 [gpu_worker.py:100] x
    (Worker_TP1_EP1 pid=77) Traceback (most recent call last):
    (RayWorkerWrapper pid=1301, ip=10.0.0.2) INFO 06-03 08:12:01 utils.py:660] Found nccl [repeated 7x across cluster]
    (raylet, ip=10.216.210.236) A worker died or was killed while executing a task by an unexpected system error.
    (autoscaler +12s) Tip: use `ray status` to view detailed cluster status.
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.prefix import Format, Prefix

_NUMBERED: Final = lazy(
    r"\((?:(?P<name>[^\n()]{1,150}(?:\([^\n()]{0,60}\)[^\n()]{0,60})?) )?"
    r"pid=(?P<pid>\d{1,10})(?:, ip=(?P<node>[^\s()]{1,255}))?\)(?: |$)"
)
_NAMED: Final = lazy(
    r"\((?P<name>raylet|gcs_server|autoscaler|scheduler|dashboard|monitor|driver)(?:, ip=(?P<node>[^\s()]{1,255}))?"
    r"(?: \+(?:\d{1,4}[dhms]){1,4})?\)(?: |$)"
)
_RANK: Final = lazy(r"(?P<process>\S{1,100}) rank=(?P<rank>\d{1,6})$")
_WORKER: Final = lazy(r"Worker((?:_(?:DP|PP|PCP|TP|DCP|EP)\d{1,5}){1,6})$")
_PART: Final = lazy(r"_(DP|PP|PCP|TP)(\d{1,5})")


def parse(line: str) -> Prefix | None:
    """Name, pid, node and, where the name tells it, the rank."""
    match = _NUMBERED.match(line)
    if match is None:
        match = _NAMED.match(line)
        return Prefix(end=match.end(), layer="ray", process=match["name"], node=match["node"]) if match else None
    name, rank = split_rank(match["name"])
    is_ray = match["node"] is not None or name is None or name.startswith(("Ray", "ray", "Serve"))
    return Prefix(
        end=match.end(),
        layer="ray" if is_ray else "process",
        process=name,
        pid=int(match["pid"]),
        node=match["node"],
        rank=rank,
    )


def split_rank(name: str | None) -> tuple[str | None, int | None]:
    """`VllmWorker rank=1` -> VllmWorker, 1; `Worker_TP1_EP1` -> itself, 1; `Worker_DP1_TP0` names no global rank."""
    if name is None:
        return None, None
    match = _RANK.match(name)
    if match:
        return match["process"], int(match["rank"])
    worker = _WORKER.match(name)
    parts = _PART.findall(worker[1]) if worker else []
    return name, int(parts[0][1]) if len(parts) == 1 and parts[0][0] != "DP" else None


FORMAT: Final = Format(name="process", starts="(", parse=parse, closer=") ", is_process=True, may_nest=True)
