"""Alerts in the background: nothing waits for them, and a flood is one."""

from __future__ import annotations

import threading
from collections.abc import Callable

from logsleuth.live.actions import AlertError, Wait
from logsleuth.live.alerts import MOST_WAITING, Alerts
from logsleuth.live.bodies import Document
from logsleuth.live.events import News
from logsleuth.live.incidents import Kind, Reason
from logsleuth.live.limit import Rate
from logsleuth.model import Diagnosis

Make = Callable[..., Diagnosis]
MakeNews = Callable[..., News]


class Post:
    """Keeps what it is sent; with a gate, only once that is open."""

    name = "post"

    def __init__(self, *, gate: threading.Event | None = None, is_broken: bool = False) -> None:
        self.got: list[Document] = []
        self._gate = gate
        self._is_broken = is_broken

    def send(self, event: Document, wait: Wait) -> None:
        """Keep it."""
        del wait
        if self._gate:
            self._gate.wait()
        if self._is_broken:
            raise AlertError("post: broken")
        self.got.append(event)


def alerts(post: Post, *, rate: Rate | None = None, kinds: tuple[str, ...] | None = None) -> tuple[Alerts, list[str]]:
    """Alerts to one receiver, and what is complained of."""
    complaints: list[str] = []
    return Alerts([post], rate=rate or Rate(), complain=complaints.append, kinds=kinds), complaints


def test_what_is_worth_an_alert(make: Make, make_news: MakeNews) -> None:
    """Incidents that open, better causes, and the end of what was told; no more of the same."""
    post = Post()
    sender, _ = alerts(post)
    for kind, reason, incident in (
        (Kind.OPENED, Reason.NEW, "a"),
        (Kind.UPDATED, Reason.SPREAD, "a"),
        (Kind.UPDATED, Reason.CAUSE, "a"),
        (Kind.RESOLVED, Reason.SERVICE, "a"),
        (Kind.RESOLVED, Reason.SERVICE, "never told"),
    ):
        sender.offer(make_news(make(), kind=kind, reason=reason, incident=incident), 0.0)
    sender.finish(10)

    assert [(event["type"], event["reason"]) for event in post.got] == [
        ("opened", "new"),
        ("updated", "cause"),
        ("resolved", "service"),
    ]


def test_only_what_was_asked_for(make: Make, make_news: MakeNews) -> None:
    """By its type."""
    post = Post()
    sender, _ = alerts(post, kinds=("updated",))
    sender.offer(make_news(make()), 0.0)
    sender.offer(make_news(make(), kind=Kind.UPDATED, reason=Reason.SPREAD), 0.0)
    sender.finish(10)

    assert [event["type"] for event in post.got] == ["updated"]


def test_a_flood_is_one_alert(make: Make, make_news: MakeNews) -> None:
    """And the next one says how many there were."""
    post = Post()
    sender, _ = alerts(post, rate=Rate(most=1, period_s=60))
    for number in range(500):
        sender.offer(make_news(make(line=number), incident=str(number)), number / 100)
    sender.offer(make_news(make(line=9999), incident="last"), 70)
    sender.finish(10)

    assert [(event["incident"], event["suppressed"]) for event in post.got] == [("0", 0), ("last", 499)]
    assert sender.counts() == {"sent": 2, "failed": 0, "dropped": 0, "held_back": 499}


def test_nothing_waits_for_a_slow_receiver(make: Make, make_news: MakeNews) -> None:
    """What is not delivered is known; too much of it gives way to what is newer."""
    gate = threading.Event()
    post = Post(gate=gate)
    sender, _ = alerts(post, rate=Rate(most=10_000, period_s=60))
    for number in range(MOST_WAITING + 50):
        sender.offer(make_news(make(line=number), incident=str(number)), 0.0)

    waiting = [event["incident"] for event in sender.unsent()]
    gate.set()
    sender.finish(10)

    assert len(waiting) in (MOST_WAITING, MOST_WAITING + 1)
    assert waiting[-1] == str(MOST_WAITING + 49)
    assert sender.unsent() == ()
    assert len(post.got) == len(waiting)


def test_a_failure_is_complained_of(make: Make, make_news: MakeNews) -> None:
    """And counted."""
    sender, complaints = alerts(Post(is_broken=True))
    sender.offer(make_news(make()), 0.0)
    sender.finish(10)

    assert complaints == ["alert not delivered: post: broken"]
    assert sender.counts()["failed"] == 1
