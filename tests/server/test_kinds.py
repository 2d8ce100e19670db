"""Lines are counted by template, level and minute."""

from __future__ import annotations

from dataclasses import replace

from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import Text
from logsleuth.records import Peeler
from logsleuth.server.kinds import NEW_SHAPES, OTHER, OTHER_KEY, KindCounter


def text(*lines: str, first: int = 1) -> Text:
    """A text of these lines."""
    data = "".join(f"{line}\n" for line in lines).encode()
    return Text(source="a", first_line=first, data=data, shapes=data, line_count=len(lines))


def counter(limits: Limits = DEFAULT_LIMITS) -> KindCounter:
    """A counter at minute 7."""
    found = KindCounter(peel=Peeler().record, limits=limits)
    found.at(420, 430, 7)
    return found


def test_lines_of_one_kind_are_counted_together() -> None:
    """Whatever their prefixes and numbers; levels are counted apart."""
    kinds = counter()
    kinds.count(
        text(
            "INFO 11-20 06:00:00 [core.py:58] Took 12 ms",
            "(Worker pid=7) INFO 11-20 06:00:01 [core.py:58] Took 7 ms",
            "ERROR 11-20 06:00:01 [core.py:58] Took 7 ms",
            "no level at all",
        ),
        0,
    )

    found = kinds.harvest()

    templates = {(one.kind.template, one.kind.level): (one.lines, one.line) for one in found.templates.values()}
    assert templates == {
        ("Took <*> ms", "INFO"): (2, 1),
        ("Took <*> ms", "ERROR"): (1, 3),
        ("no level at all", None): (1, 4),
    }
    assert sorted(found.minutes.values()) == [1, 1, 2]
    assert found.levels == {(7, "INFO"): 2, (7, "ERROR"): 1, (7, ""): 1}
    assert kinds.harvest().templates == {}


def test_a_key_is_the_same_in_every_run() -> None:
    """Whatever was counted before."""
    one, other = counter(), counter()
    one.count(text("a b", "c d"), 0)
    other.count(text("x y", "c d"), 3)

    assert len(one.harvest().templates.keys() & other.harvest().templates.keys()) == 1


def test_a_flood_of_new_kinds_is_counted_together() -> None:
    """Until time goes by; errors among them stay errors."""
    kinds = counter()
    words = [f"{'x' * (index % 90)}q{'y' * (index // 90)} said" for index in range(NEW_SHAPES)]
    kinds.count(text(*words, "one more", "ERROR one more"), 0)
    found = kinds.harvest()
    kinds.breathe()
    kinds.count(text("one more"), 0)
    after = kinds.harvest()

    assert found.templates[OTHER_KEY].lines == 2
    assert found.templates[OTHER_KEY].kind.template == OTHER
    assert found.levels == {(7, ""): NEW_SHAPES + 1, (7, "ERROR"): 1}
    assert [one.kind.template for one in after.templates.values()] == ["one more"]


def test_what_is_remembered_is_bounded() -> None:
    """And what comes again after that counts as before."""
    kinds = counter(replace(DEFAULT_LIMITS, shapes=10))
    for _ in range(2):
        for index in range(50):
            kinds.count(text("z" * (index + 1)), 0)

    found = kinds.harvest()

    assert {one.lines for one in found.templates.values()} == {2}
    assert len(found.templates) == 50
