"""A broker that speaks Kafka's protocol over TCP, and consumers as processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

PATIENCE_S: Final = 40.0
PROGRAM: Final = Path(__file__).parent / "programs" / "killed.py"
# the broker of the tests drops members only when their sessions end
QUICK: Final = "session.timeout.ms=6000&heartbeat.interval.ms=500"


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """One message to send."""

    topic: str
    partition: int
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class Cluster:
    """librdkafka's cluster of the process: brokers on real ports, whose memory is their disk."""

    def __init__(self) -> None:
        from confluent_kafka import Producer

        self._producer = Producer(
            {"test.mock.num.brokers": 1, "bootstrap.servers": "x", "log_level": 0, "message.max.bytes": 20_000_000}
        )
        brokers = self._producer.list_topics(timeout=10).brokers.values()
        self.address = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)

    def url(self, topic: str, group: str) -> str:
        """What a consumer is told."""
        return f"kafka://{self.address}/{topic}?group={group}&{QUICK}"

    def send(self, messages: Sequence[Produced]) -> None:
        """Send, and wait until the broker has them."""
        for item in messages:
            self._producer.produce(item.topic, item.value, partition=item.partition, headers=list(item.headers))
        assert self._producer.flush(20) == 0

    def committed(self, topic: str, group: str, partitions: int) -> list[int]:
        """The offsets that a group has told; a negative one where it has told none."""
        from confluent_kafka import Consumer, TopicPartition

        consumer = Consumer({"bootstrap.servers": self.address, "group.id": group, "log_level": 0})
        try:
            places = consumer.committed([TopicPartition(topic, number) for number in range(partitions)], timeout=10)
        finally:
            consumer.close()
        return [place.offset for place in places]


@dataclass(frozen=True, slots=True)
class Consumer:
    """One consumer: its files, and its process."""

    folder: Path
    name: str

    @property
    def events(self) -> Path:
        """What it tells."""
        return self.folder / f"{self.name}.jsonl"

    @property
    def state(self) -> Path:
        """What it leaves to its next run."""
        return self.folder / f"{self.name}.state"

    def start(self, url: str, *options: str, killed: str = "never") -> subprocess.Popen[str]:
        """Run it; `killed` says at which moment it kills itself."""
        files = ["--state", str(self.state), "-o", str(self.events), "-f", "jsonl", "--no-report"]
        command = [sys.executable, str(PROGRAM), killed, "consume", url, *files, "--heartbeat", "0", *options]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}  # noqa: TID251  that of this process
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)

    def opened(self) -> list[str]:
        """The failures that it has told, in order."""
        lines = self.events.read_text().splitlines() if self.events.exists() else []
        events = [json.loads(line) for line in lines]
        return [event["diagnosis"]["summary"] for event in events if event["type"] == "opened"]

    def offsets(self) -> dict[str, int]:
        """How far it has read, as its state says."""
        found: dict[str, int] = json.loads(self.state.read_bytes())["stream"]["offsets"]
        return found


def wait(condition: Callable[[], bool]) -> None:
    """Until it holds, or patience ends: what is then asserted tells more."""
    until = time.monotonic() + PATIENCE_S
    while not condition() and time.monotonic() < until:
        time.sleep(0.05)


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Ask for the end, and see it."""
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=PATIENCE_S)
    return process.returncode, said


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """One for all tests; each has its own topic."""
    pytest.importorskip("confluent_kafka", reason="needs the extra `kafka`")
    return Cluster()
