"""What must not change the first diagnosis: how a log was carried, cut, mixed, multiplied and read."""

from __future__ import annotations

import gzip
import importlib.util
import io
import itertools
import json
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO, cast

import pytest
import yaml

from logsleuth import Report, Role, Settings, analyze, document
from logsleuth.api import prepare
from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.model import Record
from logsleuth.pipeline import Analysis
from logsleuth.plan import Plan
from logsleuth.records import Peeler
from logsleuth.report.document import encode
from logsleuth.sources import Input, from_bytes, read

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures"
SINGLE = (
    "oom-four-ranks",
    "cases/cuda-003-host-register-over-512gib",
    "cases/deps-122-glibc-of-flash-attn-wheel",
    "cases/deps-138-t4-shared-memory",
    "cases/dist-001-torchrun-port-29500",
    "cases/gpu-004-gsp-rpc-timeout-syslog",
    "cases/host-003-zmq-too-many-open-files",
    "cases/model-127-shard-truncated-at-upload",
    "cases/nccl-001-shm-full-of-leaked-segments",
    "cases/nccl-002-duplicate-gpu-two-dp-ranks",
    "cases/nccl-007-first-allreduce-hangs-over-p2p",
    "cases/nccl-008-bootstrap-over-loopback-srun",
    "cases/storage-001-stale-handle-on-shared-cache",
    "cases/ucm-117-host-buffers-without-context",
    "cases/vllm-105-malformed-grammar-kills-engine",
    "cases/vllm-140-embedding-request-none",
)
SEVERAL = (
    "cases/gpu-002-hbm-ecc-behind-rpc-timeout",
    "cases/host-001-oom-killer-pinned-offload",
    "cases/kv-111-decode-cannot-reach-prefill",
    "cases/model-128-hub-says-too-many-requests",
    "cases/nccl-005-qp-unreachable-on-node1",
    "cases/nccl-006-ib-port-flap-old-nccl",
    "cases/ucm-115-loads-time-out-in-parallel",
    "cases/vllm-135-fp8-blocks-at-tp16",
)
WRAPPED = ("cases/kv-113-remote-backend-breaks-off", "cases/vllm-136-deepgemm-warmup-outlasts-wait")
Logs = Mapping[str, bytes]
First = tuple[str, Role, str]
PREFIX_CHARS = 1500  # of a decisive line: evidence is bounded, and a container's prefix takes its share


@pytest.fixture(scope="module")
def plan(cache: str) -> Plan:
    """The built-in catalog, compiled once."""
    return prepare(cache=Path(cache))


Analyse = Callable[[Logs], Report]


@pytest.fixture(scope="module")
def analyse(plan: Plan) -> Analyse:
    """What `analyze` does with files of this content, without loading the catalog each time."""

    def run(logs: Logs) -> Report:
        analysis = Analysis(plan)
        for name, data in logs.items():
            analysis.add(from_bytes(name, data, limits=DEFAULT_LIMITS))
        return analysis.report()

    return run


def logs_of(case: str) -> dict[str, bytes]:
    """The logs of a case by their names."""
    folder = FIXTURES / case
    named = yaml.safe_load((folder / "case.yaml").read_text(encoding="utf-8")).get("logs")
    paths = [folder / name for name in named] if named else [*folder.glob("log.txt"), *folder.glob("input.*")]
    return {path.name: path.read_bytes() for path in paths}


def log_of(case: str) -> list[bytes]:
    """The lines of a case's only log."""
    (data,) = logs_of(case).values()
    return data.removesuffix(b"\n").split(b"\n")


def joined(lines: Iterable[bytes]) -> Logs:
    """One log of these lines."""
    return {"log": b"".join(line + b"\n" for line in lines)}


def first(report: Report) -> First:
    """Id, role and decisive lines of the first diagnosis; which of several ranks or requests spoke may vary."""
    found = report.diagnoses[0]
    return (found.id, found.role, re.sub(r"\d+", "#", found.evidence[0].text))


def records(lines: Sequence[bytes]) -> list[Record]:
    """The lines with their prefixes taken apart."""
    peeler = Peeler()
    return [peeler.record(line.decode("utf-8", "replace"), number) for number, line in enumerate(lines, 1)]


