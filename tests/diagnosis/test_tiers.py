"""How directly classes name a cause."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from logsleuth.catalog.load import load_catalog
from logsleuth.diagnosis.groups import Group
from logsleuth.diagnosis.tiers import (
    CAUSE,
    CLIENT,
    CLIENT_CLASSES,
    HARDWARE,
    HARDWARE_CLASSES,
    SHAPE,
    SHAPE_CLASSES,
    SYMPTOM,
    SYMPTOM_CLASSES,
    WRAPPER,
    WRAPPER_ORDER,
    carries_another,
    distance,
    tier,
)
from logsleuth.model import Finding, Role, Signature

MakeFinding = Callable[..., Finding]
MakeSignature = Callable[..., Signature]
MakeGroup = Callable[..., Group]


@pytest.fixture
def make_group(make_finding: MakeFinding, make_signature: MakeSignature) -> MakeGroup:
    """A group of one finding; `exception` is what an unknown failure raised."""

    def make(id_: str, role: Role = Role.ROOT, *, exception: str = "") -> Group:
        facts = (("exception", exception),) if exception else ()
        return Group(signature=make_signature(id_, role), findings=(make_finding(id_, 1, facts=facts),))

    return make


@pytest.mark.parametrize(
    ("id_", "role", "exception", "expected"),
    [
        ("host.oom-killer", Role.ROOT, "", HARDWARE),
        ("vllm.dtype", Role.ROOT, "", CAUSE),
        ("cuda.oom.device", Role.ROOT, "", CAUSE),
        ("vllm.prompt-too-long", Role.ROOT, "", CLIENT),
        ("unknown", Role.ROOT, "FooError", SHAPE),
        ("vllm.internal", Role.ROOT, "FooError", SHAPE),
        ("vllm.lora.in-code", Role.ROOT, "FooError", SHAPE),
        ("ucm.transfer-failed.logged", Role.ROOT, "", SHAPE),
        ("perf.ttft", Role.PERF, "", SHAPE),
        ("nccl.timeout", Role.ROOT, "", SYMPTOM),
        ("nccl.timeout.watchdog", Role.ROOT, "", SYMPTOM),
        ("unknown", Role.ROOT, "ray.exceptions.RayTaskError(ValueError)", SYMPTOM),
        ("vllm.engine-dead", Role.WRAPPER, "", WRAPPER),
        ("host.oom-killer", Role.WRAPPER, "", WRAPPER),
    ],
)
def test_the_tier_of_a_class(make_group: MakeGroup, id_: str, role: Role, exception: str, expected: int) -> None:
    """A wrapper is one whatever its class."""
    assert tier(make_group(id_, role, exception=exception)) == expected


def test_tiers_stand_in_their_order() -> None:
    """From what the hardware says to what only reports."""
    assert sorted({HARDWARE, CAUSE, CLIENT, SHAPE, SYMPTOM, WRAPPER}) == [
        HARDWARE,
        CAUSE,
        CLIENT,
        SHAPE,
        SYMPTOM,
        WRAPPER,
    ]


@pytest.mark.parametrize(
    ("id_", "exception", "expected"),
    [
        ("unknown", "RayTaskError(ValueError)", True),
        ("unknown", "torch.multiprocessing.spawn.ProcessRaisedException", True),
        ("unknown", "a.RemoteError", True),
        ("unknown", "ValueError", False),
        ("unknown", "", False),
        ("vllm.internal", "RayTaskError", False),
    ],
)
def test_the_vessel_of_another_failure(make_group: MakeGroup, id_: str, exception: str, *, expected: bool) -> None:
    """Only of a failure that nothing else is known of."""
    assert carries_another(make_group(id_, exception=exception)) is expected


def test_the_distance_of_wrappers(make_group: MakeGroup) -> None:
    """By their place in the list; those without one stand farthest."""
    assert [distance(make_group(name)) for name in ("host.killed", "vllm.engine-dead", "vllm.other")] == [
        0,
        len(WRAPPER_ORDER) - 1,
        len(WRAPPER_ORDER),
    ]


def test_the_lists_name_classes_of_the_taxonomy() -> None:
    """Each of them once."""
    named = (*HARDWARE_CLASSES, *CLIENT_CLASSES, *SHAPE_CLASSES, *SYMPTOM_CLASSES, *WRAPPER_ORDER)

    assert len(named) == len(set(named))
    assert set(named) - set(load_catalog().classes) - {"unknown"} == set()
