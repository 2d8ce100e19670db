"""Events in the beginning of a source that others may have seen: which lines tell of one, and when."""

from __future__ import annotations

import pytest

from logsleuth import sightings
from logsleuth.model import Sight, Text
from logsleuth.sightings import KEPT, READ_BYTES, Sightings

ID = "5c71d0e4-83ba-4f19-a6d2-90be47f1c834"
AT = "INFO 06-10 13:30:04 [x.py:1] "
TS = "06-10T13:30:04"


def seen(*texts: str, source: str = "a") -> list[Sight]:
    """The sights of these texts of a source."""
    made = Sightings()
    for text in texts:
        data = text.encode()
        made.take(Text(source=source, first_line=1, data=data, shapes=data, line_count=data.count(b"\n")))
    return list(made.sights())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "ncclCommInitRankConfig comm 0x9f rank 8 nranks 16 cudaDev 0 busId 19000 commId 0x9b2c7f10 - Init COMPLETE",
            Sight("communicator 0x9b2c7f10", "a", TS, is_meeting=True),
        ),
        (
            "ncclCommInitRank comm 0x9f rank 8 nranks 16 cudaDev 0 busId 19000 commId 0x9b2c7f10 - Init START",
            Sight("joining 0x9b2c7f10", "a", TS),
        ),
        (
            "rank 8 in world size 16 is assigned as DP rank 0, PP rank 1, TP rank 0",
            Sight("world 16", "a", TS, is_meeting=True, is_unique=False),
        ),
        (
            "world_size=16 rank=8 local_rank=0 distributed_init_method=tcp://10.0.0.4:41877 backend=nccl",
            Sight("rendezvous tcp://10.0.0.4:41877", "a", TS, is_unique=False),
        ),
        (f"Added request cmpl-{ID}.", Sight(f"request {ID}", "a", TS)),
        (f"Received request chatcmpl-___prefill_addr_10.0.0.1:20001_{ID}-0: prompt", Sight(f"request {ID}", "a", TS)),
    ],
)
def test_a_line_that_several_sources_may_hold(line: str, expected: Sight) -> None:
    """With its own time, or that of a line just above."""
    assert seen(f"{AT}{line}\n") == [expected]
    assert seen(f"{AT}before\n{line}\n") == [expected]
    assert seen(f"{line}\n") == []


def test_the_first_and_the_last_time_count() -> None:
    """What happens again may be another run."""
    line = "rank 0 in world size 2 is assigned as DP rank 0"
    again = "".join(f"INFO 06-10 13:3{minute}:00 [x.py:1] {line}\n" for minute in range(3))

    assert [sight.ts for sight in seen(again)] == ["06-10T13:30:00", "06-10T13:32:00"]
    assert [sight.ts for sight in seen(again, again.replace("13:3", "14:3"))] == ["06-10T13:30:00", "06-10T14:32:00"]


def test_sources_keep_the_same_ones() -> None:
    """Whatever else they hold, and wherever they begin."""
    ids = [f"{number:032x}" for number in range(3 * KEPT)]
    lines = [f"{AT}Added request cmpl-{name}.\n" for name in ids]

    one, other = ({sight.key for sight in seen("".join(some))} for some in (lines, lines[KEPT:]))

    assert len(one) == len(other) == KEPT
    assert len(one & other) > KEPT // 2


def test_only_the_beginning_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log of a day is not read twice."""
    line = f"{AT}Added request cmpl-{ID}.\n"
    monkeypatch.setattr(sightings, "READ_BYTES", 1000)

    assert READ_BYTES > 1000
    assert seen(f"{AT}fine\n" * 50, line) == []
    assert len(seen(f"{AT}fine\n", line)) == 1
