"""A finding needs the text, around the line, at a level that counts, not quoted, and in time."""

from __future__ import annotations

from dataclasses import replace

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.catalog import match
from logsleuth.catalog.load import catalog_of
from logsleuth.catalog.match import ScanExpression, Sight, confirm, expressions, spans_lines
from logsleuth.catalog.quoted import is_quoted
from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.model import (
    NOBODY,
    Event,
    EventKind,
    EventLine,
    Finding,
    Frame,
    Level,
    Notice,
    NoticeKind,
    Pattern,
    Raised,
    Role,
    Severity,
    Signature,
    Status,
    Where,
    Words,
)

BARE = Signature(
    id="a.b",
    class_id="a.b",
    title=Words(en="", zh=""),
    status=Status.TEST,
    role=Role.ROOT,
    severity=Severity.ERROR,
    patterns=(),
)
LINE = "max seq len (8), 0.50 GiB KV cache is needed, which is larger than the 0.25 GiB"


def event(*messages: str, level: Level | None = None, raised: tuple[Raised, ...] = ()) -> Event:
    """An event of these lines."""
    lines = tuple(EventLine(number=at, raw=text, message=text) for at, text in enumerate(messages, start=1))
    bare = Event(kind=EventKind.LINE, source="log", source_index=0, origin=NOBODY, lines=lines)
    return replace(bare, level=level, raised=raised)


def found(signature: Signature, pattern: Pattern, where: Event, at: int = 0) -> Finding | Notice | None:
    """What is found with the usual limits."""
    return confirm(signature, pattern, Sight(where, at), limits=DEFAULT_LIMITS)


def span(finding: Finding | Notice | None) -> tuple[int, int] | None:
    """The decisive lines of a finding."""
    return (finding.first, finding.last) if isinstance(finding, Finding) else None


def test_captures_and_derived_facts(signature: Signature) -> None:
    """Facts stand in the order of the expression, derived ones last."""
    where = event("before", LINE, level=Level.ERROR)

    finding = found(signature, signature.patterns[0], where, 1)

    assert finding == Finding(
        signature_id="vllm.kv-cache-too-small.request",
        event=where,
        first=1,
        last=1,
        facts=(("max_model_len", "8"), ("needed", "0.50 GiB"), ("available", "0.25 GiB"), ("missing", "0.3")),
    )


@pytest.mark.parametrize(
    ("pattern", "messages", "at", "expected"),
    [
        (Pattern(literal="boom"), ("a", "b boom"), 1, (1, 1)),
        (Pattern(literal="boom"), ("prefix was peeled",), 0, (0, 0)),
        (Pattern(literal="boom"), ("prompt: 'boom'",), 0, None),
        (Pattern(literal="boom"), ("prompt: 'boom' and boom",), 0, (0, 0)),
        (Pattern(scan="bo+m"), ("a", "boom"), 1, (1, 1)),
        (Pattern(literal="b", regex=r"^b (?P<x>\d)$"), ("b 1", "b 2"), 1, (1, 1)),
        (Pattern(literal="b", regex="^a$"), ("a", "b"), 1, None),
        (Pattern(literal="b", regex=r"a\n"), ("a", "b"), 1, None),
        (Pattern(literal="b", regex=r"head[\s\S]*?b$"), ("head", "x", "b", "head"), 2, (0, 2)),
        (Pattern(literal="b", regex=r"b[\s\S]*?tail"), ("head", "b", "x", "tail"), 1, (1, 3)),
        (Pattern(literal="b", regex=r"b[\s\S]*?(?:tail|legs)"), ("head", "b", "x"), 1, None),
        (Pattern(literal="b", regex="b.*tail"), ("b", "tail"), 0, None),
        (Pattern(literal="b", regex="("), ("b",), 0, None),
    ],
)
def test_where_a_match_counts(
    signature: Signature, pattern: Pattern, messages: tuple[str, ...], at: int, expected: tuple[int, int] | None
) -> None:
    """The match has to reach into the line of the literal."""
    assert span(found(signature, pattern, event(*messages), at)) == expected


