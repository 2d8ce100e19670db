"""A bad run beside a good one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from logsleuth.diagnosis.comparison.compare import LISTED, SOURCES, compare
from logsleuth.model import Diagnosis, Facts, Level, Report, Role, Severity, Stats, Template, Verdict, Where, Words

INFO, WARNING, ERROR = Level.INFO, Level.WARNING, Level.ERROR
Row = tuple[str, int, Level | None] | tuple[str, int, Level | None, str]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
START: list[Row] = [(f"start of subsystem {name * 3}", 1, INFO) for name in LETTERS[:20]]
SERVE: list[Row] = [("request <*> was answered", 3000, INFO), ("queue has <*> waiting entries", 500, INFO)]


def report(rows: Sequence[Row], diagnoses: Sequence[Diagnosis] = (), environment: Facts = ()) -> Report:
    """A report with templates that were first seen one line after another."""
    templates = []
    for number, (text, count, level, *source) in enumerate(rows, 1):
        where = Where(source=source[0] if source else "run.log", line=number)
        templates.append(Template(id=number, template=text, count=count, level=level, first=where, last=where))
    return Report(
        verdict=Verdict.HEALTHY,
        diagnoses=tuple(diagnoses),
        templates=tuple(templates),
        environment=environment,
        stats=Stats(sources=1, lines=sum(row[1] for row in rows)),
    )


def diagnosis(id_: str, role: Role = Role.ROOT, fingerprint: str = "") -> Diagnosis:
    """A diagnosis without evidence."""
    return Diagnosis(
        id=id_,
        title=Words(en=id_, zh=id_),
        role=role,
        severity=Severity.ERROR,
        confidence=0.9,
        summary=Words(en="", zh=""),
        facts=(("fingerprint", fingerprint),) if fingerprint else (),
        places=(),
        first_seen=None,
        last_seen=None,
        count=1,
        evidence=(),
    )


def test_a_run_does_not_differ_from_itself() -> None:
    """Nor is anything listed."""
    run = report([*START, *SERVE, ("an odd thing happened", 2, WARNING)], [diagnosis("a.b")], (("vllm", "0.9.1"),))
    found = compare(run, run)

    assert not found.is_different
    assert (found.divergences, found.appeared, found.missing, found.changed, found.settings) == ((), (), (), (), ())
    assert (found.new_diagnoses, found.gone_diagnoses) == ((), ())
    assert found.reached is not None
    assert (found.reached.number, found.steps) == (23, 23)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ([], []),
        (
            [*START, *SERVE],
            [*START, ("request <*> was answered", 30, INFO), ("queue has <*> waiting entries", 5, INFO)],
        ),
        ([*START, *SERVE], [*START, *SERVE, ("a user asked for help", 1, INFO)]),
        ([*START, ("a user asked for help", 1, INFO), *SERVE], [*START, *SERVE]),
        ([*START, ("retried <*> of the requests", 3, WARNING)], [*START, ("retried <*> of the requests", 5, WARNING)]),
        ([*START, *SERVE], [*START, *SERVE, ("<*>% done", 4, None), ("^^^^", 9, ERROR)]),
        ([*START, *SERVE], [*reversed(START), *SERVE]),
    ],
)
def test_what_differs_between_any_two_runs_is_not_relevant(good: list[Row], bad: list[Row]) -> None:
    """Length, single ordinary lines, chance, figures, the order of what runs side by side."""
    assert not compare(report(good), report(bad)).is_different


def test_errors_come_first_among_what_is_new() -> None:
    """And exceptions before other errors."""
    new: list[Row] = [
        ("a plain new line", 1, INFO),
        ("an unlevelled new line", 1, None),
        ("a failure was noticed", 1, ERROR),
        ("frobnicator.FrobnicationError: it is loose", 1, ERROR),
        ("a new warning", 1, WARNING),
    ]
    found = compare(report(START), report([*START, *new]))

    assert found.is_different
    assert found.appeared_total == 5
    assert [item.template for item in found.appeared] == [
        "frobnicator.FrobnicationError: it is loose",
        "a failure was noticed",
        "a new warning",
        "an unlevelled new line",
        "a plain new line",
    ]


def test_a_run_that_stops_early() -> None:
    """How far it came, and what is missing after what."""
    found = compare(report([*START, *SERVE]), report(START[:8]))

    assert found.is_different
    assert found.reached is not None
    assert (found.reached.number, found.steps, found.missing_total) == (8, 22, 14)
    first, second = found.missing[:2]
    assert (first.step.number, first.step.template.template) == (9, "start of subsystem iii")
    assert first.after == second.after == found.reached
    assert found.divergences == ()


def test_the_first_new_line_is_the_divergence() -> None:
    """With what both had before it, and how the good run went on."""
    bad: list[Row] = [*START[:8], ("<*> it/s", 1, None), ("waiting for a peer", 1, INFO), ("giving up", 1, ERROR)]
    divergence = compare(report([*START, *SERVE]), report(bad)).divergences[0]

    assert (divergence.template.template, divergence.template.first.line) == ("waiting for a peer", 10)
    assert divergence.skipped == 0
    assert divergence.after is not None
    assert divergence.expected is not None
    assert (divergence.after.number, divergence.expected.number) == (8, 9)


def test_a_known_line_too_early_is_a_divergence() -> None:
    """What should have come before it never came."""
    found = compare(
        report([*START, ("shutting down now", 1, INFO)]), report([*START[:8], ("shutting down now", 1, INFO)])
    )
    divergence = found.divergences[0]

    assert (divergence.template.template, divergence.skipped) == ("shutting down now", 12)


def test_each_source_has_a_divergence_of_its_own() -> None:
    """The most telling first, and a bounded number of them."""
    good: list[Row] = [(*row[:3], f"rank{rank}.log") for rank in range(12) for row in START[:3]]
    bad: list[Row] = [(*START[0][:3], "rank0.log")]
    bad += [(f"rank {LETTERS[rank] * 4} says hello", 1, INFO, f"rank{rank}.log") for rank in range(12)]
    bad += [("rank lost its device", 1, ERROR, "rank12.log")]
    divergences = compare(report(good), report(bad)).divergences

    assert len(divergences) == SOURCES
    assert [item.template.first.source for item in divergences[:3]] == ["rank12.log", "rank0.log", "rank1.log"]
    assert divergences[0].expected is not None


@pytest.mark.parametrize(
    ("good", "bad", "served", "expected"),
    [
        (12, 480, 3000, [(12, 480, 12.0)]),
        (480, 12, 3000, [(480, 12, 480.0)]),
        (3, 5, 3000, []),
        (0, 9, 3000, []),
        (12, 30, 3000, []),
        (16, 16, 300, []),
        (12, 480, 300, [(12, 480, 12.0)]),
        (100, 1000, 30000, []),
        (100, 9000, 30000, [(100, 9000, 1000.0)]),
        (3000, 120, 300, []),
    ],
)
def test_a_change_of_rate_is_beyond_chance_and_length(
    good: int, bad: int, served: int, expected: list[tuple[int, int, float]]
) -> None:
    """The bad run may be shorter or longer; what belongs to the start does not grow with it."""
    text = "a request was preempted <*> times"
    before: list[Row] = [("request <*> was answered", 3000, INFO), *([(text, good, WARNING)] if good else [])]
    after: list[Row] = [("request <*> was answered", served, INFO), (text, bad, WARNING)]
    changed = compare(report(before), report(after)).changed

    assert [(item.good_count, item.bad_count, item.expected) for item in changed] == expected


def test_a_flood_does_not_move_the_others() -> None:
    """Only the flooding template changed, though it is most of the bad run."""
    flood = "block <*> was evicted again"
    found = compare(report([*START, *SERVE, (flood, 20, INFO)]), report([*START, *SERVE, (flood, 90_000, INFO)]))

    assert [item.template.template for item in found.changed] == [flood]


def test_a_flood_that_was_split_is_counted_as_one() -> None:
    """The runs generalised the template differently."""
    good: list[Row] = [*SERVE, ("node <*> lost its lease", 300, WARNING)]
    bad: list[Row] = [*SERVE, ("node alpha lost its lease", 150, WARNING), ("node beta lost its lease", 150, WARNING)]
    found = compare(report(good), report(bad))

    assert (found.appeared, found.missing, found.changed) == ((), (), ())


@pytest.mark.parametrize(
    ("good", "bad", "new", "gone", "is_different"),
    [
        ([], [diagnosis("a.b")], ["a.b"], [], True),
        ([], [diagnosis("a.b", Role.NOTICE)], ["a.b"], [], False),
        ([diagnosis("a.b")], [], [], ["a.b"], False),
        (
            [diagnosis("unknown", fingerprint="x")],
            [diagnosis("unknown", fingerprint="y")],
            ["unknown"],
            ["unknown"],
            True,
        ),
        ([diagnosis("unknown", fingerprint="x")], [diagnosis("unknown", fingerprint="x")], [], [], False),
    ],
)
def test_diagnoses_are_told_apart(
    good: list[Diagnosis],
    bad: list[Diagnosis],
    new: list[str],
    gone: list[str],
    is_different: bool,  # noqa: FBT001
) -> None:
    """By id, unknown failures by fingerprint; a notice alone is no difference."""
    found = compare(report(START, good), report(START, bad))

    assert [item.id for item in found.new_diagnoses] == new
    assert [item.id for item in found.gone_diagnoses] == gone
    assert found.is_different is is_different


def test_a_changed_setting_is_a_difference() -> None:
    """Even where the lines are the same."""
    found = compare(report(START, environment=(("vllm", "0.9.1"),)), report(START, environment=(("vllm", "0.11.0"),)))

    assert found.is_different
    assert [item.name for item in found.settings] == ["vllm"]


def test_lists_are_bounded() -> None:
    """Their totals are not."""
    many: list[Row] = [(f"thing {LETTERS[n % 26] * 3} and {LETTERS[n // 26] * 3} broke", 1, ERROR) for n in range(300)]
    found = compare(report(START), report([*START, *many]))

    assert (len(found.appeared), found.appeared_total) == (LISTED, 300)