STAMP = re.compile(r"(?:(\d{4})-)?(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)")


def clock(lines: Sequence[bytes]) -> list[datetime]:
    """When each line was printed: by its own time, or a moment after the line before."""
    printed = [STAMP.match(record.ts or "") for record in records(lines)]
    times = [datetime(int(at[1] or 2026), *map(int, at.groups()[1:])) if at else None for at in printed]  # type: ignore[arg-type]  # noqa: DTZ001  logs print local times
    now = next((time for time in times if time), datetime(2026, 11, 20))  # noqa: DTZ001
    moments = []
    for time in times:
        now = max(now + timedelta(milliseconds=1), time or now)
        moments.append(now)
    return moments


def beginnings(lines: Sequence[bytes]) -> list[int]:
    """The indexes of the lines with which a record begins: a producer's prefix that its stream had not just printed."""
    seen: dict[object, str | None] = {}
    found = []
    for index, record in enumerate(records(lines)):
        if record.head is not None and seen.get(record.origin) != record.head:
            found.append(index)
        seen[record.origin] = record.head
    return found


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

Stamped = Iterable[tuple[datetime, bytes]]
PARTIAL_BYTES = 16384
COLOURED = re.compile(rb"((?:\([^)]*\) ?)*)(DEBUG|INFO|WARNING|ERROR|CRITICAL)\b")


def stamp(time: datetime) -> str:
    """As Kubernetes and docker print it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


def pieces(line: bytes) -> Iterator[tuple[bytes, bool]]:
    """The parts of a line as a container runtime cuts it, and whether each is the last one."""
    starts = range(0, max(len(line), 1), PARTIAL_BYTES)
    yield from ((line[start : start + PARTIAL_BYTES], start == starts[-1]) for start in starts)


def encoded(**fields: object) -> bytes:
    """A JSON record."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def text(line: bytes) -> str:
    """A line as JSON can hold it."""
    return line.decode("utf-8", "replace")


def cri(stamped: Stamped) -> Iterator[bytes]:
    """Lines of more than 16 KiB come in parts."""
    for time, line in stamped:
        yield from (f"{stamp(time)} stdout {'F' if last else 'P'} ".encode() + part for part, last in pieces(line))


def docker_json(stamped: Stamped) -> Iterator[bytes]:
    """The same, the parts without their newline."""
    for time, line in stamped:
        for part, last in pieces(line):
            yield encoded(log=text(part) + ("\n" if last else ""), stream="stderr", time=stamp(time))


def docker_stamps(stamped: Stamped) -> Iterator[bytes]:
    """`docker logs --timestamps`."""
    yield from (f"{stamp(time)} ".encode() + line for time, line in stamped)


def kubectl(stamped: Stamped) -> Iterator[bytes]:
    """`kubectl logs --prefix`."""
    yield from (b"[pod/vllm-6d4f/vllm] " + line for _, line in stamped)


def journald(stamped: Stamped) -> Iterator[bytes]:
    """`journalctl -o json`."""
    for time, line in stamped:
        moment = str(int((time - datetime(1970, 1, 1)).total_seconds() * 1e6))  # noqa: DTZ001
        fields = {"__REALTIME_TIMESTAMP": moment, "_HOSTNAME": "gpu-7", "_PID": "4711", "PRIORITY": "6"}
        yield encoded(**fields, SYSLOG_IDENTIFIER="vllm", MESSAGE=text(line))


def syslog(stamped: Stamped) -> Iterator[bytes]:
    """Without a year."""
    yield from (f"{time:%b %d %H:%M:%S} gpu-7 vllm[4711]: ".encode() + line for time, line in stamped)


def compose(stamped: Stamped) -> Iterator[bytes]:
    """`docker compose logs`."""
    yield from (b"vllm-1  | " + line for _, line in stamped)


def srun(stamped: Stamped) -> Iterator[bytes]:
    """`srun -l`."""
    yield from (b"0: " + line for _, line in stamped)


def gcp(stamped: Stamped) -> Iterator[bytes]:
    """Google's Cloud Logging, where everything on stderr is an error."""
    resource = {"type": "k8s_container", "labels": {"pod_name": "vllm-0", "container_name": "vllm"}}
    for time, line in stamped:
        yield encoded(resource=resource, severity="ERROR", textPayload=text(line), timestamp=stamp(time))


