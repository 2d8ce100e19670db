"""What must not change the first diagnosis: how a log was carried, cut, mixed and multiplied."""

from __future__ import annotations

import importlib.util
import itertools
import random
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from logsleuth import Report, Settings, analyze, document
from tests.properties.cases import (
    PREFIX_CHARS,
    ROOT,
    SEVERAL,
    SINGLE,
    WRAPPED,
    Analyse,
    Logs,
    beginnings,
    clock,
    first,
    joined,
    log_of,
    logs_of,
    records,
)
from tests.properties.containers import (
    CONTAINERS,
    Stamped,
    cri,
    docker_json,
)

# (a) the order of the files


@pytest.mark.parametrize("case", SEVERAL)
def test_files_in_any_order(case: str, cache: str, tmp_path: Path) -> None:
    """Given as a list, through the public function."""
    found = set()
    for number, order in enumerate(itertools.permutations(logs_of(case).items())):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, data in order:
            (folder / name).write_bytes(data)
        report = analyze([folder / name for name, _ in order], settings=Settings(cache=Path(cache)))
        found.add((first(report), Path(report.diagnoses[0].evidence[0].source).name))

    assert len(found) == 1


@pytest.mark.parametrize(
    "case", [*SEVERAL, "cases/deps-138-t4-shared-memory", "cases/nccl-001-shm-full-of-leaked-segments"]
)
def test_shuffled_files_give_the_same_answer(case: str, analyse: Analyse) -> None:
    """Not the first diagnosis alone: all of them with their evidence, and what follows from what."""
    logs = logs_of(case)
    if len(logs) == 1:  # as many ranks that fail alike in the same seconds, by clocks that step back
        logs = {f"rank{rank}": data for data in logs.values() for rank in range(4)}
    found = []
    for seed in range(4):
        order = sorted(logs.items())
        random.Random(seed).shuffle(order)
        report = document(analyse(dict(order)))
        found.append({name: report[name] for name in ("verdict", "diagnoses", "environment", "graph")})

    assert found == [found[0]] * len(found)


@pytest.mark.parametrize(
    "case",
    [
        "oom-four-ranks",
        "cases/cuda-003-host-register-over-512gib",
        "cases/nccl-002-duplicate-gpu-two-dp-ranks",
        "cases/deps-122-glibc-of-flash-attn-wheel",
        "cases/deps-138-t4-shared-memory",
    ],
)
def test_a_file_for_each_process(case: str, analyse: Analyse) -> None:
    """As launchers with a folder of logs write them; what has no prefix goes where the line before went."""
    lines = log_of(case)
    files: dict[str, list[bytes]] = {}
    name = "launcher"
    for line, record in zip(lines, records(lines), strict=True):
        origin = record.origin
        if origin.process or record.head:
            name = f"{origin.process}-{origin.pid}"
        files.setdefault(name, []).append(line)
    logs = {f"{name}.log": joined(found)["log"] for name, found in files.items()}

    found = {first(analyse(dict(order))) for order in (logs.items(), reversed(logs.items()))}

    assert len(files) > 1
    assert found == {first(analyse(joined(lines)))}


# (b) the interleaving of streams


def interleaved(lines: Sequence[bytes], reach: int, seed: int) -> Iterator[bytes]:
    """The lines in another order: each up to `reach` lines later than before, but in order within its stream."""
    chance = random.Random(seed)
    last: dict[object, float] = {}
    keys: list[float] = []
    for index, record in enumerate(records(lines)):
        is_loose = record.head is None and record.origin.process is None and record.origin.rank is None
        if is_loose and keys:
            keys.append(keys[-1])  # nothing but its place tells to whom such a line belongs
            continue
        keys.append(max(index + chance.uniform(0, reach), last.get(record.origin, 0.0)))
        last[record.origin] = keys[-1]
    yield from (lines[index] for _, index in sorted(zip(keys, range(len(lines)), strict=True)))


@pytest.mark.parametrize("case", SINGLE)
def test_streams_interleave_at_random(case: str, analyse: Analyse) -> None:
    """Each stream keeps its order."""
    lines = log_of(case)
    wanted = first(analyse(joined(lines)))

    found = {first(analyse(joined(interleaved(lines, reach, seed)))) for reach in (3, 10) for seed in range(3)}

    assert found == {wanted}


# (c) healthy lines


