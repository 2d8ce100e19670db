"""One tenant's analysis: what comes as entries gives what a file gives, in one run or in many."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from logsleuth import Settings, analyze
from logsleuth.api import prepare
from logsleuth.model import Diagnosis, Role
from logsleuth.plan import Plan
from logsleuth.server.analyst import SECOND_NS, Analyst, Opening, Run
from logsleuth.server.entry import Entry

FIXTURES = Path(__file__).parents[2] / "fixtures"
START_NS = 1_780_000_000 * SECOND_NS
TAIL_BYTES = 16 * 1024
# what a report says at the end of a log, or of all its figures, and a service that goes on does not
DIFFERENT = {
    "held-082-no-token-for-six-minutes": "of figures, a service knows the latest",
    "perf-140-one-request-never-ends": "of figures, a service knows the latest",
    "blindA-017-ucm-external-hits-zero": "of figures, a service knows the latest",
    "blindB-001-init-half-the-ranks-complete": "ranks that stand still are told at the end of a log",
    "blindB-002-one-rank-behind-in-opcount": "ranks that stand still are told at the end of a log",
    "held-083-shards-never-ready": "a wait without an end is told at the end of a log",
}


@pytest.fixture(scope="module")
def plan(cache: str) -> Plan:
    """The built-in catalog."""
    return prepare(cache=Path(cache))


@dataclass
class Archive:
    """Keeps the lines that an analyst gives, as the database does."""

    plan: Plan
    runs: dict[str, list[Run]] = field(default_factory=dict)
    told: list[tuple[str, str, str]] = field(default_factory=list)
    saved: bytes | None = None
    held: bytes | None = None

    def analyst(self) -> Analyst:
        """One that goes on."""
        return Analyst(self.plan, opening=self.opening, saved=self.saved, held=self.held)

    def opening(self, source: str) -> Opening:
        """How a source ends."""
        data = self.text(source)
        tail = data if len(data) <= TAIL_BYTES else data[data.find(b"\n", len(data) - TAIL_BYTES - 1) + 1 :]
        return Opening(name=source, lines=data.count(b"\n"), tail=tail)

    def text(self, source: str) -> bytes:
        """All lines of a source."""
        return b"".join(run.data for run in self.runs.get(source, ()))

    def take(self, analyst: Analyst) -> None:
        """Keep what came of it."""
        harvest = analyst.harvest()
        for source, runs in harvest.runs.items():
            self.runs.setdefault(source, []).extend(runs)
        for news, _ in harvest.told:
            assert news.diagnosis
            self.told.append((news.kind, str(news.document["incident"]), news.diagnosis.id))
        self.saved, self.held = analyst.saved(), analyst.held()


def truth(case: Path) -> dict[str, Any]:
    """What `case.yaml` says."""
    values = yaml.safe_load((case / "case.yaml").read_text(encoding="utf-8"))
    assert isinstance(values, dict)
    return values


def single_logs() -> list[Path]:
    """The cases with one log of plain text."""
    found = []
    for path in sorted(FIXTURES.glob("**/case.yaml")):
        named = truth(path.parent).get("logs")
        logs = [path.parent / log for log in named] if named else sorted(path.parent.glob("input.*"))
        logs = logs or sorted(path.parent.glob("log.txt"))
        found += logs if len(logs) == 1 and logs[0].suffix in {".txt", ".log"} else []
    return found


def entries_of(data: bytes, source: str = "log") -> list[Entry]:
    """A log's lines as a shipper sends them."""
    return [Entry(source, line) for line in data.removesuffix(b"\n").split(b"\n")]


def feed(analyst: Analyst, entries: Sequence[Entry], *, size: int = 200, start_ns: int = START_NS) -> int:
    """Send entries, four requests a second, then wait till nothing is open; when that is."""
    now_ns = start_ns
    for at in range(0, len(entries), size):
        now_ns += SECOND_NS // 4
        analyst.hold(entries[at : at + size], arrived_ns=now_ns, now_ns=now_ns)
        analyst.advance(now_ns, hour_ns=now_ns)
    for _ in range(20):
        now_ns += SECOND_NS
        analyst.advance(now_ns, hour_ns=now_ns)
    analyst.settle()
    analyst.advance(now_ns, hour_ns=now_ns)
    return now_ns


def alarms(diagnoses: Sequence[Diagnosis]) -> list[tuple[str, int, int]]:
    """Causes in their order, the lines that decide, and how often."""
    return [(item.id, item.evidence[0].line, item.count) for item in diagnoses if item.role in (Role.ROOT, Role.PERF)]


LOGS = [log for log in single_logs() if log.parent.name not in DIFFERENT]


def test_most_of_the_corpus_is_tried() -> None:
    """Few cases are left out, and each for a reason that holds."""
    assert len(LOGS) > 140
    assert all((FIXTURES / "cases" / name).is_dir() for name in DIFFERENT)


