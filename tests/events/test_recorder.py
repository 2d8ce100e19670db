"""Flight-recorder dumps: JSON is read, a pickle is named, anything else gives nothing."""

from __future__ import annotations

import pickle
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.events.recorder import is_dump, is_pickle, read_dump, refusal
from logsleuth.limits import Limits
from logsleuth.model import NoticeKind, RankReport, ReportKind


def entry(
    seq: int, state: str, *, name: str = "nccl:all_reduce", group: tuple[str, str] = ("0", "default_pg"), **more: Any
) -> dict[str, Any]:
    """One operation as version 2.5 writes it."""
    return {
        "record_id": seq,
        "pg_id": 0,
        "process_group": list(group),
        "collective_seq_id": seq,
        "p2p_seq_id": 0,
        "op_id": seq,
        "profiling_name": name,
        "input_sizes": [[8, 2048]],
        "output_sizes": [[8, 2048]],
        "state": state,
        "retired": state == "completed",
        "timeout_ms": 600000,
        "is_p2p": False,
        **more,
    }


def dump(*entries: dict[str, Any], enqueued: str = "19", completed: str = "16", **more: Any) -> bytes:
    """A whole dump of two ranks."""
    return orjson.dumps(
        {
            "comm_lib_version": "2.27.3",
            "entries": list(entries),
            "pg_config": {"0": {"name": "0", "desc": "default_pg", "ranks": "[0, 1]"}},
            "pg_status": {
                "0": {
                    "last_enqueued_collective": enqueued,
                    "last_started_collective": "-1",
                    "last_completed_collective": completed,
                }
            },
            "version": "2.5",
            **more,
        }
    )


WAITING = RankReport(
    kind=ReportKind.DUMP,
    source="traces/nccl_trace_rank_3.json",
    rank=3,
    group="0(default_pg)",
    is_group_unique=True,
    members=(0, 1),
    seq=17,
    op="ALLREDUCE",
    numel_in=16384,
    numel_out=16384,
    timeout_ms=600000,
    last_enqueued=19,
    last_completed=16,
)


def test_the_earliest_unfinished_collective_is_the_one_waited_in() -> None:
    """Whatever the order of the entries; the file's name tells the rank."""
    data = dump(entry(18, "scheduled"), entry(16, "completed"), entry(17, "started"))

    assert is_dump(data)
    assert refusal("x", data) is None
    assert read_dump("traces/nccl_trace_rank_3.json", data) == (WAITING,)


def test_a_rank_that_is_behind_waits_in_nothing() -> None:
    """Its last collective is over, and its status says how far it came."""
    (report,) = read_dump("r_1", dump(entry(16, "completed"), enqueued="16"))

    assert (report.rank, report.seq, report.op, report.last_enqueued, report.last_completed) == (1, None, None, 16, 16)


def test_groups_are_told_apart_and_sends_do_not_count() -> None:
    """The number of a group in its process leads from an entry to the status."""
    entries = [
        entry(4, "completed"),
        entry(9, "started", name="nccl:_all_gather_base", group=("3", "tp:0"), pg_id=2),
        entry(2, "started", name="nccl:send 0->1", is_p2p=True),
    ]
    status = {
        "0": {"last_enqueued_collective": 4},
        "2": {"last_enqueued_collective": 9, "last_completed_collective": 8},
    }

    first, second = read_dump("rank0", dump(*entries, pg_status=status))

    assert (first.group, first.seq, first.last_enqueued, first.last_completed) == ("0(default_pg)", None, 4, 4)
    assert (second.group, second.op, second.seq, second.last_enqueued, second.last_completed) == (
        "3(tp:0)",
        "_ALLGATHER_BASE",
        9,
        9,
        8,
    )


def test_without_a_status_the_entries_tell_the_progress() -> None:
    """Versions before 2.3 have none."""
    (report,) = read_dump("rank0", dump(entry(4, "completed"), entry(5, "started"), pg_status=None))

    assert (report.last_enqueued, report.last_completed) == (5, 4)


