"""Text inside a prompt is no finding; text beside one is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.catalog.quoted import is_quoted


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Received request cmpl-1: prompt: 'why BOOM?', params: SamplingParams(n=1)", True),
        ("Received request chatcmpl-7: prompt: 'x', params: y, BOOM", True),
        ('{"role": "user", "content": "please explain BOOM"}', True),
        (r"body={\"messages\": [{\"content\": \"explain BOOM\"}]}", True),
        ("messages=[{'role': 'user', 'content': 'it\\'s BOOM'}]", True),
        ('ChatMessage(role="user", content="BOOM")', True),
        ("prompt: 'cut off at the end BOOM", True),
        ("generating, prompt: 'x', then BOOM", False),
        ('{"role": "user", "content": "fine"} failed: BOOM', False),
        ("prompt: 'x'\nBOOM", False),
        ("BOOM: prompt: 'x'", False),
        ("RuntimeError: BOOM", False),
        ("Received request failed: BOOM", False),
        ("content BOOM", False),
    ],
)
def test_forms(message: str, expected: bool) -> None:  # noqa: FBT001  # a row of the table
    """Every form of a quotation that has been seen, and its neighbours."""
    assert is_quoted(message, message.index("BOOM")) is expected


@given(st.text(alphabet="prompt:content='\" \\\n{}", max_size=200), st.integers(0, 200))
def test_any_text_gives_an_answer(message: str, start: int) -> None:
    """The judgement is total."""
    assert isinstance(is_quoted(message, min(start, len(message))), bool)


def test_many_openings_take_linear_time() -> None:
    """A megabyte of openings is read once, not once for each of them."""
    message = "prompt: '" * 100_000 + "BOOM"

    assert is_quoted(message, len(message) - 4) is False
