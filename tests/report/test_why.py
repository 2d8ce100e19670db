"""The causal graph as text: why each diagnosis stands as it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from logsleuth.model import Diagnosis, Evidence, Lost, Relation, Report, Role, Where, Words
from logsleuth.report.why import render

Builder = Callable[..., Diagnosis]
MakeReport = Callable[..., Report]
WRAPS = Words(en="it only reports that something else failed", zh="它只是报告别处出了故障")
LOST = Lost(loser="cuda.oom", winner="cuda.oom.device", where=Where(source="vllm.log", line=121), count=3)
ROOT = ["cuda.oom.device  cause  90%  vllm.log:120  GPU memory exhausted", "  nothing in the input explains it"]
WRAPPER = [
    "vllm.core-init-failed  consequence  90%  vllm.log:140  The engine core did not start",
    "  follows from cuda.oom.device (vllm.log:120): it only reports that something else failed",
]
GAVE_WAY = "cuda.oom at vllm.log:121 gave way to cuda.oom.device, the better answer for the same event"


def edge(cause: str, effect: str) -> Relation:
    """An edge between diagnoses on lines 120 and 140."""
    places = (Where(source="vllm.log", line=120), Where(source="vllm.log", line=140))
    return Relation(cause=cause, cause_where=places[0], effect=effect, effect_where=places[1], reason=WRAPS)


@pytest.fixture
def incident(report: MakeReport, diagnosis: Builder, consequence: Diagnosis) -> Report:
    """A cause, what follows from it, and what lost to it."""
    return report(diagnosis(), consequence, relations=(edge("cuda.oom.device", "vllm.core-init-failed"),), lost=(LOST,))


def lines(report: Report, *, language: str = "en", line: int | None = None) -> Sequence[str]:
    """The text below its heading, without the margin."""
    heading, *others = render(report, language=language, line=line).splitlines()
    assert heading == {"en": "Why", "zh": "原因分析"}[language]
    return [other.removeprefix("  ") for other in others]


def test_every_diagnosis_has_its_reason(incident: Report) -> None:
    """And what lost is told below."""
    assert lines(incident) == [*ROOT, *WRAPPER, GAVE_WAY]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (120, ROOT),
        (121, [GAVE_WAY]),
        (140, [*WRAPPER, *("  " + text for text in ROOT)]),
        (139, ["No diagnosis rests on line 139, and no signature was found there."]),
    ],
)
def test_one_line(incident: Report, line: int, expected: list[str]) -> None:
    """What rests on it, with the way up to its first cause."""
    assert lines(incident, line=line) == expected


def test_any_line_of_the_evidence_counts(report: MakeReport, diagnosis: Builder) -> None:
    """Not the first one alone."""
    parts = (Evidence(source="a", line=5, end_line=7, text="x"), Evidence(source="a", line=20, end_line=20, text="x"))
    found = report(diagnosis(evidence=parts))

    assert [lines(found, line=line)[0].split()[0] for line in (4, 5, 7, 8, 20)] == [
        "No",
        "cuda.oom.device",
        "cuda.oom.device",
        "No",
        "cuda.oom.device",
    ]


@pytest.mark.parametrize(
    ("role", "reason"),
    [
        (Role.ROOT, "nothing in the input explains it"),
        (Role.PERF, "nothing in the input explains it"),
        (Role.NOTICE, "notice"),
        (Role.CONSEQUENCE, "consequence"),
    ],
)
def test_a_diagnosis_without_an_edge(report: MakeReport, diagnosis: Builder, role: Role, reason: str) -> None:
    """Its role says enough."""
    assert lines(report(diagnosis(role=role)))[1] == f"  {reason}"


def test_a_circle_ends(report: MakeReport, diagnosis: Builder) -> None:
    """Each diagnosis is told once."""
    one, other = diagnosis(id="a", explained_by="b"), diagnosis(id="b", explained_by="a")
    found = report(one, other, relations=(edge("b", "a"), edge("a", "b")))

    ids = [text.split()[0] for text in lines(found, line=120)[::2]]

    assert ids == ["a", "b", "b", "a"]


def test_a_cause_that_is_not_in_the_report_is_still_named(report: MakeReport, diagnosis: Builder) -> None:
    """The way up ends there."""
    alone = diagnosis(id="a", role=Role.CONSEQUENCE, explained_by="b")

    assert lines(report(alone, relations=(edge("b", "a"),)), line=120) == [
        "a  consequence  90%  vllm.log:120  GPU memory exhausted",
        "  follows from b (vllm.log:120): it only reports that something else failed",
    ]


def test_names_of_sources_cannot_command_the_terminal(report: MakeReport, diagnosis: Builder) -> None:
    """They are spelled out wherever they stand."""
    evil = "\x1b[2J"
    where = Where(source=evil, line=1)
    item = diagnosis(evidence=(Evidence(source=evil, line=1, end_line=1, text="x"),), explained_by="b")
    relation = replace(edge("b", item.id), cause_where=where)

    text = render(report(item, relations=(relation,), lost=(replace(LOST, where=where),)))

    assert "\x1b" not in text
    assert text.count("\\x1b[2J") == 3


def test_names_of_sources_are_not_filled(report: MakeReport, diagnosis: Builder) -> None:
    """Whatever they look like, in what explains and in what gave way."""
    relation = replace(edge("b", "cuda.oom.device"), cause_where=Where(source="{reason}.log", line=1))

    lost = replace(LOST, where=Where(source="{winner}{0.log", line=2))

    said = lines(report(diagnosis(explained_by="b"), relations=(relation,), lost=(lost,)))[1:]

    assert said == [
        "  follows from b ({reason}.log:1): it only reports that something else failed",
        "cuda.oom at {winner}{0.log:2 gave way to cuda.oom.device, the better answer for the same event",
    ]


def test_chinese(incident: Report) -> None:
    """Everything but ids and places."""
    assert lines(incident, language="zh") == [
        "cuda.oom.device  原因  90%  vllm.log:120  显存耗尽",
        "  输入中没有任何内容能解释它",
        "vllm.core-init-failed  后果  90%  vllm.log:140  引擎核心启动失败",
        "  源于 cuda.oom.device（vllm.log:120）：它只是报告别处出了故障",
        "vllm.log:121 处的 cuda.oom 让位于 cuda.oom.device：后者是同一事件更好的答案",
    ]


def test_slowness_tells_the_way_to_the_bottleneck(report: MakeReport, diagnosis: Builder) -> None:
    """Below its reason, step by step."""
    steps = (Words(en="Does the GPU work? No.", zh="GPU 是否在工作？否。"), Words(en="Full? No.", zh="已满？否。"))
    slow = report(replace(diagnosis(), steps=steps))

    assert lines(slow) == [*ROOT, "  1. Does the GPU work? No.", "  2. Full? No."]
    assert lines(slow, line=120) == lines(slow)
    assert lines(slow, language="zh")[-1] == "  2. 已满？否。"
