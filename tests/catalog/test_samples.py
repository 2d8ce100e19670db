"""A sample's text becomes the events that the stages before matching would make of it."""

from __future__ import annotations

import pytest

from logsleuth.catalog.samples import events_of, findings, shows_in
from logsleuth.model import Frame, Level, Pattern, Raised, Signature


@pytest.mark.parametrize(
    ("line", "level", "message"),
    [
        ("ERROR 06-10 21:32:17 [core.py:396] boom", Level.ERROR, "boom"),
        ("(EngineCore_DP0 pid=12) WARNING 06-10 21:32:17 [core.py:396] boom", Level.WARNING, "boom"),
        ("[rank0]: boom", None, "boom"),
        ("(VllmWorker rank=0 pid=12) boom", None, "boom"),
        ("INFO 06-18 12:00:00 multiproc_worker_utils.py:137] boom", Level.INFO, "boom"),
        ("ERROR:    boom", Level.ERROR, "boom"),
        ("ERROR boom", None, "ERROR boom"),
        ("(see above) boom", None, "(see above) boom"),
        ("boom\r", None, "boom"),
    ],
)
def test_prefixes(line: str, level: Level | None, message: str) -> None:
    """The usual ones are taken away and tell the level."""
    (event,) = events_of(line)

    assert (event.level, event.message) == (level, message)


def test_a_new_head_begins_a_new_event() -> None:
    """Lines of one head, or of none, stay together."""
    text = "INFO 06-10 21:32:16 [a.py:1] a\nERROR 06-10 21:32:17 [b.py:1] b\nERROR 06-10 21:32:17 [b.py:1] c\nd\n"

    assert [(event.level, event.message) for event in events_of(text)] == [(Level.INFO, "a"), (Level.ERROR, "b\nc\nd")]


def test_tracebacks_are_seen() -> None:
    """With their frames, for patterns that ask for one."""
    text = 'Traceback (most recent call last):\n  File "/a/b.py", line 3, in run\n    x()\na.BoomError: no\nKeyboardInterrupt'

    (event,) = events_of(text)

    assert event.raised == (
        Raised(type="a.BoomError", message="no", at=3, frames=(Frame(file="/a/b.py", line=3, function="run"),)),
        Raised(type="KeyboardInterrupt", message="", at=4),
    )


def test_findings_name_their_pattern(signature: Signature) -> None:
    """In the order of the lines."""
    found = findings(signature, signature.samples[0].text)

    assert [(index, dict(finding.facts)["missing"]) for index, finding in found] == [(0, "1.3")]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (Pattern(literal="oo"), True),
        (Pattern(literal="OO"), False),
        (Pattern(scan="o{2}"), True),
        (Pattern(scan="("), False),
    ],
)
def test_what_the_scanner_sees(pattern: Pattern, expected: bool) -> None:  # noqa: FBT001  # a row of the table
    """Fixed text or an expression."""
    assert shows_in(pattern, "boom") is expected
