"""The only module that knows confluent-kafka: messages, rebalances and commits of one consumer of a group."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from logsleuth.errors import UsageError
from logsleuth.limits import DEFAULT_STREAM_LIMITS, StreamLimits
from logsleuth.streams.address import Address
from logsleuth.streams.messages import Message, Partition

try:
    from confluent_kafka import (
        OFFSET_BEGINNING,
        OFFSET_END,
        OFFSET_STORED,
        Consumer,
        KafkaError,
        KafkaException,
        TopicPartition,
    )
except ImportError:
    raise UsageError("reading from Kafka needs its client: pip install 'logsleuth[kafka]'") from None

# Nothing but a person can put these right; anything else passes, or librdkafka tries again by itself.
HOPELESS: Final = {
    KafkaError._AUTHENTICATION: "the broker refuses the login: check the file of --config",
    KafkaError.SASL_AUTHENTICATION_FAILED: "the broker refuses the login: check the file of --config",
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "this login may not read the topic: it needs READ and DESCRIBE on it",
    KafkaError.GROUP_AUTHORIZATION_FAILED: "this login may not use the group: it needs READ on it",
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: "this login may not use the cluster",
    KafkaError.UNKNOWN_TOPIC_OR_PART: "there is no such topic",
    KafkaError.TOPIC_EXCEPTION: "that is no name of a topic",
    KafkaError.INVALID_GROUP_ID: "that is no name of a group",
    KafkaError.INCONSISTENT_GROUP_PROTOCOL: "the group's other members share their partitions in another way: "
    "set partition.assignment.strategy=range,roundrobin in the file of --config",
    KafkaError.FENCED_INSTANCE_ID: "another consumer has the same group.instance.id",
}
OUTAGES: Final = frozenset(
    {KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT, KafkaError._RESOLVE, KafkaError._SSL, KafkaError._TIMED_OUT}
)
UNREADABLE: Final = frozenset({KafkaError._BAD_MSG, KafkaError._BAD_COMPRESSION, KafkaError._NOT_IMPLEMENTED})
AGAIN_S: Final = 0.1
Owned = list[TopicPartition]


class Listener(Protocol):
    """Hears what becomes of partitions, from within `Client.poll` and `Client.close`."""

    def start(self, partition: Partition, committed: int | None) -> int | None:
        """Where to begin to read a partition."""
        ...

    def begin(self, partition: Partition, offset: int | None) -> None:
        """A partition has come."""
        ...

    def restart(self, partition: Partition) -> None:
        """What was to come next of a partition is not there: it is read from its beginning."""
        ...

    def end(self, partition: Partition) -> None:
        """A partition was read to its end."""
        ...

    def leave(self, partitions: list[Partition]) -> None:
        """Partitions go to others; those that are lost went already."""
        ...


class Client:
    """One member of a group; `before_leaving` is called while partitions that go to others are still here."""

    def __init__(
        self,
        address: Address,
        settings: Mapping[str, str],
        listener: Listener,
        *,
        complain: Callable[[str], None],
        limits: StreamLimits = DEFAULT_STREAM_LIMITS,
    ) -> None:
        self.before_leaving: Callable[[], None] = lambda: None
        self._address = address
        self._listener = listener
        self._complain = complain
        self._limits = limits
        self._failure: str | None = None
        self._count: int | None = None
        self._is_down = False
        self._told: dict[Partition, int] = {}
        strategy = settings.get("partition.assignment.strategy", "cooperative-sticky")
        self._is_cooperative = strategy.startswith("cooperative")
        self._consumer = _consumer({**settings, **_ours(limits)}, self._hear, self._hear_of_commit)
        try:
            self._consumer.subscribe(
                list(address.topics), on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost
            )
        except KafkaException:
            raise UsageError(f"{address.name}: names no topics: is the regular expression one?") from None

    @property
    def is_down(self) -> bool:
        """Whether no broker answers."""
        return self._is_down

    def poll(self, seconds: float) -> list[Message]:
        """What came, after as long as that at most; raises UsageError where nothing will ever come."""
        first = self._consumer.poll(seconds)
        if self._failure:
            raise UsageError(self._failure)
        if first is None:
            return []
        rest = self._consumer.consume(self._limits.batch_messages - 1, 0)
        return [message for item in (first, *rest) if (message := self._message(item))]

    def commit(self, offsets: Mapping[Partition, int], *, is_waiting: bool = False) -> None:
        """Tell the group how far partitions are read; where that fails, the state has it, and it is told later."""
        fresh = {partition: offset for partition, offset in offsets.items() if self._told.get(partition) != offset}
        places = [TopicPartition(topic, number, offset) for (topic, number), offset in fresh.items()]
        if not places:
            return
        try:
            if is_waiting and not self._is_down:
                self._hear_of_commit(None, self._committed_at_last(places))
            else:
                self._consumer.commit(offsets=places, asynchronous=True)
        except KafkaException as error:
            if is_waiting:
                self._complain(
                    f"{self._address.name}: the group was not told how far it was read: {_said(error.args[0])}"
                )

    def _committed_at_last(self, places: Owned) -> Owned:
        """Commit, after the moments in which a group that shares its partitions anew takes no commits."""
        for _ in range(int(self._limits.broker_seconds / AGAIN_S)):
            try:
                return list(self._consumer.commit(offsets=places, asynchronous=False))
            except KafkaException as error:
                if error.args[0].code() != KafkaError.REBALANCE_IN_PROGRESS:
                    raise
            time.sleep(AGAIN_S)
        return list(self._consumer.commit(offsets=places, asynchronous=False))

    def _hear_of_commit(self, error: Any, places: Owned) -> None:  # noqa: ANN401  a class of the library
        """What the broker has taken; while a group shares its partitions anew, it may refuse."""
        if error is None:
            self._told |= {Partition(item.topic, item.partition): item.offset for item in places if item.error is None}

    def partition_count(self) -> int:
        """How many partitions the topics have; 0 where the broker does not say."""
        if self._count is None:
            try:
                topics = self._consumer.list_topics(timeout=self._limits.broker_seconds).topics
            except KafkaException:
                return 0
            self._count = sum(len(topics[name].partitions) for name in self._address.topics if name in topics)
        return self._count

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close()

    def _message(self, item: Any) -> Message | None:  # noqa: ANN401  a class of the library
        partition = Partition(item.topic() or "", item.partition() or 0)
        error = item.error()
        if error is None:
            self._come_back()
            return Message(partition, item.offset(), item.value(), item.headers() or ())
        if error.code() == KafkaError._PARTITION_EOF:
            self._come_back()
            self._listener.end(partition)
        elif error.code() == KafkaError._AUTO_OFFSET_RESET:
            self._reset(partition)
        elif error.code() in UNREADABLE:
            self._complain(f"{partition}: messages at {item.offset()} are damaged, and are left out")
            self._go_to(TopicPartition(*partition, max(item.offset(), 0) + 1))
        else:
            self._hear(error)
            if self._failure:
                raise UsageError(self._failure)
        return None

    def _hear(self, error: Any) -> None:  # noqa: ANN401  a class of the library
        """What the client says of brokers and topics; nothing that it says holds a setting."""
        meaning = HOPELESS.get(error.code())
        if meaning or error.fatal():
            self._failure = f"{self._address.name}: {meaning or _said(error)}"
        elif error.code() in OUTAGES and not self._is_down:
            self._is_down = True
            self._complain(f"{self._address.name}: no broker answers ({_said(error)}); trying again until one does")

    def _come_back(self) -> None:
        if self._is_down:
            self._is_down = False
            self._complain(f"{self._address.name}: a broker answers again")

    def _assigned(self, consumer: Consumer, owned: Owned) -> None:
        self._come_back()
        committed = self._committed(consumer, owned)
        for item in owned:
            partition = Partition(item.topic, item.partition)
            start = self._listener.start(partition, committed.get(partition))
            self._listener.begin(partition, start)
            self._told.pop(partition, None)
            item.offset = self._first(partition, committed) if start is None else start
        if self._is_cooperative:
            consumer.incremental_assign(owned)
        else:
            consumer.assign(owned)

    def _committed(self, consumer: Consumer, owned: Owned) -> dict[Partition, int | None]:
        """What the group has read of these; nothing where the broker does not say."""
        if not owned:
            return {}
        try:
            places = consumer.committed(owned, timeout=self._limits.broker_seconds)
        except KafkaException:
            return {}
        return {
            Partition(item.topic, item.partition): item.offset if item.offset >= 0 else None
            for item in places
            if item.error is None
        }

    def _first(self, partition: Partition, committed: Mapping[Partition, int | None]) -> int:
        """Where a group begins that has read nothing; where that is not known, the client asks again."""
        if partition not in committed:
            return int(OFFSET_STORED)
        return int(OFFSET_END if self._address.is_from_end else OFFSET_BEGINNING)

    def _reset(self, partition: Partition) -> None:
        """The place to read from is gone, or it was never told."""
        if self._told.get(partition) is not None or self._listener.start(partition, None) is not None:
            self._complain(f"{partition}: what comes next was deleted before it was read; reading from the beginning")
            begin = OFFSET_BEGINNING
        else:
            begin = OFFSET_END if self._address.is_from_end else OFFSET_BEGINNING
        self._listener.restart(partition)
        self._go_to(TopicPartition(*partition, begin))

    def _go_to(self, place: TopicPartition) -> None:
        """Read on from there; a partition that nothing could be fetched of must be assigned anew for that."""
        try:
            self._consumer.seek(place)
        except KafkaException:
            if self._is_cooperative:
                self._consumer.incremental_unassign([place])
                self._consumer.incremental_assign([place])
            else:
                here = self._consumer.position(self._consumer.assignment())
                others = [item for item in here if (item.topic, item.partition) != (place.topic, place.partition)]
                self._consumer.assign([*others, place])

    def _revoked(self, consumer: Consumer, owned: Owned) -> None:
        self.before_leaving()
        self._lost(consumer, owned)
        if self._is_cooperative:
            consumer.incremental_unassign(owned)
        else:
            consumer.unassign()

    def _lost(self, consumer: Consumer, owned: Owned) -> None:
        """Others have them already, so that nothing may be committed."""
        del consumer
        self._listener.leave([Partition(item.topic, item.partition) for item in owned])


def _ours(limits: StreamLimits) -> dict[str, str]:
    """What is not for others to decide."""
    return {
        "enable.auto.commit": "false",
        "enable.auto.offset.store": "false",
        "enable.partition.eof": "true",
        "auto.offset.reset": "error",
        "queued.max.messages.kbytes": str(limits.queued_bytes // 1024),
    }


def _consumer(
    settings: Mapping[str, str], hear: Callable[[Any], None], hear_of_commit: Callable[[Any, Owned], None]
) -> Consumer:
    log = logging.getLogger("logsleuth.kafka")
    log.disabled = True  # what matters comes through `hear`, in one line
    callbacks = {"error_cb": hear, "on_commit": hear_of_commit}
    try:
        return Consumer({"client.id": "logsleuth", **settings, **callbacks}, logger=log)
    except (AttributeError, TypeError, ValueError) as error:
        raise UsageError(f"the client cannot be set up: {_without_value(str(error), settings)}") from None
    except KafkaException as error:
        # it names the property, and of a bad value what would be one
        raise UsageError(f"the client cannot be set up: {_without_value(_said(error.args[0]), settings)}") from None


def _said(error: Any) -> str:  # noqa: ANN401  a class of the library
    return " ".join(str(error.str()).split())[:200]


def _without_value(said: str, settings: Mapping[str, str]) -> str:
    """What the client says, without values that may be secrets."""
    for name, value in settings.items():
        if value and len(value) > 1 and name not in {"bootstrap.servers", "group.id"}:
            said = said.replace(f'"{value}"', "...").replace(f"'{value}'", "...")
    return said
