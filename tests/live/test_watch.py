"""A whole watch in one process: pipes and files that are real, clocks that are not."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from logsleuth.api import prepare
from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.live.alerts import Alerts
from logsleuth.live.events import News
from logsleuth.live.keeper import Keeper, Parts, restore, written_before
from logsleuth.live.limit import Rate
from logsleuth.live.outlet import EventFile, Outlet, Style
from logsleuth.live.session import Pace, Session
from logsleuth.live.state import Store
from logsleuth.live.watch import Doze, Edge, Watch, watch_files, watch_pipe
from logsleuth.model import Role
from logsleuth.plan import Plan
from logsleuth.report.live import Panel
from logsleuth.sources.follow import Follower

FIXTURE = Path(__file__).parents[2] / "fixtures" / "oom-four-ranks" / "input.log"


@pytest.fixture(scope="module")
def plan(cache: str) -> Plan:
    """The built-in catalog."""
    return prepare(cache=Path(cache))


class Told(list[News]):
    """Keeps what is told, and each panel."""

    panels = 0

    def tell(self, news: News) -> None:
        """Keep it."""
        self.append(news)

    def show(self, panel: Panel) -> None:
        """Count it."""
        assert panel.lines >= 0
        self.panels += 1

    def kinds(self) -> list[str]:
        """The types, in order."""
        return [news.kind for news in self]


class Ticks:
    """A clock that goes on by itself, a little with every look."""

    def __init__(self) -> None:
        self.now = 1000.0

    def sleep(self, seconds: float, descriptors: tuple[int, ...] = ()) -> bool:
        """Time passes at once; a pipe is always ready."""
        self.now += seconds
        return bool(descriptors)

    def __call__(self) -> float:
        """The time."""
        self.now += 0.001
        return self.now


def no_alerts() -> Alerts:
    """Nobody is told."""
    return Alerts([], rate=Rate(), complain=print)


def edge(told: Told, clock: Ticks, *, outlet: Outlet | None = None) -> Edge:
    """The surroundings of a watch."""
    return Edge(
        outlet=outlet or told,
        alerts=no_alerts(),
        clock=clock,
        sleep=clock.sleep,
        hour=lambda: "2026-11-20T06:00:00.000Z",
    )


def piped(data: bytes) -> int:
    """The reading end of a pipe that holds `data`."""
    reading, writing = os.pipe()
    os.write(writing, data)
    os.close(writing)
    return reading


def test_a_pipe_is_read_to_its_end_and_passed_on(plan: Plan) -> None:
    """Unchanged; the last event is the report."""
    data = FIXTURE.read_bytes() + b"\xff\x00 no end"
    told, clock = Told(), Ticks()
    passed, passing = os.pipe()
    session = Session(plan, clock=clock)
    descriptor = piped(data)

    report = watch_pipe(
        Watch(session, replace(edge(told, clock), screen=told)), descriptor, limits=DEFAULT_LIMITS, tee=passing
    )

    os.close(passing)
    with os.fdopen(passed, "rb") as file:
        assert file.read() == data
    os.close(descriptor)
    assert told.kinds() == ["opened", "report"]
    assert report.diagnoses[0].id == "cuda.oom.device.weights"
    assert told.panels


@pytest.mark.parametrize(("root", "is_found"), [("cuda.oom", True), ("any", True), ("cuda.oo", False), ("nccl", False)])
def test_a_watch_may_end_on_a_cause(plan: Plan, root: str, *, is_found: bool) -> None:
    """Of an id, of a class, or any."""
    told, clock = Told(), Ticks()
    watch = Watch(Session(plan, clock=clock), replace(edge(told, clock), exit_on=(root,)))
    descriptor = piped(FIXTURE.read_bytes())

    watch_pipe(watch, descriptor, limits=DEFAULT_LIMITS)

    os.close(descriptor)
    assert (watch.found is not None) is is_found


def run(plan: Plan, folder: Path, *, is_killed: bool = False) -> list[str]:
    """Watch all logs of a folder with a state, until nothing comes for ten seconds; what the file of events says."""
    clock = Ticks()
    store = Store(folder / "state")
    before = store.load()
    session = Session(plan, clock=clock, pace=Pace(pulse_s=0))
    file = EventFile(folder / "events", Style.TEXT, written_before(before))
    follower = Follower([str(folder / "logs")], limits=DEFAULT_LIMITS, resume=before.files if before else None)
    parts = Parts(session=session, alerts=no_alerts(), follower=follower, file=file)
    if before:
        restore(before, parts, clock())
    keeper = Keeper(store, parts, clock())
    keeper.save(clock())
    watch = Watch(session, replace(edge(Told(), clock, outlet=file), idle_s=10), None if is_killed else keeper)
    watch_files(watch, follower, clock, is_final=False)
    store.close()
    return (folder / "events").read_text(encoding="utf-8").splitlines()


def failure(name: str) -> str:
    """A failure that is like no other, and a line after it."""
    return (
        "ERROR 11-20 06:00:00 [core.py:700] EngineCore encountered a fatal error.\nTraceback (most recent call last):\n"
        f'  File "/srv/{name}.py", line 10, in run_{name}\n    raise failure\n{name}.Broken{name}Error: no\n'
        "INFO 11-20 06:00:01 [engine.py:310] Added request.\n"
    )


def test_a_state_goes_on_and_tells_nothing_twice(plan: Plan, tmp_path: Path) -> None:
    """Over restarts, rotations, and a watch that was killed before it could save."""
    logs = tmp_path / "logs"
    logs.mkdir()
    log = logs / "app.log"
    log.write_text(failure("Anna"), encoding="utf-8")
    assert [line.split()[1] for line in run(plan, tmp_path)] == ["OPENED"]
    with log.open("a", encoding="utf-8") as file:
        file.write(failure("Bert"))
    log.rename(logs / "app.log.1")
    log.write_text(failure("Carl"), encoding="utf-8")

    killed = run(plan, tmp_path, is_killed=True)
    again = run(plan, tmp_path)
    nothing = run(plan, tmp_path)

    assert [sum(name in line for line in killed) for name in ("Anna", "Bert", "Carl")] == [1, 1, 1]
    assert again == killed
    assert nothing == again


def test_a_watch_of_files_ends_when_it_is_told_to(plan: Plan, tmp_path: Path) -> None:
    """And reads the last line, though it has no end."""
    log = tmp_path / "a.log"
    log.write_text(
        "fine\nERROR 11-20 06:00:00 [x.py:1] CUDA error: an illegal memory access was encountered", encoding="utf-8"
    )
    told, clock = Told(), Ticks()
    watch = Watch(Session(plan, clock=clock), edge(told, clock))
    watch.stop()
    follower = Follower([str(log)], limits=DEFAULT_LIMITS)
    list(follower.poll(clock()))

    report = watch_files(watch, follower, clock, is_final=True)

    assert report.stats.lines == 1
    assert report.diagnoses[0].role is Role.ROOT
    assert told.kinds() == ["opened", "report"]


def test_sleep_ends_with_a_signal_or_with_what_can_be_read() -> None:
    """The one is not the other."""
    wake, waking = os.pipe()
    reading, writing = os.pipe()
    doze = Doze(wake)
    os.write(waking, b"x")

    assert not doze(60, (reading,))
    os.write(writing, b"y")
    assert doze(60, (reading,))
    assert not Doze()(0)
    for descriptor in (wake, waking, reading, writing):
        os.close(descriptor)
