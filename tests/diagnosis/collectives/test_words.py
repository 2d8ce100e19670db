"""The stragglers in both languages, as facts and as a table."""

from __future__ import annotations

import re

import pytest

from logsleuth.diagnosis.collectives import Collective, Stragglers, Suspicion, Why, words
from logsleuth.diagnosis.collectives.standing import Standing
from logsleuth.diagnosis.collectives.words import SAID
from logsleuth.model import RankReport, ReportKind

COLLECTIVE = Collective(group="3(tp:0)", seq=17, op="ALLREDUCE", numel_in=4096, numel_out=4096, timeout_ms=600000)


def standing(rank: int, *, seq: int | None = 17, enqueued: int = 19) -> Standing:
    """A rank that waits in the collective, or (without a number) waits in none."""
    return Standing(
        rank=rank,
        report=RankReport(kind=ReportKind.STATUS, source="x", rank=rank),
        is_waiting=seq is not None,
        seq=seq,
        op="ALLREDUCE" if seq else None,
        last_enqueued=enqueued,
        last_completed=16,
    )


LAGGING = Stragglers(
    collective=COLLECTIVE,
    why=Why.LAGGING,
    confidence=0.85,
    suspects=(Suspicion(rank=2, why=Why.LAGGING, detail="1"),),
    victims=(0, 1),
    silent=(3,),
    unknown=(3,),
    standings=(standing(0), standing(1), standing(2, seq=None, enqueued=16)),
    heard=((2, 0),),
    world_size=4,
    is_group_known=True,
)


def test_a_straggler_is_told() -> None:
    """Who, in which collective, who waited how long, and who is missing."""
    summary, facts, _ = words(LAGGING)

    assert summary.en == (
        "Rank 2 never entered ALLREDUCE #17 (process group 3(tp:0)): the last collective asked for is 1 behind."
        " Ranks 0, 1 waited for it 600 s and gave up. Nothing was heard of rank 3: bring those logs."
    )
    assert summary.zh == (
        "rank 2 从未进入 ALLREDUCE #17（进程组 3(tp:0)）：最后发起的集合通信落后 1 个。"
        "rank 0, 1 等待 600 s 后放弃，是受害者。没有 rank 3 的任何输出：请补充这些日志。"
    )
    assert dict(facts) == {
        "seq": "17",
        "op": "ALLREDUCE",
        "group": "3(tp:0)",
        "timeout": "600 s",
        "suspect": "rank 2",
        "suspect_reason": "never entered the collective",
        "suspects": "2",
        "victims": "0, 1",
        "silent_ranks": "3",
        "lagging_by": "1",
        "first_reporter": "rank 0",
    }


def test_the_table_has_a_row_for_each_rank() -> None:
    """The suspects first."""
    _, _, table = words(LAGGING)

    assert table == (
        ("rank", "last enqueued", "last completed", "op", "says"),
        ("2", "16", "16", "", "never entered it, 1 behind"),
        ("0", "19", "16", "ALLREDUCE #17", "waits at #17"),
        ("1", "19", "16", "ALLREDUCE #17", "waits at #17"),
        ("3", "", "", "", "silent"),
    )


def test_a_large_world_is_told_in_ranges() -> None:
    """And the table is cut, and says so."""
    ranks = tuple(range(200))
    found = Stragglers(
        collective=COLLECTIVE,
        why=Why.EVEN,
        confidence=0.6,
        victims=ranks,
        standings=tuple(map(standing, ranks)),
        is_group_known=True,
    )

    _, facts, table = words(found)

    assert dict(facts)["victims"] == "0-199"
    assert len(table) == 66
    assert table[-1] == ("...", "", "", "", "136 more ranks")


@pytest.mark.parametrize("why", list(Why))
@pytest.mark.parametrize("collective", [COLLECTIVE, Collective()])
@pytest.mark.parametrize("confidence", [0.9, 0.6, 0.3])
def test_every_reason_has_words(why: Why, collective: Collective, confidence: float) -> None:
    """With much or little known, in both languages, without a hole and without a brace."""
    suspects = () if why in (Why.EVEN, Why.UNKNOWN) else (Suspicion(rank=2, why=why, detail="7"),)
    found = Stragglers(collective=collective, why=why, confidence=confidence, suspects=suspects, victims=(0, 1))

    summary, facts, table = words(found)

    assert why in SAID
    for text in (summary.en, summary.zh):
        assert text
        assert not re.search(r"[{}]|\[\[|\]\]|  ", text)
    assert summary.en.startswith("Possibly: ") == (bool(suspects) and confidence < 0.5)
    assert all(value for _, value in facts)
    assert all(len(row) == len(table[0]) for row in table)


def test_suspects_of_other_reasons_are_in_the_table_alone() -> None:
    """The sentence tells the strongest reason."""
    found = Stragglers(
        collective=COLLECTIVE,
        why=Why.DIED,
        confidence=0.9,
        suspects=(
            Suspicion(rank=3, why=Why.DIED, detail="exit code -9"),
            Suspicion(rank=2, why=Why.LAGGING, detail="1"),
        ),
        victims=(0,),
        is_group_known=True,
    )

    summary, facts, table = words(found)

    assert summary.en.startswith("Rank 3 ended or failed (exit code -9) and did not come to ALLREDUCE #17")
    assert (dict(facts)["suspect"], dict(facts)["suspects"]) == ("rank 3", "2, 3")
    assert [row[0] for row in table] == ["rank", "3", "2", "0"]


def test_doubts_are_told() -> None:
    """More suspects than victims, and numbers whose groups are not known."""
    found = Stragglers(
        collective=Collective(seq=17, timeout_ms=1500),
        why=Why.LAGGING,
        confidence=0.4,
        suspects=tuple(Suspicion(rank=rank, why=Why.LAGGING, detail="1") for rank in (1, 2, 3)),
        victims=(0,),
    )

    summary, facts, _ = words(found)

    assert summary.en.startswith("Possibly: ranks 1, 2, 3 never entered the collective #17: the last")
    assert "They are more than those who wait" in summary.en
    assert "Rank 0 waited for it 1500 ms" in summary.en
    assert "do not surely tell the process groups apart" in summary.en
    assert dict(facts)["timeout"] == "1500 ms"
