"""The words of the reports."""

from __future__ import annotations

import pytest

from logsleuth.model import Role, Verdict, Words
from logsleuth.report import phrases


@pytest.mark.parametrize(
    ("number", "language", "expected"),
    [
        (0, "en", "0 lines"),
        (1, "en", "1 line"),
        (2000, "en", "2,000 lines"),
        (1, "zh", "1 行"),
        (2000, "zh", "2,000 行"),
    ],
)
def test_things_are_counted(number: int, language: str, expected: str) -> None:
    """One line, several lines."""
    assert phrases.LINE.counted(number, language) == expected


def test_both_languages_say_everything() -> None:
    """No phrase is empty in one of them, and every verdict and role has a word."""
    said = [value for value in vars(phrases).values() if isinstance(value, Words)]

    assert all(words.en and words.zh for words in said)
    assert set(phrases.VERDICTS) == set(Verdict)
    assert set(phrases.ROLES) == set(Role)
