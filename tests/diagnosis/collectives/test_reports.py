"""What every era of torch prints is read into the same report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.diagnosis.collectives import read_reports
from logsleuth.model import Event, EventKind, EventLine, Finding, Origin, RankReport, ReportKind

ReadLog = Callable[..., list[Finding]]

LINES = [
    (
        (
            "[E ProcessGroupNCCL.cpp:821] [Rank 1] Watchdog caught collective operation timeout: WorkNCCL(OpType=BROADCAST,"
            " TensorShape=[1], Timeout(ms)=1800000) ran for 1808499 milliseconds before timing out."
        ),
        {"kind": ReportKind.TIMEOUT, "group_rank": 1, "op": "BROADCAST", "timeout_ms": 1800000, "ran_ms": 1808499},
    ),
    (
        (
            "[rank3]:[E1120 04:11:02.06 ProcessGroupNCCL.cpp:629] [Rank 1] Watchdog caught collective operation timeout:"
            " WorkNCCL(SeqNum=42, OpType=_ALLGATHER_BASE, NumelIn=8, NumelOut=32, Timeout(ms)=600000) ran for 600021"
            " milliseconds before timing out."
        ),
        {
            "kind": ReportKind.TIMEOUT,
            "rank": 3,
            "group_rank": 1,
            "seq": 42,
            "op": "_ALLGATHER_BASE",
            "numel_in": 8,
            "numel_out": 32,
            "timeout_ms": 600000,
            "ran_ms": 600021,
        },
    ),
    (
        (
            "[rank1]:[E ProcessGroupNCCL.cpp:1537] [PG 2 Rank 1] Timeout at NCCL work: 31, last enqueued NCCL work: 33, last"
            " completed NCCL work: 30."
        ),
        {
            "kind": ReportKind.STATUS,
            "rank": 1,
            "group": "PG 2",
            "group_rank": 1,
            "seq": 31,
            "last_enqueued": 33,
            "last_completed": 30,
        },
    ),
    (
        (
            "[rank2]:[E1001 16:06:04.53 ProcessGroupNCCL.cpp:1664] [PG 0 (default_pg) Rank 2] Exception (either an error or"
            " timeout) detected by watchdog at work: 1, last enqueued NCCL work: 1, last completed NCCL work: -1."
        ),
        {
            "kind": ReportKind.STATUS,
            "rank": 2,
            "group": "PG 0(default_pg)",
            "group_rank": 2,
            "seq": 1,
            "last_enqueued": 1,
            "last_completed": -1,
        },
    ),
    (
        (
            "[rank7]:[E822 16:31:16.13 ProcessGroupNCCL.cpp:2271] [PG ID 4 PG GUID 67 Rank 3]  failure detected by watchdog at"
            " work sequence id: 5729 PG status: last enqueued work: 6464, last completed work: 5728"
        ),
        {
            "kind": ReportKind.STATUS,
            "rank": 7,
            "group": "67",
            "is_group_unique": True,
            "group_rank": 3,
            "seq": 5729,
            "last_enqueued": 6464,
            "last_completed": 5728,
        },
    ),
    (
        (
            "[rank5]:[E901 05:20:03.11 ProcessGroupNCCL.cpp:1746] [PG ID 0 PG GUID 0(default_pg) Rank 5] Received a dump signal"
            " due to a collective timeout from  rank 34 and we will try our best to dump the debug info. Last enqueued NCCL"
            " work: 460631, last completed NCCL work: 460630.This is most likely caused by"
        ),
        {
            "kind": ReportKind.SIGNAL,
            "rank": 5,
            "group": "0(default_pg)",
            "is_group_unique": True,
            "group_rank": 5,
            "signal_from": 34,
            "last_enqueued": 460631,
            "last_completed": 460630,
        },
    ),
    (
        (
            "[rank5]:[E1120 05:02:11 ProcessGroupNCCL.cpp:1432] [PG ID 2 PG GUID 3(tp:0) Rank 1] ProcessGroupNCCL's watchdog got"
            " stuck for 480 seconds without making progress in monitoring enqueued collectives."
        ),
        {
            "kind": ReportKind.HEARTBEAT,
            "rank": 5,
            "group": "3(tp:0)",
            "is_group_unique": True,
            "group_rank": 1,
        },
    ),
    (
        (
            "[rank0]:[E1120 04:11:02 ProcessGroupNCCL.cpp:1937] To our best knowledge, ranks [3, 11] are the lagging ranks that"
            " caused this timeout. They never joined any collectives"
        ),
        {"kind": ReportKind.DESYNC, "rank": 0, "named": (3, 11)},
    ),
]


@pytest.mark.parametrize(("line", "fields"), LINES)
def test_a_line_is_read(read_log: ReadLog, line: str, fields: dict[str, Any]) -> None:
    """The rank of the job stands before the brackets, that of the group inside."""
    assert read_reports(read_log(line)) == (RankReport(source="worker.log", line=1, **fields),)


def test_the_desync_report_goes_over_several_lines(read_log: ReadLog) -> None:
    """Those who did not finish and those who did not join are named; the snapshot below is not taken for it."""
    (report,) = read_reports(
        read_log(
            "\t - To our best knowledge, the lagging/dead/mismatched ranks that caused the desync are:",
            "\t   - [1, 5] joined but didn't finish collective #182 (count from 1)",
            "\t     [7] finished collective #182, but didn't join collective #183 (count from 1)",
            "\t - Snapshot of ranks' latest states:",
            "\t   #315 started ranks:",
            "\t     [0, 2] started ALLREDUCE",
        )
    )

    assert report.named == (1, 5, 7)


def test_every_line_of_an_event_is_read(read_log: ReadLog) -> None:
    """Lines without a time look like one message of one process, and are of several ranks."""
    text = "[Rank {}] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=7, OpType=ALLREDUCE, Timeout(ms)=1)"

    found = read_reports(
        read_log(f"[E ProcessGroupNCCL.cpp:737] {text.format(1)}", *(f" {text.format(n)}" for n in (3, 2)))
    )

    assert [(report.group_rank, report.line) for report in found] == [(1, 1), (3, 2), (2, 3)]


def test_other_findings_say_nothing(read_log: ReadLog) -> None:
    """Only the class of time-outs is read."""
    assert read_reports(read_log("[rank0]:[E1120 ProcessGroupNCCL.cpp:1] NCCL error: unhandled cuda error")) == ()


@given(st.text(alphabet="[]() PGIDUranksSeqNum=:,-0123456789 watchdogtimeout\n", max_size=400))
def test_any_text_gives_a_result(text: str) -> None:
    """Also after the words that make it a report."""
    lines = tuple(
        EventLine(number=number, raw=line, message=line)
        for number, line in enumerate(f"Watchdog caught collective operation timeout {text}".split("\n"), start=1)
    )
    event = Event(kind=EventKind.LINE, source="x", source_index=0, origin=Origin(), lines=lines)
    found = read_reports([Finding(signature_id="nccl.timeout.watchdog", event=event, first=0, last=0)])

    assert found[0].line == 1
