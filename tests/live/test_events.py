"""The documented shape of events, and their lines of text."""

from __future__ import annotations

from collections.abc import Callable

from logsleuth.live.events import KINDS, Pulse, of_change, of_pulse, of_report, of_template
from logsleuth.live.incidents import Change, Kind, Reason
from logsleuth.model import Diagnosis, Level, Report, Stats, Verdict
from logsleuth.templates.novelty import Fresh

Make = Callable[..., Diagnosis]
TIME = "2026-11-20T06:00:00.000Z"


def test_an_incident(make: Make) -> None:
    """With its diagnosis as in the report; the id is its own for each revision."""
    change = Change(
        kind=Kind.UPDATED, reason=Reason.CAUSE, incident="abc", revision=3, diagnosis=make(), previous="vllm.dead"
    )

    news = of_change(change, time=TIME, language="en")

    assert {name: value for name, value in news.document.items() if name != "diagnosis"} == {
        "schema": "logsleuth.event/1",
        "type": "updated",
        "time": TIME,
        "event": "abc-3",
        "incident": "abc",
        "revision": 3,
        "reason": "cause",
        "previous": "vllm.dead",
    }
    assert news.id == "abc-3"
    assert isinstance(news.document["diagnosis"], dict)
    assert news.document["diagnosis"]["id"] == "cuda.oom"
    assert (
        news.line
        == "06:00:00 UPDATED Title of cuda.oom (cuda.oom) · [better cause] · Worker (rank 0) · a.log:10 · It broke."
    )


def test_a_line_of_text_is_one_line_and_obeyed_by_no_terminal(make: Make) -> None:
    """Whatever the log says, in both languages."""
    item = make("unknown", text="\x1b[2Jx\n")
    item = Diagnosis(
        **{name: getattr(item, name) for name in Diagnosis.__dataclass_fields__}
        | {"facts": (("exception", "E\x1b]0;x\x07\nF"),)}
    )
    change = Change(kind=Kind.RESOLVED, reason=Reason.SERVICE, incident="a", revision=2, diagnosis=item)

    for language, word in (("en", "RESOLVED"), ("zh", "已解除")):
        line = of_change(change, time=TIME, language=language).line
        assert word in line
        assert not any(ord(sign) < 32 for sign in line)
        assert "It broke" not in line


def test_the_other_kinds() -> None:
    """All are documented."""
    pulse = Pulse(
        uptime_s=61.04, sources=2, lines=1234, bytes=9, lines_per_s=10.26, open=("a",), levels={Level.ERROR: 3, None: 1}
    )
    fresh = Fresh(template="x <*>\x1b", level=Level.WARNING, place=(0, 7))

    found = [
        of_pulse(pulse, time=TIME),
        of_template(fresh, number=4, source="a.log", held_back=2, time=TIME),
        of_report(
            Report(verdict=Verdict.HEALTHY, diagnoses=(), templates=(), environment=(), stats=Stats()),
            time=TIME,
            language="en",
        ),
    ]

    assert {news.kind for news in found} == set(KINDS[3:])
    assert found[0].document["levels"] == {"ERROR": 3, "none": 1}
    assert found[0].line == "06:00:00 ALIVE  1,234 lines, 10/s, 1 open"
    assert found[1].document["event"] == "template-4"
    assert found[1].line == "06:00:00 TEMPLATE  a.log:7  x <*>\\x1b"
    report = found[2].document["report"]
    assert isinstance(report, dict)
    assert report["schema"] == "logsleuth.report/1"
