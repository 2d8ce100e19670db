"""Consumers against a broker: killed at the worst moments, rebalanced, fed with poison."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from logsleuth.api import prepare
from tests.streams.conftest import Cluster, Consumer, Produced, end, wait

pytest.importorskip("confluent_kafka", reason="needs the extra `kafka`")
NOT_TOLD = "the group was not told how far it was read"
pytestmark = [pytest.mark.clients, pytest.mark.usefixtures("clean", "begin", "killed")]
Begun = subprocess.Popen[str]
FIXTURE: Final = Path(__file__).parents[2] / "fixtures" / "oom-four-ranks" / "input.log"
NAME: Final = re.compile(r"Broken([A-J]+)Error")


def name_of(number: int) -> str:
    """A number in letters, so that no two failures look alike to who masks digits."""
    return "".join(chr(65 + int(digit)) for digit in str(number))


def failures(topic: str, numbers: range, *, partitions: int) -> list[Produced]:
    """Tracebacks, a message for each line, of exceptions that are like no other, each of a host of its own and in one partition."""
    found = []
    for number in numbers:
        name = name_of(number)
        lines = (
            "ERROR 11-20 06:00:00 [core.py:700] EngineCore encountered a fatal error.",
            "Traceback (most recent call last):",
            f'  File "/srv/plugin/step_{name.lower()}.py", line {number + 10}, in run_{name.lower()}',
            "    raise failure",
            f"plugin.errors.Broken{name}Error: step {name} cannot go on",
        )
        partition = number % partitions
        headers = (("host", f"gpu-{number}".encode()),)
        found += [Produced(topic=topic, partition=partition, value=line.encode(), headers=headers) for line in lines]
    return found


def told(*consumers: Consumer) -> list[str]:
    """Which failures were opened, by all of them."""
    return sorted(match[1] for consumer in consumers for text in consumer.opened() if (match := NAME.search(text)))


def expected(numbers: range) -> list[str]:
    """Each of them once."""
    return sorted(map(name_of, numbers))


def poison() -> list[Produced]:
    """What nothing can be read of, and a crash among it."""
    lines = FIXTURE.read_text(encoding="utf-8").splitlines()
    values: list[bytes | None] = [
        None,
        b"",
        b"\x1f\x8b\x08\xff\xff",
        b"\x7fELF\x02\x01\x01\0\0\0",
        b"\0\1\2\3" * 20,
        b"x" * 3_000_000,  # the cluster of the tests keeps 5 MB
        b'{"broken":',
        gzip.compress(b"INFO one\nINFO two\n"),
        *(json.dumps({"message": line, "host": "gpu-07", "date": 1.0}).encode() for line in lines),
    ]
    found = [Produced(topic="poison", partition=0, value=value) for value in values]
    return [*found, Produced(topic="poison", partition=1, value=b"INFO x", headers=(("host", b"gpu-08"),))]


def begun(*arguments: str) -> subprocess.Popen[str]:
    """The command, in the background."""
    command = [sys.executable, "-m", "logsleuth", "consume", *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}  # noqa: TID251  that of this process
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


@pytest.fixture(scope="module")
def begin(cluster: Cluster, cache: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Begun]]:
    """Consumers that wait most of their time, all at once."""
    prepare(cache=Path(cache))  # once, and not by each of them
    cluster.send(poison())
    properties = tmp_path_factory.mktemp("config") / "client.properties"
    properties.write_text("sasl.pasword=hunter2\n")
    with socket.socket() as held, pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGSLEUTH_CACHE", cache)
        held.bind(("127.0.0.1", 0))
        away = f"kafka://127.0.0.1:{held.getsockname()[1]}/t?group=g"
        yield {
            "poison": begun(cluster.url("poison", "p"), "--until-end", "-f", "jsonl", "--heartbeat", "0"),
            "nowhere": begun(f"kafka://{cluster.address}/nowhere?group=g"),
            "away": begun(away, "--idle-exit", "3", "--no-report"),
            "property": begun("kafka://127.0.0.1:1/t?group=g", "--config", str(properties)),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """What became of three runs of one consumer, the first two of which were killed."""

    statuses: tuple[int, ...]
    said: str
    committed: list[int]
    offsets: tuple[dict[str, int], ...]
    told: list[str]


def killed_twice(cluster: Cluster, folder: Path) -> Killed:
    """Between the state and the commit, then between reading and the state."""
    consumer = Consumer(folder, "one")
    url = cluster.url("killed", "sleuth")
    statuses, offsets, said = [], [], ""
    committed: list[int] = []
    for first, moment in ((10, "before-commit"), (14, "before-state"), (18, "never")):
        cluster.send(failures("killed", range(first, first + 4), partitions=2))
        process = consumer.start(url, "--until-end", killed=moment)
        _, said = process.communicate(timeout=60)
        statuses.append(process.returncode)
        offsets.append(consumer.offsets())
        committed = committed or cluster.committed("killed", "sleuth", 2)
    return Killed(statuses=tuple(statuses), said=said, committed=committed, offsets=tuple(offsets), told=told(consumer))


@pytest.fixture(scope="module")
def killed(begin: object, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Future[Killed]]:
    """Runs beside the other tests: most of the time, a broker waits for the dead."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        yield pool.submit(killed_twice, cluster, tmp_path_factory.mktemp("killed"))


