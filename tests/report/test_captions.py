"""Short texts about a diagnosis."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from logsleuth.model import Diagnosis, Place, Role
from logsleuth.report.captions import is_symptom, moment, period, place, title, who

Builder = Callable[..., Diagnosis]


def test_a_failure_without_signature_is_named_by_its_exception(diagnosis: Builder) -> None:
    """In both languages; where even the exception is unknown, the title stays."""
    named = diagnosis(id="unknown", facts=(("exception", "OSError"),))
    nameless = diagnosis(id="unknown", facts=())

    assert (title(named).en, title(named).zh) == ("Unknown failure: OSError", "未知故障：OSError")
    assert title(nameless).en == title(diagnosis()).en == "GPU memory exhausted"


def test_a_first_cause_that_nobody_believes_is_a_symptom(diagnosis: Builder) -> None:
    """Only a wrapper without its cause has so little confidence."""
    assert is_symptom(diagnosis(confidence=0.3))
    assert not is_symptom(diagnosis(confidence=0.55))
    assert not is_symptom(diagnosis(confidence=0.3, role=Role.PERF))


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("2026-04-22T21:23:35.056017303Z", "2026-04-22 21:23:35Z"),
        ("2025-06-10T21:32:44,125+08:00", "2025-06-10 21:32:44+08:00"),
        ("06-03T08:13:27", "06-03 08:13:27"),
        ("8231.518049", "8231.518049"),
    ],
)
def test_times_are_readable(printed: str, read: str) -> None:
    """No fractions, a space, and nothing invented."""
    assert moment(printed) == read


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (None, None, ""),
        ("06-03T08:13:27", None, "06-03 08:13:27"),
        (None, "06-03T08:13:27", "06-03 08:13:27"),
        ("06-03T08:13:27.1", "06-03T08:13:27.9", "06-03 08:13:27"),
        ("06-03T08:13:27", "06-03T09:00:00", "06-03 08:13:27 to 09:00:00"),
        ("06-03T08:13:27", "06-04T09:00:00", "06-03 08:13:27 to 06-04 09:00:00"),
        ("08:13:27", "09:00:00", "08:13:27 to 09:00:00"),
    ],
)
def test_periods(diagnosis: Builder, first: str | None, last: str | None, expected: str) -> None:
    """One moment, or two with the day said once."""
    assert period(diagnosis(first_seen=first, last_seen=last), "en") == expected


def test_processes_are_named_once() -> None:
    """A process with a rank makes its line without one superfluous; what is too many is counted."""
    ranked = [Place(source="a", process="Worker", rank=rank, node="n1") for rank in range(3)]
    bare = [Place(source="a", process="Worker", node="n1"), Place(source="a"), Place(source="a", rank=9)]

    assert who([*ranked, *bare]) == "Worker@n1 (rank 0), Worker@n1 (rank 1), Worker@n1 (rank 2), rank 9"
    assert who([*ranked, *bare], most=2) == "Worker@n1 (rank 0), Worker@n1 (rank 1), +2"
    assert who([Place(source="a", process="kernel")]) == "kernel"


@pytest.mark.parametrize(
    ("source", "most", "expected"),
    [
        ("vllm.log", None, "vllm.log:7"),
        ("-", None, "<stdin>:7"),
        ("/var/log/vllm.log", 9, "…vllm.log:7"),
        ("a\x1b[2J\n", None, "a\\x1b[2J\\x0a:7"),
    ],
)
def test_places(source: str, most: int | None, expected: str) -> None:
    """`file:line`, safe to print, shortened from its beginning."""
    assert place(source, 7, most=most) == expected
