"""Members of NCCL communicators: read from debug lines, the latest word of each, the same wherever blocks are cut."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.events.communicators import Communicators
from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import Member, Text

START = (
    "gpu-1:41{0}:50{0} [{0}] NCCL INFO ncclCommInitRank comm 0x55d{0} rank {0} nranks 4 cudaDev {0} nvmlDev {0} "
    "busId {0}9000 commId 0x76e3 - Init START"
)
COMPLETE = START.replace("START", "COMPLETE")
OLD = "machine-1:16194:18580 [0] NCCL INFO comm 0x7f4b rank 8 nranks 16 cudaDev 0 busId 1a000 - Init COMPLETE"
OPERATION = (
    "gpu-1:41{0}:60{0} [{0}] NCCL INFO {2}: opCount {1:x} sendbuff 0x7f2a recvbuff 0x7f2b count 8 datatype 9 op 0 "
    "root 0 comm 0x55d{0} [nranks=4] stream 0x4b"
)


def members(lines: list[str], cuts: tuple[int, ...] = (), *, limits: Limits = DEFAULT_LIMITS) -> tuple[Member, ...]:
    """The members that `lines` name, read in pieces cut before the given indexes."""
    found = Communicators(limits=limits)
    for start, end in itertools.pairwise([0, *cuts, len(lines)]):
        data = "".join(line + "\n" for line in lines[start:end]).encode()
        found.take(
            Text(source="log", first_line=start + 1, data=data, shapes=data, line_count=end - start), source_index=0
        )
    return found.members()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (START.format(2), {"rank": 2, "size": 4, "id": "0x76e3", "is_complete": False, "process": "gpu-1:412"}),
        (COMPLETE.format(2), {"rank": 2, "id": "0x76e3", "is_complete": True, "comm": "0x55d2"}),
        (OLD, {"rank": 8, "size": 16, "id": None, "is_complete": True}),
        (OPERATION.format(3, 0x1A2, "AllReduce"), {"op": "AllReduce", "op_count": 0x1A2, "size": 4, "rank": None}),
        ("[2026-01-01 10:00:00] " + START.format(1), {"rank": 1, "process": "gpu-1:411"}),
        ("worker-0 | " + OPERATION.format(3, 7, "AllGather"), {"op": "AllGather", "process": "gpu-1:413"}),
    ],
)
def test_a_line_names_a_member(line: str, expected: dict[str, object]) -> None:
    """Old and new forms, with what stands in front of them."""
    (member,) = members(["before", line])

    assert {name: getattr(member, name) for name in expected} == expected
    assert (member.line, member.text) == (2, line)


@pytest.mark.parametrize(
    "line",
    [
        OPERATION.format(1, 5, "Send"),
        "gpu-1:41:50 [0] NCCL INFO comm 0x1 rank 0 nRanks 2 nNodes 1 localRanks 2 localRank 0 MNNVL 0",
        "comm 0x1 rank 0 nranks 2 - Init START",
        "prompt: what does AllReduce: opCount 5 mean",
    ],
)
def test_other_lines_name_nobody(line: str) -> None:
    """Paired operations are not every rank's, and without a process a communicator cannot be told apart."""
    assert members([line]) == ()


def test_the_latest_word_counts_and_a_new_start_begins_anew() -> None:
    """What is known from setting up is kept beside the last operation."""
    lines = [START.format(0), COMPLETE.format(0), *(OPERATION.format(0, at, "AllReduce") for at in range(5))]
    (member,) = members(lines)
    (again,) = members([*lines, START.format(0)])

    assert (member.rank, member.id, member.is_complete, member.op_count, member.line) == (0, "0x76e3", True, 4, 7)
    assert (again.is_complete, again.op_count) == (False, None)


@given(st.lists(st.integers(0, 12), max_size=3))
def test_cuts_change_nothing(cuts: list[int]) -> None:
    """Blocks end anywhere between lines."""
    lines = [START.format(rank) for rank in range(4)] + [COMPLETE.format(rank) for rank in range(4)]
    lines += [OPERATION.format(rank, 9, "AllReduce") for rank in range(4)] + [START.format(1)]

    assert members(lines, tuple(sorted(cuts))) == members(lines)


def test_more_members_than_the_limit_are_counted() -> None:
    """Nothing is dropped silently."""
    found = Communicators(limits=Limits(communicator_members=2))
    data = "".join(START.format(rank) + "\n" for rank in range(5)).encode()
    found.take(Text(source="log", first_line=1, data=data, shapes=data, line_count=5), source_index=0)

    assert (len(found.members()), found.dropped) == (2, 3)
