"""Runs a watch of a stream: messages in, events out, the state written, and then the offsets told to the group."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from logsleuth.errors import UsageError
from logsleuth.limits import DEFAULT_STREAM_LIMITS, StreamLimits
from logsleuth.live.state import Streamed
from logsleuth.live.watch import Watch
from logsleuth.model import Report
from logsleuth.streams.address import Address
from logsleuth.streams.kafka import Client
from logsleuth.streams.stream import Stream


class Consumption:
    """One consumer: what the state has of it, and what its group is told once the state has been written."""

    def __init__(
        self,
        address: Address,
        settings: Mapping[str, str],
        *,
        saved: Streamed | None,
        complain: Callable[[str], None],
        limits: StreamLimits = DEFAULT_STREAM_LIMITS,
    ) -> None:
        self.stream = Stream(address.group, saved=saved, complain=complain, limits=limits)
        self._address = address
        self._limits = limits
        self.client = Client(address, settings, self.stream, complain=complain, limits=limits)
        self._is_leaving = False
        self._at_end_from: float | None = None

    def saved(self) -> Streamed:
        """What the next run needs to go on."""
        return self.stream.saved()

    def is_safe(self) -> None:
        """The state was written: the group may know."""
        self.client.commit(self.stream.read_to(), is_waiting=self._is_leaving)

    def run(self, watch: Watch, clock: Callable[[], float], *, is_to_end: bool) -> Report:
        """Watch until somebody ends the watch, or with `is_to_end` until all that is there was read."""

        def before_leaving() -> None:
            self._is_leaving = True
            watch.save_now()
            self._is_leaving = False

        self.client.before_leaving = before_leaving
        patience_until = clock() + self._limits.end_seconds
        is_caught_up = False
        try:
            while not watch.is_over():
                self._step(watch)
                if not is_caught_up and self.stream.is_at_end:
                    watch.catch_up()
                    is_caught_up = True
                if is_to_end and self._is_done(clock(), patience_until):
                    break
            for item in self.stream.finish():
                watch.take(item)
            self._is_leaving = True
            return watch.finish()
        finally:
            self.client.before_leaving = lambda: None
            self.client.close()

    def _step(self, watch: Watch) -> None:
        messages = self.client.poll(min(watch.wait_s(), self._limits.poll_seconds))
        for run in self.stream.runs(messages):
            for block in self.stream.blocks(run):
                watch.take(block)
            self.stream.taken(run)
            if watch.is_over():
                return
        watch.beat()
        watch.save()

    def _is_done(self, now: float, patience_until: float) -> bool:
        """Whether all that is there was read; raises UsageError where nothing has come for too long."""
        if self.stream.is_at_end:
            # partitions come a few at a time: the rest may follow, or belong to others of the group
            self._at_end_from = now if self._at_end_from is None else self._at_end_from
            is_all = self.stream.partitions >= self.client.partition_count()
            return is_all or now - self._at_end_from >= self._limits.sharing_seconds
        self._at_end_from = None
        if now >= patience_until and not self.stream.partitions:
            why = "no broker answers" if self.client.is_down else "the group has no partition for this consumer"
            raise UsageError(f"{self._address.name}: {why}, for {self._limits.end_seconds:.0f} seconds")
        return False
