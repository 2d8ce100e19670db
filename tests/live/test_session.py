"""A session on its own clock: what is told when lines come, and when they do not."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from logsleuth import document
from logsleuth.api import prepare
from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.live.events import News
from logsleuth.live.incidents import Timing
from logsleuth.live.session import Pace, Session
from logsleuth.model import Block
from logsleuth.pipeline import Analysis
from logsleuth.plan import Plan
from logsleuth.sources import Input, read

FIXTURES = Path(__file__).parents[2] / "fixtures"
SERVICE = 'INFO:     10.0.0.1:5 - "POST /v1/chat/completions HTTP/1.1" 200 OK'
FAILURE = (
    "ERROR 11-20 06:00:00 [core.py:700] EngineCore failed to start.",
    "Traceback (most recent call last):",
    '  File "/srv/plugin/step.py", line 10, in run',
    "    raise failure",
    "plugin.errors.BrokenStepError: cannot go on",
)
INFO = "INFO 11-20 06:00:{:02} [engine.py:310] Added request chatcmpl-{}."


@pytest.fixture(scope="module")
def plan(cache: str) -> Plan:
    """The built-in catalog."""
    return prepare(cache=Path(cache))


class Desk:
    """A session, its clock, and what it has told."""

    def __init__(self, plan: Plan, **pace: float) -> None:
        self.now = 1000.0
        self.line = 1
        timing = Timing(cause_s=5, update_s=1, resolve_s=30)
        self.session = Session(plan, clock=lambda: self.now, pace=Pace(incidents=timing, **pace))
        self.news: list[News] = []

    def read(self, *lines: str, source: str = "a.log") -> list[str]:
        """What the lines make it tell at once."""
        data = "".join(f"{line}\n" for line in lines).encode()
        self.session.take(Block(source=source, first_line=self.line, data=data))
        self.line += len(lines)
        return self.look()

    def wait(self, seconds: float) -> list[str]:
        """What it tells in that time, when it is asked as it wishes."""
        end, told = self.now + seconds, []
        while self.now < end:
            self.now = min(self.now + max(self.session.wait_s(), 0.01), end)
            told += self.look()
        return told

    def look(self) -> list[str]:
        """What it tells now."""
        news = list(self.session.look("2026-11-20T06:00:00.000Z"))
        self.news += news
        return [f"{item.kind} {item.diagnosis.id if item.diagnosis else ''}".strip() for item in news]


def test_an_event_is_told_when_the_next_line_completes_it(plan: Plan) -> None:
    """At once, and once."""
    desk = Desk(plan)

    assert desk.read(*FAILURE) == []
    assert desk.read(INFO.format(1, "a")) == ["opened unknown"]
    assert desk.read(INFO.format(2, "b")) == []
    assert desk.wait(25) == []


def test_an_event_without_a_next_line_is_told_after_a_second(plan: Plan) -> None:
    """And is the same event when it goes on later."""
    desk = Desk(plan)
    desk.read(*FAILURE)

    assert desk.wait(0.9) == []
    assert desk.wait(0.6) == ["opened unknown"]
    assert desk.read(INFO.format(1, "a")) == []
    assert desk.wait(20) == []


def test_an_event_torn_by_a_pause_is_one_in_the_report(plan: Plan) -> None:
    """What was guessed meanwhile is corrected, not repeated."""
    desk = Desk(plan)
    desk.read(*FAILURE[:3])
    first = desk.wait(3)
    later = [*desk.read(*FAILURE[3:], INFO.format(1, "a")), *desk.wait(40)]
    whole = Analysis(plan)
    data = "".join(f"{line}\n" for line in (*FAILURE, INFO.format(1, "a"))).encode()
    whole.add((Block(source="a.log", first_line=1, data=data),))

    assert [told.split()[0] for told in (*first, *later)].count("opened") == 1
    assert document(desk.session.report())["diagnoses"] == document(whole.report())["diagnoses"]


def test_a_wrapper_waits_for_its_cause(plan: Plan) -> None:
    """For five seconds."""
    wrapper = (
        "ERROR 11-20 06:00:00 [core.py:700] RuntimeError: Engine core initialization failed. See root cause above. "
        "Failed core proc(s): {}"
    )
    desk = Desk(plan)

    assert desk.read(wrapper, INFO.format(1, "a")) == []
    assert desk.wait(4.5) == []
    assert desk.wait(1) == ["opened vllm.core-init-failed"]


def test_service_resolves_and_a_second_time_is_new(plan: Plan) -> None:
    """With the facts of the second time."""
    desk = Desk(plan)
    desk.read(*FAILURE, INFO.format(1, "a"))
    for _ in range(40):
        desk.read(SERVICE)
        desk.wait(1)
    desk.read(*FAILURE, INFO.format(2, "b"))

    told = [(item.kind, item.diagnosis.evidence[0].line) for item in desk.news if item.diagnosis]
    assert [kind for kind, _ in told] == ["opened", "resolved", "opened"]
    assert told[2][1] > 40
    assert desk.session.incidents.open[0].told.count == 1
    assert desk.session.report().diagnoses[0].count == 2


def test_two_streams_do_not_tear_each_other_s_events(plan: Plan) -> None:
    """An event settles though another process goes on to print."""
    desk = Desk(plan)
    for line in FAILURE:
        desk.read(f"(Worker_TP1 pid=7) {line}")
    told = []
    for number in range(20):
        told += desk.read(f"(Worker_TP0 pid=6) {INFO.format(number, number)}")
        told += desk.wait(0.1)

    assert told == ["opened unknown"]


def test_a_session_that_waits_does_not_spin(plan: Plan) -> None:
    """Neither at rest, nor with an incident open, nor with an event that is not complete."""
    desk = Desk(plan)
    for lines in ((INFO.format(1, "a"),), (*FAILURE, SERVICE), FAILURE):
        desk.read(*lines)
        looks, end = 0, desk.now + 60
        while desk.now < end:
            desk.now += max(desk.session.wait_s(), 1e-6)
            desk.look()
            looks += 1
        assert looks < 300


def test_heartbeats_and_new_templates(plan: Plan) -> None:
    """Kinds of lines count as new once the first minute has taught which are usual; floods of them do not."""
    desk = Desk(plan, learn_s=10, pulse_s=30)
    desk.read(INFO.format(1, "a"))
    assert desk.wait(12) == []
    assert desk.read(INFO.format(2, "b")) == []
    desk.wait(2)
    desk.read("WARNING 11-20 06:00:00 [cache.py:3] The moon is full over the cache.")
    assert desk.wait(2) == ["template-new"]
    words = ("alpha", "beta", "gamma", "delta", "kappa", "sigma", "omega", "zeta", "theta", "iota", "lambda", "tau")
    desk.read(*(f"{word} " * (number + 3) for number, word in enumerate(words)))
    told = desk.wait(20)

    assert told.count("template-new") == 9
    assert told.count("heartbeat") == 1
    pulse = desk.news[-1].document
    assert (pulse["lines"], pulse["sources"], pulse["open"]) == (15, 1, [])
    assert pulse["levels"] == {"INFO": 2, "WARNING": 1, "none": 12}


def test_the_panel_shows_the_figures(plan: Plan) -> None:
    """That the server prints."""
    desk = Desk(plan)
    stats = (
        "INFO 11-20 06:00:{:02} [loggers.py:123] Engine 000: Avg prompt throughput: 10.0 tokens/s, Avg generation "
        "throughput: {}.0 tokens/s, Running: 1 reqs, Waiting: 0 reqs, GPU KV cache usage: {}.0%, Prefix cache hit rate: 0.0%"
    )
    for number in range(5):
        desk.read(stats.format(number, 100 + number, 10 * number))
        desk.wait(1)

    panel = desk.session.panel()

    assert [(curve.unit, curve.values) for curve in panel.curves] == [
        ("tokens/s", (100.0, 101.0, 102.0, 103.0, 104.0)),
        ("KV %", (0.0, 10.0, 20.0, 30.0, 40.0)),
    ]
    assert (panel.lines, panel.levels, panel.incidents) == (5, (("INFO", 5),), ())


def test_another_session_goes_on(plan: Plan) -> None:
    """It knows the cause of what comes later, and tells nothing again."""
    first = Desk(plan)
    first.read(*FAILURE, INFO.format(1, "a"))
    second = Desk(plan)
    second.line = first.line
    second.session.recall(first.session.memory, first.session.incidents, resumed=["a.log"], templates=0)

    assert second.wait(3) == []
    assert second.read(*FAILURE, INFO.format(1, "a")) == []
    assert second.session.is_quiet
    assert second.session.memory.sources == ("a.log",)
    assert sum(item.count for item in second.session.memory.findings if item.signature_id == "unknown") == 2


TRANSPORTS: dict[str, Callable[[str], str]] = {
    "kubectl --prefix": lambda line: f"[pod/vllm-0/vllm] {line}",
    "docker --timestamps": lambda line: f"2026-11-20T06:00:00.123456789Z {line}",
    "journalctl -o json": lambda line: json.dumps(
        {"MESSAGE": line, "_PID": "7", "PRIORITY": "6", "__REALTIME_TIMESTAMP": "1795154400000000", "_HOSTNAME": "gpu1"}
    ),
    "CRI": lambda line: f"2026-11-20T06:00:00.123456789Z stderr F {line}",
    "docker json-file": lambda line: json.dumps(
        {"log": f"{line}\n", "stream": "stderr", "time": "2026-11-20T06:00:00Z"}
    ),
}


@pytest.mark.parametrize("name", TRANSPORTS)
def test_what_a_transport_puts_around_lines_is_taken_off(plan: Plan, name: str) -> None:
    """Line by line: one incident, with all its ranks, and no other."""
    desk = Desk(plan)
    for line in (FIXTURES / "oom-four-ranks" / "input.log").read_text(encoding="utf-8").splitlines():
        desk.read(TRANSPORTS[name](line))
        desk.now += 0.01
    desk.wait(10)

    told = [(item.kind, item.diagnosis.id) for item in desk.news if item.diagnosis]
    assert told == [("opened", "cuda.oom.device.weights"), ("updated", "cuda.oom.device.weights")]
    assert {place.rank for place in desk.session.incidents.open[0].told.places} == {0, 1, 2, 3}


class Pieces(io.BytesIO):
    """A pipe that gives pieces of every size, with pauses between them."""

    def __init__(self, data: bytes, pause: Callable[[int], None]) -> None:
        super().__init__(data)
        self._pause = pause
        self._count = 0

    def fileno(self) -> int:
        """It has none."""
        raise OSError

    def read1(self, size: int | None = -1, /) -> bytes:
        """The next piece."""
        del size
        self._count += 1
        self._pause(self._count)
        return self.read((1, 7, 80, 500, 5000)[self._count % 5])


@pytest.mark.parametrize(
    "path",
    sorted(path for path in FIXTURES.rglob("*") if path.suffix in {".log", ".txt"} and path.stat().st_size < 100_000)[
        ::3
    ],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_the_report_is_that_of_an_analysis(plan: Plan, path: Path) -> None:
    """However the bytes came, and whatever was told meanwhile."""
    desk = Desk(plan)

    def pause(count: int) -> None:
        desk.now += (0.0, 0.01, 1.5)[count % 3]
        desk.look()

    pipe = cast("BinaryIO", Pieces(path.read_bytes(), pause))
    for item in read(Input("-", None), limits=DEFAULT_LIMITS, stdin=pipe):
        desk.session.take(item)
        desk.look()
    whole = Analysis(plan)
    whole.add(
        read(Input("-", None), limits=DEFAULT_LIMITS, stdin=cast("BinaryIO", Pieces(path.read_bytes(), lambda _: None)))
    )

    assert document(desk.session.report()) == document(whole.report())
    told = [item.id for item in desk.news if item.id]
    assert len(told) == len(set(told))
