"""Probe `nodes-allreduce`: this node's part of an all-reduce over several, as vLLM's troubleshooting page has it."""

from __future__ import annotations

import shlex
import socket
from collections.abc import Mapping
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts
from logsleuth.probes.answers import answer, is_true, text_of, texts_of
from logsleuth.probes.collectives.launch import PORT, node, torchrun
from logsleuth.probes.judging import from_failure
from logsleuth.probes.network.places import NAMES, endpoint
from logsleuth.probes.probe import Json, Need, Prediction, Probe, Sample, Subject, Touch

NAME: Final = "nodes-allreduce"
LIMIT_S: Final = 180.0
MOST_RANKS: Final = 64  # of one node
WAIT_S: Final = 150.0  # for the other nodes, where somebody has to type the same line


def measure(wishes: Mapping[str, Json]) -> dict[str, Json]:
    """Run this node's ranks and wait for those of the others."""
    ranks = _number(wishes, "ranks")
    words = torchrun(
        nodes=_number(wishes, "nodes"),
        ranks=ranks,
        node_rank=_number(wishes, "node_rank"),
        address=str(wishes["address"]),
        port=_number(wishes, "port"),
    )
    print(shlex.join(words), flush=True)  # noqa: T201  a child's output is its transcript
    return {**node(words, ranks, limit_s=WAIT_S), "host": socket.gethostname()}


def _number(wishes: Mapping[str, Json], name: str) -> int:
    value = wishes[name]
    return value if isinstance(value, int) else 0


def _wishes(subject: Subject) -> Mapping[str, Json] | Words:
    """What this node is to do as the user says, or the line to run on each node.

    A log never starts it: torchrun trusts the node that it joins, and starts as many processes as it is told.
    """
    address, port = endpoint(subject)
    nodes, node_rank = _fact(subject, "nodes"), _fact(subject, "node_rank")
    ranks = min(_fact(subject, "ranks_per_node") or 1, MOST_RANKS)
    is_said = all(subject.said(name) for name in ("nodes", "node_rank")) and any(map(subject.said, NAMES))
    if is_said and address and nodes and node_rank is not None:
        return {"nodes": nodes, "ranks": ranks, "node_rank": node_rank, "address": address, "port": port or PORT}
    words = torchrun(nodes=nodes or 2, ranks=ranks, node_rank="RANK", address=address or "ADDRESS", port=port or PORT)
    line = f"{shlex.join(words)} /tmp"
    return Words(
        en=f"It takes all nodes at a time: run on each one, with its own RANK from 0, `{line}`, or give, each with "
        "--fact, nodes=N, node_rank=RANK and address=ADDRESS of node 0.",
        zh=f"需要所有节点同时参与：请在每个节点上（RANK 从 0 起，各不相同）运行 `{line}`，"
        "或用 --fact 指定 nodes=N、node_rank=RANK 与节点 0 的 address=ADDRESS。",
    )


def _fact(subject: Subject, name: str) -> int | None:
    text = subject.get(name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """Confirmed where the nodes fail as diagnosed, refuted where they all add up."""
    ranks, steps = text_of(sample.values, "ranks"), texts_of(sample.values, "steps")
    facts: Facts = (("ranks_per_node", ranks), ("steps", ", ".join(steps) or "-"))
    failed = from_failure(NAME, sample, subject, facts=facts)
    if failed is not None:
        return failed
    if is_true(sample.values, "is_hung"):
        detail = Words(
            en=f"The nodes did not all come together in {WAIT_S:.0f} s: see that the same line runs on each of them.",
            zh=f"各节点在 {WAIT_S:.0f} 秒内没有全部汇合：请确认每个节点都在运行同一条命令。",
        )
        return answer(NAME, Outcome.INCONCLUSIVE, detail, sample, facts=facts)
    if sample.values.get("statuses") != [0]:
        detail = Words(en="A rank failed; its output says why.", zh="有 rank 失败；原因见其输出。")
        return answer(NAME, Outcome.INCONCLUSIVE, detail, sample, facts=facts)
    detail = Words(en="All nodes added up: they reach each other now.", zh="所有节点求和成功：它们现在可以互相到达。")
    return answer(NAME, Outcome.REFUTED, detail, sample, facts=facts)


NODES_ALLREDUCE: Final = Probe(
    name=NAME,
    title=Words(en="All-reduce over several nodes", zh="多节点 all-reduce"),
    hypothesis=Words(
        en="The nodes do not reach each other for rendezvous, gloo or NCCL. It needs the same line on all nodes.",
        zh="节点之间在汇合、gloo 或 NCCL 上无法互通。需要在所有节点上运行同一条命令。",
    ),
    answers=("dist.rendezvous-timeout", "dist.connect", "dist.gloo", "nccl.connect", "nccl.ib"),
    predictions=(
        Prediction(
            diagnosis="dist.connect", says=Words(en="the other nodes never reach node 0", zh="其他节点无法到达节点 0")
        ),
        Prediction(
            diagnosis="nccl.ib",
            says=Words(en="they meet, and NCCL fails between them", zh="可以汇合，但 NCCL 在其间失败"),
        ),
        Prediction(diagnosis="healthy", says=Words(en="all sizes give their sum", zh="各规模都得到正确的和")),
    ),
    measure="collectives.nodes:measure",
    wishes=_wishes,
    judge=judge,
    needs=(Need.TORCH,),
    touches=(Touch.NETWORK, Touch.GPU, Touch.DISK),
    limit_s=LIMIT_S,
    memory_bytes=64 * 1024**3,
)
