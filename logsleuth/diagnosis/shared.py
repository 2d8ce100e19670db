"""Failures that several sources saw. In: findings. Out: sights.

A collective that timed out on two nodes, a signal to dump that all ranks heard, a kernel line in dmesg and in the
journal, the id of a request that failed on both sides, the process that the kernel and its own log name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from logsleuth.diagnosis.collectives.reports import read_reports
from logsleuth.lazy import lazy
from logsleuth.model import Finding, RankReport, ReportKind, Sight

ID: Final = lazy(r"\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}(?:[0-9a-f]{32})?)\b")
GPU_ID: Final = "GPU-"  # names a device, and not what happened to it
KERNEL: Final = "kernel"
LINE_CHARS: Final = 2000
KEY_CHARS: Final = 300
IDS: Final = 4  # of one finding


def shared_sights(findings: Iterable[Finding]) -> Iterator[Sight]:
    """What `findings` saw that others may have seen too."""
    found = tuple(findings)
    yield from _collectives(found)
    for finding in found:
        ts = finding.event.ts or finding.event.near_ts
        if ts is not None:
            yield from _of(finding, ts)


def _collectives(findings: Iterable[Finding]) -> Iterator[Sight]:
    times = {
        (finding.event.source, line.number): finding.event.ts or finding.event.near_ts
        for finding in findings
        for line in finding.event.lines
    }
    for report in read_reports(findings):
        ts, key = times.get((report.source, report.line)), _key(report)
        if ts is not None and key is not None:
            yield Sight(key, report.source, ts, is_meeting=True, is_unique=report.kind is ReportKind.TIMEOUT)


def _key(report: RankReport) -> str | None:
    if report.kind is ReportKind.TIMEOUT and report.seq is not None and report.op is not None:
        group = report.group if report.is_group_unique else ""
        return f"collective {group} {report.seq} {report.op}"
    if report.kind is ReportKind.SIGNAL and report.signal_from is not None:
        return f"signal {report.signal_from}"
    return None


def _of(finding: Finding, ts: str) -> Iterator[Sight]:
    event = finding.event
    if KERNEL in event.layers:
        line = event.lines[finding.first].message[:KEY_CHARS]
        yield Sight(f"kernel {line}", event.source, ts, is_meeting=True, is_unique=False)
        pid = dict(finding.facts).get("pid")
        if pid:
            yield Sight(f"pid {pid}", event.source, ts, side=KERNEL)
    elif event.origin.pid is not None:
        yield Sight(f"pid {event.origin.pid}", event.source, ts, side="process")
    text = event.lines[finding.first].message[:LINE_CHARS]
    ids = [match[0] for match in ID.finditer(text) if not text.endswith(GPU_ID, 0, match.start())]
    for id_ in ids[:IDS]:
        yield Sight(f"failed {id_}", event.source, ts)
