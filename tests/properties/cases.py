"""The labelled logs that the laws are tried on, and what the laws need to know of a log."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import yaml

from logsleuth import Report, Role
from logsleuth.model import Record
from logsleuth.records import Peeler

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures"
SINGLE = (
    "oom-four-ranks",
    "cases/cuda-003-host-register-over-512gib",
    "cases/deps-122-glibc-of-flash-attn-wheel",
    "cases/deps-138-t4-shared-memory",
    "cases/dist-001-torchrun-port-29500",
    "cases/gpu-004-gsp-rpc-timeout-syslog",
    "cases/host-003-zmq-too-many-open-files",
    "cases/model-127-shard-truncated-at-upload",
    "cases/nccl-001-shm-full-of-leaked-segments",
    "cases/nccl-002-duplicate-gpu-two-dp-ranks",
    "cases/nccl-007-first-allreduce-hangs-over-p2p",
    "cases/nccl-008-bootstrap-over-loopback-srun",
    "cases/storage-001-stale-handle-on-shared-cache",
    "cases/ucm-117-host-buffers-without-context",
    "cases/vllm-105-malformed-grammar-kills-engine",
    "cases/vllm-140-embedding-request-none",
)
SEVERAL = (
    "cases/gpu-002-hbm-ecc-behind-rpc-timeout",
    "cases/host-001-oom-killer-pinned-offload",
    "cases/kv-111-decode-cannot-reach-prefill",
    "cases/model-128-hub-says-too-many-requests",
    "cases/nccl-005-qp-unreachable-on-node1",
    "cases/nccl-006-ib-port-flap-old-nccl",
    "cases/ucm-115-loads-time-out-in-parallel",
    "cases/vllm-135-fp8-blocks-at-tp16",
)
WRAPPED = ("cases/kv-113-remote-backend-breaks-off", "cases/vllm-136-deepgemm-warmup-outlasts-wait")
Logs = Mapping[str, bytes]
Analyse = Callable[[Logs], Report]
First = tuple[str, Role, str]
PREFIX_CHARS = 1500  # of a decisive line: evidence is bounded, and a container's prefix takes its share


def logs_of(case: str) -> dict[str, bytes]:
    """The logs of a case by their names."""
    folder = FIXTURES / case
    named = yaml.safe_load((folder / "case.yaml").read_text(encoding="utf-8")).get("logs")
    paths = [folder / name for name in named] if named else [*folder.glob("log.txt"), *folder.glob("input.*")]
    return {path.name: path.read_bytes() for path in paths}


def log_of(case: str) -> list[bytes]:
    """The lines of a case's only log."""
    (data,) = logs_of(case).values()
    return data.removesuffix(b"\n").split(b"\n")


def joined(lines: Iterable[bytes]) -> Logs:
    """One log of these lines."""
    return {"log": b"".join(line + b"\n" for line in lines)}


def first(report: Report) -> First:
    """Id, role and decisive lines of the first diagnosis; which of several ranks or requests spoke may vary."""
    found = report.diagnoses[0]
    return (found.id, found.role, re.sub(r"\d+", "#", found.evidence[0].text))


def records(lines: Sequence[bytes]) -> list[Record]:
    """The lines with their prefixes taken apart."""
    peeler = Peeler()
    return [peeler.record(line.decode("utf-8", "replace"), number) for number, line in enumerate(lines, 1)]


STAMP = re.compile(r"(?:(\d{4})-)?(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)")


def clock(lines: Sequence[bytes]) -> list[datetime]:
    """When each line was printed: by its own time, or a moment after the line before."""
    printed = [STAMP.match(record.ts or "") for record in records(lines)]
    times = [datetime(int(at[1] or 2026), *map(int, at.groups()[1:])) if at else None for at in printed]  # type: ignore[arg-type]  # noqa: DTZ001  logs print local times
    now = next((time for time in times if time), datetime(2026, 11, 20))  # noqa: DTZ001
    moments = []
    for time in times:
        now = max(now + timedelta(milliseconds=1), time or now)
        moments.append(now)
    return moments


def beginnings(lines: Sequence[bytes]) -> list[int]:
    """The indexes of the lines with which a record begins: a producer's prefix that its stream had not just printed."""
    seen: dict[object, str | None] = {}
    found = []
    for index, record in enumerate(records(lines)):
        if record.head is not None and seen.get(record.origin) != record.head:
            found.append(index)
        seen[record.origin] = record.head
    return found
