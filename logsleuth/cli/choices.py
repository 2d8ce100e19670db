"""The values that options take."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """The forms a report can take."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    ISSUE = "issue"


class Color(StrEnum):
    """When to use colours."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Threshold(StrEnum):
    """From which verdict on the exit status is 1."""

    INCIDENT = "incident"
    DEGRADED = "degraded"


class Engine(StrEnum):
    """What reads in parallel."""

    PROCESSES = "processes"
    RAY = "ray"


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


class Right(StrEnum):
    """What a token is good for."""

    INGEST = "ingest"
    READ = "read"
    MANAGE = "manage"


class Checklist(StrEnum):
    """The forms of checklists."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class CheckArea(StrEnum):
    """The checklists of `doctor`, as its package names them."""

    HARDWARE = "hardware"
    SOFTWARE = "software"
    CONFIGURATION = "configuration"
    NETWORK = "network"
    MODEL = "model"
    REQUESTS = "requests"
    UCM_INSTALL = "ucm-install"
    UCM_CONFIGURATION = "ucm-configuration"
    UCM_RUN_TIME = "ucm-run-time"
    UCM_PERFORMANCE = "ucm-performance"
