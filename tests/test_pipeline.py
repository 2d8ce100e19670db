"""The stages put together: blocks in, at any moment a report out."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsleuth.catalog.load import catalog_of
from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import (
    Block,
    Level,
    Notice,
    NoticeKind,
    Pattern,
    Report,
    Role,
    Severity,
    Signature,
    Stats,
    Status,
    Verdict,
    Where,
    Words,
)
from logsleuth.pipeline import Analysis
from logsleuth.plan import EXCEPTION, TRACEBACK, Plan, plan
from logsleuth.recent import Recent


def signature(id_: str, literal: str, role: Role = Role.ROOT, regex: str = "") -> Signature:
    """A signature that one literal shows."""
    return Signature(
        id=id_,
        class_id=".".join(id_.split(".")[:2]),
        title=Words(en=id_, zh=id_),
        status=Status.TEST,
        role=role,
        severity=Severity.ERROR,
        patterns=(Pattern(literal=literal, regex=regex),),
    )


SIGNATURES = (
    signature("host.disk-full", "is full", regex=r"(?P<path>/\S+) is full"),
    signature("vllm.engine-dead", "EngineDeadError", Role.WRAPPER),
    signature("ucm.patch-not-applied", "never printed by anyone"),
    signature("hang.startup", "nor is this", Role.PERF),
)
PLAN = plan(catalog_of(SIGNATURES, {one.class_id: one.role for one in SIGNATURES}))
FULL = b"ERROR 06-10 21:32:17 [x.py:1] /data is full"
DEAD = b"ERROR 06-10 21:32:19 [x.py:2] EngineDeadError"
FINE = b"INFO 06-10 21:32:18 [x.py:3] fine"
SERVED = b'INFO:     10.0.0.1:5 - "POST /v1/completions HTTP/1.1" 200 OK'
TRACE = (
    b"Traceback (most recent call last):",
    b'  File "/opt/a.py", line 3, in load',
    b"    load()",
    b"app.FooError: no such thing",
)
UCM = (
    b"INFO 06-10 21:32:17 [x.py:9] kv_transfer_config: KVTransferConfig(kv_connector='UCMConnector', kv_role='kv_both')"
)


def blocks(
    lines: Sequence[bytes], cuts: Iterable[int] = (), *, source: str = "log", is_open: bool = False
) -> list[Block]:
    """The blocks of a source that is cut before these lines."""
    edges = [0, *cuts, len(lines)]
    return [
        Block(
            source=source,
            first_line=start + 1,
            data=b"".join(line + b"\n" for line in lines[start:end]),
            is_last=number == len(edges) - 1 and not is_open,
        )
        for number, (start, end) in enumerate(itertools.pairwise(edges), 1)
    ]


def analysis(*given: Block | Notice, limits: Limits = DEFAULT_LIMITS, recent: Recent | None = None) -> Analysis:
    """An analysis that has read these."""
    made = Analysis(PLAN, limits=limits, recent=recent)
    made.add(given)
    return made


def told(report: Report) -> list[tuple[str, str, int, int]]:
    """Id, role, line and count of each diagnosis."""
    return [(item.id, item.role.value, item.evidence[0].line, item.count) for item in report.diagnoses]


def test_a_report() -> None:
    """Verdict, diagnoses, graph, templates and statistics of one source."""
    report = analysis(*blocks([FINE, FULL, FINE, DEAD, FULL])).report()

    assert report.verdict is Verdict.INCIDENT
    assert told(report) == [("host.disk-full", "root", 2, 2), ("vllm.engine-dead", "consequence", 4, 1)]
    assert dict(report.diagnoses[0].facts) == {"path": "/data"}
    assert [(edge.cause, edge.effect) for edge in report.relations] == [("host.disk-full", "vllm.engine-dead")]
    assert sum(template.count for template in report.templates) == 5
    assert report.stats == Stats(
        sources=1, lines=5, bytes=sum(map(len, [FINE, FULL, FINE, DEAD, FULL])) + 5, templates=3, errors=3
    )
    assert (report.notices, report.lost) == ((), ())


def test_a_report_on_nothing() -> None:
    """Nothing broke."""
    report = analysis().report()

    assert (report.verdict, report.diagnoses, report.stats) == (Verdict.HEALTHY, (), Stats())


def test_notices_of_the_reading_are_passed_on() -> None:
    """With what the blocks say of their damage."""
    notice = Notice(kind=NoticeKind.LINE_CUT, where=Where(source="log", line=3), detail="cut")
    damaged = [replace(block, undecodable=2) for block in blocks([FINE, FINE], [1])]

    report = analysis(*damaged, notice).report()

    assert report.notices == (notice,)
    assert report.stats.undecodable_bytes == 4


LOG = (
    *(FINE, FULL, *TRACE, SERVED, UCM, DEAD, FINE),
    *(b"(Worker_TP0 pid=10) " + line for line in TRACE),
    *(
        b'{"log":"' + line.replace(b'"', b'\\"') + b'\\n","stream":"stderr","time":"2026-06-10T21:32:20Z"}'
        for line in TRACE
    ),
    *(b"Cache lookup(875) in backend costs 259.319ms.", FULL),
)
WHOLE = analysis(*blocks(LOG)).report()


@settings(max_examples=60, deadline=None)
@given(cuts=st.lists(st.integers(0, len(LOG)), max_size=6).map(sorted))
def test_any_cut_into_blocks_gives_the_same_report(cuts: list[int]) -> None:
    """Events, structured records, figures and line numbers go on from block to block."""
    assert analysis(*blocks(LOG, cuts)).report() == WHOLE


def test_sources_are_read_side_by_side() -> None:
    """Their blocks may come in turns; the first one of each decides on its index, and time on what stands first."""
    one, other = blocks([FINE, *TRACE], [3]), blocks([*TRACE, FULL], [2], source="other")

    made = analysis(other[0], one[0], one[1], other[1])

    assert made.sources == ("other", "log")
    places = [(item.id, [place.source for place in item.places]) for item in made.report().diagnoses]
    assert places == [("host.disk-full", ["other"]), ("unknown", ["other", "log"])]


def test_progress_is_the_last_line_of_normal_service() -> None:
    """In each source, however many lines the block has."""
    made = analysis(
        *blocks([SERVED, FINE, SERVED, FINE, FINE], [2]),
        *blocks([FINE], source="idle"),
        *blocks([FINE, *[b"x" * 1000] * 30, SERVED, *[b"y" * 1000] * 30], source="busy"),
    )

    assert made.progress == {0: 3, 2: 32}


def test_what_is_open_can_be_looked_at_and_settled() -> None:
    """A watcher cannot wait for the end of a log that goes on."""
    made = analysis(*blocks([FINE, *TRACE], is_open=True))

    seen = []
    for settled in ("never heard of", "log"):
        seen.append((made.is_waiting, [len(item.event.lines) for item in made.pending()], told(made.report())))
        made.settle(settled)

    assert seen == [(True, [4], [])] * 2
    assert (made.is_waiting, made.pending(), told(made.report())) == (False, (), [("unknown", "root", 5, 1)])


def test_everything_that_is_open_can_be_settled() -> None:
    """In all sources at once."""
    made = analysis(*blocks(TRACE, is_open=True), *blocks(TRACE, source="other", is_open=True))

    made.settle_all()

    assert (made.is_waiting, [item.count for item in made.report().diagnoses]) == (False, [2])


LATER = b"INFO 06-10 21:52:17 [x.py:3] still here"
SHARDS = b"Loading safetensors checkpoint shards:   6% Completed | 10/163 [16:10<4:11:11, 97.01s/it]"
PROBED = b"Warning  Unhealthy  10m   kubelet  Startup probe failed: connection refused"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([UCM, LATER], ["hang.startup"]),
        ([UCM, FINE], []),
        ([UCM, *[PROBED] * 3], ["hang.startup"]),
        ([UCM, *[PROBED] * 2], []),
        ([UCM, SHARDS, LATER], []),
        ([UCM, SERVED, b"[2026-06-10 21:32:18.1][UC][I] ready", LATER], []),
        ([FINE, LATER], []),
    ],
)
def test_a_start_up_that_stalls(lines: list[bytes], expected: list[str]) -> None:
    """While time goes on or probes fail, no weights are loaded and nothing is served."""
    assert [item.id for item in analysis(*blocks(lines)).report().diagnoses] == expected


def test_a_fragment_waits_for_its_end() -> None:
    """Nothing is open, but the line is not whole."""
    part = b"2026-06-10T21:32:20.5Z stdout P the beginning of"

    assert analysis(*blocks([part], is_open=True)).is_waiting
    assert not analysis(*blocks([part])).is_waiting


def test_a_watcher_sees_what_it_has_not_dismissed() -> None:
    """Events that are open among them; the report has everything."""
    recent = Recent(limits=DEFAULT_LIMITS)
    made = analysis(*blocks([FULL, FINE, *TRACE], is_open=True), recent=recent)

    assert [item.id for item in made.diagnoses()] == ["host.disk-full"]
    assert [item.id for item in made.diagnoses(made.pending())] == ["host.disk-full", "unknown"]

    recent.dismiss({("host.disk-full", "")})

    assert made.diagnoses() == ()
    assert told(made.report()) == [("host.disk-full", "root", 1, 1)]


def test_without_a_watcher_everything_found_so_far_counts() -> None:
    """What is open does not yet."""
    made = analysis(*blocks([FULL, FINE, *TRACE], is_open=True))

    assert [item.id for item in made.diagnoses(made.pending())] == ["host.disk-full"]


def test_memory_lets_another_analysis_go_on() -> None:
    """Findings, settings, service and the indexes of sources."""
    first = analysis(
        *blocks([UCM, SERVED, FULL], is_open=True), *blocks([DEAD], source="b"), recent=Recent(limits=DEFAULT_LIMITS)
    )
    first.settle("log")
    second = Analysis(PLAN, recent=Recent(limits=DEFAULT_LIMITS))

    second.recall(first.memory(), resumed={"log"})

    assert second.memory() == first.memory()
    assert (second.sources, second.progress) == (("log", "b"), {0: 2})
    assert second.diagnoses() == first.diagnoses()
    second.add([Block(source="log", first_line=4, data=SERVED + b"\n"), *blocks([FINE], source="b")])
    assert (second.sources, second.progress) == (("log", "b", "b"), {0: 4})


def test_bounds_that_were_reached_are_said() -> None:
    """Shapes and findings beyond them are counted."""
    lines = [
        b"ERROR 06-10 21:32:17 [x.py:1] /" + bytes([97 + at % 26]) * 5 + b" is full " + b"word " * at
        for at in range(40)
    ]
    ranks = [b"(Worker_TP%d pid=%d) " % (at, at) + FULL for at in range(10)]

    report = analysis(*blocks([*lines, *ranks]), limits=Limits(tallies=4, shapes=2, error_shapes=2)).report()

    assert [(notice.kind, notice.where.source) for notice in report.notices] == [(NoticeKind.LIMIT, "all inputs")] * 2
    assert report.notices[1].detail == "7 findings beyond the limit of distinct ones were not kept"
    assert sum(template.count for template in report.templates) == 50


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([UCM, SERVED], ["ucm.patch-not-applied"]),
        ([UCM, FINE], []),
        ([SERVED, FINE], []),
        ([UCM, SERVED, b"[2026-06-10 21:32:18.1][UC][I] ready"], []),
    ],
)
def test_a_ucm_that_never_spoke(lines: list[bytes], expected: list[str]) -> None:
    """Configured, in a server that works; its own first word ends the suspicion."""
    assert [item.id for item in analysis(*blocks(lines)).report().diagnoses] == expected


def test_the_environment_is_read_once() -> None:
    """The first value under a name stands; notices of the configuration follow from it."""
    again = UCM.replace(b"UCMConnector", b"LMCacheConnectorV1")

    assert dict(analysis(*blocks([UCM, again])).report().environment)["kv_connector"] == "UCMConnector"


def test_a_dump_is_no_log() -> None:
    """Its bytes count; it has no lines and is no source of text."""
    dump = orjson.dumps({"version": "2.5", "pg_status": {}, "entries": [], "collective_seq_id": 1})

    made = analysis(Block(source="trace_0", first_line=1, data=dump, is_last=True), *blocks([FULL]))

    assert (made.sources, made.line_count, made.byte_count) == (("log",), 1, len(dump) + len(FULL) + 1)


def test_shapes_can_be_looked_at() -> None:
    """They count every line."""
    shapes = analysis(*blocks([FINE, FULL, FINE])).shapes.shapes

    assert sorted(shape.count for shape in shapes.values()) == [1, 2]


def test_a_plan_says_what_each_number_stands_for(tmp_path: Path) -> None:
    """Structure first; two signatures with one expression share its number. A cache changes nothing."""
    twins = (signature("a.one", "is full"), signature("b.two", "is full", Role.NOTICE))
    catalog = catalog_of(twins, {one.class_id: one.role for one in twins})

    made: Plan = plan(catalog, cache=tmp_path)

    assert plan(catalog, cache=tmp_path).meanings == made.meanings
    assert list(tmp_path.iterdir())
    assert made.meanings[:2] == ((), ())
    assert [one.id for one, _ in made.meanings[-1]] == ["a.one", "b.two"]
    assert all(not made.meanings[number] for number in made.environment)
    numbers = {mark.expression for mark in made.scanner.marks(TRACE[0] + b"\n" + TRACE[3] + b"\nx is full\n")}
    assert numbers == {0, 1, len(made.meanings) - 1}
    assert (TRACEBACK.is_literal, EXCEPTION.is_literal) == (True, False)


def test_levels_are_counted_by_lines() -> None:
    """Errors and warnings of all templates."""
    warning = b"WARNING 06-10 21:32:18 [x.py:3] slow"
    report = analysis(*blocks([FINE, FULL, DEAD, warning, warning])).report()

    assert (report.stats.errors, report.stats.warnings) == (2, 2)
    assert {template.level for template in report.templates} == {Level.INFO, Level.ERROR, Level.WARNING}
