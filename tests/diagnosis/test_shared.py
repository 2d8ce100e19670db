"""Failures that several sources saw: what is read from findings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from logsleuth.diagnosis.shared import shared_sights
from logsleuth.model import Event, EventKind, EventLine, Facts, Finding, Origin, Sight

MakeFinding = Callable[..., Finding]
TS = "06-10T13:30:04"
ID = "5c71d0e4-83ba-4f19-a6d2-90be47f1c834"
TIMEOUT = (
    "[PG ID 2 PG GUID 3(tp:0) Rank 1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=42, OpType=ALLREDUCE,"
    " NumelIn=1, NumelOut=1, Timeout(ms)=600000) ran for 600021 milliseconds before timing out."
)
SIGNAL = "[PG 0 Rank 5] Received a dump signal due to a collective timeout from  rank 3 and we will try our best"


def found(
    make: MakeFinding,
    text: str,
    *,
    id_: str = "x.y",
    layers: tuple[str, ...] = (),
    facts: Facts = (),
    origin: Origin | None = None,
) -> Finding:
    """A finding on a line of this text."""
    event = Event(
        kind=EventKind.LINE,
        source="log",
        source_index=0,
        origin=origin or Origin(),
        lines=(EventLine(number=1, raw=text, message=text),),
        ts=TS,
        layers=layers,
    )
    return replace(make(id_, 1, event=event), facts=facts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TIMEOUT, [Sight("collective 3(tp:0) 42 ALLREDUCE", "log", TS, is_meeting=True)]),
        (TIMEOUT.replace("ID 2 PG GUID 3(tp:0)", "2"), [Sight("collective  42 ALLREDUCE", "log", TS, is_meeting=True)]),
        (SIGNAL, [Sight("signal 3", "log", TS, is_meeting=True, is_unique=False)]),
        (TIMEOUT.replace("SeqNum=42, ", ""), []),
    ],
)
def test_a_collective_that_timed_out(make_finding: MakeFinding, text: str, expected: list[Sight]) -> None:
    """All ranks that waited in it, or heard of it, did so in the same moment."""
    assert list(shared_sights([found(make_finding, text, id_="nccl.timeout.watchdog")])) == expected


def test_a_kernel_line_and_its_process(make_finding: MakeFinding) -> None:
    """The same line may stand in dmesg and in the journal; the process speaks in a log of its own."""
    text = "NVRM: Xid (PCI:0000:01:00): 31, pid=5120, name=python"
    kernel = found(make_finding, text, layers=("kernel",), facts=(("pid", "5120"),))
    process = found(make_finding, "CUDA error", origin=Origin(pid=5120))

    assert list(shared_sights([kernel, process])) == [
        Sight(f"kernel {text}", "log", TS, is_meeting=True, is_unique=False),
        Sight("pid 5120", "log", TS, side="kernel"),
        Sight("pid 5120", "log", TS, side="process"),
    ]
    assert [sight.key for sight in shared_sights([replace(kernel, facts=())])] == [f"kernel {text}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Mooncake transfer failed for request cmpl-{ID}-0", [f"failed {ID}"]),
        (f"container {'ab' * 32} was killed", [f"failed {'ab' * 32}"]),
        (f"GPU-{ID} fell off the bus", []),
        (f"{'a' * 31} {'0' * 33}", []),
        (" ".join(f"{number:032x}" for number in range(9)), [f"failed {number:032x}" for number in range(4)]),
    ],
)
def test_an_id_that_failed(make_finding: MakeFinding, text: str, expected: list[str]) -> None:
    """A request or a container; the id of a device says nothing of what happened to it."""
    sights = list(shared_sights([found(make_finding, text)]))

    assert sights == [Sight(key, "log", TS) for key in expected]


def test_without_a_time_nothing_is_seen(make_finding: MakeFinding) -> None:
    """Not even by its neighbours."""
    timed = found(make_finding, f"{TIMEOUT} {ID}", id_="nccl.timeout.watchdog")

    assert list(shared_sights([replace(timed, event=replace(timed.event, ts=None))])) == []