@pytest.mark.parametrize(
    ("name", "op"),
    [
        ("nccl:all_reduce", "ALLREDUCE"),
        ("nccl:_all_gather_base", "_ALLGATHER_BASE"),
        ("nccl:_reduce_scatter_base", "_REDUCE_SCATTER_BASE"),
        ("nccl:all_to_all", "ALLTOALL"),
        ("xccl:broadcast", "BROADCAST"),
        ("nccl:recv 3<-0", "RECV"),
    ],
)
def test_operations_are_spelt_as_the_watchdog_does(name: str, op: str) -> None:
    """So that a dump can be compared with another rank's log."""
    (report,) = read_dump("rank0", dump(entry(5, "started", name=name)))

    assert report.op == op


@pytest.mark.parametrize(
    ("source", "rank"),
    [
        ("nccl_trace_rank_3.json", 3),
        ("/a/b7/comm_lib_trace_rank_12", 12),
        ("all.tar!node2/rank-4_dump9.json", 4),
        ("_dump_5.json", 5),
        ("trace.json", None),
    ],
)
def test_the_file_tells_the_rank(source: str, rank: int | None) -> None:
    """By the word rank, or by its last number."""
    (report,) = read_dump(source, dump(entry(5, "started")))

    assert report.rank == rank


def test_a_rank_in_the_dump_is_believed() -> None:
    """Tools that gather dumps add it."""
    (report,) = read_dump("rank_1.json", dump(entry(5, "started"), rank=6))

    assert report.rank == 6


class Trap:
    """What a hostile pickle does when it is opened."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return (pytest.fail, ("a pickle was opened",))


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_a_pickle_is_named_and_never_opened(protocol: int) -> None:
    """The way to JSON is told."""
    data = pickle.dumps({"version": "2.5", "pg_config": {}, "entries": [Trap()]}, protocol=protocol)

    notice = refusal("nccl_trace_rank_0", data)

    assert is_pickle(data)
    assert not is_dump(data)
    assert read_dump("nccl_trace_rank_0", data) == ()
    assert notice is not None
    assert (notice.kind, "convert it to JSON" in notice.detail) == (NoticeKind.SOURCE_SKIPPED, True)


@pytest.mark.parametrize(
    ("data", "limits", "kind"),
    [
        (dump(entry(5, "started"))[:-20], Limits(), NoticeKind.SOURCE_UNREADABLE),
        (dump(entry(5, "started")), Limits(dump_bytes=100), NoticeKind.LIMIT),
    ],
)
def test_what_cannot_be_read_is_said(data: bytes, limits: Limits, kind: NoticeKind) -> None:
    """A dump that was cut, and one beyond the limit."""
    notice = refusal("rank0", data, limits=limits)

    assert notice is not None
    assert notice.kind is kind
    assert read_dump("rank0", data, limits=limits) == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b'{"entries": [], "version": 1}',
        b'INFO {"pg_status": 1, "entries": 2}',
        b'[{"pg_status": 1, "entries": 2}]',
        b"\x80\x04K\x01.",
    ],
)
def test_other_files_are_no_dumps(data: bytes) -> None:
    """A JSON log, an empty file, any other pickle."""
    assert not is_dump(data)
    assert not is_pickle(data)
    assert refusal("x", data) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(
    ["process_group", "collective_seq_id", "state", "profiling_name", "input_sizes", "pg_id", "ranks", "name", "0"]
)
PARTS = st.dictionaries(KEYS, JSON, max_size=6)


@given(
    config=JSON | st.dictionaries(KEYS, PARTS, max_size=3),
    status=JSON | st.dictionaries(KEYS, PARTS, max_size=3),
    entries=JSON | st.lists(PARTS | PARTS.map(lambda part: part | {"process_group": ["0", "x"]}), max_size=3),
)
def test_any_json_gives_a_result(config: Any, status: Any, entries: Any) -> None:
    """Foreign types under known keys are passed over."""
    try:
        data = orjson.dumps({"pg_config": config, "pg_status": status, "entries": entries})
    except TypeError:  # integers beyond 64 bits, lone surrogates: not to be written as JSON at all
        return

    assert all(report.kind is ReportKind.DUMP for report in read_dump("rank0", data))


@given(st.binary(max_size=200))
def test_any_bytes_give_a_result(data: bytes) -> None:
    """None of them is opened as a pickle, none fails."""
    assert read_dump("rank0", data) == () or data.strip().startswith(b"{")
    refusal("rank0", data)
