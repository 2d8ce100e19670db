"""What an alert says in the words of its receiver: our own event, Slack's message, Alertmanager's list of alerts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from logsleuth.report.document import Json

LABELS_KEPT: Final = 1_000
LONGEST: Final = timedelta(days=1)  # an alert that nobody resolves ends by itself
SLACK_CHARS: Final = 2_900  # Slack takes 3000 in one section
SIGNS: Final = {"opened": "🔴", "updated": "🟠", "resolved": "🟢"}
Document = Mapping[str, Json]


class Form(StrEnum):
    """The forms of a webhook's body."""

    JSON = "json"
    SLACK = "slack"
    ALERTMANAGER = "alertmanager"


class Bodies:
    """Writes the bodies of one receiver; an incident keeps the labels that it was first sent with."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._labels: OrderedDict[str, dict[str, Json]] = OrderedDict()

    def body(self, event: Document) -> Json:
        """The values to send for one event."""
        if self._form is Form.SLACK:
            return slack(event)
        if self._form is Form.ALERTMANAGER:
            return [self._alert(event)]
        return dict(event)

    def _alert(self, event: Document) -> dict[str, Json]:
        found = _diagnosis(event)
        incident = str(event["incident"])
        fresh: dict[str, Json] = {
            "alertname": "LogIncident",
            "incident": incident,
            "signature": str(found.get("id", "")),
            "severity": str(found.get("severity", "")),
        }
        labels = self._labels.setdefault(incident, fresh)
        while len(self._labels) > LABELS_KEPT:
            self._labels.popitem(last=False)
        time = str(event["time"])
        alert: dict[str, Json] = {
            "labels": dict(labels),
            "annotations": {
                "title": str(found.get("title", "")),
                "summary": str(found.get("summary", "")),
                "signature": str(found.get("id", "")),
                "evidence": _evidence(found),
            },
            "endsAt": time if event["type"] == "resolved" else _later(time),
        }
        return alert | ({"startsAt": time} if event["type"] == "opened" else {})


def slack(event: Document) -> dict[str, Json]:
    """A message for an incoming webhook of Slack, and of those that take the same."""
    found = _diagnosis(event)
    title = f"{SIGNS.get(str(event['type']), '')} {event['type']}: {found.get('title', '')} ({found.get('id', '')})"
    parts = [
        f"*{_plain(title)}*",
        _plain(str(found.get("summary", ""))) if event["type"] != "resolved" else f"reason: {event.get('reason', '')}",
        f"```{_plain(_evidence(found))}```",
        f"{event['suppressed']} more were held back" if event.get("suppressed") else "",
    ]
    text = "\n".join(part for part in parts if part)
    section: dict[str, Json] = {"type": "section", "text": {"type": "mrkdwn", "text": text[:SLACK_CHARS]}}
    return {"text": _plain(title), "blocks": [section]}


def _diagnosis(event: Document) -> Mapping[str, Json]:
    found = event.get("diagnosis")
    return found if isinstance(found, Mapping) else {}


def _evidence(found: Mapping[str, Json]) -> str:
    """`file:line: text` of the decisive line."""
    items = found.get("evidence")
    first = items[0] if isinstance(items, list) and items else {}
    if not isinstance(first, Mapping):
        return ""
    return f"{first.get('source', '')}:{first.get('line', '')}: {first.get('text', '')}"[: SLACK_CHARS // 2]


def _plain(text: str) -> str:
    """Text that Slack shows and does not obey."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("```", "'''")


def _later(time: str) -> str:
    return (datetime.fromisoformat(time) + LONGEST).isoformat().replace("+00:00", "Z")
