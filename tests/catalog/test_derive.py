"""Derived facts are computed exactly or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.catalog.derive import derived, inputs, mistake, number, printed

FACTS = {"free": "11.2 GiB", "total": "32,768", "small": "512.00 MiB", "zero": "0", "word": "none", "neg": "-3"}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("free", "11.2"),
        ("total", "32768"),
        ("total / 2", "16384"),
        ("floor(0.57, 2)", "0.57"),
        ("floor(free / 24, 2)", "0.46"),
        ("ceil(free)", "12"),
        ("round(free * 3, 1)", "33.6"),
        ("int(free) + 1", "12"),
        ("min(free, 3) - max(1, 2)", "1"),
        ("-(neg - 2) * 2", "10"),
        ("1 / 3", "0.333333"),
        ("0 * neg", "0"),
        ("free - small", "10.7"),
        ("small * 2", "1024"),
        ("free / zero", None),
        ("free - word", None),
        ("free - absent", None),
        ("total * 1e30", None),
        ("1e308 * 1e308", None),
        ("(", None),
    ],
)
def test_expressions(expression: str, value: str | None) -> None:
    """Values as printed; nothing where an input is missing or the result is no number."""
    assert derived(expression, FACTS) == value


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("floor(free / total, 2)", ""),
        ("free +", "no arithmetic expression"),
        ("free ** 2", "only + - * / and parentheses are known"),
        ("free if total else 1", "only numbers, facts, + - * /, parentheses and functions are known"),
        ("free.real", "only numbers, facts, + - * /, parentheses and functions are known"),
        ("open(free)", "unknown function 'open'; known are floor, ceil, round, int, min, max"),
        ("floor()", "floor() takes 1 to 2 values"),
        ("floor(free, digits=2)", "floor() takes 1 to 2 values"),
        ("'a' + free", "'a' is no number"),
        ("True + 1", "True is no number"),
        ("1" * 501, "longer than 500 characters"),
        ("(" * 400, "no arithmetic expression"),
    ],
)
def test_mistakes_are_named(expression: str, message: str) -> None:
    """Lint can say what to change."""
    assert mistake(expression) == message


def test_inputs_are_facts_not_functions() -> None:
    """In the order of their use, each once."""
    assert inputs("floor(free / total, 2) + free") == ("free", "total")


@pytest.mark.parametrize(
    ("text", "value"),
    [("11.2 GiB", 11.2), ("1,234,567 tokens", 1234567), ("rank 3 of 4", 3), ("-5%", -5), ("none", None), ("1e3", 1000)],
)
def test_the_first_number_counts(text: str, value: float | None) -> None:
    """Units and words around it do not matter."""
    assert number(text) == value


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e17, max_value=1e17))
def test_printed_numbers_have_no_exponent_and_no_loose_zeros(value: float) -> None:
    """What is printed reads back as nearly the same number."""
    text = printed(value)

    assert "e" not in text.lower()
    assert not ("." in text and text.endswith(("0", ".")))
    assert float(text) == pytest.approx(value, abs=1e-6)


@given(st.text(max_size=60), st.text(max_size=30))
def test_any_expression_gives_a_text_or_nothing(expression: str, fact: str) -> None:
    """Evaluation is total."""
    assert isinstance(derived(expression, {"x": fact}), str | None)
