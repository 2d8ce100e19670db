"""What everything learnt comes to. In: Gathered. Out: model.Report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from logsleuth.catalog.nearest import with_nearest
from logsleuth.diagnosis import Answer, Material, diagnose, verdict
from logsleuth.diagnosis.configuration import check
from logsleuth.diagnosis.flow import is_ucm_silent, silence
from logsleuth.diagnosis.idle import without_idle_waits
from logsleuth.diagnosis.losses import UNTOLD, losses, over_limits
from logsleuth.diagnosis.performance import assess
from logsleuth.diagnosis.repeated import repeated_error
from logsleuth.diagnosis.silence import endless_wait
from logsleuth.diagnosis.unknown import UNKNOWN
from logsleuth.events.gauge import Point
from logsleuth.gathered import Gathered
from logsleuth.model import Finding, Level, Notice, RankReport, Report, Stats, Template, Verdict
from logsleuth.stuck import stalled
from logsleuth.templates import mine


def report(gathered: Gathered) -> Report:
    """The report on everything gathered so far."""
    templates = mine(gathered.shapes, peel=gathered.peeler.record, sources=gathered.sources, limits=gathered.limits)
    answer = _answer(gathered, templates)
    stats = Stats(
        sources=len(gathered.sources) + gathered.dumps.count,
        lines=gathered.lines,
        bytes=gathered.bytes,
        undecodable_bytes=gathered.undecodable,
        templates=len(templates),
        overflow_lines=_coarse_lines(templates),
        errors=sum(item.count for item in templates if item.level in (Level.ERROR, Level.CRITICAL)),
        warnings=sum(item.count for item in templates if item.level is Level.WARNING),
    )
    return Report(
        verdict=verdict(answer.diagnoses),
        diagnoses=tuple(with_nearest(gathered.plan.catalog.signatures, answer.diagnoses, unknown=UNKNOWN)),
        templates=templates,
        environment=tuple(sorted(gathered.environment.items())),
        stats=stats,
        notices=(
            *gathered.notices,
            *gathered.judge.notices,
            *gathered.dumps.notices,
            *gathered.quotations.notices,
            *gathered.stuck.notices,
            *_lossy(gathered),
            *(() if gathered.limits.shapes else (UNTOLD,)),
            *over_limits(_coarse_lines(templates), gathered.tally.dropped),
        ),
        configuration=check(gathered.environment),
        relations=answer.relations,
        lost=gathered.judge.lost,
        clocks=answer.clocks,
    )


def _answer(gathered: Gathered, templates: Sequence[Template]) -> Answer:
    """The diagnoses; where nothing is a cause, what stands still or repeats itself is looked for as well."""
    points = gathered.gauge.points()
    answer = diagnosed(gathered, gathered.findings(), points)
    progress = gathered.signs.progress
    stuck = gathered.stuck.find(answer.diagnoses, gathered.dumps.reports, is_serving=bool(progress))
    if stuck is not None:
        return diagnosed(gathered, (*gathered.findings(), stuck.finding), points, reports=stuck.reports)
    if verdict(answer.diagnoses) is not Verdict.HEALTHY:
        return answer
    wait = None if progress else endless_wait(templates, gathered.signs.ends)
    talk = [found for found in (repeated_error(templates), wait) if found is not None]
    return diagnosed(gathered, (*gathered.findings(), *talk), points) if talk else answer


def _lossy(gathered: Gathered) -> Iterator[Notice]:
    """What the input leaves out, where anything was found in it at all."""
    yield from losses(sorted(gathered.tally.findings(), key=lambda finding: finding.position), gathered.environment)


def diagnosed(
    gathered: Gathered, findings: Iterable[Finding], points: Sequence[Point], *, reports: Iterable[RankReport] = ()
) -> Answer:
    """What `findings` and figures come to, by what else is known."""
    signs, environment, by_id = gathered.signs, gathered.environment, gathered.plan.catalog.by_id
    # what a test session provoked and was content with is no failure
    grave = (one for one in findings if one.position[1] > signs.passed.get(one.event.source_index, 0))
    measured, walks = assess(points, environment)
    return diagnose(
        Material(
            findings=(
                *without_idle_waits(grave, points),
                *(one for one in measured if one.signature_id in by_id),
                *_unheard(gathered),
                *(one for one in _stalled(gathered, points) if one.signature_id in by_id),
            ),
            signatures=by_id,
            limits=gathered.limits,
            environment=tuple(sorted(environment.items())),
            progress=signs.progress,
            began=signs.began,
            placed=signs.placed,
            walks=walks,
            reports=(*gathered.dumps.reports, *reports),
            sights=tuple(gathered.sightings.sights()) if len(gathered.sources) > 1 else (),
        )
    )


def _stalled(gathered: Gathered, points: Sequence[Point]) -> Iterator[Finding]:
    """Start-ups that never came to an end, though time went on."""
    if gathered.signs.steps and not gathered.signs.progress:
        yield from stalled(gathered.signs.steps, gathered.signs.tails, points, peel=gathered.peeler.record)


def _unheard(gathered: Gathered) -> tuple[Finding, ...]:
    """A UCM that was configured and never spoke, in a server that runs."""
    heard, known = gathered.signs.is_ucm_heard, gathered.signs.configured
    is_serving = bool(gathered.signs.progress)
    is_silent = is_ucm_silent(gathered.environment, is_ucm_heard=heard, is_serving=is_serving)
    return (silence(known),) if is_silent and known else ()


def _coarse_lines(templates: Iterable[Template]) -> int:
    return sum(item.count for item in templates if item.is_coarse)
