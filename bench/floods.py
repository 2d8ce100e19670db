"""Logs of one kind of line: hits of the catalog, NCCL's INFO lines, and a fixed number of templates.

In: a seed. Out: endless lines.
"""

from __future__ import annotations

from collections.abc import Iterator

from writer import Writer

SAMPLES_EACH = 2  # of one signature
LONGEST = 600
NCCL = (
    "Channel {b:02d}/{a} : {a}[{a}] -> {b}[{b}] via P2P/CUMEM/read",
    "Channel {b:02d}/{a} : {a}[{a}] -> {b}[{b}] [receive] via NET/IB/{a}/GDRDMA",
    "Channel {b:02d}/{a} : {a}[{a}] -> {b}[{b}] [send] via NET/IB/{a}/GDRDMA",
    "Ring {b:02d} : {a} -> {b} -> {c}",
    "Trees [0] {a}/-1/-1->{b}->{c} [1] {a}/-1/-1->{b}->{c} [2] {b}/-1/-1->{a}->{c} [3] {a}/-1/-1->{b}->-1",
    "Connected all rings, use ring PXN {a} GDR 1",
    "Connected all trees",
    "threadThresholds 8/8/64 | {c}/8/64 | 512 | 512",
    "16 coll channels, 16 collnet channels, 0 nvls channels, 16 p2p channels, {c} p2p channels per peer",
    "comm 0x{id:x} rank {a} nRanks 16 nNodes 2 localRanks 8 localRank {b} MNNVL 0",
    "ncclCommInitRankConfig comm 0x{id:x} rank {a} nranks 16 cudaDev {b} nvmlDev {b} busId {bus:x} commId 0x{id:x} - Init COMPLETE",
    "NET/IB : Using [0]mlx5_{a}:1/RoCE [1]mlx5_{b}:1/RoCE [RO]; OOB eth0:10.0.{c}.{b}<0>",
    "AllReduce: opCount {op:x} sendbuff 0x{id:x} recvbuff 0x{id:x} count {count} datatype 9 op 0 root 0 comm 0x{bus:x} [nranks=16] stream 0x{op:x}",
    "AllGather: opCount {op:x} sendbuff 0x{id:x} recvbuff 0x{id:x} count {count} datatype 9 op 0 root 0 comm 0x{bus:x} [nranks=16] stream 0x{op:x}",
    "Setting affinity for GPU {a} to {bus:x},{op:x}",
    "Using non-device net plugin version 0",
)


def nccl(seed: int) -> Iterator[str]:
    """What sixteen ranks say with NCCL_DEBUG=INFO and all subsystems."""
    writer = Writer(seed)
    draw = writer.random
    while True:
        rank, form = writer.number(16), draw.choice(NCCL)
        said = form.format(
            a=rank, b=writer.number(8), c=writer.number(64), id=draw.getrandbits(44), bus=draw.getrandbits(20),
            op=draw.getrandbits(24), count=draw.getrandbits(22),
        )  # fmt: skip
        pid = writer.pids[rank % 8] + rank
        yield f"node{rank // 8}:{pid}:{pid + writer.number(90)} [{rank % 8}] NCCL INFO {said}"


def templates(seed: int, count: int) -> Iterator[str]:
    """Lines of `count` templates, each as often as the others; what varies in them is numbers."""
    writer = Writer(seed)
    forms = [_template(writer) for _ in range(count)]
    while True:
        form = writer.random.choice(forms)
        numbers = (writer.number(100_000) for _ in range(form.count("%d")))
        yield form % (writer.time(), *numbers)


def _template(writer: Writer) -> str:
    words = writer.random.choices(writer.words, k=writer.random.randint(6, 16))
    for _ in range(writer.random.randint(1, 3)):
        words.insert(writer.random.randint(2, len(words)), "%d")
    level = writer.random.choice(("INFO", "WARNING"))
    return f"{level} %s [{writer.random.choice(writer.words)}.py:{writer.number(999)}] {' '.join(words)}"


def storm(seed: int) -> Iterator[str]:
    """Lines of which every one is a hit: the samples of the catalog itself."""
    writer = Writer(seed)
    samples = hits()
    while True:
        has_head, text = writer.random.choice(samples)
        yield text if has_head else f"(EngineCore_DP0 pid={writer.pids[1]}) ERROR {writer.time()} [core.py:700] {text}"


def hits() -> list[tuple[bool, str]]:
    """Samples of one line that the scan alone finds, and whether they begin as a log's lines do."""
    from logsleuth.catalog.load import load_catalog  # noqa: PLC0415  the other logs are made without the program
    from logsleuth.model import SampleKind  # noqa: PLC0415
    from logsleuth.plan import plan  # noqa: PLC0415
    from logsleuth.records import Peeler  # noqa: PLC0415

    catalog = load_catalog(with_samples=True)
    ready, peeler = plan(catalog), Peeler()
    found: list[tuple[bool, str]] = []
    for signature in catalog.signatures:
        texts = [sample.text.strip() for sample in signature.samples if sample.kind is SampleKind.HIT]
        lines = [text for text in texts if "\n" not in text and len(text) <= LONGEST]
        hit = [
            text
            for text in lines
            if any(ready.meanings[mark.expression] for mark in ready.scanner.marks(text.encode()))
        ]
        found += [(bool(peeler.record(text, 1).head), text) for text in hit[:SAMPLES_EACH]]
    return found