def test_two_share_the_partitions_and_one_takes_over(cluster: Cluster, tmp_path: Path) -> None:
    """What moves from one consumer to the other is told by one of them, once."""
    one, two = Consumer(tmp_path, "one"), Consumer(tmp_path, "two")
    url = cluster.url("shared", "pair")
    cluster.send(failures("shared", range(10, 14), partitions=4))

    first = one.start(url)
    wait(lambda: len(told(one)) == 4)
    second = two.start(url)
    number = 14
    while not told(two) and number < 60:
        cluster.send(failures("shared", range(number, number + 4), partitions=4))
        number += 4
        wait(lambda: len(told(one, two)) == number - 10)  # noqa: B023  waited for within the turn
    by_two = told(two)
    first_end = end(first)
    cluster.send(failures("shared", range(number, number + 4), partitions=4))
    wait(lambda: len(told(one, two)) >= number - 6)
    second_end = end(second)

    assert by_two != []
    assert (first_end[0], second_end) == (143, (143, ""))
    if (
        NOT_TOLD in first_end[1]
    ):  # the broker was sharing anew when it left, and said no: then who takes over reads again
        assert set(told(one, two)) == set(expected(range(10, number + 4)))
        return
    assert first_end[1] == ""
    assert told(one, two) == expected(range(10, number + 4))
    assert sum(cluster.committed("shared", "pair", 4)) == 5 * (number - 6)


def test_what_is_read_is_told_once_though_the_consumer_is_killed(killed: Future[Killed], cluster: Cluster) -> None:
    """After the state but before the commit, then before the state, and both are made good."""
    found = killed.result(timeout=120)

    assert found.statuses == (-signal.SIGKILL, -signal.SIGKILL, 1)
    assert found.said == ""
    assert max(found.committed) < 0
    assert found.offsets == tuple({"killed/0": offset, "killed/1": offset} for offset in (10, 10, 30))
    assert found.told == expected(range(10, 22))
    assert cluster.committed("killed", "sleuth", 2) == [30, 30]


def test_poison_stops_nothing(begin: dict[str, Begun]) -> None:
    """Tombstones, damage, binaries and enormous values are passed over, and said once each."""
    printed, said = begin["poison"].communicate(timeout=60)

    report = json.loads(printed.splitlines()[-1])["report"]
    at = [line.partition(": the message at ")[2].partition(" ")[0] for line in said.splitlines()]
    assert begin["poison"].returncode == 1
    assert report["diagnoses"][0]["id"] == "cuda.oom.device.weights"
    assert {item["source"] for item in report["diagnoses"][0]["evidence"]} == {"gpu-07"}
    assert report["stats"]["sources"] == 3
    assert at == ["0", "2", "3", "4", "6"]


def test_a_topic_that_is_not_there_ends_it(begin: dict[str, Begun], cluster: Cluster) -> None:
    """With one line."""
    _, said = begin["nowhere"].communicate(timeout=60)

    assert said == f"logsleuth: kafka://{cluster.address}/nowhere: there is no such topic\n"
    assert begin["nowhere"].returncode == 2


def test_a_broker_that_is_away_is_waited_for(begin: dict[str, Begun]) -> None:
    """It is said once, without an end."""
    _, said = begin["away"].communicate(timeout=60)

    assert re.fullmatch(r"logsleuth: kafka://127\.0\.0\.1:\d+/t: no broker answers \(.*\); trying again .*\n", said)
    assert begin["away"].returncode == 0


def test_an_unknown_property_is_named_without_its_value(begin: dict[str, Begun]) -> None:
    """What stands in the file may be a secret."""
    _, said = begin["property"].communicate(timeout=60)

    assert "sasl.pasword" in said
    assert "hunter2" not in said
    assert begin["property"].returncode == 2


def test_what_was_deleted_before_it_was_read_is_said_once(cluster: Cluster, tmp_path: Path) -> None:
    """Offsets of the state that the topic no longer has, or not yet, are no reason to end."""
    state = tmp_path / "one.state"
    options = (cluster.url("trimmed", "trimmed"), "--until-end", "-f", "jsonl", "--state", str(state))
    lines = [Produced(topic="trimmed", partition=0, value=b"INFO x") for _ in range(3)]
    cluster.send(lines)
    begun(*options).communicate(timeout=60)
    saved = json.loads(state.read_bytes())
    big = [Produced(topic="trimmed", partition=0, value=b"INFO x" + b" x" * 500_000) for _ in range(8)]
    cluster.send(big)  # of which the cluster keeps 5 MB

    process = begun(*options)
    printed, said = process.communicate(timeout=60)

    assert saved["stream"]["offsets"] == {"trimmed/0": 3}
    assert process.returncode == 0
    assert said == "logsleuth: trimmed/0: what comes next was deleted before it was read; reading from the beginning\n"
    assert 3 <= json.loads(printed.splitlines()[-1])["report"]["stats"]["lines"] < 8
    assert json.loads(state.read_bytes())["stream"]["offsets"] == {"trimmed/0": 11}


def test_an_expression_that_is_none_ends_it(cluster: Cluster) -> None:
    """With one line."""
    process = begun(f"kafka://{cluster.address}/^[?group=g")
    _, said = process.communicate(timeout=60)

    assert said == f"logsleuth: kafka://{cluster.address}/^[: names no topics: is the regular expression one?\n"
    assert process.returncode == 2
