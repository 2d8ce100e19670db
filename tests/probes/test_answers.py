"""What judges read out of values."""

from __future__ import annotations

import pytest

from logsleuth.model import Outcome, Words
from logsleuth.probes import answers
from logsleuth.probes.probe import Sample

VALUES: answers.Values = {
    "text": "a",
    "number": 2,
    "is": True,
    "texts": ["a", 1],
    "rows": [{"a": 1}, "b"],
    "none": None,
}


def test_values_of_another_kind_read_as_nothing() -> None:
    """A hostile or broken child cannot make a judge fail."""
    assert answers.text_of(VALUES, "text") == "a"
    assert answers.text_of(VALUES, "number") == "2"
    assert answers.text_of(VALUES, "is") == answers.text_of(VALUES, "rows") == answers.text_of(VALUES, "absent") == ""
    assert answers.number_of(VALUES, "number") == 2.0
    assert answers.number_of(VALUES, "is") is None
    assert answers.is_true(VALUES, "is")
    assert not answers.is_true(VALUES, "text")
    assert answers.texts_of(VALUES, "texts") == ("a",)
    assert answers.texts_of(VALUES, "text") == ()
    assert answers.rows_of(VALUES, "rows") == ({"a": 1},)
    assert answers.rows_of(VALUES, "none") == ()


@pytest.mark.parametrize(
    ("id_", "is_one"), [("dist.gloo", True), ("dist.gloo.timeout", True), ("dist.glooey", False), ("", False)]
)
def test_class_holds_what_lies_below_it(id_: str, *, is_one: bool) -> None:
    """Dots count, beginnings of words do not."""
    assert answers.is_of(id_, "dist.gloo") is is_one


def test_what_the_output_shows_goes_before_what_values_mean() -> None:
    """The catalog read the output: that is the provoked class."""
    sample = Sample(provoked="cuda.oom.device", seconds=1.0, output="x")

    answered = answers.answer("n", Outcome.CONFIRMED, Words(en="a", zh="甲"), sample, provoked="dist.connect")

    assert (answered.provoked, answered.output, answered.seconds) == ("cuda.oom.device", "x", 1.0)
