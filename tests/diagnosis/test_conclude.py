"""Which of several failures is the first cause, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from logsleuth.diagnosis import Material, diagnose, verdict
from logsleuth.diagnosis.performance import Walk
from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.model import Diagnosis, Event, Finding, Level, Link, Origin, Remedy, Role, Signature, Verdict, Words

MakeFinding = Callable[..., Finding]
MakeSignature = Callable[..., Signature]
RANK0, RANK1 = Origin(rank=0), Origin(rank=1)


@pytest.fixture
def conclude(make_signature: MakeSignature) -> Callable[..., tuple[Diagnosis, ...]]:
    """The diagnoses for findings; ids without a signature of their own get a plain root."""

    def run(
        findings: Iterable[Finding], *signatures: Signature, progress: dict[int, int] | None = None
    ) -> tuple[Diagnosis, ...]:
        found = tuple(findings)
        known = {signature.id: signature for signature in signatures}
        by_id = {
            finding.signature_id: make_signature(finding.signature_id)
            for finding in found
            if finding.signature_id != "unknown"
        }
        return diagnose(
            Material(findings=found, signatures=by_id | known, limits=DEFAULT_LIMITS, progress=progress or {})
        ).diagnoses

    return run


def told(diagnoses: Iterable[Diagnosis]) -> list[tuple[str, str, str | None]]:
    """Id, role and explanation of each diagnosis."""
    return [(item.id, item.role.value, item.explained_by) for item in diagnoses]


Conclude = Callable[..., tuple[Diagnosis, ...]]


def test_a_wrapper_is_never_first_while_a_cause_is_known(
    conclude: Conclude, make_finding: MakeFinding, make_signature: MakeSignature
) -> None:
    """Even where it stands above the cause."""
    wrapper = make_signature("vllm.engine-dead", Role.WRAPPER)

    found = conclude([make_finding("vllm.engine-dead", 1), make_finding("cuda.oom.device", 9)], wrapper)

    assert told(found) == [("cuda.oom.device", "root", None), ("vllm.engine-dead", "consequence", "cuda.oom.device")]
    assert found[0].explains == ("vllm.engine-dead",)


@pytest.mark.parametrize("size", ["", "x", "²", "9" * 5000])
def test_a_misread_number_of_gpus_is_no_error(
    size: str, make_finding: MakeFinding, make_signature: MakeSignature
) -> None:
    """Remedies that need it are left out."""
    material = Material(
        findings=(make_finding("nccl.timeout", 1),),
        signatures={"nccl.timeout": make_signature("nccl.timeout")},
        limits=DEFAULT_LIMITS,
        environment=(("tensor_parallel_size", size),),
    )

    assert [item.id for item in diagnose(material).diagnoses] == ["nccl.timeout"]


def test_of_wrappers_alone_the_nearest_is_first_and_unsure(
    conclude: Conclude, make_finding: MakeFinding, make_signature: MakeSignature
) -> None:
    """It is a root with little confidence; those behind it follow from it."""
    wrappers = [make_signature(name, Role.WRAPPER) for name in ("vllm.core-init-failed", "vllm.worker-died")]

    found = conclude([make_finding("vllm.core-init-failed", 1), make_finding("vllm.worker-died", 2)], *wrappers)

    assert told(found) == [
        ("vllm.worker-died", "root", None),
        ("vllm.core-init-failed", "consequence", "vllm.worker-died"),
    ]
    assert found[0].confidence < 0.5


def test_ranks_that_repeat_a_failure_are_counted(conclude: Conclude, make_finding: MakeFinding) -> None:
    """One diagnosis with all its places, facts of the first."""
    findings = [make_finding("cuda.oom.device", 5 + rank, origin=Origin(rank=rank)) for rank in range(4)]

    (found,) = conclude(findings)

    assert (found.count, [place.rank for place in found.places]) == (4, [0, 1, 2, 3])
    assert dict(found.facts)["rank"] == "0"


def test_a_symptom_follows_from_an_earlier_cause_of_another_rank(conclude: Conclude, make_finding: MakeFinding) -> None:
    """The rank that reports a timeout is the victim."""
    found = conclude(
        [make_finding("cuda.illegal-access", 3, origin=RANK1), make_finding("nccl.timeout", 4, origin=RANK0)]
    )

    assert told(found) == [
        ("cuda.illegal-access", "root", None),
        ("nccl.timeout", "consequence", "cuda.illegal-access"),
    ]


def test_a_cause_stands_before_an_earlier_symptom(conclude: Conclude, make_finding: MakeFinding) -> None:
    """Directness counts more than the order of unrelated streams."""
    found = conclude(
        [make_finding("nccl.timeout", 1, origin=RANK0), make_finding("cuda.illegal-access", 9, origin=RANK1)]
    )

    assert found[0].id == "cuda.illegal-access"


def test_the_catalog_says_what_explains_what(
    conclude: Conclude, make_finding: MakeFinding, make_signature: MakeSignature
) -> None:
    """From either side, by id or class, wherever the two stand."""
    host = make_signature("host.disk-full", explains=("model.hub-unreachable",))
    ucm = make_signature("ucm.transfer-failed", explained_by=("host.disk-full",))

    found = conclude(
        [
            make_finding("model.hub-unreachable.offline", 1, origin=RANK1),
            make_finding("ucm.transfer-failed", 2, origin=RANK0),
            make_finding("host.disk-full", 3),
        ],
        host,
        ucm,
    )

    assert found[0].id == "host.disk-full"
    assert {item.role for item in found[1:]} == {Role.CONSEQUENCE}


def test_of_chained_exceptions_the_upper_one_is_the_cause(
    conclude: Conclude, make_finding: MakeFinding, make_chain: Callable[..., Event]
) -> None:
    """Whatever the catalog thinks of the two."""
    event = make_chain("ValueError", "RuntimeError", link=Link.CONTEXT)

    found = conclude(
        [make_finding("vllm.args", 2, event=event, raised=1), make_finding("deps.triton", 1, event=event, raised=0)]
    )

    assert told(found) == [("deps.triton", "root", None), ("vllm.args", "consequence", "deps.triton")]


def test_two_failures_that_nothing_links_are_two_causes(conclude: Conclude, make_finding: MakeFinding) -> None:
    """In the order of their lines, and each less sure for the other."""
    found = conclude(
        [make_finding("vllm.lora", 9, origin=RANK1), make_finding("vllm.dtype", 3, origin=RANK0, source=0)]
    )

    assert told(found) == [("vllm.dtype", "root", None), ("vllm.lora", "root", None)]
    assert found[0].confidence < conclude([make_finding("vllm.dtype", 3)])[0].confidence


def test_a_connection_made_in_the_end_is_a_notice(conclude: Conclude, make_finding: MakeFinding) -> None:
    """Normal service after the last sight of it; before it, it is a cause."""
    failing = [make_finding("lmcache.backend", 7, level=Level.WARNING)]

    assert conclude(failing, progress={0: 50})[0].role is Role.NOTICE
    assert conclude(failing, progress={0: 3})[0].role is Role.ROOT
    assert conclude(failing, progress={1: 50})[0].role is Role.ROOT
    assert conclude([make_finding("lmcache.backend", 7)], progress={0: 50})[0].role is Role.ROOT


def test_performance_stands_behind_causes_and_before_notices(
    conclude: Conclude, make_finding: MakeFinding, make_signature: MakeSignature
) -> None:
    """And makes a report without a cause degraded, not an incident."""
    perf, notice = make_signature("perf.ttft", Role.PERF), make_signature("vllm.generation-config", Role.NOTICE)
    findings = [make_finding("vllm.generation-config", 1), make_finding("perf.ttft", 2, level=Level.INFO)]

    with_cause = conclude([*findings, make_finding("vllm.dtype", 3)], perf, notice)
    without = conclude(findings, perf, notice)

    assert [item.id for item in with_cause] == ["vllm.dtype", "perf.ttft", "vllm.generation-config"]
    assert verdict(with_cause) is Verdict.INCIDENT
    assert verdict(without) is Verdict.DEGRADED
    assert verdict(without[1:]) is Verdict.HEALTHY


def test_the_summary_is_filled_and_falls_back_on_the_title(
    conclude: Conclude, make_finding: MakeFinding, make_signature: MakeSignature
) -> None:
    """A fact that is missing must not leave a hole."""
    signature = make_signature("vllm.dtype", summary="{device} cannot")

    filled = conclude([make_finding("vllm.dtype", 1, facts=(("device", "T4"),))], signature)
    empty = conclude([make_finding("vllm.dtype", 1)], signature)

    assert (filled[0].summary.en, empty[0].summary.en) == ("T4 cannot", "title of vllm.dtype")


def test_evidence_holds_the_decisive_line_with_controls_spelled_out(
    conclude: Conclude, make_finding: MakeFinding
) -> None:
    """As it stood, with source and number."""
    (found,) = conclude([make_finding("vllm.dtype\x1b[2J", 12)])

    assert [(item.source, item.line, item.text) for item in found.evidence] == [
        ("log0", 12, "line 12 says vllm.dtype\\x1b[2J")
    ]


def test_the_way_to_the_bottleneck_goes_with_slowness(make_finding: MakeFinding, make_signature: MakeSignature) -> None:
    """Its steps, what to do before and what to measure after the signature's own advice, facts filled in."""
    raise_it = Remedy(text=Words(en="Raise it above {running}.", zh="调到大于 {running}。"))
    walk = Walk(
        said=(Words(en="Do requests queue? Yes.", zh="是否在排队？是。"),),
        names="",
        remedies=(raise_it,),
        measures=(replace(raise_it, text=Words(en="Measure it.", zh="测量。")),),
        figures=(("running", "16"),),
    )
    slow = make_signature("perf.ttft", Role.PERF)
    signature = replace(slow, remedies=(Remedy(text=Words(en="Its own.", zh="自己的。")),))
    finding = make_finding("perf.ttft", 3)
    material = Material(
        findings=(finding,),
        signatures={"perf.ttft": signature},
        limits=DEFAULT_LIMITS,
        walks={finding.event.source_index: walk},
    )
    (found,) = diagnose(material).diagnoses

    assert found.steps == walk.said
    assert [item.text.en for item in found.remedies] == ["Raise it above 16.", "Its own.", "Measure it."]
