r"""Datadog's log intake -> entries.

Samples (Fluent Bit, the agent, datadog-api-client; the agent keeps a connection alive with `{}` or nothing):
    [{"timestamp":1795154400123,"message":"INFO ...","ddtags":"env:prod","ddsource":"vllm","service":"llm"}]
    [{"message":"INFO ...","status":"info","timestamp":1795154400123,"hostname":"gpu07","service":"vllm",
      "ddsource":"vllm","ddtags":"kube_namespace:llm,pod_name:vllm-0,kube_container_name:engine"}]
    [{"message":{"message":"failed","level":"error"},"hostname":"gpu07"}]
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from logsleuth.limits import DEFAULT_BODY_LIMITS, BodyLimits
from logsleuth.server.wire.canonical import encoded
from logsleuth.server.wire.generic import JSON, Intake, items
from logsleuth.server.wire.protocol import Decoded, Feeder, Refusal, Reply, Request, Route, Why

# The agent makes these of the stream alone: standard error is an `error`, whatever stands in it.
_STREAM_STATES: Final = frozenset({"info", "error", "ok", "notice"})
_TAGS: Final = {
    "kube_namespace": "namespace",
    "pod_name": "pod",
    "kube_container_name": "container_name",
    "container_name": "container_name",
    "filename": "filename",
    "dirname": "dirname",
}
_TAGS_CHARS: Final = 4096


class DatadogWire:
    """Arrays of logs."""

    name = "datadog"

    def __init__(self, limits: BodyLimits = DEFAULT_BODY_LIMITS) -> None:
        self._limits = limits

    def decode(self, body: bytes, request: Request) -> Decoded:
        """The logs that say anything."""
        intake = Intake(request, self._limits)
        for item, _ in items(body, request, self._limits):
            if item != {}:
                intake.take(_opened(item) if isinstance(item, dict) else item)
        return intake.decoded()

    def feeder(self, request: Request) -> Feeder | None:
        """Batches have an end."""
        return None

    def accepted(self, decoded: Decoded, request: Request) -> Reply:
        """202, as the agent expects."""
        return Reply(status=202, body=b"{}", media=JSON)

    def refused(self, refusal: Refusal, request: Request) -> Reply:
        """The reason in the form of version 2."""
        body = encoded({"errors": [{"detail": refusal.reason, "status": str(refusal.why.value), "title": _TITLE}]})
        return Reply(status=refusal.why.value, body=body, media=JSON)


class ValidationWire:
    """The question whether a key is good: the agent asks it when it starts."""

    name = "datadog-validate"

    def decode(self, body: bytes, request: Request) -> Decoded:
        """Nothing: that the question gets so far is the answer."""
        return Decoded(entries=(), records=0)

    def feeder(self, request: Request) -> Feeder | None:
        """Questions have an end."""
        return None

    def accepted(self, decoded: Decoded, request: Request) -> Reply:
        """It is."""
        return Reply(status=200, body=b'{"valid":true}', media=JSON)

    def refused(self, refusal: Refusal, request: Request) -> Reply:
        """It is not, which is said with 403; or nobody can tell now."""
        status = 403 if refusal.why is Why.UNAUTHENTICATED else refusal.why.value
        return Reply(status=status, body=encoded({"status": "error", "errors": [refusal.reason]}), media=JSON)


def _opened(log: dict[str, object]) -> dict[str, object]:
    """The log with its tags as fields, and its status as a level where somebody has set it."""
    status, tags = log.get("status"), log.get("ddtags")
    found = {name: value for name, value in log.items() if name not in _DROPPED}
    if isinstance(tags, str):
        found = {**_tagged(tags[:_TAGS_CHARS]), **found}
    if isinstance(status, str) and status.lower() not in _STREAM_STATES:
        found.setdefault("level", status)
    return found


@lru_cache(maxsize=512)
def _tagged(tags: str) -> dict[str, object]:
    pairs = (tag.partition(":") for tag in tags.split(","))
    found = {_TAGS[name]: value for name, _, value in pairs if name in _TAGS and value}
    folder = found.pop("dirname", "")
    if folder and "filename" in found:
        found["filename"] = f"{folder}/{found['filename']}"
    return dict(found)


_TITLE: Final = "the logs were not taken"
_DROPPED: Final = frozenset({"status", "ddtags"})
WIRE: Final = DatadogWire()
_VALIDATION: Final = ValidationWire()
ROUTES: Final = (
    *(
        Route(methods=("POST",), path=path, wire=WIRE)
        for path in (
            "/api/v2/logs",
            "/v1/input",
            "/v1/input/{key}",
            "/insert/datadog/api/v2/logs",  # VictoriaLogs
        )
    ),
    *(
        Route(methods=("GET", "HEAD"), path=path, wire=_VALIDATION)
        for path in ("/api/v1/validate", "/insert/datadog/api/v1/validate")
    ),
)
