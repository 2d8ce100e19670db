"""The values that options of `watch` take."""

from __future__ import annotations

from enum import StrEnum


class EventFormat(StrEnum):
    """The forms of events."""

    TEXT = "text"
    JSONL = "jsonl"


class Begin(StrEnum):
    """Where to begin in a file that is there already."""

    START = "start"
    END = "end"


class Body(StrEnum):
    """The forms of what is posted."""

    JSON = "json"
    SLACK = "slack"
    ALERTMANAGER = "alertmanager"


class AlertOn(StrEnum):
    """The events of incidents."""

    OPENED = "opened"
    UPDATED = "updated"
    RESOLVED = "resolved"
