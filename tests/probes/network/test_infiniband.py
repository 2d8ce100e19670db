"""Adapters, as /sys shows them: a folder of the same shape."""

from __future__ import annotations

from pathlib import Path

import pytest

from logsleuth.model import Outcome
from logsleuth.probes.network.infiniband import INFINIBAND, NO_GID, judge
from logsleuth.probes.probe import Json, Sample, Subject
from logsleuth.probes.run import run


def adapter(folder: Path, name: str, *, state: str = "4: ACTIVE", gid: str = "fe80::1") -> None:
    """One adapter with one port."""
    port = folder / name / "ports" / "1"
    (port / "gids").mkdir(parents=True)
    (port / "gid_attrs" / "types").mkdir(parents=True)
    for key, text in {"state": state, "phys_state": "5: LinkUp", "rate": "400 Gb/sec (4X NDR)"}.items():
        (port / key).write_text(f"{text}\n", encoding="ascii")
    (port / "gids" / "0").write_text(gid, encoding="ascii")
    (port / "gid_attrs" / "types" / "0").write_text("IB/RoCE v1\n", encoding="ascii")


def measured(folder: Path) -> Sample:
    """What a child reads."""
    return run(INFINIBAND, {"devices": str(folder)})


@pytest.mark.parametrize(
    ("diagnosis", "outcome"),
    [("nccl.ib.no-device", Outcome.CONFIRMED), ("nccl.ib.completion", Outcome.SKIPPED)],
)
def test_machine_without_adapters(tmp_path: Path, diagnosis: str, outcome: Outcome) -> None:
    """That is the failure itself, or the wrong machine."""
    assert judge(measured(tmp_path), Subject(diagnosis=diagnosis)).outcome is outcome


@pytest.mark.parametrize(
    ("state", "gid", "outcome"),
    [
        ("4: ACTIVE", "fe80::1", Outcome.INCONCLUSIVE),
        ("1: DOWN", "fe80::1", Outcome.CONFIRMED),
        ("4: ACTIVE", NO_GID, Outcome.CONFIRMED),
    ],
)
def test_ports(tmp_path: Path, state: str, gid: str, outcome: Outcome) -> None:
    """A port needs a link and an address; a good one proves nothing for the transfer to a peer."""
    adapter(tmp_path, "mlx5_0", state=state, gid=gid)

    found = judge(measured(tmp_path), Subject(diagnosis="nccl.ib.completion"))

    assert found.outcome is outcome
    assert "mlx5_0:1" in dict(found.facts)["ports"]


@pytest.mark.parametrize(("hca", "outcome"), [("=mlx5_0:1", Outcome.REFUTED), ("mlx5_9", Outcome.CONFIRMED)])
def test_adapter_that_is_asked_for(tmp_path: Path, hca: str, outcome: Outcome) -> None:
    """NCCL_IB_HCA may name one that is not here."""
    adapter(tmp_path, "mlx5_0")

    assert judge(measured(tmp_path), Subject(diagnosis="nccl.ib.no-device", facts=(("hca", hca),))).outcome is outcome


@pytest.mark.parametrize(
    ("error", "limit", "outcome"),
    [
        ("errno 12", 8 << 20, Outcome.CONFIRMED),
        ("", -1, Outcome.REFUTED),
        ("", 1 << 30, Outcome.INCONCLUSIVE),
    ],
)
def test_locked_memory(error: str, limit: int, outcome: Outcome) -> None:
    """What cannot be locked cannot be registered; what can proves it only without a limit."""
    ports: list[Json] = [{"name": "mlx5_0:1", "state": "4: ACTIVE", "gids": ["0 fe80::1"]}]
    sample = Sample(is_complete=True, values={"ports": ports, "lock_error": error, "memlock_bytes": limit})

    assert judge(sample, Subject(diagnosis="nccl.ib.verbs.memory-registration")).outcome is outcome


def test_port_that_nothing_uses_may_be_down(tmp_path: Path) -> None:
    """It is told, and decides nothing as long as another one is up; the adapter that the log names does."""
    adapter(tmp_path, "mlx5_0")
    adapter(tmp_path, "mlx5_1", state="1: DOWN")
    sample = measured(tmp_path)

    found = judge(sample, Subject(diagnosis="nccl.ib.completion"))
    named = judge(sample, Subject(diagnosis="nccl.ib.completion", facts=(("hca", "mlx5_1"),)))

    assert (found.outcome, named.outcome) == (Outcome.INCONCLUSIVE, Outcome.CONFIRMED)
    assert "mlx5_1:1 DOWN" in found.detail.en
