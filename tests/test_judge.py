"""Events become findings: hits confirmed, better answers kept, the unexplained named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from logsleuth.catalog.load import catalog_of
from logsleuth.events import Assembled, fingerprint
from logsleuth.judge import REMEMBERED, REMEMBERED_CHARS, Judge
from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import (
    Event,
    EventKind,
    EventLine,
    Finding,
    Frame,
    Level,
    Lost,
    NoticeKind,
    Origin,
    Pattern,
    Raised,
    Role,
    Severity,
    Signature,
    Status,
    Where,
    Words,
)


def signature(id_: str, regex: str, role: Role = Role.ROOT, **changes: object) -> Signature:
    """A signature that one expression confirms."""
    made = Signature(
        id=id_,
        class_id=".".join(id_.split(".")[:2]),
        title=Words(en=id_, zh=id_),
        status=Status.TEST,
        role=role,
        severity=Severity.ERROR,
        patterns=(Pattern(literal="x", regex=regex),),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test names the fields that it needs


FULL = signature("host.disk-full", r"(?P<path>/\S+) is full")
FINER = signature("host.disk-full.shm", r"/dev/shm\S* is full")
DEAD = signature("vllm.engine-dead", "EngineDeadError", Role.WRAPPER)
SLOW = signature("a.slow", r"(?:a|aa|aaa)+(?:a|aa|aaa)+(?:a|aa|aaa)+b")
STRUCTURE = 0  # the number of an expression that belongs to no signature


def judge(*signatures: Signature, limits: Limits = DEFAULT_LIMITS) -> Judge:
    """A judge whose expression number n is that of the nth signature, from 1."""
    catalog = catalog_of(signatures, {one.class_id: one.role for one in signatures})
    return Judge(catalog, ((), *(((one, one.patterns[0]),) for one in signatures)), limits=limits)


def event(*messages: str, line: int = 1, level: Level | None = Level.ERROR, raised: tuple[Raised, ...] = ()) -> Event:
    """An event of these lines, the first of which stands on `line`."""
    return Event(
        kind=EventKind.LINE,
        source="log",
        source_index=0,
        origin=Origin(),
        lines=tuple(EventLine(number=at, raw=text, message=text) for at, text in enumerate(messages, line)),
        level=level,
        raised=raised,
    )


def item(where: Event, *hits: tuple[int, int]) -> Assembled:
    """The event with hits: (line, expression)."""
    return Assembled(event=where, hits=hits)


def told(findings: Iterable[Finding]) -> list[tuple[str, int, int, Mapping[str, str]]]:
    """Id, decisive line, count and facts of each."""
    return [(one.signature_id, one.first, one.count, dict(one.facts)) for one in findings]


def test_a_hit_is_confirmed_in_its_event() -> None:
    """Or refuted: the scan only saw that it may be there."""
    found = judge(FULL).findings(item(event("saving", "/data is full", "x"), (1, 1), (2, 1)))

    assert told(found) == [("host.disk-full", 1, 1, {"path": "/data"})]


def test_structure_is_no_finding() -> None:
    """What is looked for to find events says nothing by itself."""
    assert judge(FULL).findings(item(event("/data is full"), (0, STRUCTURE))) == ()


def test_a_line_that_stands_again_and_again_is_judged_once_and_counted() -> None:
    """In one event; another line of the same signature is a finding of its own."""
    where = event("/a is full", "/b is full", "/a is full", "/a is full")

    found = judge(FULL).findings(item(where, (0, 1), (1, 1), (2, 1), (3, 1)))

    assert told(found) == [("host.disk-full", 0, 3, {"path": "/a"}), ("host.disk-full", 1, 1, {"path": "/b"})]


def test_repetitions_that_the_launcher_left_out_count() -> None:
    """`[repeated 5x across cluster]`."""
    where = replace(event("/a is full", "/a is full"), repeats=5)

    assert told(judge(FULL).findings(item(where, (0, 1), (1, 1)))) == [("host.disk-full", 0, 10, {"path": "/a"})]


def test_two_expressions_that_find_the_same_are_one_finding() -> None:
    """A signature may show in two ways at once."""
    both = judge(FULL, replace(FULL, patterns=(Pattern(literal="full", regex="is full"),)))

    assert told(both.findings(item(event("/a is full"), (0, 1), (0, 2)))) == [("host.disk-full", 0, 1, {"path": "/a"})]


def test_the_better_answer_is_kept_and_the_other_counted_as_lost() -> None:
    """With the place where it first lost."""
    with_both = judge(FULL, FINER)

    found = [with_both.findings(item(event("/dev/shm is full", line=line), (0, 1), (0, 2))) for line in (7, 9)]

    assert [told(one) for one in found] == [[("host.disk-full.shm", 0, 1, {})]] * 2
    where = Where(source="log", line=7)
    assert with_both.lost == (Lost(loser="host.disk-full", winner="host.disk-full.shm", where=where, count=2),)


@pytest.mark.parametrize("length", [0, REMEMBERED_CHARS])
def test_the_same_message_elsewhere_is_the_same_finding_elsewhere(length: int) -> None:
    """Remembered or not: its place is its own."""
    one_judge = judge(FULL)
    events = [event("/a is full" + "." * length, line=line) for line in (3, 8)]

    found = [finding for where in events for finding in one_judge.findings(item(where, (0, 1)))]

    assert [(finding.event.lines[finding.first].number, dict(finding.facts)) for finding in found] == [
        (3, {"path": "/a"}),
        (8, {"path": "/a"}),
    ]


def test_the_level_belongs_to_the_question() -> None:
    """The same text as information is no failure."""
    one_judge = judge(FULL)
    levels = (Level.ERROR, Level.INFO, None, Level.ERROR)

    assert [len(one_judge.findings(item(event("/a is full", level=level), (0, 1)))) for level in levels] == [1, 0, 1, 1]


def test_what_is_remembered_is_bounded() -> None:
    """And forgotten as a whole; the answers stay the same."""
    one_judge = judge(FULL)

    for number in range(REMEMBERED + 10):
        found = one_judge.findings(item(event(f"/{number} is full"), (0, 1)))
        assert dict(found[0].facts) == {"path": f"/{number}"}

    assert len(one_judge._verdicts) <= REMEMBERED


def test_what_takes_too_long_is_a_notice() -> None:
    """No finding, no exception."""
    slow = judge(SLOW, limits=Limits(match_seconds=0.001))

    assert slow.findings(item(event("a" * 5000 + "c"), (0, 1))) == ()
    assert [(notice.kind, notice.where) for notice in slow.notices] == [
        (NoticeKind.UNCONFIRMED, Where(source="log", line=1))
    ]


FRAME = Frame(file="/opt/app/run.py", line=3, function="load")
FOO = Raised(type="app.FooError", message="no such thing", frames=(FRAME,), at=2)
LINES = (
    "Traceback (most recent call last):",
    '  File "/opt/app/run.py", line 3, in load',
    "app.FooError: no such thing",
)


def test_an_exception_that_nothing_explains_is_a_finding() -> None:
    """With its type, message, frame and fingerprint."""
    found = judge(FULL).findings(item(event(*LINES, raised=(FOO,)), (0, STRUCTURE)))

    assert told(found) == [
        (
            "unknown",
            2,
            1,
            {
                "exception": "app.FooError",
                "message": "no such thing",
                "function": "load",
                "file": "/opt/app/run.py",
                "line": "3",
                "fingerprint": fingerprint((FOO,)),
            },
        )
    ]


@pytest.mark.parametrize(
    ("other", "text", "expected"),
    [
        (FULL, "app.FooError: /a is full", ["host.disk-full"]),
        (DEAD, "app.FooError: EngineDeadError", ["vllm.engine-dead"]),
        (DEAD, "app.FooError: no such thing", ["unknown"]),
    ],
)
def test_an_exception_that_a_finding_accounts_for(other: Signature, text: str, expected: list[str]) -> None:
    """A root anywhere in its event, or a wrapper in its message."""
    where = event(*LINES[:2], text, raised=(FOO,))

    found = judge(other).findings(item(where, (2, 1)))

    assert [finding.signature_id for finding in found] == expected


def test_a_wrapper_that_announces_an_unknown_exception_stays_beside_it() -> None:
    """It does not account for what it wraps."""
    where = event("EngineDeadError follows", *LINES, raised=(replace(FOO, at=3),))

    found = judge(DEAD).findings(item(where, (0, 1)))

    assert [finding.signature_id for finding in found] == ["vllm.engine-dead", "unknown"]


INTERNAL = Frame(file="/x/vllm/v1/core/scheduler.py", line=3, function="schedule")
LORA = Frame(file="/x/vllm/lora/models.py", line=3, function="load")


@pytest.mark.parametrize(("frame", "expected"), [(INTERNAL, ["vllm.internal"]), (LORA, ["vllm.lora.in-code"])])
def test_that_vllm_raised_it_gives_way_to_whose_part_it_was(frame: Frame, expected: list[str]) -> None:
    """The signature of the whole stays where the place names no part."""
    general = replace(FULL, id="vllm.internal", class_id="vllm.internal")
    where = event(*LINES[:2], "KeyError: /a is full", raised=(replace(FOO, type="KeyError", frames=(frame,)),))

    found = judge(general).findings(item(where, (2, 1)))

    assert [finding.signature_id for finding in found] == expected
