"""Findings of all sources, and the ways that go with them."""

from __future__ import annotations

from dataclasses import dataclass

from logsleuth.diagnosis.performance import assess

QUEUE = (("running", 24.0), ("waiting", 9.0), ("generation_tps", 640.0), ("kv_usage", 11.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Figures of one line."""

    metric: str
    source_index: int
    line: int
    values: tuple[tuple[str, float], ...]
    source: str = "log"
    raw: str = "text"


def lines(metric: str, source_index: int, values: tuple[tuple[str, float], ...]) -> list[Line]:
    """Five lines with the same figures."""
    return [Line(metric=metric, source_index=source_index, line=number, values=values) for number in range(1, 6)]


def test_a_way_goes_with_the_source_of_a_finding() -> None:
    """The file with the GPU's figures shows the fault; the server's figures are on the way too."""
    findings, walks = assess([*lines("vllm-v1", 0, QUEUE), *lines("gpu", 1, (("utilization", 20.0),))], {})

    assert [(one.signature_id, one.event.source_index) for one in findings] == [("perf.gpu-idle", 1)]
    assert list(walks) == [1]
    assert walks[1].names == "perf.gpu-idle"


def test_where_nothing_is_found_no_way_is_sought() -> None:
    """Nor where there are no figures."""
    assert assess(lines("vllm-v1", 0, QUEUE), {}) == ([], {})
    assert assess([], {}) == ([], {})
