"""What ends the analysing process again and again is found, and what merely was at hand is not blamed."""

from __future__ import annotations

from logsleuth.server.segments import Position
from logsleuth.server.trials import Course, Piece, Sign, Trials

HERE, THERE = Piece(Position(1, 128)), Piece(Position(1, 500))


def after(*runs: tuple[object, ...]) -> Course:
    """How the next run begins after runs that said these and ended."""
    trials = Trials()
    for said in runs:
        for one in said:
            assert isinstance(one, Position | Piece | Sign)
            trials.hear(one)
        trials.end()
    return trials.course


def test_the_first_run_is_not_careful() -> None:
    """Nothing ended yet."""
    assert Trials().course == Course()


def test_after_an_end_the_next_run_is_careful() -> None:
    """Whatever it was."""
    assert after((Position(1, 128),)) == Course(is_careful=True)


def test_what_ends_three_runs_is_set_aside() -> None:
    """The same piece, whatever went well before it."""
    assert after((HERE,), (Position(1, 100), HERE)).aside is None
    assert after((HERE,), (Position(1, 100), HERE), (Sign.ALIVE, HERE, Sign.ALIVE)).aside == HERE


def test_runs_that_end_elsewhere_do_not_count() -> None:
    """Between pieces, at another piece, or where the piece is not to blame."""
    assert after((HERE,), (HERE,), (HERE, Position(1, 500))).aside is None
    assert after((HERE,), (HERE,), (THERE,)).aside is None
    assert after((HERE,), (HERE,), (HERE, Sign.EXCUSED)).aside is None
    assert after((HERE,), (HERE,), ()).aside is None


def test_runs_that_never_came_to_it_forgive_nothing() -> None:
    """A kill while the process starts says nothing of the piece."""
    assert after((HERE,), (HERE,), (), (HERE,)).aside == HERE


def test_what_was_set_aside_is_past() -> None:
    """Once the process tells where it goes on."""
    assert after((HERE,), (HERE,), (HERE,), (THERE.at,)).aside is None


def test_another_tenant_is_another_piece() -> None:
    """At the same position."""
    one, other = Piece(Position(1, 1), "a"), Piece(Position(1, 1), "b")

    assert after((one,), (other,), (one,)).aside is None
    assert after((one,), (one,), (one,)).aside == one
