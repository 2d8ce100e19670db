"""Ranks as processes: what they write down, and what happens where one fails."""

from __future__ import annotations

import sys

import pytest

from logsleuth.probes.collectives.launch import node, torchrun

WRITES = "import json, pathlib, sys; pathlib.Path(sys.argv[1], '0.json').write_text(json.dumps(['gloo-1', 'late']))"


def test_steps_are_those_of_all_ranks() -> None:
    """What a rank wrote down is told."""
    said = node([sys.executable, "-c", WRITES], 1, limit_s=20.0)

    assert said == {"ranks": 1, "statuses": [0], "steps": ["gloo-1", "late"], "is_hung": False}


@pytest.mark.parametrize(
    ("script", "status", "is_hung"), [("raise SystemExit(3)", 3, False), ("import time; time.sleep(60)", -9, True)]
)
def test_rank_that_fails_or_hangs(*, script: str, status: int, is_hung: bool) -> None:
    """A hang is ended at the limit and told as one."""
    said = node([sys.executable, "-c", script], 1, limit_s=0.5 if is_hung else 20.0)

    assert (said["statuses"], said["is_hung"], said["steps"]) == ([status], is_hung, [])


def test_torchrun_line() -> None:
    """As the troubleshooting page of vLLM has it, with the rank of the node named."""
    words = torchrun(nodes=2, ranks=8, node_rank=1, address="10.0.0.1")

    assert words[1:13:2] == ["-m", "--nnodes", "--nproc-per-node", "--node-rank", "--master-addr", "--master-port"]
    assert words[2:14:2] == ["torch.distributed.run", "2", "8", "1", "10.0.0.1", "29511"]
