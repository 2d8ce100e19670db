"""The edge of a watch: clocks, signals, streams and files, put together from what the command line wishes."""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

from logsleuth.api import prepare
from logsleuth.cli.choices import Color
from logsleuth.cli.streams import say_failures
from logsleuth.config import is_color_wanted, is_terminal_able, kafka_properties, load_settings
from logsleuth.errors import UsageError
from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.live.actions import Action, Webhook, read_command, read_url
from logsleuth.live.alerts import Alerts
from logsleuth.live.bodies import Bodies, Form
from logsleuth.live.events import REPORT, News
from logsleuth.live.keeper import Keeper, Nowhere, Parts, restore, written_before
from logsleuth.live.limit import read_rate
from logsleuth.live.outlet import EventFile, Outlet, Stream, Style
from logsleuth.live.session import Pace, Session
from logsleuth.live.state import State, Store
from logsleuth.live.watch import Doze, Edge, Watch, watch_files, watch_pipe
from logsleuth.model import Report, Verdict
from logsleuth.report.live import Screen
from logsleuth.report.terminal import render
from logsleuth.sources.follow import Follower
from logsleuth.wording import escaped

if TYPE_CHECKING:
    from logsleuth.streams.consuming import Consumption

STDIN, STDOUT, STDERR = 0, 1, 2
WIDTH: Final = 100
ENDINGS: Final = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamWish:
    """Which stream to read, with the client's settings in a file, and whether only what is there now."""

    url: str
    properties: Path | None = None
    is_to_end: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks for; no paths and no stream mean a pipe."""

    paths: tuple[str, ...]
    style: str
    language: str | None
    output: Path | None
    patterns: tuple[Path, ...]
    color: Color
    is_tee: bool
    is_from_end: bool
    state: Path | None
    commands: tuple[str, ...]
    webhooks: tuple[str, ...]
    body: str
    secret: Path | None
    alert_on: tuple[str, ...] | None
    rate: str
    exit_on: tuple[str, ...]
    idle_s: float | None
    heartbeat_s: float
    has_report: bool
    is_exit_zero: bool
    stream: StreamWish | None = None

    @property
    def events_descriptor(self) -> int:
        """Where events go without a file: beside what is passed through."""
        return STDERR if self.is_tee else STDOUT


class ScreenOutlet:
    """Tells on a screen, above the panel."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def tell(self, news: News) -> None:
        """Pass one event on, at once."""
        if news.line and news.kind != "heartbeat":
            self._screen.say(news.line)


class WithoutReport:
    """Passes everything on but the report."""

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet

    def tell(self, news: News) -> None:
        """Pass one event on, at once."""
        if news.kind != REPORT:
            self._outlet.tell(news)


class Signals:
    """Turns the first signal that asks for an end into a call, and wakes whoever waits; a second one works as usual."""

    def __init__(self) -> None:
        self.number: int | None = None
        self._stop: Callable[[], None] = lambda: None
        self.wake, self._waking = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self._waking, warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._take) for number in ENDINGS}

    def end_with(self, stop: Callable[[], None]) -> None:
        """What to call."""
        self._stop = stop

    def close(self) -> None:
        """Leave everything as it was."""
        signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self.wake)
        os.close(self._waking)

    def _take(self, number: int, frame: FrameType | None) -> None:
        del frame
        self.number = number
        self._stop()
        signal.signal(number, self._before[signal.Signals(number)])


def run(wish: Wish) -> int:
    """Watch until the end; return the exit status."""
    settings = load_settings()
    language = wish.language or settings.language
    plan = prepare((*settings.patterns, *wish.patterns), cache=settings.cache)
    # what is compiled lives as long as the watch; what a long watch leaves behind must be collected
    gc.freeze()
    gc.enable()
    session = Session(plan, clock=time.monotonic, pace=Pace(pulse_s=wish.heartbeat_s), language=language)
    with ExitStack() as stack:
        alerts = Alerts(_actions(wish), rate=read_rate(wish.rate), complain=_complain, kinds=wish.alert_on)
        store = Store(wish.state) if wish.state else None
        before = store.load() if store else None
        file = EventFile(wish.output, Style(wish.style), written_before(before)) if wish.output else None
        consumer = _consumer(wish.stream, before) if wish.stream else None
        parts = Parts(session=session, alerts=alerts, follower=_follower(wish, before), file=file, consumer=consumer)
        if before:
            restore(before, parts, time.monotonic())
        keeper = Keeper(store or Nowhere(), parts, time.monotonic()) if store or consumer else None
        if keeper:
            keeper.save(time.monotonic())
        signals = Signals()
        stack.callback(signals.close)
        screen = stack.enter_context(Screen(language=language)) if _has_screen(wish) else None
        watch = Watch(session, _edge(wish, parts, screen, signals.wake, language), keeper)
        signals.end_with(watch.stop)
        if wish.stream and consumer:
            report = consumer.run(watch, time.monotonic, is_to_end=wish.stream.is_to_end)
        else:
            report = _watched(watch, wish, parts.follower)
        if lost := len(parts.alerts.unsent()):
            _complain(f"alerts not delivered in time: {lost}" + (", left to the next run" if store else ""))
    _say_report(report, wish, language)
    return _status(report, watch, signals.number, wish)


