"""What stands on standard error."""

from __future__ import annotations

import logging
import sys

import pytest

from logsleuth.server.complaints import complain, flatten, told

TOKEN = "hf" + "_" + "a1B2" * 8
HOSTILE = f"x\r\nlogsleuth: all is well\x1b[2J\u2028{TOKEN}"


def failed() -> BaseException:
    """An error that quotes what was sent."""
    with pytest.raises(ValueError, match="x") as caught:
        raise ValueError(HOSTILE)
    return caught.value


def test_an_error_is_told_without_what_it_quotes() -> None:
    """Its kind, its words without secrets, and where it happened."""
    said = told(failed())

    assert said.startswith("ValueError: x")
    assert TOKEN not in said
    assert "test_complaints.py" in said


def test_nothing_that_was_sent_makes_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    """Nor does a terminal obey it."""
    complain(HOSTILE)
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(flatten)
    error = failed()
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "said %s", (HOSTILE,), (type(error), error, None))
    handler.handle(record)
    said = capsys.readouterr().err

    assert said.count("\n") == 2
    assert "\x1b" not in said
    assert "\r" not in said
