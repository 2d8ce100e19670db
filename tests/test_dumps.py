"""Flight-recorder dumps among the sources: gathered from their blocks, read once whole."""

from __future__ import annotations

import pickle
from collections.abc import Iterable

import orjson
import pytest

from logsleuth.dumps import Dumps
from logsleuth.events.recorder import read_dump
from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import Block, NoticeKind

DUMP = orjson.dumps(
    {
        "version": "2.5",
        "comm_lib_version": "2.27.3",
        "pg_config": {"0": {"name": "0", "desc": "default_pg", "ranks": "[0, 1]"}},
        "pg_status": {"0": {"last_enqueued_collective": "19", "last_completed_collective": "16"}},
        "entries": [
            {
                "record_id": 17,
                "process_group": ["0", "default_pg"],
                "collective_seq_id": 17,
                "profiling_name": "nccl:all_reduce",
                "input_sizes": [[8]],
                "output_sizes": [[8]],
                "state": "started",
                "timeout_ms": 600000,
                "is_p2p": False,
            }
        ],
    }
)
HEAD = 400  # enough to know it by
LOG = b"INFO 06-10 21:32:17 [x.py:1] fine\n"


def blocks(source: str, *parts: bytes) -> list[Block]:
    """The blocks of one source."""
    return [
        Block(source=source, first_line=number, data=part, is_last=number == len(parts))
        for number, part in enumerate(parts, 1)
    ]


def taken(dumps: Dumps, given: Iterable[Block]) -> list[bool]:
    """Whether each block was taken for a dump's."""
    return [dumps.takes(block, is_first=block.first_line == 1) for block in given]


@pytest.mark.parametrize("cut", [len(DUMP), HEAD, len(DUMP) - 1])
def test_a_dump_is_gathered_and_read_at_its_end(cut: int) -> None:
    """However it was cut, and between the blocks of a log."""
    dumps = Dumps(limits=DEFAULT_LIMITS)
    first, *rest = blocks("trace_rank_1.json", *(part for part in (DUMP[:cut], DUMP[cut:]) if part))

    said = taken(dumps, [first, *blocks("a.log", LOG, LOG), *rest])

    assert said == [True, False, False, *(True for _ in rest)]
    assert dumps.reports == list(read_dump("trace_rank_1.json", DUMP, limits=DEFAULT_LIMITS))
    assert [(report.source, report.last_enqueued) for report in dumps.reports][:1] == [("trace_rank_1.json", 19)]
    assert dumps.notices == []


def test_nothing_is_read_before_the_end() -> None:
    """A dump that is still being written says nothing yet."""
    dumps = Dumps(limits=DEFAULT_LIMITS)

    said = taken(dumps, [Block(source="a", first_line=1, data=DUMP)])

    assert (said, dumps.reports, dumps.notices) == ([True], [], [])


def test_a_dump_in_the_middle_of_a_log_is_text() -> None:
    """Only what a source begins with tells what it is."""
    dumps = Dumps(limits=DEFAULT_LIMITS)

    assert taken(dumps, blocks("a.log", LOG, DUMP)) == [False, False]
    assert dumps.reports == []


def test_a_pickle_is_refused() -> None:
    """It could run any code."""
    dumps = Dumps(limits=DEFAULT_LIMITS)

    said = taken(
        dumps,
        blocks(
            "nccl_trace_rank_0",
            pickle.dumps({"version": "2.5", "entries": [], "pg_config": {}, "comm_lib_version": "2.27.3"}),
        ),
    )

    assert (said, dumps.reports) == ([True], [])
    assert [(notice.kind, notice.where.source) for notice in dumps.notices] == [
        (NoticeKind.SOURCE_SKIPPED, "nccl_trace_rank_0")
    ]


def test_what_is_gathered_is_bounded() -> None:
    """Beyond the limit nothing more is kept; what cannot be read is said."""
    dumps = Dumps(limits=Limits(dump_bytes=HEAD + 10))

    said = taken(dumps, blocks("a.json", DUMP[:HEAD], DUMP[HEAD:-9], DUMP[-9:-5], DUMP[-5:]))

    assert said == [True] * 4
    assert dumps.reports == []
    assert [notice.where.source for notice in dumps.notices] == ["a.json"]
