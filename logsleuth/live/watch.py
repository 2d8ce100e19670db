"""Runs a watch: reads a pipe or files, and in between tells, shows and saves; it ends with the report on all of it."""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol, cast

from logsleuth.limits import Limits
from logsleuth.live.alerts import Alerts
from logsleuth.live.events import News, of_report
from logsleuth.live.incidents import ALARMS, Kind
from logsleuth.live.keeper import Keeper
from logsleuth.live.outlet import Outlet, write_all
from logsleuth.live.session import Session
from logsleuth.model import Block, Notice, Report
from logsleuth.report.live import Panel
from logsleuth.sources import Input, read
from logsleuth.sources.follow import Follower

ANY: Final = "any"
SHOW_S: Final = 0.25  # between two pictures of the screen
FINISH_S: Final = 10.0  # for the alerts that are still to be sent at the end


class Sleep(Protocol):
    """Waits."""

    def __call__(self, seconds: float, descriptors: tuple[int, ...] = ()) -> bool:
        """Wait as long as that, or until a descriptor can be read; whether one can."""
        ...


class Monitor(Protocol):
    """A screen."""

    def show(self, panel: Panel) -> None:
        """Show the panel in place of the one before."""
        ...


class Doze:
    """Sleeps until a descriptor can be read, the time has passed, or a signal has made `wake` readable."""

    def __init__(self, wake: int | None = None) -> None:
        self._wake = wake

    def __call__(self, seconds: float, descriptors: tuple[int, ...] = ()) -> bool:
        """Whether one of the descriptors can be read."""
        wake = () if self._wake is None else (self._wake,)
        ready, _, _ = select.select((*descriptors, *wake), (), (), seconds)
        if self._wake is not None and self._wake in ready:
            os.read(self._wake, 64)
        return any(descriptor in descriptors for descriptor in ready)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What a watch has of the world: clocks, where its events go, who is told, what ends it."""

    clock: Callable[[], float]
    hour: Callable[[], str]
    outlet: Outlet
    alerts: Alerts
    sleep: Sleep
    screen: Monitor | None = None
    exit_on: tuple[str, ...] = ()
    idle_s: float | None = None  # without a line, after which the watch ends
    language: str = "en"


class Watch:
    """One run; `stop` ends it, from a signal's handler too."""

    def __init__(self, session: Session, edge: Edge, keeper: Keeper | None = None) -> None:
        self.found: str | None = None  # what the watch was to end on
        self._is_done = False
        self._session = session
        self._edge = edge
        self._keeper = keeper
        self._next_show = 0.0
        self._last_read = edge.clock()

    def stop(self) -> None:
        """End at the next opportunity."""
        self._is_done = True

    def is_over(self) -> bool:
        """Whether somebody or something has ended it."""
        return self._is_done

    def take(self, item: Block | Notice) -> None:
        """Read what came, and tell what it means."""
        self._session.take(item)
        if isinstance(item, Block) and item.data:
            self._last_read = self._edge.clock()
            if self._keeper:
                self._keeper.note(has_read=True)
        self.beat()

    def catch_up(self) -> None:
        """What was there at the beginning has been read."""
        self._session.catch_up()

    def beat(self) -> None:
        """Tell, show, and see whether it is over."""
        for news in self._session.look(self._edge.hour(), alerts=dict(self._edge.alerts.counts())):
            self._tell(news)
        now = self._edge.clock()
        if self._edge.screen and now >= self._next_show:
            self._next_show = now + SHOW_S
            self._edge.screen.show(self._session.panel())
        if self._edge.idle_s is not None and now - self._last_read >= self._edge.idle_s:
            self.stop()

    def save(self) -> None:
        """Save the state, if this is a moment for it: between two reads, never within one."""
        if self._keeper:
            self._keeper.beat(self._edge.clock())

    def save_now(self) -> None:
        """Save the state, with what is open taken as complete: who reads on begins behind it."""
        if self._keeper:
            self._session.settle()
            self.beat()
            self._keeper.save(self._edge.clock())

    def wait_s(self) -> float:
        """The seconds after which `beat` is worthwhile."""
        waits = [self._session.wait_s()]
        now = self._edge.clock()
        if self._edge.screen:
            waits.append(self._next_show - now)
        if self._edge.idle_s is not None:
            waits.append(self._last_read + self._edge.idle_s - now)
        return max(min(waits), 0.0)

    def finish(self) -> Report:
        """The report, told as the last event; what was not sent yet is sent, as far as that takes seconds."""
        self.beat()
        for news in self._session.close(self._edge.hour()):
            self._tell(news)
        report = self._session.report()
        self._edge.alerts.finish(FINISH_S)
        self._edge.outlet.tell(of_report(report, time=self._edge.hour(), language=self._edge.language))
        if self._keeper:
            self._keeper.save(self._edge.clock())
        return report

    def sleep(self, seconds: float, descriptors: tuple[int, ...] = ()) -> bool:
        """Wait as long as that, or until a descriptor can be read; whether one can."""
        return self._edge.sleep(seconds, descriptors)

    def _tell(self, news: News) -> None:
        self._edge.outlet.tell(news)
        self._edge.alerts.offer(news, self._edge.clock())
        if self._keeper:
            self._keeper.note(is_told=True)
        item = news.diagnosis
        if item is None or news.kind == Kind.RESOLVED or item.role not in ALARMS:
            return
        if any(root == ANY or f"{item.id}.".startswith(f"{root}.") for root in self._edge.exit_on):
            self.found = item.id
            self.stop()


class WaitingInput:
    """A pipe that does what is due while it waits for bytes, and that passes them on unchanged with `tee`."""

    def __init__(self, descriptor: int, watch: Watch, *, tee: int | None = None) -> None:
        self._descriptor = descriptor
        self._watch = watch
        self._tee = tee

    def fileno(self) -> int:
        """The descriptor."""
        return self._descriptor

    def read1(self, size: int) -> bytes:
        """What is at hand; nothing at the end of input, or of the watch."""
        while not self._watch.is_over():
            if self._watch.sleep(self._watch.wait_s(), (self._descriptor,)):
                data = os.read(self._descriptor, size)
                if self._tee is not None:
                    write_all(self._tee, data)
                return data
            self._watch.beat()
            self._watch.save()
        return b""

    read = read1


def watch_pipe(watch: Watch, descriptor: int, *, limits: Limits, tee: int | None = None) -> Report:
    """Watch what comes through a pipe until it ends."""
    source = WaitingInput(descriptor, watch, tee=tee)
    for item in read(Input("-", None), limits=limits, stdin=cast("BinaryIO", source)):
        watch.take(item)
        watch.save()
    return watch.finish()


def watch_files(watch: Watch, follower: Follower, clock: Callable[[], float], *, is_final: bool) -> Report:
    """Watch files until somebody ends the watch; with `is_final`, a last line without its end is read too."""
    is_first = True
    while not watch.is_over():
        for item in follower.poll(clock()):
            watch.take(item)
            if watch.is_over():
                break
        if is_first:
            watch.catch_up()
            is_first = False
        watch.beat()
        watch.save()
        if not watch.is_over():
            watch.sleep(min(follower.wait_s(clock()), watch.wait_s()))
    for item in follower.finish(is_final=is_final):
        watch.take(item)
    return watch.finish()
