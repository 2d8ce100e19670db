"""Several nodes: two of them on this machine, with torchrun, where torch is installed."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import find_spec

import pytest

from logsleuth.model import Outcome, Words
from logsleuth.probes.collectives.nodes import NODES_ALLREDUCE, judge
from logsleuth.probes.probe import Json, Sample, Subject
from logsleuth.probes.run import run


def subject(node_rank: int, port: int) -> Subject:
    """One of two nodes."""
    facts = {"nodes": "2", "node_rank": str(node_rank), "address": "127.0.0.1", "port": str(port)}
    return Subject(diagnosis="dist.connect", given=tuple(facts.items()))


def test_a_log_never_starts_it() -> None:
    """It would join the node that a stranger names, with as many processes as he likes."""
    told = {"nodes": "2", "node_rank": "0", "ranks_per_node": "9999", "address": "203.0.113.9"}
    by_log = Subject(diagnosis="dist.connect", environment=tuple(told.items()))

    assert isinstance(NODES_ALLREDUCE.wishes(by_log), Words)
    assert isinstance(NODES_ALLREDUCE.wishes(replace(by_log, given=(("node_rank", "0"), ("nodes", "2")))), Words)
    wished = NODES_ALLREDUCE.wishes(replace(by_log, given=(*told.items(), ("address", "10.0.0.1"))))
    assert isinstance(wished, dict)
    assert (wished["address"], wished["ranks"]) == ("10.0.0.1", 64)


def test_line_for_every_node_is_told_where_the_subject_does_not_say_which() -> None:
    """It takes all nodes: the words hold the command to run on each."""
    wished = NODES_ALLREDUCE.wishes(
        Subject(diagnosis="dist.connect", facts=(("address", "10.0.0.1"), ("port", "29500")))
    )

    assert isinstance(wished, Words)
    assert "--nnodes 2 --nproc-per-node 1 --node-rank RANK --master-addr 10.0.0.1 --master-port 29500" in wished.en
    assert "--master-addr 10.0.0.1" in wished.zh


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ({"statuses": [0], "is_hung": False}, Outcome.REFUTED),
        ({"statuses": [1], "is_hung": False}, Outcome.INCONCLUSIVE),
        ({"statuses": [-9], "is_hung": True}, Outcome.INCONCLUSIVE),
    ],
)
def test_judged(values: dict[str, Json], outcome: Outcome) -> None:
    """Nodes that do not come together may lack the same line on the other one."""
    assert judge(Sample(is_complete=True, values=values), subject(0, 1)).outcome is outcome


@pytest.mark.slow
@pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed")
def test_two_nodes_add_up() -> None:
    """Each runs its own part of the line, as on two machines."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    subjects = [subject(rank, port) for rank in range(2)]
    wishes = [NODES_ALLREDUCE.wishes(one) for one in subjects]

    with ThreadPoolExecutor(2) as pool:
        samples = list(pool.map(lambda wished: run(NODES_ALLREDUCE, wished), wishes))
    found = [judge(sample, one) for sample, one in zip(samples, subjects, strict=True)]

    assert [one.outcome for one in found] == [Outcome.REFUTED, Outcome.REFUTED], samples