@pytest.mark.parametrize(
    ("levels", "level", "expected"),
    [
        (Pattern().levels, None, True),
        (Pattern().levels, Level.WARNING, True),
        (Pattern().levels, Level.INFO, False),
        ((), Level.DEBUG, True),
        ((Level.INFO,), None, False),
    ],
)
def test_levels(
    signature: Signature,
    levels: tuple[Level | None, ...],
    level: Level | None,
    expected: bool,  # noqa: FBT001  # a row of the table
) -> None:
    """The producer's level decides, and its absence is a level of its own."""
    finding = found(signature, Pattern(literal="boom", levels=levels), event("boom", level=level))

    assert (finding is not None) is expected


def test_the_exception_and_its_frames_are_known(signature: Signature) -> None:
    """The frame must be one of the traceback whose message matches."""
    first = Raised(type="OSError", message="boom", at=1, frames=(Frame(file="/a/io.py", line=1, function="read"),))
    second = Raised(type="ValueError", message="x\nboom", at=3, frames=(Frame(file="/a/b.py", line=2, function="run"),))
    where = event("t", "OSError: boom", "t", "ValueError: x", "boom", raised=(first, second))

    in_second = found(signature, Pattern(literal="boom", frame=r"b\.py:run$"), where, 4)
    in_first = found(signature, Pattern(literal="boom", frame=r"b\.py:run$"), where, 1)
    in_none = found(signature, Pattern(literal="t", frame="io"), where, 2)

    assert isinstance(in_second, Finding)
    assert in_second.raised == 1
    assert in_first is None
    assert isinstance(in_none, Finding)
    assert in_none.raised is None
    assert found(signature, Pattern(literal="boom", frame="("), where, 1) is None