def generator() -> ModuleType:
    """`bench/writer.py`, which is in no package."""
    spec = importlib.util.spec_from_file_location("writer", ROOT / "bench" / "writer.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Server:
    """A server that works well, at the time of the log around it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 6, 1)  # noqa: DTZ001
        self._writer: Any = generator().Writer(3)
        self._writer.time = lambda: self.now.strftime("%m-%d %H:%M:%S")
        self._mine = [self._writer.access, self._writer.added, self._writer.received]
        self._all = [*self._mine, self._writer.statistics, self._writer.nccl, self._writer.ucm, self._writer.lmcache]

    def lines(self, count: int, now: datetime, *, own: bool = False) -> Iterator[bytes]:
        """Healthy lines of this moment; with `own`, of the API server's process alone."""
        self.now = now
        kinds = self._mine if own else self._all
        yield from (self._writer.random.choice(kinds)().encode() for _ in range(count))


def with_healthy_lines(lines: Sequence[bytes], count: int) -> dict[str, Logs]:
    """The log with healthy lines before, after, between its records, and a few in every gap between lines."""
    server, times = Server(), clock(lines)
    edges = set(beginnings(lines))
    between = [
        (*server.lines(count // max(len(edges), 1) if at in edges else 0, times[at], own=True), line)
        for at, line in enumerate(lines)
    ]
    gaps = [(*server.lines(2, times[at], own=True), line) for at, line in enumerate(lines)]
    return {
        "before": joined([*server.lines(count, times[0]), *lines]),
        "after": joined([*lines, *server.lines(count, times[-1])]),
        "between": joined(itertools.chain.from_iterable(between)),
        "gaps": joined(itertools.chain.from_iterable(gaps)),
    }


@pytest.mark.parametrize("case", SINGLE)
def test_healthy_lines_anywhere(case: str, analyse: Analyse) -> None:
    """Two thousand of them."""
    lines = log_of(case)
    wanted = first(analyse(joined(lines)))

    found = {where: first(analyse(logs)) for where, logs in with_healthy_lines(lines, 2000).items()}

    assert found == dict.fromkeys(found, wanted)


@pytest.mark.slow
@pytest.mark.parametrize("case", SINGLE[:2])
def test_a_hundred_thousand_healthy_lines(case: str, analyse: Analyse) -> None:
    """What a day of service leaves."""
    lines = log_of(case)
    wanted = first(analyse(joined(lines)))

    found = {where: first(analyse(logs)) for where, logs in with_healthy_lines(lines, 100_000).items()}

    assert found == dict.fromkeys(found, wanted)


# (d) containers

CODES = re.compile(r"\\x1b\[[\d;]*m")


def is_told(wanted: Report, found: Report) -> bool:
    """Whether the first diagnosis is the same, and its decisive lines stand in the container's."""
    before, after = wanted.diagnoses[0], found.diagnoses[0]
    told, shown = (CODES.sub("", item.evidence[0].text) for item in (before, after))
    messages = [record.message.strip()[:PREFIX_CHARS] for record in records(told.encode().split(b"\n"))]
    return (before.id, before.role) == (after.id, after.role) and all(message in shown for message in messages)


@pytest.mark.parametrize("container", CONTAINERS, ids=lambda container: container.__name__)
@pytest.mark.parametrize("hours", [0, 8], ids=["same clock", "clock in UTC"])
def test_in_any_container(container: Callable[[Stamped], Iterator[bytes]], hours: int, analyse: Analyse) -> None:
    """Whose clock may run in another zone than that of the program inside."""
    wrong = []
    for case in SINGLE + SEVERAL + WRAPPED:
        logs = logs_of(case)
        wrapped = {}
        for name, data in logs.items():
            lines = data.removesuffix(b"\n").split(b"\n")
            times = [time - timedelta(hours=hours) for time in clock(lines)]
            wrapped[name] = joined(container(zip(times, lines, strict=True)))["log"]
        if not is_told(analyse(logs), analyse(wrapped)):
            wrong.append(case)

    assert wrong == []


def test_a_line_longer_than_a_container_s_part(analyse: Analyse) -> None:
    """The decisive words stand in its second part, and are found in both containers that cut lines."""
    line = b"ERROR 06-10 21:32:17 [x.py:1] " + b"x " * 10_000 + b"torch.OutOfMemoryError: CUDA out of memory. "
    line += b"Tried to allocate 2.00 GiB. GPU 1 has a total capacity of 23.70 GiB of which 310.00 MiB is free."
    bare = analyse(joined([line])).diagnoses[0]

    for container in (cri, docker_json):
        wrapped = list(container(zip(clock([line]), [line], strict=True)))
        found = analyse(joined(wrapped)).diagnoses[0]

        assert len(wrapped) > 1
        assert (found.id, found.facts, found.evidence[0].line) == (bare.id, bare.facts, 1)


# (e) cutting outside of the decisive region


@pytest.mark.parametrize("case", SINGLE)
def test_cut_outside_of_the_decisive_region(case: str, analyse: Analyse) -> None:
    """At any record before the first line of evidence, and at any after the last."""
    lines = log_of(case)
    report = analyse(joined(lines))
    wanted, proof = first(report), report.diagnoses[0].evidence
    head, tail = min(item.line for item in proof) - 1, max(item.end_line for item in proof)
    edges = [index for index in beginnings(lines) if index <= head or index >= tail]

    found = {index: first(analyse(joined(lines[index:] if index <= head else lines[:index]))) for index in edges}

    assert edges
    assert found == dict.fromkeys(edges, wanted)


# (f) more ranks


@pytest.mark.parametrize("case", SINGLE)
def test_eight_more_files_of_the_same(case: str, analyse: Analyse) -> None:
    """Of ranks that fail alike."""
    (data,) = logs_of(case).values()
    wanted = analyse({"rank0": data})

    found = analyse({f"rank{rank}": data for rank in range(9)})

    assert first(found) == first(wanted)
    assert found.diagnoses[0].count == 9 * wanted.diagnoses[0].count


WORKER = re.compile(rb"\(Worker_TP(\d) pid=(\d+)\) ")
RANKED = ("oom-four-ranks", "cases/deps-122-glibc-of-flash-attn-wheel", "cases/deps-138-t4-shared-memory")


@pytest.mark.parametrize("case", RANKED)
def test_eight_more_ranks_in_the_same_file(case: str, analyse: Analyse) -> None:
    """Each prints what the first failing one did, in the same moment."""
    lines = log_of(case)
    report = analyse(joined(lines))
    process = WORKER.match(report.diagnoses[0].evidence[0].text.encode())
    assert process
    more: list[bytes] = []
    for line in lines:
        more.append(line)
        if line.startswith(process[0]):
            copies = (b"(Worker_TP%d pid=%d) " % (rank, 90_000 + rank) for rank in range(20, 28))
            more += [copy + line.removeprefix(process[0]) for copy in copies]

    found = analyse(joined(more))

    assert first(found) == first(report)
    ranks = {place.rank for place in found.diagnoses[0].places}
    assert ranks == {place.rank for place in report.diagnoses[0].places} | set(range(20, 28))
