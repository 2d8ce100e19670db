"""Which evidence is printed."""

from __future__ import annotations

from logsleuth.model import Evidence
from logsleuth.report.proof import Shown, shown


def evidence(line: int, text: str, source: str = "a.log") -> Evidence:
    """One piece."""
    return Evidence(source=source, line=line, end_line=line, text=text)


def test_the_same_of_other_ranks_is_named_by_its_place() -> None:
    """Lines that differ in their numbers say the same."""
    found = shown(
        [
            evidence(5, "(Worker_TP0 pid=1) out of memory on GPU 0 at 0x7f00"),
            evidence(4, "  File x, line 1"),
            evidence(9, "(Worker_TP1 pid=2) out of memory on GPU 1 at 0x7fff"),
            evidence(3, "(Worker_TP2 pid=3) out of memory on GPU 2 at 0x1", source="b.log"),
        ],
        most=3,
    )

    assert found == (
        Shown(
            source="a.log",
            line=5,
            text="(Worker_TP0 pid=1) out of memory on GPU 0 at 0x7f00",
            same_at=("9", "b.log:3"),
        ),
        Shown(source="a.log", line=4, text="  File x, line 1"),
    )


def test_repeated_lines_within_one_piece_are_counted() -> None:
    """A series shows its first line."""
    assert shown([evidence(1, "took 1 ms\ntook 2 ms\ntook 3 ms\nend")], most=1) == (
        Shown(source="a.log", line=1, text="took 1 ms\nend", alike=2),
    )


def test_the_same_line_is_not_named_again() -> None:
    """The same place says nothing new."""
    assert shown([evidence(1, "took 1 ms"), evidence(1, "took 1 ms\ntook 2 ms")], most=3)[0].same_at == ()


def test_colour_codes_do_not_clutter() -> None:
    """As they stand in evidence: escaped."""
    assert shown([evidence(1, "\\x1b[36m(Worker)\\x1b[0m failed")], most=1)[0].text == "(Worker) failed"
