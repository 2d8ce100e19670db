"""What the receivers of alerts understand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from logsleuth.live.bodies import Bodies, Form
from logsleuth.live.events import News
from logsleuth.live.incidents import Kind, Reason
from logsleuth.model import Diagnosis

Make = Callable[..., Diagnosis]
MakeNews = Callable[..., News]


def test_our_own_is_the_event(opened: News) -> None:
    """As it is printed."""
    assert Bodies(Form.JSON).body(opened.document) == opened.document


def test_slack_shows_and_does_not_obey(make: Make, make_news: MakeNews) -> None:
    """No links and mentions out of a log; how many were held back."""
    event = make_news(make(text="<!channel> & ```x")).document

    body = Bodies(Form.SLACK).body({**event, "suppressed": 7})

    assert isinstance(body, dict)
    section = body["blocks"]
    assert isinstance(section, list)
    assert "opened: Title of cuda.oom (cuda.oom)" in str(body["text"])
    assert "&lt;!channel&gt; &amp; '''x" in str(section)
    assert "7 more were held back" in str(section)


def test_alertmanager_knows_the_alert_again(make: Make, make_news: MakeNews) -> None:
    """By labels that stay, whatever the cause becomes; the end is told."""
    bodies = Bodies(Form.ALERTMANAGER)
    events = (
        make_news(make("vllm.dead")),
        make_news(make("cuda.oom"), kind=Kind.UPDATED, reason=Reason.CAUSE),
        make_news(make("cuda.oom"), kind=Kind.RESOLVED, reason=Reason.SERVICE),
    )

    found: list[Any] = [json.loads(json.dumps(bodies.body(event.document))) for event in events]

    assert [
        (alert["labels"]["signature"], alert["annotations"]["signature"], alert.get("startsAt"), alert["endsAt"])
        for (alert,) in found
    ] == [
        ("vllm.dead", "vllm.dead", "2026-11-20T06:00:00.000Z", "2026-11-21T06:00:00Z"),
        ("vllm.dead", "cuda.oom", None, "2026-11-21T06:00:00Z"),
        ("vllm.dead", "cuda.oom", None, "2026-11-20T06:00:00.000Z"),
    ]