@pytest.mark.parametrize("part", range(8))
def test_entries_give_what_the_file_gives(plan: Plan, cache: str, part: int) -> None:
    """The same causes at the same lines, as often, in the same order."""
    wrong = {}
    for log in LOGS[part::8]:
        data = log.read_bytes()
        analyst = Archive(plan).analyst()
        feed(analyst, entries_of(data))
        wanted = alarms(analyze(data, settings=Settings(cache=Path(cache))).diagnoses)
        if alarms(analyst.diagnoses()) != wanted:
            wrong[log.parent.name] = (wanted, alarms(analyst.diagnoses()))

    assert wrong == {}


def test_lines_are_kept_as_they_came(plan: Plan) -> None:
    """Numbered through, several in one entry too, without NUL and the mark of an encoding."""
    archive = Archive(plan)
    analyst = archive.analyst()
    texts = [b"\xef\xbb\xbfone", b"two\nthree\n", b"", b"f\0ive", b"\xff\xfe", b"x" * 200_000, b"last"]
    feed(analyst, [Entry("a", text, START_NS + at) for at, text in enumerate(texts)])
    archive.take(analyst)

    runs = archive.runs["a"]

    assert archive.text("a") == b"one\ntwo\nthree\n\nfive\n\xff\xfe\n" + b"x" * 200_000 + b"\nlast\n"
    assert [run.first_line for run in runs] == [1]
    assert [time - START_NS for time in runs[0].times] == [0, 1, 1, 2, 3, 4, 5, 6]


def test_a_minute_s_lines_are_counted_in_that_minute(plan: Plan) -> None:
    """Though one request brings the lines of an hour."""
    analyst = Archive(plan).analyst()
    feed(analyst, [Entry("a", b"tick", START_NS + minute * 60 * SECOND_NS) for minute in range(60)])

    counted = analyst.harvest().counted

    assert sorted(counted.minutes.values()) == [1] * 60


def test_runs_that_go_on_come_to_the_same(plan: Plan) -> None:
    """Every now and then the analysis is ended when nothing is open, and another goes on from what it left."""
    logs = {log.parent.name: log.read_bytes() for log in LOGS[::9]}
    chance = random.Random(3)
    queue = [(name, entries_of(data, name)) for name, data in logs.items()]
    requests: list[list[Entry]] = []
    while queue:
        name, entries = queue.pop(chance.randrange(len(queue)))
        size = chance.randrange(1, 80)
        requests.append(entries[:size])
        if entries[size:]:
            queue.append((name, entries[size:]))
    once, often = Archive(plan), Archive(plan)
    steady, changing = once.analyst(), often.analyst()
    ends = 0
    for index, request in enumerate([*requests, *([[]] * 400)]):
        now_ns = START_NS + index * SECOND_NS // 10
        for analyst in (steady, changing):
            analyst.hold(request, arrived_ns=now_ns, now_ns=now_ns)
            analyst.advance(now_ns, hour_ns=now_ns)
            if index % 9 == 0:
                analyst.settle()
        if index % 9 == 0:
            often.take(changing)
            changing = often.analyst()
            ends += 1
    for analyst in (steady, changing):
        analyst.settle()
    once.take(steady)
    often.take(changing)

    assert ends > 20
    assert often.told == once.told
    assert alarms(changing.diagnoses()) == alarms(steady.diagnoses())
    assert {name: often.text(name) for name in logs} == {name: once.text(name) for name in logs}
    assert all(once.text(name).rstrip(b"\n") == data.replace(b"\0", b"").rstrip(b"\n") for name, data in logs.items())


def test_what_somebody_resolves_is_new_when_it_comes_again(plan: Plan) -> None:
    """The same failure later is another incident."""
    archive = Archive(plan)
    analyst = archive.analyst()
    failure = b"torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 1 has a total capacity of 23.70 GiB of which 310.00 MiB is free."
    now_ns = feed(analyst, [Entry("a", failure)])
    (first,) = analyst.incidents
    left = []
    for incident in ("another", first):
        analyst.dismiss(incident)
        left.append(analyst.incidents)
    feed(analyst, [Entry("a", failure)], start_ns=now_ns)
    archive.take(analyst)

    (second,) = analyst.incidents

    assert left == [(first,), ()]
    assert second != first
    assert [kind for kind, _, _ in archive.told] == ["opened", "opened"]


def test_sources_that_are_silent_are_put_aside(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of findings stay, and all can be read on."""
    monkeypatch.setattr("logsleuth.server.analyst.STREAMS", 20)
    archive = Archive(plan)
    analyst = archive.analyst()
    failure = b"RuntimeError: CUDA error: an illegal memory access was encountered"
    now_ns = feed(analyst, [Entry("bad", failure), *(Entry(f"s{index}", b"fine") for index in range(50))])
    archive.take(analyst)
    before = alarms(analyst.diagnoses())
    analyst.renew()
    streams = analyst.streams
    feed(analyst, [Entry("s1", b"again"), Entry("bad", b"again")], start_ns=now_ns)
    after = analyst.harvest()

    assert (streams, analyst.streams) == (0, 2)
    assert alarms(analyst.diagnoses()) == before != []
    assert {name: run.first_line for name, (run,) in after.runs.items()} == {"s1": 2, "bad": 2}
