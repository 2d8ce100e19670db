"""Tells webhooks of incidents: what is to be sent stands in the database until it has been."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

from logsleuth.errors import UsageError
from logsleuth.live.actions import Webhook, read_url
from logsleuth.live.alerts import Alerts
from logsleuth.live.bodies import Bodies, Document, Form
from logsleuth.live.events import News
from logsleuth.live.limit import Rate
from logsleuth.server.complaints import complain
from logsleuth.server.settings import Hook

RATE: Final = Rate(most=30, period_s=60.0)
FINISH_S: Final = 1.0


class Outlet:
    """All receivers; `delivered` are the events that need not be kept for them any longer."""

    def __init__(self, hooks: Iterable[Hook], unsent: tuple[Document, ...]) -> None:
        self._alerts = Alerts([webhook_of(hook) for hook in hooks], rate=RATE, complain=complain)
        self._kept = {str(event["event"]): None for event in unsent}
        self._alerts.resend(unsent)

    def offer(self, told: Iterable[News]) -> None:
        """Send what is worth an alert."""
        for news in told:
            self._kept[news.id] = None
            self._alerts.offer(news, time.monotonic())

    def delivered(self) -> tuple[str, ...]:
        """The events that were sent, or never will be; each is named once."""
        waiting = {str(event["event"]) for event in self._alerts.unsent()}
        done = tuple(event for event in self._kept if event not in waiting)
        for event in done:
            del self._kept[event]
        return done

    def counts(self) -> dict[str, int]:
        """What became of the alerts since the start."""
        return dict(self._alerts.counts())

    def finish(self) -> None:
        """Send what waits, as far as a moment allows; the rest is left to the next run."""
        self._alerts.finish(FINISH_S)


def webhook_of(hook: Hook) -> Webhook:
    """The receiver; raises UsageError for an address or a key that cannot be used."""
    try:
        secret = hook.secret.read_bytes().strip() if hook.secret else b""
    except OSError as error:
        raise UsageError(f"{hook.secret}: the key cannot be read: {error.strerror}") from None
    return Webhook(url=read_url(hook.url), clock=_seconds, bodies=Bodies(Form(hook.form)), secret=secret)


def _seconds() -> float:
    return time.time_ns() / 1e9