def _watched(watch: Watch, wish: Wish, follower: Follower | None) -> Report:
    if follower is None:
        return watch_pipe(watch, STDIN, limits=DEFAULT_LIMITS, tee=STDOUT if wish.is_tee else None)
    return watch_files(watch, follower, time.monotonic, is_final=wish.state is None)


def _follower(wish: Wish, before: State | None) -> Follower | None:
    if not wish.paths:
        return None
    resume = before.files if before else {}
    return Follower(wish.paths, limits=DEFAULT_LIMITS, resume=resume, is_from_end=wish.is_from_end and before is None)


def _consumer(wish: StreamWish, before: State | None) -> Consumption:
    from logsleuth.streams.address import read_address, read_properties, settings_of
    from logsleuth.streams.consuming import Consumption

    address = read_address(wish.url)
    named = read_properties(wish.properties) if wish.properties else {}
    settings = settings_of(address, kafka_properties(), named)
    return Consumption(address, settings, saved=before.stream if before else None, complain=_complain)


def _edge(wish: Wish, parts: Parts, screen: Screen | None, wake: int, language: str) -> Edge:
    outlet: Outlet = ScreenOutlet(screen) if screen else Stream(wish.events_descriptor, Style(wish.style))
    outlet = parts.file or outlet
    return Edge(
        clock=time.monotonic,
        hour=_hour,
        outlet=outlet if wish.has_report else WithoutReport(outlet),
        alerts=parts.alerts,
        sleep=Doze(wake),
        screen=screen,
        exit_on=wish.exit_on,
        idle_s=wish.idle_s,
        language=language,
    )


def _actions(wish: Wish) -> list[Action]:
    secret = _secret(wish.secret) if wish.secret else b""
    hooks = [
        Webhook(url=read_url(url), clock=_seconds, bodies=Bodies(Form(wish.body)), secret=secret)
        for url in wish.webhooks
    ]
    return [*(read_command(command) for command in wish.commands), *hooks]


def _secret(path: Path) -> bytes:
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise UsageError(f"{path}: the key cannot be read: {error.strerror}") from None
    if not secret:
        raise UsageError(f"{path}: the key is empty")
    return secret


def _has_screen(wish: Wish) -> bool:
    is_plain = wish.style != Style.TEXT or wish.output is not None or wish.is_tee or wish.color is Color.NEVER
    return not is_plain and sys.stdout.isatty() and is_terminal_able()


def _seconds() -> float:
    return time.time_ns() / 1e9


def _hour() -> str:
    return datetime.fromtimestamp(_seconds(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _complain(said: str) -> None:
    sys.stderr.write(f"logsleuth: {escaped(said)}\n")


def _say_report(report: Report, wish: Wish, language: str) -> None:
    """The report for people; a program has had it as the last event."""
    say_failures(report, wish.paths)
    if wish.style != Style.TEXT or not wish.has_report or wish.output is not None or not report.stats.sources:
        return
    descriptor = wish.events_descriptor
    is_terminal = os.isatty(descriptor)
    is_colored = wish.color is Color.ALWAYS or (wish.color is Color.AUTO and is_color_wanted(is_terminal=is_terminal))
    text = render(report, language=language, width=WIDTH, color=is_colored)
    Stream(descriptor, Style.TEXT).write(text.encode("utf-8", "backslashreplace"))


def _status(report: Report, watch: Watch, number: int | None, wish: Wish) -> int:
    """The exit status: what was asked for first, then how it ended, then what was found."""
    if watch.found is not None:
        return 1
    if number is not None:
        return 128 + number
    if not report.stats.sources and not wish.paths and not wish.stream and report.notices:
        return 2
    return 0 if report.verdict is Verdict.HEALTHY or wish.is_exit_zero else 1