def test_a_moment_without_the_processor_decides_nothing(signature: Signature, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other threads may have it while an expression is tried: the same line is tried once more."""
    late = iter([True, True, False])

    def sought(pattern: Pattern, about: Event, at: int, seconds: float) -> match._Hit | None:
        if next(late):
            raise TimeoutError
        return tried(pattern, about, at, seconds)

    tried = match._hit
    monkeypatch.setattr(match, "_hit", sought)
    pattern = Pattern(literal="aaa", regex="a{3}")

    assert isinstance(confirm(signature, pattern, Sight(event("aaa"), 0), limits=DEFAULT_LIMITS), Finding)


def test_an_expression_that_takes_too_long_is_said(signature: Signature) -> None:
    """A notice, not silence and not a hang."""
    pattern = Pattern(literal="aaa", regex=r"(?:a|aa|aaa)+$b")
    limits = replace(DEFAULT_LIMITS, match_seconds=0.01)

    notice = confirm(signature, pattern, Sight(event("a" * 5000 + "!"), 0), limits=limits)

    assert isinstance(notice, Notice)
    assert notice.kind is NoticeKind.UNCONFIRMED
    assert notice.where == Where(source="log", line=1)


def test_long_events_are_read_around_the_line_only(signature: Signature) -> None:
    """The expression cannot reach from one end of a flood to the other."""
    far = event("head", *("x" * 200 for _ in range(1000)), "tail")

    assert found(signature, Pattern(literal="tail", regex=r"head[\s\S]*tail"), far, 1001) is None
    assert span(found(signature, Pattern(literal="tail", regex=r"x\ntail"), far, 1001)) == (1000, 1001)


def test_facts_are_cut(signature: Signature) -> None:
    """A fact is never longer than the limit."""
    limits = replace(DEFAULT_LIMITS, fact_chars=5)
    pattern = Pattern(literal="=", regex="=(?P<value>.*)(?P<nothing>z)?(?P<blank> *)")

    finding = confirm(signature, pattern, Sight(event("=  abcdefgh"), 0), limits=limits)

    assert isinstance(finding, Finding)
    assert finding.facts == (("value", "abcde"),)


def test_retired_signatures_are_not_looked_for(signature: Signature) -> None:
    """Every pattern of the others is, with its place."""
    retired = replace(signature, id="a.b", status=Status.RETIRED)
    second = replace(signature, id="c.d", patterns=(Pattern(literal="é"), Pattern(scan="a+b")))

    assert expressions(catalog_of([signature, second, retired], {})) == (
        ScanExpression(signature=1, pattern=0, expression="é".encode(), is_literal=True),
        ScanExpression(signature=1, pattern=1, expression=b"a+b", is_literal=False),
        ScanExpression(signature=2, pattern=0, expression=b"KV cache is needed, which is larger than", is_literal=True),
    )


@given(st.lists(st.text(max_size=40), min_size=1, max_size=6), st.data())
def test_any_event_gives_an_answer(messages: list[str], data: st.DataObject) -> None:
    """Matching is total, and what it finds covers the line."""
    at = data.draw(st.integers(0, len(messages) - 1))
    signature = replace(BARE, derive=(("half", "x / 2"),))

    finding = found(signature, Pattern(literal="a", regex=r"(?P<x>\w+)[\s\S]*?$"), event(*messages), at)

    assert finding is None or (isinstance(finding, Finding) and finding.first <= at <= finding.last)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (r"a(?P<x>[^\n]+)b", False),
        (r"a(?P<x>[^\s,]+)b", False),
        ("a[^'\n]+b", False),
        (r"a[^\]\n]+b", False),
        (r"a\S+ \w+", False),
        (r"a[^\]]+b", True),
        (r"a[^']+[^\n]+b", True),
        (r"a\s+b", True),
        (r"a\W", True),
        ("a\nb", True),
        (r"\Aa", True),
    ],
)
def test_which_matches_may_leave_their_line(expression: str, expected: bool) -> None:  # noqa: FBT001  # a row
    """A set that a newline is kept out of stays in the line, any other set of all but some characters may not."""
    assert spans_lines(expression) is expected


@given(
    st.lists(st.text(alphabet="ab1 \"'=:{", max_size=12), min_size=1, max_size=4),
    st.sampled_from(
        [r"^a", r"a$", r"\ba\b", r"(?<!b)a", r"(?<!\S)a", r"(?<![\w])a(?!b)", "a", r"1(?P<x>[^\n]+)", r":(?P<y>.)"]
    ),
    st.integers(0, 3),
)
def test_a_line_by_itself_gives_what_the_event_gives(lines: list[str], expression: str, at: int) -> None:
    """An expression that cannot leave its line is tried on the line alone, with the newline in front of it."""
    where = event(*lines)
    index = min(at, len(lines) - 1)
    start = where.starts[index]
    matches = regex.finditer(expression, where.message, regex.MULTILINE, pos=start, endpos=start + len(lines[index]))
    expected = [
        (match.span(), match.groupdict())
        for match in matches
        if not any(is_quoted(where.message, place) for place in (match.start(), max(match.start(), match.end() - 1)))
    ]
    result = found(BARE, Pattern(literal="a", regex=expression), where, index)

    if expected:
        assert isinstance(result, Finding)
        assert (result.first, result.facts) == (
            index,
            tuple((n, v.strip()) for n, v in expected[0][1].items() if v.strip()),
        )
    else:
        assert result is None


@pytest.mark.parametrize(
    ("expression", "messages", "at"),
    [
        ("ab?\\s+c", ("x", "a", "c"), 1),
        ("ab*\\s+c", ("a c",), 0),
        ("ab{0,1}\\s+c", ("a c",), 0),
        ("ab+\\s+c", ("abb c",), 0),
        ("ab|c\\s+d", ("c d",), 0),
        ("ab(?:x|y)\\s+c", ("abx", "c"), 1),
        ("a[|]\\s+c", ("a| c",), 0),
        ("a\\|\\s+c", ("a| c",), 0),
        ("(?i)ab\\s+c", ("AB c",), 0),
    ],
)
def test_what_a_match_begins_with_is_looked_for_first(expression: str, messages: tuple[str, ...], at: int) -> None:
    """What may be missing is no part of it."""
    assert isinstance(found(BARE, Pattern(literal="a", regex=expression), event(*messages), at), Finding)
