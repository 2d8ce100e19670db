"""Results of probes in words, and as they stand in reports."""

from __future__ import annotations

import json

import pytest

from logsleuth.model import Outcome, ProbeResult, Words
from logsleuth.report.probe import OUTPUT_LINES, encode, headline, render

DETAIL = Words(en="0 B are free on /data", zh="/data 剩余 0 B")
FULL = ProbeResult(
    name="disk-space",
    outcome=Outcome.CONFIRMED,
    detail=DETAIL,
    facts=(("free", "0 B"), ("place", "/data")),
    provoked="host.disk-full",
    output="one\n" * 20 + "OSError: \x1b[31mno space\n",
    seconds=0.2,
)


@pytest.mark.parametrize(
    ("language", "line"),
    [("en", "disk-space: confirmed: 0 B are free on /data"), ("zh", "disk-space：已复现：/data 剩余 0 B")],
)
def test_a_headline(language: str, line: str) -> None:
    """Name, outcome, detail."""
    assert headline(FULL, language) == line


def test_text() -> None:
    """Figures below, and the end of the output with its controls spelled out."""
    lines = render([FULL]).splitlines()

    assert lines[:2] == ["✗ disk-space: confirmed: 0 B are free on /data", "    free 0 B, place /data"]
    assert (len(lines), lines[-1]) == (2 + OUTPUT_LINES, "    | OSError: \\x1b[31mno space")


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome(outcome: Outcome) -> None:
    """Each has its sign and its words; what passed or did not run needs no output."""
    result = ProbeResult(name="x", outcome=outcome, detail=DETAIL, output="printed")

    said = [render([result], language=language) for language in ("en", "zh")]

    assert all(said)
    assert ("printed" in said[0]) is (outcome in {Outcome.CONFIRMED, Outcome.INCONCLUSIVE})


def test_json() -> None:
    """The same object as in a report."""
    answer = json.loads(encode([FULL], language="zh"))

    assert answer["schema"] == "logsleuth.probe/1"
    assert answer["results"][0] | {"output": ""} == {
        "name": "disk-space",
        "outcome": "confirmed",
        "detail": "/data 剩余 0 B",
        "facts": {"free": "0 B", "place": "/data"},
        "provoked": "host.disk-full",
        "output": "",
        "seconds": 0.2,
    }
