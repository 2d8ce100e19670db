"""The lines at the foot of a report: what was read, in which environment, and what was left out on the way."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from logsleuth.model import ClockOffset, Notice, Report, Verdict
from logsleuth.report import phrases

VERSIONS: Final = (
    "vllm",
    "engine",
    "ucm",
    "lmcache",
    "torch",
    "cuda",
    "driver",
    "nccl",
    "ray",
    "python",
    "gpu",
    "model",
)
SIZES: Final = (("tensor_parallel_size", "TP"), ("pipeline_parallel_size", "PP"), ("data_parallel_size", "DP"))
NOTICES: Final = 3  # of one kind


def versions(report: Report) -> str:
    """What the log told of versions and sizes, the most telling first."""
    known = dict(report.environment)
    named = [f"{name} {known[name]}" for name in VERSIONS if name in known]
    sized = [f"{label} {known[name]}" for name, label in SIZES if known.get(name, "1") != "1"]
    return " · ".join(named + sized)


def counts(report: Report, language: str) -> str:
    """`123 lines from 1 source, 89 error lines, 1 warning`; what is zero is not said."""
    stats = report.stats
    parts = [phrases.LINE.counted(stats.lines, language), phrases.SOURCE.counted(stats.sources, language)]
    parts += [phrases.ERROR.counted(stats.errors, language)] if stats.errors else []
    parts += [phrases.WARNING.counted(stats.warnings, language)] if stats.warnings else []
    return ("，" if language == "zh" else ", ").join(parts)


def among(report: Report, language: str) -> str:
    """A word of care where a healthy log holds error lines."""
    if report.verdict is not Verdict.HEALTHY or not report.stats.errors:
        return ""
    return f" ({phrases.NO_KNOWN_AMONG.in_language(language)})"


def notices(report: Report, language: str) -> Iterator[str]:
    """What has to be said about the reading, a few of each kind."""
    said = phrases.NOTICES.in_language(language) + phrases.COLON.in_language(language)
    ordered = sorted(report.notices, key=lambda notice: notice.kind.value)
    for _, group in groupby(ordered, key=lambda notice: notice.kind):
        items = list(group)
        yield from (f"{said}{_told(item)}" for item in items[:NOTICES])
        if len(items) > NOTICES:
            yield f"{said}+ {phrases.MORE.counted(len(items) - NOTICES, language)} ({items[0].kind.value})"
    yield from (f"{said}{_clock(one, language)}" for one in report.clocks[:NOTICES])
    if len(report.clocks) > NOTICES:
        yield f"{said}+ {phrases.MORE.counted(len(report.clocks) - NOTICES, language)} (clock)"


def _told(item: Notice) -> str:
    return f"{item.where}: {item.detail}"


def _clock(item: ClockOffset, language: str) -> str:
    """By how much a clock differs, and how that is known."""
    words = phrases.CLOCK_AHEAD if item.ahead_s > 0 else phrases.CLOCK_BEHIND
    zone = phrases.CLOCK_ZONE.in_language(language) if item.is_zone else ""
    known = phrases.SHARED.counted(item.shared, language)
    return words.in_language(language).format(
        source=item.source,
        by=_duration(abs(item.ahead_s)),
        reference=item.reference,
        zone=zone,
        known=known,
        spread=f"{item.spread_s:g} s",
    )


def _duration(seconds: float) -> str:
    """`8 h`, `5 h 30 min`, `1 min 32.5 s`."""
    minutes, rest = divmod(round(seconds, 1), 60)
    hours, minutes = divmod(int(minutes), 60)
    parts = ((hours, "h"), (minutes, "min"), (round(rest, 1), "s"))
    return " ".join(f"{value:g} {unit}" for value, unit in parts if value) or "0 s"
