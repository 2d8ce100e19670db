"""Which failure stands first, and what each of the others is to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from logsleuth.diagnosis.edges import Reason
from logsleuth.diagnosis.groups import Group
from logsleuth.diagnosis.ranking import Ranked, rank
from logsleuth.model import Event, Finding, Level, Origin, Role, Signature

MakeFinding = Callable[..., Finding]
MakeSignature = Callable[..., Signature]
MakeGroup = Callable[..., Group]
RANK1 = Origin(rank=1)


@pytest.fixture
def make_group(make_finding: MakeFinding, make_signature: MakeSignature) -> MakeGroup:
    """A group with one finding on each of `lines`."""

    def make(
        id_: str, *lines: int, role: Role = Role.ROOT, episode: int = 0, at_least: int = 1, **more: object
    ) -> Group:
        names = ("explains", "explained_by")
        signature = make_signature(id_, role, **{name: more.pop(name) for name in names if name in more})
        findings = tuple(make_finding(id_, line, **more) for line in lines)
        return Group(signature=replace(signature, at_least=at_least), findings=findings, episode=episode)

    return make


def told(ranked: Sequence[Ranked]) -> list[tuple[str, str, str | None, Reason | None]]:
    """Id, role, cause and reason of each failure, in order."""
    return [
        (item.group.id, item.role.value, item.explained_by.id if item.explained_by else None, item.why)
        for item in ranked
    ]


def test_causes_then_consequences_then_slowness_then_notices(make_group: MakeGroup) -> None:
    """Whatever the order of the lines."""
    groups = [
        make_group("n", 1, role=Role.NOTICE),
        make_group("perf.ttft", 2, role=Role.PERF),
        make_group("vllm.engine-dead", 3, role=Role.WRAPPER),
        make_group("vllm.dtype", 4),
    ]

    assert told(rank(groups, {})) == [
        ("vllm.dtype", "root", None, None),
        ("vllm.engine-dead", "consequence", "vllm.dtype", Reason.WRAPPER),
        ("perf.ttft", "perf", None, None),
        ("n", "notice", None, None),
    ]


@pytest.mark.parametrize(
    ("one", "other", "first"),
    [
        (("vllm.dtype", 5), ("gpu.nvswitch", 9), "gpu.nvswitch"),
        (("vllm.prompt-too-long", 1), ("vllm.dtype", 9), "vllm.dtype"),
        (("vllm.dtype", 5), ("vllm.lora", 9), "vllm.dtype"),
        (("vllm.lora", 9), ("vllm.dtype", 5), "vllm.dtype"),
    ],
)
def test_of_two_causes_the_more_direct_then_the_earlier_is_first(
    make_group: MakeGroup, one: tuple[str, int], other: tuple[str, int], first: str
) -> None:
    """They stand in streams that nothing links."""
    groups = [make_group(*one), make_group(*other, origin=RANK1)]

    ranked = rank(groups, {})

    assert [item.role for item in ranked] == [Role.ROOT, Role.ROOT]
    assert ranked[0].group.id == first


def test_what_the_producer_called_an_error_stands_before_a_warning(make_group: MakeGroup) -> None:
    """Of two that are as direct."""
    quiet = make_group("vllm.dtype", 1, level=Level.WARNING)
    loud = make_group("vllm.lora", 9, origin=RANK1)

    assert [item.group for item in rank([quiet, loud], {})] == [loud, quiet]


def test_the_best_explanation_is_the_most_direct_then_the_earliest(make_group: MakeGroup) -> None:
    """Of several that a wrapper could follow from."""
    wrapper = make_group("vllm.engine-dead", 20, role=Role.WRAPPER)
    later, earlier = make_group("vllm.lora", 9, origin=RANK1), make_group("vllm.dtype", 5)
    hardware = make_group("gpu.nvswitch", 12, origin=Origin(rank=2))

    assert told(rank([wrapper, later, earlier], {}))[-1][2] == "vllm.dtype"
    assert told(rank([wrapper, later, earlier, hardware], {}))[-1][2] == "gpu.nvswitch"


def test_a_circle_is_broken_at_its_most_direct_member(make_group: MakeGroup) -> None:
    """One of them has to be the first cause."""
    groups = [
        make_group("nccl.timeout", 1, explained_by=("dist.connect",)),
        make_group("dist.connect", 2, explained_by=("vllm.lora",)),
        make_group("vllm.lora", 3, explained_by=("nccl.timeout",), origin=RANK1),
    ]

    assert told(rank(groups, {})) == [
        ("vllm.lora", "root", None, None),
        ("nccl.timeout", "consequence", "dist.connect", Reason.DECLARED),
        ("dist.connect", "consequence", "vllm.lora", Reason.DECLARED),
    ]


def test_the_same_failure_of_several_episodes_is_one_entry(make_group: MakeGroup) -> None:
    """With all its findings, and so are its consequences."""
    groups = [
        make_group(name, line, role=role, episode=episode)
        for episode, lines in enumerate(((1, 2), (11, 12)))
        for (name, role), line in zip(
            (("vllm.dtype", Role.ROOT), ("vllm.engine-dead", Role.WRAPPER)), lines, strict=True
        )
    ]

    ranked = rank(groups, {})

    assert told(ranked) == [
        ("vllm.dtype", "root", None, None),
        ("vllm.engine-dead", "consequence", "vllm.dtype", Reason.WRAPPER),
    ]
    assert [[finding.last_line for finding in item.group.findings] for item in ranked] == [[1, 11], [2, 12]]
    assert ranked[1].explained_by is ranked[0].group


def test_a_failure_with_another_fate_in_another_episode_is_another_entry(make_group: MakeGroup) -> None:
    """Explained once, and once not."""
    groups = [
        make_group("vllm.dtype", 1),
        make_group("vllm.engine-dead", 2, role=Role.WRAPPER),
        make_group("vllm.engine-dead", 12, role=Role.WRAPPER, episode=1),
    ]

    assert told(rank(groups, {})) == [
        ("vllm.dtype", "root", None, None),
        ("vllm.engine-dead", "root", None, None),
        ("vllm.engine-dead", "consequence", "vllm.dtype", Reason.WRAPPER),
    ]


@pytest.mark.parametrize(
    ("id_", "more", "progress", "role"),
    [
        ("lmcache.backend", {"level": Level.WARNING}, {0: 6}, Role.NOTICE),
        ("lmcache.backend.redis", {"level": Level.WARNING}, {0: 6}, Role.NOTICE),
        ("lmcache.backend", {"level": Level.WARNING}, {0: 5}, Role.ROOT),
        ("lmcache.backend", {"level": Level.WARNING}, {}, Role.ROOT),
        ("lmcache.backend", {"level": Level.WARNING}, {1: 6}, Role.ROOT),
        ("lmcache.backend", {"level": Level.ERROR}, {0: 6}, Role.ROOT),
        ("cuda.library-missing.extension", {"level": Level.WARNING}, {0: 6}, Role.NOTICE),
        ("cuda.library-missing", {"level": Level.WARNING}, {0: 6}, Role.ROOT),
        ("vllm.dtype", {"level": Level.WARNING}, {0: 6}, Role.ROOT),
    ],
)
def test_a_connection_made_in_the_end_is_a_notice(
    make_group: MakeGroup, id_: str, more: dict[str, Level], progress: dict[int, int], role: Role
) -> None:
    """Of a failure that is tried again and no error, after normal service in the same source."""
    (found,) = rank([make_group(id_, 2, 5, **more)], progress)

    assert found.role is role


@pytest.mark.parametrize(
    ("id_", "began", "role"),
    [
        ("kv-transfer.peer-lost.mooncake-connect", {0: 6}, Role.NOTICE),
        ("kv-transfer.peer-lost.mooncake-connect", {0: 5}, Role.ROOT),
        ("kv-transfer.peer-lost.mooncake-connect", {1: 6}, Role.ROOT),
        ("kv-transfer.peer-lost.mooncake-connect", {}, Role.ROOT),
        ("lmcache.backend", {0: 6}, Role.ROOT),
    ],
)
def test_attempts_before_the_service_began_are_a_notice(
    make_group: MakeGroup, id_: str, began: dict[int, int], role: Role
) -> None:
    """Where the engine calls each attempt an error, and all of them came before anything served."""
    (found,) = rank([make_group(id_, 2, 5, level=Level.ERROR)], {0: 9}, began=began)

    assert found.role is role


@pytest.mark.parametrize(("lines", "role"), [((1, 2, 3), Role.ROOT), ((1, 2), Role.NOTICE)])
def test_what_is_seen_too_seldom_is_a_notice(make_group: MakeGroup, lines: tuple[int, ...], role: Role) -> None:
    """The signature says how often."""
    (found,) = rank([make_group("vllm.dtype", *lines, at_least=3)], {})

    assert found.role is role


@pytest.mark.parametrize(
    ("facts", "known", "has_wrapper", "role"),
    [
        ((("process", "java"), ("pid", "7")), (), False, Role.NOTICE),
        ((("process", "java"), ("pid", "7")), (7,), False, Role.ROOT),
        ((("process", "java"), ("pid", "7")), (8,), True, Role.ROOT),
        ((("process", "VLLM::Worker_TP0"), ("pid", "7")), (), False, Role.ROOT),
        ((("process", "python3"),), (), False, Role.ROOT),
        ((("process", "java"), ("pid", "many")), (), False, Role.NOTICE),
        ((), (), False, Role.ROOT),
    ],
)
def test_the_death_of_a_stranger_is_a_notice(
    make_group: MakeGroup, facts: tuple[tuple[str, str], ...], known: tuple[int, ...], *, has_wrapper: bool, role: Role
) -> None:
    """One that no other line speaks of, while nothing of ours died."""
    killed = make_group("host.oom-killer", 1, facts=facts)
    wrappers = [make_group("vllm.worker-died", 2, role=Role.WRAPPER)] if has_wrapper else []

    ranked = rank([killed, *wrappers], {}, known)

    assert next(item.role for item in ranked if item.group is killed) is role


def test_a_client_s_mistake_that_was_answered_is_a_notice_where_the_server_is_slow(make_group: MakeGroup) -> None:
    """Where it fares well, it is all there is to say."""
    mistake, slow = make_group("vllm.prompt-too-long", 1), make_group("perf.ttft", 2, role=Role.PERF)

    assert told(rank([mistake], {})) == [("vllm.prompt-too-long", "root", None, None)]
    assert told(rank([mistake, slow], {})) == [
        ("perf.ttft", "perf", None, None),
        ("vllm.prompt-too-long", "notice", None, None),
    ]


def test_talk_of_errors_without_an_exception_is_a_notice(
    make_group: MakeGroup, make_finding: MakeFinding, make_chain: Callable[..., Event]
) -> None:
    """An unknown failure is one that was raised."""
    talk = make_group("unknown", 1)
    raised = replace(talk, findings=(make_finding("unknown", 1, event=make_chain("FooError"), raised=0),))

    assert [rank([item], {})[0].role for item in (talk, raised)] == [Role.NOTICE, Role.ROOT]


@pytest.mark.parametrize(("placed", "role"), [({}, "root"), ({0: 1}, "root"), ({0: 9}, "notice"), ({1: 9}, "root")])
def test_a_pod_that_found_a_node_in_the_end(make_group: MakeGroup, placed: dict[int, int], role: str) -> None:
    """Waiting is no failure once it is over, by the same list of events."""
    waiting = make_group("dist.not-enough-gpus.kubernetes", 2, 4)

    assert [item.role for item in rank([waiting], {}, placed=placed)] == [role]


def test_what_follows_from_slowness_stands_behind_it(make_group: MakeGroup) -> None:
    """Also where it came first: the answer is what explains the other."""
    start, hang = (
        make_group("hang.startup", 1, role=Role.PERF),
        make_group("hang.collective", 2, role=Role.PERF, explains=("hang.startup",)),
    )

    found = rank([start, hang], {})

    assert [(item.group.id, item.role) for item in found] == [
        ("hang.collective", Role.PERF),
        ("hang.startup", Role.CONSEQUENCE),
    ]
