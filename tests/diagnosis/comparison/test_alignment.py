"""Templates of two runs find each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.diagnosis.comparison.alignment import CANDIDATES, align, is_volatile, line_of
from logsleuth.model import Level, Template, Where

AT = Where(source="a.log", line=1)
INFO, ERROR = Level.INFO, Level.ERROR


def template(text: str, level: Level | None = INFO) -> Template:
    """A template that was seen once."""
    return Template(id=1, template=text, count=1, level=level, first=AT, last=AT)


def aligned(good: list[str], bad: list[str], level: Level | None = INFO) -> tuple[list[int | None], list[int | None]]:
    """Both directions of the alignment of two runs of one level."""
    of_good, of_bad = ([line_of(template(text, level)) for text in texts] for texts in (good, bad))
    bad_to_good, good_to_good = align(of_good, of_bad)
    return list(bad_to_good), list(good_to_good)


@pytest.mark.parametrize(
    ("good", "bad", "is_same"),
    [
        ("Loading weights took <*> seconds", "Loading weights took <*> seconds", True),
        ("Loading model llama from disk", "Loading model <*> from disk", True),
        ("Loading model <*> from disk", "Loading model llama from disk", True),
        ("Loading model <*> from disk", "Loading <*> llama from disk", True),
        ("Loading model llama from disk", "Loading model qwen from disk", False),
        ("Loading model <*> from disk", "Loading model <*> from disk again", False),
        ("<*> <*> <*> disk", "one two three disk", False),
        ("one two three <*>", "<*> <*> <*> four", False),
        ("", "", True),
        ("", "word", False),
    ],
)
def test_templates_match_by_their_tokens(good: str, bad: str, is_same: bool) -> None:  # noqa: FBT001
    """A wildcard stands for any token of a template of the same length, if enough other tokens are equal."""
    found = aligned([good], [bad], None)

    assert found == (([0], [0]) if is_same else ([None], [None]))


def test_several_templates_may_belong_together() -> None:
    """What one run generalised and the other did not."""
    good = ["Loaded part alpha of model", "Loaded part beta of model", "Something else entirely"]

    assert aligned(good, ["Loaded part <*> of model"], None) == ([0], [0, 0, None])
    assert aligned(["Loaded part <*> of model"], good, None) == ([0, 0, None], [0])


def test_an_error_is_another_template_than_information() -> None:
    """Whatever its text."""
    good, bad = line_of(template("Connection closed", INFO)), line_of(template("Connection closed", ERROR))

    assert align([good], [bad]) == ((None,), (None,))


@pytest.mark.parametrize(("level", "expected"), [(INFO, [0]), (Level.DEBUG, [0]), (ERROR, [None]), (None, [None])])
def test_a_long_value_in_another_form_is_the_same_ordinary_line(
    level: Level | None, expected: list[int | None]
) -> None:
    """Arguments that a run prints and the other does not; errors have to match."""
    good = "non-default args: {'model': '/m', 'port': <*>, 'dtype': 'auto', 'seed': <*>}"
    bad = "non-default args: {'model': '/m', 'port': <*>, 'dtype': 'auto', 'seed': <*>, 'max_model_len': <*>}"

    assert aligned([good], [bad], level)[0] == expected


def test_the_best_match_wins() -> None:
    """The one with the most equal tokens, the earliest of them."""
    good = ["read <*> <*> from <*> now", "read block <*> from <*> now", "read block <*> from <*> now "]

    assert aligned(good, ["read block seven from disk now"], None)[0] == [1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("<*>", True),
        ("<*>%|██ | <*>/<*> loading shards now", True),
        ("Loading shards: <*> done at <*> it/s", True),
        ("^^^^^^^^", True),
        ("took <*> s", True),
        ("Processed many things ...", True),
        ("Traceback (most recent call last):", True),
        ('File "/usr/lib/x.py", line <*>, in step', True),
        ("File <*> line <*>, in <*>", True),
        ("return await self.run(request)", True),
        ("outputs = self.model(", True),
        ("self.workers = WorkerProc.wait_for_ready(unready_workers)", True),
        ("free(): invalid pointer", False),
        ("Killed", False),
        ("Loading weights took <*> seconds", False),
        ("ValueError: <*> is too large", False),
        ("未能加载模型 <*> 请检查路径 <*>，然后重试", False),
    ],
)
def test_what_is_volatile(text: str, expected: bool) -> None:  # noqa: FBT001
    """Figures, progress bars, the body of a traceback, coarse groups."""
    assert is_volatile(text) is expected


def test_candidates_are_bounded() -> None:
    """A run of many alike templates is aligned all the same, up to the bound."""
    good = [f"begin {chr(97 + number % 26)}{chr(97 + number // 26)} end" for number in range(CANDIDATES + 10)]

    found = aligned(good, ["begin <*> end"], None)

    assert found[0] == [0]
    assert found[1] == [0] * (CANDIDATES + 10)


@given(st.lists(st.text(max_size=30), max_size=8), st.lists(st.text(max_size=30), max_size=8))
def test_any_texts_are_aligned(good: list[str], bad: list[str]) -> None:
    """Indexes lie within the good run, and what both have is found."""
    bad_to_good, good_to_good = aligned(good, bad)

    assert all(index is None or 0 <= index < len(good) for index in (*bad_to_good, *good_to_good))
    assert all(index is not None for text, index in zip(bad, bad_to_good, strict=True) if text in good)
