"""Compares a bad run with a good one. In: the reports of both. Out: what is new, gone, changed, and where it began.

The templates of a run in the order of their first lines are its steps. Volatile ones are left out of all but the count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import sqrt
from typing import Final

from logsleuth.diagnosis.comparison.alignment import Line, align, line_of
from logsleuth.diagnosis.comparison.changes import changed_settings
from logsleuth.lazy import lazy
from logsleuth.model import Diagnosis, Level, Report, Role, Template
from logsleuth.model.comparison import Comparison, Divergence, MissingStep, RateChange, Step

LISTED: Final = 100  # of a kind
SOURCES: Final = 8  # whose divergence is told
SKIPPED: Final = 5  # steps that must be missing before a known one is out of order
MANY_MISSING: Final = (5, 0.1)  # at least so many, and so large a share of the steps
# a change of rate is one only beyond all three: 3 against 5 is chance, and logs come in bursts
RATE_COUNT: Final = 10
RATE_RATIO: Final = 3.0
RATE_DEVIATIONS: Final = 4.0
EXCEPTION: Final = lazy(r"(?:[A-Za-z_]\w*\.)*(?:[A-Z]\w*)?(?:Error|Exception|Exit|Interrupt|Failure)\b")
RANKS: Final = {Level.CRITICAL: 0, Level.ERROR: 0, Level.WARNING: 1, None: 2, Level.INFO: 3, Level.DEBUG: 4}
TELLING: Final = frozenset({Level.CRITICAL, Level.ERROR, Level.WARNING, None})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Runs:
    """Both runs, aligned: `numbers` are those of the steps of the good run, `None` for volatile ones."""

    good: tuple[Line, ...]
    bad: tuple[Line, ...]
    bad_to_good: tuple[int | None, ...]
    good_to_good: tuple[int | None, ...]
    numbers: tuple[int | None, ...]
    steps: tuple[int, ...]  # indexes in `good`

    def step(self, index: int) -> Step:
        """The step of the good run at `index`."""
        return Step(number=self.numbers[index] or 0, template=self.good[index].template)


def compare(good: Report, bad: Report) -> Comparison:
    """What distinguishes `bad` from `good`."""
    runs = _aligned(good, bad)
    appeared, missing, changed = _appeared(runs), _missing(runs), _changed(runs)
    new = _without(bad.diagnoses, good.diagnoses)
    settings = changed_settings(good.environment, bad.environment)
    is_different = bool(
        changed
        or settings
        or any(item.role is not Role.NOTICE for item in new)
        or any(template.level in TELLING for template in appeared)
        or _is_much_missing(missing, len(runs.steps))
    )
    return Comparison(
        is_different=is_different,
        good=good.stats,
        bad=bad.stats,
        steps=len(runs.steps),
        reached=_reached(runs),
        divergences=_divergences(runs),
        new_diagnoses=new[:LISTED],
        gone_diagnoses=_without(good.diagnoses, bad.diagnoses)[:LISTED],
        settings=settings[:LISTED],
        appeared=appeared[:LISTED],
        appeared_total=len(appeared),
        missing=missing[:LISTED],
        missing_total=len(missing),
        changed=changed[:LISTED],
        changed_total=len(changed),
    )


def _aligned(good: Report, bad: Report) -> _Runs:
    of_good, of_bad = tuple(map(line_of, good.templates)), tuple(map(line_of, bad.templates))
    bad_to_good, good_to_good = align(of_good, of_bad)
    steps = tuple(index for index, line in enumerate(of_good) if not line.is_volatile)
    numbers: list[int | None] = [None] * len(of_good)
    for number, index in enumerate(steps, 1):
        numbers[index] = number
    return _Runs(
        good=of_good,
        bad=of_bad,
        bad_to_good=bad_to_good,
        good_to_good=good_to_good,
        numbers=tuple(numbers),
        steps=steps,
    )


def _without(diagnoses: Iterable[Diagnosis], known: Iterable[Diagnosis]) -> tuple[Diagnosis, ...]:
    """Those that are not among `known`; unknown failures are told apart by their fingerprints."""
    keys = {_key(item) for item in known}
    return tuple(item for item in diagnoses if _key(item) not in keys)


def _key(item: Diagnosis) -> tuple[str, str]:
    return item.id, dict(item.facts).get("fingerprint", "")


def _appeared(runs: _Runs) -> tuple[Template, ...]:
    """What only the bad run printed: errors first, exceptions before them, then in order."""
    fresh = [
        line.template
        for line, index in zip(runs.bad, runs.bad_to_good, strict=True)
        if index is None and not line.is_volatile
    ]
    return tuple(sorted(fresh, key=_weight))


def _weight(template: Template) -> tuple[int, bool]:
    return RANKS[template.level], EXCEPTION.match(template.template) is None


def _missing(runs: _Runs) -> tuple[MissingStep, ...]:
    """The steps that only the good run had, in its order."""
    found: list[MissingStep] = []
    after: Step | None = None
    for index in runs.steps:
        if runs.good_to_good[index] is None:
            found.append(MissingStep(step=runs.step(index), after=after))
        else:
            after = runs.step(index)
    return tuple(found)


def _is_much_missing(missing: Sequence[MissingStep], steps: int) -> bool:
    """Whether a stage is missing, or something that the good run said time and again."""
    least, share = MANY_MISSING
    is_stage = len(missing) >= max(least, share * steps)
    return is_stage or any(item.step.template.count >= RATE_DEVIATIONS * RATE_COUNT for item in missing)


def _reached(runs: _Runs) -> Step | None:
    """The furthest step of the good run that the bad run had too."""
    common = (index for index in reversed(runs.steps) if runs.good_to_good[index] is not None)
    return next((runs.step(index) for index in common), None)


def _changed(runs: _Runs) -> tuple[RateChange, ...]:
    """The templates whose rate changed, the largest change first."""
    good_counts, bad_counts = _counts(runs.good, runs.good_to_good), _counts(runs.bad, runs.bad_to_good)
    pairs = [(index, good_counts[index], bad_counts[index]) for index in sorted(good_counts.keys() & bad_counts.keys())]
    exposure = _exposure([(good, bad) for _, good, bad in pairs])
    shown: dict[int, Template] = {}
    for line, index in zip(runs.bad, runs.bad_to_good, strict=True):
        if index is not None:
            shown.setdefault(index, line.template)
    found = (
        RateChange(template=shown[index], good_count=good, bad_count=bad, expected=expected)
        for index, good, bad in pairs
        if not runs.good[index].is_volatile and (expected := _unexplained(good, bad, exposure)) is not None
    )
    return tuple(sorted(found, key=lambda item: (RANKS[item.template.level] > 1, -_ratio(item), item.template.id)))


def _counts(lines: Iterable[Line], indexes: Iterable[int | None]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for line, index in zip(lines, indexes, strict=True):
        if index is not None:
            counts[index] = counts.get(index, 0) + line.template.count
    return counts


def _exposure(pairs: Sequence[tuple[int, int]]) -> float:
    """How much longer the bad run is, by what both print: a flood of one template does not move the weighted median."""
    ordered = sorted((bad / good, min(good, bad)) for good, bad in pairs)
    sums = list(accumulate(weight for _, weight in ordered))
    return next((ratio for (ratio, _), total in zip(ordered, sums, strict=True) if 2 * total >= sums[-1]), 1.0)


def _unexplained(good: int, bad: int, exposure: float) -> float | None:
    """The count to be expected where neither chance nor the length of the runs explains `bad`, else None.

    What belongs to the start has the same count in runs of any length, what belongs to service grows with them: a
    change counts only beyond both. The counts are compared as Poisson counts, after Gu et al., Testing the ratio of two
    Poisson rates (2008), in the variance-stabilised form.
    """
    low, high = sorted((1.0, exposure))
    scale = low if bad < low * good else high if bad > high * good else None
    if scale is None:
        return None
    expected = scale * good
    ratio = max(bad, expected) / min(bad, expected)
    deviations = 2 * abs(sqrt(bad + 0.375) - sqrt(scale * (good + 0.375))) / sqrt(1 + scale)
    is_change = max(bad, expected) >= RATE_COUNT and ratio >= RATE_RATIO and deviations >= RATE_DEVIATIONS
    return expected if is_change else None


def _ratio(item: RateChange) -> float:
    return max(item.bad_count / item.expected, item.expected / item.bad_count)


def _divergences(runs: _Runs) -> tuple[Divergence, ...]:
    """The first divergence of each source of the bad run, those that say most by their level first."""
    by_source: dict[str, list[int]] = {}
    for number, line in enumerate(runs.bad):
        if not line.is_volatile:
            by_source.setdefault(line.template.first.source, []).append(number)
    # a run of several sources is no sequence: only what is new tells anything there
    is_sequence = len(by_source) == 1 and len({line.template.first.source for line in runs.good}) == 1
    absent = [0, *accumulate(runs.good_to_good[index] is None and is_sequence for index in runs.steps)]
    found = (_first(runs, numbers, absent) for numbers in by_source.values())
    told = sorted((item for item in found if item is not None), key=lambda item: RANKS[item.template.level])
    return tuple(_told(runs, item) for item in told[:SOURCES])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parting:
    template: Template
    after: int | None
    skipped: int = 0


def _first(runs: _Runs, numbers: Iterable[int], absent: Sequence[int]) -> _Parting | None:
    """The first of these lines of the bad run that is new, or that comes when others should have come."""
    after: int | None = None
    furthest = 0
    for number in numbers:
        template, index = runs.bad[number].template, runs.bad_to_good[number]
        if index is None:
            return _Parting(template=template, after=after)
        step = runs.numbers[index] or 0
        skipped = absent[step - 1] - absent[furthest] if step > furthest else 0
        if skipped >= SKIPPED:
            return _Parting(template=template, after=after, skipped=skipped)
        after, furthest = (index, max(furthest, step)) if step else (after, furthest)
    return None


def _told(runs: _Runs, parting: _Parting) -> Divergence:
    expected = next(_following(runs, parting.after), None)
    return Divergence(
        template=parting.template,
        skipped=parting.skipped,
        after=None if parting.after is None else runs.step(parting.after),
        expected=None if expected is None else runs.step(expected),
    )


def _following(runs: _Runs, after: int | None) -> Iterator[int]:
    """The steps of the good run after `after` that the bad run never had, or else had in any case."""
    begin = 0 if after is None else runs.numbers[after] or 0
    source = None if after is None else runs.good[after].template.first.source
    later = [index for index in runs.steps[begin:] if source in {None, runs.good[index].template.first.source}]
    yield from (index for index in later if runs.good_to_good[index] is None)
    yield from later
