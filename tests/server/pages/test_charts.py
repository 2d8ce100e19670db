"""The geometry of charts."""

from __future__ import annotations

from dataclasses import replace

from logsleuth.server.pages.charts import BINS, LANES, WIDTH, Span, marks, rate_lanes, spark
from logsleuth.server.store.incidents import Incident
from logsleuth.server.store.templates import Rate

MINUTE_NS = 60_000_000_000
SPAN = Span(since_ns=0, until_ns=BINS * MINUTE_NS)
INCIDENT = Incident(
    id="a",
    tenant="default",
    signature="cuda.oom",
    title="t",
    title_zh="t",
    role="root",
    severity="critical",
    confidence=0.9,
    status="open",
    acknowledged_ns=None,
    acknowledged_by=None,
    resolved_by=None,
    opened_ns=0,
    updated_ns=0,
    resolved_ns=None,
    first_ns=0,
    last_ns=0,
    count=1,
    revision=1,
)


def test_rates_have_two_scales() -> None:
    """A few errors are seen among many lines."""
    lines, grave = rate_lanes(
        [
            Rate(minute=0, level="INFO", lines=1000),
            Rate(minute=0, level="ERROR", lines=2),
            Rate(minute=1, level="WARNING", lines=1),
        ],
        SPAN,
    )

    assert (lines.most, grave.most) == (1000, 2)
    assert [(bar.kind, bar.count) for bar in grave.bars] == [("error", 2), ("warning", 1)]
    assert grave.bars[0].height == grave.height


def test_bars_stay_inside() -> None:
    """Also those of moments outside."""
    lane = spark([(-5, 1), (SPAN.until_ns * 2, 3)], SPAN)

    assert all(bar.x >= 0 and bar.x + bar.width <= WIDTH and bar.y >= 0 for bar in lane.bars)
    assert lane.most == 3


def test_nothing_has_no_bars() -> None:
    """And no division by nothing."""
    assert spark([], Span(since_ns=5, until_ns=5)).bars == ()


def test_incidents_do_not_overlap_as_far_as_there_is_room() -> None:
    """Each in the first free lane, as long as it was open."""
    found = marks(
        [
            replace(INCIDENT, id="a", opened_ns=0, resolved_ns=10 * MINUTE_NS),
            replace(INCIDENT, id="b", opened_ns=5 * MINUTE_NS),
            replace(INCIDENT, id="c", opened_ns=20 * MINUTE_NS, resolved_ns=20 * MINUTE_NS),
            replace(INCIDENT, id="gone", opened_ns=-100 * MINUTE_NS, resolved_ns=-50 * MINUTE_NS),
        ],
        SPAN,
        SPAN.until_ns,
    )

    assert [(mark.incident.id, mark.lane) for mark in found] == [("a", 0), ("b", 1), ("c", 0)]
    assert found[1].x + found[1].width == WIDTH
    assert found[2].width > 0


def test_many_share_the_last_lane() -> None:
    """And stay on the chart."""
    found = marks([replace(INCIDENT, id=str(number)) for number in range(20)], SPAN, SPAN.until_ns)

    assert max(mark.lane for mark in found) == LANES - 1
    assert len(found) == 20
