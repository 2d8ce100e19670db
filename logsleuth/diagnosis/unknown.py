"""Failures that no signature explains, found by their shape: a traceback is one whoever wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from logsleuth.diagnosis.areas import area_of
from logsleuth.lazy import lazy
from logsleuth.limits import Limits
from logsleuth.model import Event, Facts, Finding, Frame, Level, Raised, Role, Severity, Signature, Status, Words

UNKNOWN: Final = "unknown"
INTERNAL: Final = "vllm.internal"  # what vLLM's own code raises and no finer class explains
OF_VLLM: Final = lazy(r"(?:^|[/\\])vllm[/\\](?!plugins[/\\])")
# raised on the way out of an orderly stop, or by a client that went away
BENIGN: Final = frozenset(
    {
        "KeyboardInterrupt",
        "SystemExit",
        "CancelledError",
        "GeneratorExit",
        "StopIteration",
        "StopAsyncIteration",
        "BrokenPipeError",
        "ClientDisconnect",
        "WebSocketDisconnect",
        "EndOfStream",
        "ClosedResourceError",
    }
)
# what only reports figures elsewhere: the service goes on without it
TELEMETRY: Final = lazy(r"(?:^|[/\\])(?:opentelemetry/(?:sdk|exporter)|usage/usage_lib\.py|sentry_sdk|posthog)")
QUIET: Final = frozenset({Level.DEBUG, Level.INFO, Level.WARNING})

SIGNATURE: Final = Signature(
    id=UNKNOWN,
    class_id=UNKNOWN,
    title=Words(en="A failure that no signature explains", zh="目录中没有对应特征的故障"),
    status=Status.STABLE,
    role=Role.ROOT,
    severity=Severity.ERROR,
    patterns=(),
    summary=Words(
        en="{exception}[[: {message}]][[, raised in {function} ({file}:{line})]].",
        zh="{exception}[[：{message}]][[，在 {function}（{file}:{line}）中抛出]]。",
    ),
    causes=(
        Words(
            en="The exception itself is the best lead: nothing in the catalog says more about it.",
            zh="异常本身就是最好的线索：目录中没有更多信息。",
        ),
    ),
)


def unexplained(event: Event, findings: Sequence[tuple[Finding, Role]]) -> int | None:
    """The index of the exception in `event` that none of `findings` (the event's, with their roles) accounts for."""
    if not event.raised or event.level in QUIET or any(role is Role.ROOT for _, role in findings):
        return None
    index = next((index for index, raised in enumerate(event.raised) if not _only_repeats(raised)), 0)
    raised = event.raised[index]
    is_read = bool(raised.type) and raised.at < len(event.lines)
    is_read = is_read and not any(TELEMETRY.search(frame.file) for frame in raised.frames)
    if not is_read or raised.type.rpartition(".")[2] in BENIGN or _is_reported(event, index, findings):
        return None
    return index


def unknown_finding(event: Event, index: int, *, frame: Frame | None, fingerprint: str, limits: Limits) -> Finding:
    """The finding for the unexplained exception `index` of `event`, raised in `frame`."""
    raised = event.raised[index]
    return Finding(
        signature_id=_named(raised, frame),
        event=event,
        first=raised.at,
        last=raised.at,
        facts=_facts(raised, frame, fingerprint, limits),
        raised=index,
        last_line=event.lines[raised.at].number,
        last_ts=event.ts,
    )


def _named(raised: Raised, frame: Frame | None) -> str:
    """The most that the place tells: a part of the stack, vLLM itself, or nothing."""
    is_internal = frame is not None and OF_VLLM.search(frame.file)
    return area_of(frame, raised.type) or (INTERNAL if is_internal else UNKNOWN)


def _only_repeats(raised: Raised) -> bool:
    """Whether the exception only carries another one, which is printed below it, from a remote process."""
    return raised.type.rpartition(".")[2].startswith("RayTaskError")


def _is_reported(event: Event, index: int, findings: Sequence[tuple[Finding, Role]]) -> bool:
    """Whether a wrapper stands in the exception's own message, and not only in a line that announces it."""
    start = event.raised[index].at
    end = event.raised[index + 1].at if index + 1 < len(event.raised) else len(event.lines)
    return any(start <= finding.last and finding.first < end for finding, _ in findings)


def _facts(first: Raised, frame: Frame | None, fingerprint: str, limits: Limits) -> Facts:
    message = " ".join(first.message.split())[: limits.fact_chars]
    facts = [("exception", first.type), ("message", message)] if message else [("exception", first.type)]
    if frame is not None:
        facts += [("function", frame.function), ("file", frame.file), ("line", str(frame.line))]
    return (*facts, ("fingerprint", fingerprint))
