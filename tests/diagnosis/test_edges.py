"""What explains what, and why: the edges between failures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from logsleuth.diagnosis.edges import WHY, Reason, fits, reason
from logsleuth.diagnosis.groups import Group
from logsleuth.model import NOBODY, Event, Finding, Level, Link, Origin, Role, Signature

MakeFinding = Callable[..., Finding]
MakeSignature = Callable[..., Signature]
MakeChain = Callable[..., Event]
MakeGroup = Callable[..., Group]
RANK1 = Origin(rank=1)


@pytest.fixture
def make_group(make_finding: MakeFinding, make_signature: MakeSignature) -> MakeGroup:
    """A group of one finding on `line`."""

    def make(  # noqa: PLR0913  a builder for tables
        id_: str,
        line: int,
        role: Role = Role.ROOT,
        *,
        source: int = 0,
        origin: Origin = NOBODY,
        level: Level = Level.ERROR,
        exception: str = "",
        explains: tuple[str, ...] = (),
        explained_by: tuple[str, ...] = (),
        episode: int = 0,
    ) -> Group:
        facts = (("exception", exception),) if exception else ()
        signature = make_signature(id_, role, explains=explains, explained_by=explained_by)
        finding = make_finding(id_, line, source=source, origin=origin, level=level, facts=facts)
        return Group(signature=signature, findings=(finding,), episode=episode)

    return make


CASES = {
    "slowness explains what it names": (
        {"id_": "hang.collective", "line": 1, "role": Role.PERF, "explains": ("hang.startup",)},
        {"id_": "hang.startup", "line": 9, "role": Role.PERF},
        Reason.DECLARED,
    ),
    "slowness explains no failure": (
        {"id_": "hang.collective", "line": 1, "role": Role.PERF, "explains": ("nccl",)},
        {"id_": "nccl.timeout", "line": 9},
        None,
    ),
    "slowness explains nothing that only names it": (
        {"id_": "model.load-slow", "line": 1, "role": Role.PERF},
        {"id_": "hang.startup", "line": 9, "role": Role.PERF, "explained_by": ("model.load-slow",)},
        None,
    ),
    "the catalog names the consequence": (
        {"id_": "host.disk-full", "line": 9, "explains": ("ucm",)},
        {"id_": "ucm.transfer-failed", "line": 1},
        Reason.DECLARED,
    ),
    "the catalog names the cause": (
        {"id_": "host.disk-full", "line": 9},
        {"id_": "ucm.transfer-failed", "line": 1, "explained_by": ("host",)},
        Reason.DECLARED,
    ),
    "a consequence of any root": (
        {"id_": "host.disk-full", "line": 9},
        {"id_": "nccl.timeout", "line": 1, "explained_by": ("*",)},
        Reason.DECLARED,
    ),
    "a wrapper is no root": (
        {"id_": "vllm.worker-died", "line": 1, "role": Role.WRAPPER},
        {"id_": "nccl.timeout", "line": 2, "explained_by": ("*",)},
        None,
    ),
    "what only carries another failure is no root": (
        {"id_": "unknown", "line": 1, "exception": "RayTaskError", "origin": RANK1},
        {"id_": "nccl.timeout", "line": 2, "explained_by": ("*",)},
        None,
    ),
    "both name one another and this one was earlier": (
        {"id_": "a.one", "line": 1, "explains": ("b",)},
        {"id_": "b.two", "line": 2, "explains": ("a",)},
        Reason.DECLARED,
    ),
    "both name one another and this one was later": (
        {"id_": "a.one", "line": 2, "explains": ("b",)},
        {"id_": "b.two", "line": 1, "explains": ("a",)},
        None,
    ),
    "both name one another and the id decides": (
        {"id_": "a.one", "line": 2, "explains": ("b",)},
        {"id_": "b.two", "line": 1, "source": 1, "explains": ("a",)},
        Reason.DECLARED,
    ),
    "both name one another and the id decides against it": (
        {"id_": "b.two", "line": 1, "source": 1, "explains": ("a",)},
        {"id_": "a.one", "line": 2, "explains": ("b",)},
        None,
    ),
    "a consequence does not explain its cause": (
        {"id_": "ucm.transfer-failed", "line": 1, "explained_by": ("host",)},
        {"id_": "host.disk-full", "line": 9},
        None,
    ),
    "another episode": (
        {"id_": "host.disk-full", "line": 1, "explains": ("ucm",), "episode": 1},
        {"id_": "ucm.transfer-failed", "line": 2},
        None,
    ),
    "a notice explains nothing": (
        {"id_": "host.disk-full", "line": 1, "role": Role.NOTICE, "explains": ("ucm",)},
        {"id_": "ucm.transfer-failed", "line": 2},
        None,
    ),
    "slowness explains nothing": (
        {"id_": "perf.ttft", "line": 1, "role": Role.PERF, "explains": ("ucm",)},
        {"id_": "ucm.transfer-failed", "line": 2},
        None,
    ),
    "slowness needs a declared cause": (
        {"id_": "host.disk-full", "line": 1},
        {"id_": "perf.ttft", "line": 2, "role": Role.PERF},
        None,
    ),
    "slowness with a declared cause": (
        {"id_": "host.disk-full", "line": 1, "explains": ("perf",)},
        {"id_": "perf.ttft", "line": 2, "role": Role.PERF},
        Reason.DECLARED,
    ),
    "a wrapper follows from a root, wherever it stands": (
        {"id_": "host.disk-full", "line": 9},
        {"id_": "vllm.engine-dead", "line": 1, "role": Role.WRAPPER},
        Reason.WRAPPER,
    ),
    "a wrapper follows from a nearer wrapper": (
        {"id_": "vllm.worker-died", "line": 9, "role": Role.WRAPPER},
        {"id_": "vllm.engine-dead", "line": 1, "role": Role.WRAPPER},
        Reason.WRAPPER,
    ),
    "a wrapper does not follow from a farther one": (
        {"id_": "vllm.engine-dead", "line": 1, "role": Role.WRAPPER},
        {"id_": "vllm.worker-died", "line": 9, "role": Role.WRAPPER},
        None,
    ),
    "a wrapper explains no root": (
        {"id_": "vllm.engine-dead", "line": 1, "role": Role.WRAPPER},
        {"id_": "host.disk-full", "line": 9},
        None,
    ),
    "a finer name, wherever it stands": (
        {"id_": "deps.torch.abi", "line": 9, "source": 1},
        {"id_": "deps.torch", "line": 1},
        Reason.FINER,
    ),
    "a coarser name": ({"id_": "deps.torch", "line": 1}, {"id_": "deps.torch.abi", "line": 9}, None),
    "a symptom after a cause of another rank": (
        {"id_": "cuda.illegal-access", "line": 1, "origin": RANK1},
        {"id_": "nccl.timeout", "line": 2},
        Reason.SYMPTOM,
    ),
    "a symptom in another source, whose order nobody knows": (
        {"id_": "cuda.illegal-access", "line": 1},
        {"id_": "nccl.timeout", "line": 2, "source": 1},
        Reason.SYMPTOM,
    ),
    "a symptom before the cause": (
        {"id_": "cuda.illegal-access", "line": 2},
        {"id_": "nccl.timeout", "line": 1},
        None,
    ),
    "of two symptoms of one stream the earlier one": (
        {"id_": "nccl.internal", "line": 1},
        {"id_": "nccl.timeout", "line": 2},
        Reason.SAME_STREAM,
    ),
    "a later failure of the same stream": (
        {"id_": "vllm.dtype", "line": 1},
        {"id_": "vllm.lora", "line": 2},
        Reason.SAME_STREAM,
    ),
    "a later failure of another stream": (
        {"id_": "vllm.dtype", "line": 1},
        {"id_": "vllm.lora", "line": 2, "origin": RANK1},
        None,
    ),
    "a later failure that is more direct": (
        {"id_": "vllm.prompt-too-long", "line": 1},
        {"id_": "vllm.lora", "line": 2},
        None,
    ),
    "a warning before an error of the same stream": (
        {"id_": "vllm.dtype", "line": 1, "level": Level.WARNING},
        {"id_": "vllm.lora", "line": 2},
        None,
    ),
    "a warning before a warning of the same stream": (
        {"id_": "vllm.dtype", "line": 1, "level": Level.WARNING},
        {"id_": "vllm.lora", "line": 2, "level": Level.WARNING},
        Reason.SAME_STREAM,
    ),
    "two unknown failures": (
        {"id_": "unknown", "line": 1, "exception": "FooError", "explains": ("unknown",)},
        {"id_": "unknown", "line": 2, "exception": "BarError"},
        None,
    ),
    "an unknown failure explains no later one": (
        {"id_": "unknown", "line": 1, "exception": "FooError"},
        {"id_": "vllm.internal", "line": 2},
        None,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_reason_of_an_edge(case: str, make_group: MakeGroup) -> None:
    """Or none, where nothing links the two."""
    cause, effect, expected = CASES[case]

    assert reason(make_group(**cause), make_group(**effect)) is expected


def test_nothing_explains_itself(make_group: MakeGroup) -> None:
    """Even where the catalog would have it."""
    alone = make_group("nccl.timeout", 1, explains=("nccl",))

    assert reason(alone, alone) is None


@pytest.mark.parametrize(
    ("link", "indexes", "expected"),
    [
        (Link.CAUSE, (0, 1), Reason.CHAINED),
        (Link.CONTEXT, (0, 1), Reason.CHAINED),
        (Link.GROUPED, (0, 1), Reason.SAME_STREAM),
        (Link.CAUSE, (1, 0), None),
        (Link.CAUSE, (None, 1), Reason.SAME_STREAM),
        (Link.CAUSE, (0, None), None),
    ],
)
def test_exceptions_of_one_chain(
    make_finding: MakeFinding,
    make_signature: MakeSignature,
    make_chain: MakeChain,
    link: Link,
    indexes: tuple[int | None, int | None],
    expected: Reason | None,
) -> None:
    """The upper one is the cause, if the traceback says that they are linked."""
    event = make_chain("ValueError", "RuntimeError", link=link)
    cause, effect = (
        Group(signature=make_signature(name), findings=(make_finding(name, 1, event=event, raised=raised),))
        for name, raised in zip(("vllm.dtype", "vllm.lora"), indexes, strict=True)
    )

    assert reason(cause, effect) is expected


def test_the_same_chain_in_another_event_links_nothing(
    make_finding: MakeFinding, make_signature: MakeSignature, make_chain: MakeChain
) -> None:
    """Two processes that print alike."""
    event = make_chain("ValueError", "RuntimeError")
    cause, effect = (
        Group(
            signature=make_signature(name),
            findings=(make_finding(name, 1, event=replace(event, source_index=raised), raised=raised),),
        )
        for raised, name in enumerate(("vllm.dtype", "vllm.lora"))
    )

    assert reason(cause, effect) is None


@pytest.mark.parametrize(
    ("found", "label", "expected"),
    [
        ("a.b", "a.b", True),
        ("a.b.c", "a.b", True),
        ("a.b", "a", True),
        ("a.bc", "a.b", False),
        ("a", "a.b", False),
    ],
)
def test_a_label_stands_for_its_children(found: str, label: str, *, expected: bool) -> None:
    """At the dots, not in the middle of a word."""
    assert fits(found, label) is expected


def test_every_reason_has_its_words() -> None:
    """In both languages."""
    assert set(WHY) == set(Reason)
    assert all(words.en and words.zh for words in WHY.values())
