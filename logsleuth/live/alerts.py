"""Sends alerts in the background, so that reading never waits: one thread and one bounded queue for each receiver."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from logsleuth.live.actions import Action, AlertError
from logsleuth.live.bodies import Document
from logsleuth.live.events import News
from logsleuth.live.incidents import Kind
from logsleuth.live.limit import Budget, Rate, spend

MOST_WAITING: Final = 1_000
INCIDENTS_KEPT: Final = 10_000
BETTER: Final = frozenset({"cause", "changed"})  # the updates that are worth an alert
Complain = Callable[[str], None]


class Sender:
    """One receiver with its thread; what waits when the queue is full gives way to what is newer."""

    def __init__(self, action: Action, complain: Complain) -> None:
        self.sent = self.failed = self.dropped = 0
        self._action = action
        self._complain = complain
        self._waiting: deque[Document] = deque()
        self._sending: Document | None = None
        self._changed = threading.Condition()
        self._is_closing = False
        self._no_time = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"alerts to {action.name}", daemon=True)
        self._thread.start()

    def put(self, event: Document) -> None:
        """Queue an event."""
        with self._changed:
            if len(self._waiting) >= MOST_WAITING:
                self._waiting.popleft()
                self.dropped += 1
            self._waiting.append(event)
            self._changed.notify()

    def unsent(self) -> list[Document]:
        """What has not been delivered yet."""
        with self._changed:
            return [*([self._sending] if self._sending is not None else []), *self._waiting]

    def finish(self, limit_s: float) -> None:
        """Deliver what waits, as far as the time allows."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join(limit_s)
        self._no_time.set()

    def _run(self) -> None:
        while (event := self._next()) is not None:
            try:
                self._action.send(event, self._no_time.wait)
                self.sent += 1
            except AlertError as error:
                self.failed += 1
                self._complain(f"alert not delivered: {error}")
            with self._changed:
                self._sending = None

    def _next(self) -> Document | None:
        with self._changed:
            while not self._waiting and not self._is_closing:
                self._changed.wait()
            self._sending = self._waiting.popleft() if self._waiting else None
            return self._sending


class Alerts:
    """Chooses what is worth an alert, within a rate, and hands it to all receivers."""

    def __init__(
        self, actions: Sequence[Action], *, rate: Rate, complain: Complain, kinds: Iterable[str] | None = None
    ) -> None:
        self._senders = [Sender(action, complain) for action in actions]
        self._rate = rate
        self._kinds = frozenset(kinds) if kinds is not None else None
        self._budget = Budget()
        self._told: dict[str, None] = {}  # the incidents that somebody was told of
        self.held_back = 0

    def offer(self, news: News, now: float) -> None:
        """Send `news`, if it is worth it and not too much."""
        if not self._senders or not self._is_worth(news):
            return
        self._budget, held_back = spend(self._budget, self._rate, now)
        if held_back is None:
            self.held_back += 1
            return
        self._told[str(news.document["incident"])] = None
        while len(self._told) > INCIDENTS_KEPT:
            self._told.pop(next(iter(self._told)))
        self.resend([{**news.document, "suppressed": held_back}])

    def resend(self, events: Iterable[Document]) -> None:
        """Send events whatever the rate is: those that another run could not deliver."""
        for event in events:
            for sender in self._senders:
                sender.put(event)

    def unsent(self) -> tuple[Document, ...]:
        """What at least one receiver has not got yet."""
        found = {str(event.get("event")): event for sender in self._senders for event in sender.unsent()}
        return tuple(found.values())

    def counts(self) -> Mapping[str, int]:
        """What became of the alerts."""
        return {
            "sent": sum(sender.sent for sender in self._senders),
            "failed": sum(sender.failed for sender in self._senders),
            "dropped": sum(sender.dropped for sender in self._senders),
            "held_back": self.held_back,
        }

    def finish(self, limit_s: float) -> None:
        """Deliver what waits, as far as the time allows."""
        for sender in self._senders:
            sender.finish(limit_s)

    def _is_worth(self, news: News) -> bool:
        if news.diagnosis is None:
            return False
        if self._kinds is not None:
            return news.kind in self._kinds
        if news.kind == Kind.RESOLVED:
            return str(news.document["incident"]) in self._told
        return news.kind == Kind.OPENED or news.document.get("reason") in BETTER
