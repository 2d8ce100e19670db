"""Periodic figures: the same points wherever the input is cut, bounded, with their lines."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsleuth.events.gauge import IN_FULL_BYTES, SLICE_BYTES, WINDOW_BYTES, Gauge, Point
from logsleuth.events.sample import Metric
from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import Text

STATISTICS = (
    "INFO 06-10 21:32:17 [loggers.py:123] Engine 000: Avg prompt throughput: 10.0 tokens/s, Avg generation "
    "throughput: {0}.0 tokens/s, Running: 4 reqs, Waiting: 0 reqs, GPU KV cache usage: 1.0%, Prefix cache hit rate: 0.0%"
)
LOOKUP = "Cache lookup({0}) in backend costs {0}.5ms."
FILLER = "INFO 06-10 21:32:17 [x.py:1] " + "fine " * 20


def text(lines: list[str], *, first_line: int = 1, numbers: list[int] | None = None, source: str = "log") -> Text:
    """The text of these lines."""
    data = "".join(line + "\n" for line in lines).encode()
    return Text(source=source, first_line=first_line, data=data, shapes=data, line_count=len(lines), numbers=numbers)


def points(lines: list[str], cuts: tuple[int, ...] = (), *, limits: Limits = DEFAULT_LIMITS) -> tuple[Point, ...]:
    """The points of `lines`, which are read in pieces cut before the given indexes."""
    gauge = Gauge(limits=limits)
    for start, end in itertools.pairwise([0, *cuts, len(lines)]):
        gauge.take(text(lines[start:end], first_line=start + 1), 0)
    return gauge.points()


def test_a_point_is_the_figures_and_the_line() -> None:
    """As the line stood, with its number."""
    found = points(["first", LOOKUP.format(875), STATISTICS.format(42), "last"])

    assert [(point.metric, point.source, point.source_index, point.line, point.raw) for point in found] == [
        (Metric.UCM_LOOKUP, "log", 0, 2, LOOKUP.format(875)),
        (Metric.VLLM_V1, "log", 0, 3, STATISTICS.format(42)),
    ]
    assert [(point.value("generation_tps"), point.value("cost_ms")) for point in found] == [(None, 875.5), (42.0, None)]


def test_numbers_and_headers_of_unfolded_records() -> None:
    """The physical line counts, and what a structured record's header adds is left out."""
    gauge = Gauge(limits=DEFAULT_LIMITS)

    gauge.take(text([FILLER, f"\x1e{{}}\x1e{LOOKUP.format(1)}"], numbers=[7, 7]), 0)

    assert [(point.line, point.raw) for point in gauge.points()] == [(7, LOOKUP.format(1))]


def mixed(number: int) -> list[str]:
    """Lines of which every third holds figures."""
    kinds = (FILLER, STATISTICS, LOOKUP, FILLER, FILLER, LOOKUP)
    return [kinds[at % len(kinds)].format(at) for at in range(number)]


SMALL = mixed(60)


@given(cuts=st.lists(st.integers(0, len(SMALL)), max_size=8).map(lambda cuts: tuple(sorted(cuts))))
def test_any_cut_gives_the_same_points(cuts: tuple[int, ...]) -> None:
    """Empty texts among them."""
    assert points(SMALL, cuts) == points(SMALL)


LARGE = mixed((IN_FULL_BYTES + 2 * WINDOW_BYTES) // 110)
LARGE_POINTS = points(LARGE)
EDGES = st.one_of(
    st.integers(0, len(LARGE)),
    # where the reading in full ends and where windows and their slices begin
    st.sampled_from([IN_FULL_BYTES, IN_FULL_BYTES + SLICE_BYTES, IN_FULL_BYTES + WINDOW_BYTES]).flatmap(
        lambda edge: st.integers(-3, 3).map(lambda lines: _line_at(edge) + lines)
    ),
)


def _line_at(offset: int) -> int:
    """The index of the line that holds the byte at `offset`."""
    ends = itertools.accumulate(len(line) + 1 for line in LARGE)
    return next(index for index, end in enumerate(ends) if end > offset)


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(EDGES, max_size=4).map(lambda cuts: tuple(sorted(cuts))))
def test_any_cut_of_a_long_source_gives_the_same_points(cuts: tuple[int, ...]) -> None:
    """The edges of what is read fall within lines and between them."""
    assert points(LARGE, cuts) == LARGE_POINTS


def test_of_a_long_source_the_beginning_of_each_window_is_read() -> None:
    """Every line that begins in one of them, and no other."""
    starts = [0, *itertools.accumulate(len(line) + 1 for line in LARGE)]
    wanted = [
        index + 1
        for index, line in enumerate(LARGE)
        if line != FILLER and (starts[index] < IN_FULL_BYTES or starts[index] % WINDOW_BYTES < SLICE_BYTES)
    ]

    assert sorted(point.line for point in LARGE_POINTS) == wanted


@pytest.mark.parametrize("count", [3, 4, 5, 8, 100])
def test_points_are_bounded(count: int) -> None:
    """Every second one is let go, so that what stays spans the whole."""
    found = points([STATISTICS.format(at) for at in range(count)], limits=Limits(series_points=4))

    lines = [point.line for point in found]
    steps = {later - earlier for earlier, later in itertools.pairwise(lines)}
    assert lines[0] == 1
    assert len(lines) < 4
    assert len(steps) == 1
    assert lines[-1] + steps.pop() > count


def test_the_points_of_all_series_are_bounded() -> None:
    """Each gives half of its own, as often as it takes."""
    gauge = Gauge(limits=Limits(all_points=6))

    for source in range(3):
        gauge.take(text([LOOKUP.format(at) for at in range(3)], source=f"log{source}"), source)

    assert [(point.source_index, point.line) for point in gauge.points()] == [(0, 1), (1, 1), (2, 1), (2, 3)]


def test_sources_and_metrics_have_points_of_their_own() -> None:
    """By source, then metric, then line, whatever the order of the reading."""
    gauge = Gauge(limits=Limits(series_points=3))

    for source in (1, 0):
        gauge.take(text([LOOKUP.format(1), STATISTICS.format(2), LOOKUP.format(3)], source=f"log{source}"), source)

    assert [(point.source, point.metric, point.line) for point in gauge.points()] == [
        ("log0", Metric.UCM_LOOKUP, 1),
        ("log0", Metric.UCM_LOOKUP, 3),
        ("log0", Metric.VLLM_V1, 2),
        ("log1", Metric.UCM_LOOKUP, 1),
        ("log1", Metric.UCM_LOOKUP, 3),
        ("log1", Metric.VLLM_V1, 2),
    ]
