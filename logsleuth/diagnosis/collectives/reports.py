"""What the watchdog's lines say, rank by rank. In: findings. Out: model.RankReport.

Samples (c10d's ProcessGroupNCCL, torch 2.1 to 2.8; `[rank3]:` is the rank of the job, `Rank 3]` that of the group):
    [Rank 3] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=42, OpType=ALLREDUCE, NumelIn=1, NumelOut=1,
        Timeout(ms)=600000) ran for 600021 milliseconds before timing out.
    [PG 2 Rank 3] Timeout at NCCL work: 42, last enqueued NCCL work: 44, last completed NCCL work: 41.
    [PG ID 2 PG GUID 3(tp:0) Rank 3]  failure detected by watchdog at work sequence id: 42 PG status: last enqueued
        work: 44, last completed work: 41
    [PG ID 0 PG GUID 0(default_pg) Rank 5] Received a dump signal due to a collective timeout from  rank 3 and we will
        try our best to dump the debug info. Last enqueued NCCL work: 41, last completed NCCL work: 41.This is most
    ranks [5] are the lagging ranks that caused this timeout. They never joined any collectives
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.model import Event, EventLine, Finding, RankReport, ReportKind

CLASS: Final = "nccl.timeout"
# (kind, what in a line shows it), the most telling first
KINDS: Final = (
    (ReportKind.TIMEOUT, lazy(r"Watchdog caught collective operation timeout")),
    (ReportKind.STATUS, lazy(r"Timeout at NCCL work:|detected by watchdog at work\b")),
    (ReportKind.SIGNAL, lazy(r"Received a dump signal due to|flight recorder dump signal from another rank")),
    (ReportKind.HEARTBEAT, lazy(r"Heartbeat monitor timed out|'s watchdog got stuck for \d")),
    (ReportKind.DESYNC, lazy(r"are the lagging ranks that caused|ranks that caused the desync are")),
)
NUMBERS: Final = (
    ("seq", lazy(r"(?:SeqNum=|\bwork: |\bwork sequence id: )(\d{1,18})\b")),
    ("numel_in", lazy(r"\bNumelIn=(\d{1,18})\b")),
    ("numel_out", lazy(r"\bNumelOut=(\d{1,18})\b")),
    ("timeout_ms", lazy(r"\bTimeout\(ms\)=(\d{1,12})\b")),
    ("ran_ms", lazy(r"\bran for (\d{1,12}) milliseconds")),
    ("last_enqueued", lazy(r"\b[Ll]ast enqueued (?:\w{1,12} )?work: (-1|\d{1,18})\b")),
    ("last_completed", lazy(r"\blast completed (?:\w{1,12} )?work: (-1|\d{1,18})\b")),
)
OP: Final = lazy(r"\bOpType=(\w{1,60})")
GROUP: Final = lazy(r"\[PG (?P<id>ID \d{1,9} )?(?P<guid>(?:PG )?GUID )?(?P<name>[^\]]{1,200}?) ?Rank \d{1,7}\]")
RANK_IN_GROUP: Final = lazy(r"(?:\[|PG [^\]]{1,220} )Rank (\d{1,7})\]")
# printed by c10's logger before the brackets of its own prefix
RANK_IN_JOB: Final = lazy(r"\[rank(\d{1,7})\]:")
SIGNAL_FROM: Final = lazy(r"collective timeout from {1,4}(?:(this local rank)|(?:a peer )?rank (\d{1,7}))")
NAMED: Final = lazy(r"\[([\d, ]{1,20000})\] (?:are the lagging|joined but didn't|finished collective)")
NUMBER: Final = lazy(r"\d{1,7}")
RAW_HEAD: Final = 400  # characters in which the prefixes end
LINE_CHARS: Final = 4000
DESYNC_LINES: Final = 64


def read_reports(findings: Iterable[Finding]) -> tuple[RankReport, ...]:
    """What the events of findings of class nccl.timeout say, in the order of their sources and lines.

    Every line of such an event is read: ranks whose lines carry no time are often joined to one event.
    """
    events = {
        (finding.event.source_index, finding.event.lines[0].number): finding.event
        for finding in findings
        if _is_of_class(finding.signature_id)
    }
    found = {report for event in events.values() for report in _reports(event)}
    return tuple(sorted(found, key=lambda report: (report.source, report.line, repr(report))))


def _is_of_class(id_: str) -> bool:
    return id_ == CLASS or id_.startswith(CLASS + ".")


def _reports(event: Event) -> Iterator[RankReport]:
    for at, line in enumerate(event.lines):
        text = line.message[:LINE_CHARS]
        kind = next((kind for kind, shown in KINDS if shown.search(text)), None)
        if kind is ReportKind.DESYNC:
            report = "\n".join(line.message for line in event.lines[at : at + DESYNC_LINES])
            yield _placed(RankReport(kind=kind, source=event.source, named=_named(report)), event, line)
        elif kind is not None:
            yield _placed(_read(kind, event.source, text), event, line)


def _read(kind: ReportKind, source: str, text: str) -> RankReport:
    """What the line itself says; only a watchdog's own line names the collective that was waited in."""
    is_waiting = kind in (ReportKind.TIMEOUT, ReportKind.STATUS)
    numbers = {name: int(match[1]) for name, expression in NUMBERS if (match := expression.search(text))}
    group, is_unique = _group(text)
    op, in_group = OP.search(text), RANK_IN_GROUP.search(text)
    return RankReport(
        kind=kind,
        source=source,
        group=group,
        is_group_unique=is_unique,
        group_rank=int(in_group[1]) if in_group else None,
        seq=numbers.get("seq") if is_waiting else None,
        op=op[1] if op else None,
        numel_in=numbers.get("numel_in"),
        numel_out=numbers.get("numel_out"),
        timeout_ms=numbers.get("timeout_ms"),
        ran_ms=numbers.get("ran_ms"),
        last_enqueued=numbers.get("last_enqueued"),
        last_completed=numbers.get("last_completed"),
        signal_from=_signal_from(text),
    )


def _placed(report: RankReport, event: Event, line: EventLine) -> RankReport:
    """`report` with who said it, and where."""
    origin = event.origin
    printed = RANK_IN_JOB.search(line.raw, 0, RAW_HEAD)
    rank = int(printed[1]) if printed else origin.rank
    return replace(report, line=line.number, node=origin.node, pid=origin.pid, rank=rank)


def _group(text: str) -> tuple[str | None, bool]:
    """The process group and whether its name is the same on all ranks, as a GUID is."""
    match = GROUP.search(text)
    if match is None:
        return None, False
    name = match["name"].strip().replace(" (", "(")
    if match["guid"]:
        return name, True
    return f"PG {name}", False


def _signal_from(text: str) -> int | None:
    match = SIGNAL_FROM.search(text)
    return int(match[2]) if match and match[2] else None


def _named(text: str) -> tuple[int, ...]:
    ranks = {int(number) for match in NAMED.finditer(text) for number in NUMBER.findall(match[1])}
    return tuple(sorted(ranks))
