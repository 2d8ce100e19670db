"""The facts of a diagnosis, and where each comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from logsleuth.diagnosis.facts import MOST, VALUES, facts_of
from logsleuth.diagnosis.groups import Group
from logsleuth.model import Facts, Finding, Origin, Role, Signature

MakeFinding = Callable[..., Finding]
MakeSignature = Callable[..., Signature]
MakeGroup = Callable[..., Group]


@pytest.fixture
def make_group(make_finding: MakeFinding, make_signature: MakeSignature) -> MakeGroup:
    """A group whose findings have these facts."""

    def make(id_: str, *facts: Facts, role: Role = Role.ROOT, origin: Origin | None = None) -> Group:
        findings = tuple(
            make_finding(id_, line, facts=found, origin=origin or Origin())
            for line, found in enumerate(facts or ((),), 1)
        )
        return Group(signature=make_signature(id_, role), findings=findings)

    return make


ORIGIN = Origin(node="n1", process="Worker_TP1", pid=7, rank=1)


def test_what_the_lines_say_stands_before_who_said_it(make_group: MakeGroup) -> None:
    """A rank in the text is the one that counts."""
    found = facts_of(make_group("vllm.dtype", (("rank", "3"), ("dtype", "bf16")), origin=ORIGIN), [], {})

    assert found == (("rank", "3"), ("dtype", "bf16"), ("process", "Worker_TP1"), ("pid", "7"), ("node", "n1"))


@pytest.mark.parametrize("role", [Role.PERF, Role.NOTICE])
def test_nobody_said_what_was_measured(make_group: MakeGroup, role: Role) -> None:
    """Of slowness and notices the process means nothing."""
    assert facts_of(make_group("perf.ttft", role=role, origin=ORIGIN), [], {}) == ()


def test_the_step_of_the_flow_is_a_fact(make_group: MakeGroup) -> None:
    """The line of the builder speaks of the signature, whose id is that of a transfer."""
    assert facts_of(make_group("ucm.lookup"), [], {}) == (("stage", "5 lookup"),)


def test_every_peer_is_worth_knowing(make_group: MakeGroup) -> None:
    """Each once, up to a bound; of other facts only the first value."""
    peers = [(("peer", f"10.0.0.{number % 10}"), ("size", str(number))) for number in range(12)]

    found = dict(facts_of(make_group("nccl.connect", *peers), [], {}))

    assert found == {"peer": ", ".join(f"10.0.0.{number}" for number in range(VALUES)), "size": "0"}


def test_consequences_complete_the_facts(make_group: MakeGroup) -> None:
    """But not with what belongs to themselves alone, nor over what is known."""
    cause = make_group("vllm.dtype", (("dtype", "bf16"),))
    effect = make_group("vllm.engine-dead", (("dtype", "fp8"), ("exit_code", "1"), ("pid", "9"), ("error", "x")))

    assert facts_of(cause, [effect], {}) == (("dtype", "bf16"), ("exit_code", "1"))


def test_facts_are_bounded(make_group: MakeGroup) -> None:
    """However much the consequences say."""
    effect = make_group("vllm.engine-dead", tuple((f"name_{number}", "x") for number in range(2 * MOST)))

    assert len(facts_of(make_group("vllm.dtype", (("dtype", "bf16"),)), [effect], {})) == MOST


ENVIRONMENT = {
    "model": "m",
    "max_model_len": "4096",
    "tensor_parallel_size": "2",
    "nccl_socket_ifname": "eth0",
    "gloo_socket_ifname": "eth1",
}


@pytest.mark.parametrize(
    ("id_", "expected"),
    [
        ("vllm.dtype", {"model": "m"}),
        ("model.load-slow", {"model": "m"}),
        ("cuda.oom.host", {"max_model_len": "4096"}),
        ("cuda.oom.device.weights", {"max_model_len": "4096", "tensor_parallel_size": "2"}),
        ("vllm.kv-cache-too-small", {"model": "m", "max_model_len": "4096"}),
        ("nccl.timeout", {"tensor_parallel_size": "2"}),
        ("nccl.connect", {"interface": "eth0", "tensor_parallel_size": "2"}),
        ("dist.gloo.bind", {"interface": "eth1", "tensor_parallel_size": "2"}),
        ("host.disk-full", {}),
    ],
)
def test_settings_that_matter_stand_beside_a_failure(
    make_group: MakeGroup, id_: str, expected: Mapping[str, str]
) -> None:
    """By its class, where the log tells them."""
    assert dict(facts_of(make_group(id_), [], ENVIRONMENT)) == expected
    assert facts_of(make_group(id_), [], {}) == ()


def test_a_setting_gives_way_to_the_text(make_group: MakeGroup) -> None:
    """What the failing line says of it is nearer."""
    found = facts_of(make_group("nccl.connect", (("interface", "ib0"),)), [], ENVIRONMENT)

    assert dict(found)["interface"] == "ib0"
