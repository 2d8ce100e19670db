"""Samples hold as they stand and in the dress of other collectors, alone and through a whole analysis."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from logsleuth.catalog import trial
from logsleuth.catalog.load import Catalog, load_catalog
from logsleuth.catalog.mutate import MUTATIONS, cut_after, mutated
from logsleuth.model import Diagnosis, Facts, Report, Role, SampleKind, Severity, Stats, Verdict, Words

Write = Callable[..., Path]
HIT = "max seq len (8), 0.50 GiB KV cache is needed, which is larger than the 0.25 GiB"


@pytest.fixture
def catalog(write: Write, example_text: str) -> Catalog:
    """The example alone."""
    return load_catalog([write(example_text)], with_builtin=False, with_samples=True)


def test_a_right_catalog_holds(catalog: Catalog) -> None:
    """Under all mutations."""
    assert trial.try_catalog(catalog) == ()


def test_what_holds_only_as_it_stands_is_told(write: Write, example_text: str) -> None:
    """An expression that wants to be the first of its event names the mutation."""
    text = example_text.replace("'max seq", "'\\Amax seq").replace("'ValueError: max", "'max")
    catalog = load_catalog([write(text)], with_builtin=False, with_samples=True)

    problems = trial.try_catalog(catalog)

    assert {one.message.rpartition(" (as ")[2] for one in problems} == {"'surrounded')"}


def test_what_fails_as_it_stands_is_told_once(write: Write, example_text: str) -> None:
    """Its mutations would only repeat it."""
    catalog = load_catalog([write(example_text.replace("'1.3'", "'1.4'"))], with_builtin=False, with_samples=True)

    assert [one.message for one in trial.try_catalog(catalog)] == [
        "vllm.kv-cache-too-small.request: missing is '1.3', expected '1.4'"
    ]


def test_some_ids_can_be_chosen(catalog: Catalog) -> None:
    """Ids or classes; what nothing is called is told."""
    assert trial.try_catalog(catalog, ids=["vllm"]) == ()
    assert [one.message for one in trial.try_catalog(catalog, ids=["vllm.x"])] == ["no signature is called 'vllm.x'"]


def report(*found: tuple[str, Facts]) -> Report:
    """A report with these diagnoses."""
    return Report(
        verdict=Verdict.INCIDENT,
        diagnoses=tuple(
            Diagnosis(
                id=name,
                title=Words(en="", zh=""),
                role=Role.ROOT,
                severity=Severity.ERROR,
                confidence=1,
                summary=Words(en="", zh=""),
                facts=facts,
                places=(),
                first_seen=None,
                last_seen=None,
                count=1,
                evidence=(),
            )
            for name, facts in found
        ),
        templates=(),
        environment=(),
        stats=Stats(),
    )


ID = "vllm.kv-cache-too-small.request"
FACTS = (("max_model_len", "40960"), ("missing", "1.3"))


def test_the_whole_analysis_can_be_asked(catalog: Catalog) -> None:
    """Every mutation goes through it; its report is held against the sample."""
    seen: list[bytes] = []

    def run(data: bytes) -> Report:
        seen.append(data)
        is_miss = b"KV cache is needed\n" in data or b"INFO 06-10 21:32:17 [x.py" in data
        return report() if is_miss else report((ID, FACTS))

    messages = {one.message.partition("(as")[0] for one in trial.try_catalog(catalog, run=run)}

    assert len(seen) > 4 * len(MUTATIONS) - 4
    assert any(data.startswith(b"Jun 10 21:32:17 node1") for data in seen)
    assert messages <= {f"{ID}: the analysis finds it in this miss "}


@pytest.mark.parametrize(
    ("kind", "found", "message"),
    [
        (SampleKind.HIT, report((ID, FACTS)), ""),
        (SampleKind.HIT, report(), "the analysis of this hit finds nothing"),
        (SampleKind.HIT, report(("a.b", ())), "the analysis of this hit finds a.b"),
        (SampleKind.HIT, report((ID, ())), "missing is 'None' in the report, expected '1.3'"),
        (SampleKind.MISS, report(("a.b", ())), ""),
        (SampleKind.MISS, report((ID, ())), "the analysis finds it in this miss"),
        (SampleKind.LOSE, report(("a.b.c", ()), (ID, ())), ""),
        (SampleKind.LOSE, report((ID, ())), f"'a.b' must come first here, found {ID}"),
    ],
)
def test_reports_are_judged(catalog: Catalog, kind: SampleKind, found: Report, message: str) -> None:
    """By the kind of the sample."""
    sample = replace(catalog.signatures[0].samples[0], kind=kind, captures=(("missing", "1.3"),), to="a.b")
    signature = replace(catalog.signatures[0], samples=(sample,))
    one = replace(catalog, signatures=(signature,), by_id={ID: signature})

    problems = trial.try_catalog(one, run=lambda _: found)

    assert {problem.message.partition(" (as")[0] for problem in problems} == (
        {f"{ID}: {message}"} if message else set()
    )


def test_mutations_change_only_the_dress() -> None:
    """Every line of the sample is still there."""
    texts = dict(mutated("one\ntwo", with_pipeline=True))

    assert set(texts) == {mutation.name for mutation in MUTATIONS}
    assert texts["crlf"] == "one\r\ntwo\r\n"
    assert texts["cri"].split("\n")[1] == "2025-06-10T21:32:17.123456789Z stderr F two"
    assert json.loads(texts["docker-json"].split("\n")[0])["log"] == "one\n"
    assert texts["ansi"].split("\n")[0] == "\x1b[0;31mone\x1b[0m"
    assert "\none\ntwo\n" in texts["surrounded"]


@pytest.mark.parametrize(
    "line", ["(Worker pid=1) x", "[12.5] NVRM: x", "2025-06-10T21:32:17Z x", '{"log": "x"}', "[rank0]: x"]
)
def test_what_has_a_collectors_dress_keeps_it(line: str) -> None:
    """Two of them would be no real log."""
    assert [name for name, _ in mutated(line, with_pipeline=True)] == ["crlf", "surrounded"]


def test_a_text_can_be_cut() -> None:
    """After the decisive line."""
    assert cut_after("a\nb\nc", 2) == "a\nb\n"