def crlf(stamped: Stamped) -> Iterator[bytes]:
    """Through Windows."""
    yield from (line + b"\r" for _, line in stamped)


def coloured(stamped: Stamped) -> Iterator[bytes]:
    """Processes and levels as vLLM colours them."""
    for _, line in stamped:
        match = COLOURED.match(line)
        if match is None:
            yield line
        else:
            process = b"\x1b[1;36m" + match[1] + b"\x1b[0;0m" if match[1] else b""
            yield process + b"\x1b[31m" + match[2] + b"\x1b[0m" + line[match.end() :]


CONTAINERS = (cri, docker_json, docker_stamps, kubectl, journald, syslog, compose, srun, gcp, crlf, coloured)
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


# (g) reading in any pieces


class Dribble(io.RawIOBase):
    """Standard input that gives so many bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        self._pieces = (data[start : start + size] for start in range(0, len(data), size))

    def read1(self, _size: int = -1) -> bytes:
        """The next piece."""
        return next(self._pieces, b"")


def told(report: Report, name: str) -> bytes:
    """The whole document, without the name of its source."""
    return encode(document(report)).replace(name.encode(), b"log")


@pytest.mark.parametrize("size", [1, 13, 300, 5000, 1024 * 1024])
def test_reads_of_any_size(size: int, plan: Plan, analyse: Analyse) -> None:
    """From one byte on, as a slow pipe gives them."""
    for case in SINGLE:
        check_reads(case, size, plan, analyse)


@pytest.mark.parametrize("case", ["cases/perf-143-silent-after-weights", "cases/dist-003-one-of-four-clients-joined"])
def test_reads_of_any_size_of_what_stalled(case: str, plan: Plan, analyse: Analyse) -> None:
    """What a source ends with counts."""
    check_reads(case, 13, plan, analyse)


def check_reads(case: str, size: int, plan: Plan, analyse: Analyse) -> None:
    """Whether `size` bytes at a time give the same bytes as all at once."""
    for name, data in logs_of(case).items():
        piped = Analysis(plan)
        stdin = cast("BinaryIO", Dribble(data, size))
        piped.add(read(Input(name, None), limits=DEFAULT_LIMITS, stdin=stdin))

        assert told(piped.report(), name) == told(analyse({name: data}), name)


def test_pipe_file_and_archive(cache: str, tmp_path: Path) -> None:
    """The same bytes, byte for byte the same answer."""
    settings = Settings(cache=Path(cache))
    for case in SINGLE[:4]:
        (data,) = logs_of(case).values()
        plain, packed = tmp_path / "plain", tmp_path / "packed"
        plain.write_bytes(data)
        packed.write_bytes(gzip.compress(data))
        command = [sys.executable, "-m", "logsleuth", "analyze", "-", "--format", "json"]

        reports = {told(analyze(path, settings=settings), str(path)) for path in (plain, packed)}
        reports.add(told(analyze(data, settings=settings), "log"))

        assert len(reports) == 1
    piped = subprocess.run(command, input=data, env={"LOGSLEUTH_CACHE": cache}, capture_output=True, check=False).stdout
    said = json.loads(piped)
    said["stats"].pop("seconds", None)
    assert json.dumps(said["diagnoses"]).replace('"source": "-"', '"source": "log"') == json.dumps(
        json.loads(reports.pop())["diagnoses"]
    )


# (h) nothing depends on chance


def test_two_hash_seeds_give_the_same_bytes(cache: str) -> None:
    """Of one run over several cases."""
    paths = [str(FIXTURES / case / name) for case in (SINGLE[0], *SEVERAL[:4]) for name in logs_of(case)]
    command = [sys.executable, "-m", "logsleuth", "analyze", *paths, "--format", "json"]

    found = {
        re.sub(
            rb'"seconds": ?[\d.]+',
            b"",
            subprocess.run(
                command,
                env={"LOGSLEUTH_CACHE": cache, "PYTHONHASHSEED": seed},
                capture_output=True,
                check=False,
            ).stdout,
        )
        for seed in ("1", "2")
    }

    assert len(found) == 1
    assert b'"diagnoses"' in found.pop()
