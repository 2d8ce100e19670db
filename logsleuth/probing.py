"""Diagnoses meet this machine: which probes can answer one, may they run, and what they found.

In: a report, or a diagnosis, and the terms. Out: the same with results. What a child printed is read with the catalog,
so that a verdict rests on the failure that was provoked, not on the one that was expected.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Final

from logsleuth.config import probe_secrets, probe_variables
from logsleuth.errors import UsageError
from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.model import Diagnosis, Facts, Outcome, ProbeResult, Report, Role, Severity, Words
from logsleuth.pipeline import Analysis
from logsleuth.plan import Plan
from logsleuth.probes import grounds, presence, table
from logsleuth.probes.judging import skipped
from logsleuth.probes.probe import Json, Probe, Sample, Subject, Touch
from logsleuth.probes.run import run
from logsleuth.sources import from_bytes

ASKED: Final = (Role.ROOT, Role.PERF)  # what follows from something else is answered with it
MOST_TELLING: Final = (Outcome.CONFIRMED, Outcome.REFUTED, Outcome.INCONCLUSIVE, Outcome.SKIPPED)
TOTAL_S: Final = 300.0
WANTED: Final = "import sys; print('yes' if sys.version_info >= (3, 11) else 'no')"
INTERPRETER_S: Final = 30.0
SAMPLE_NAME: Final = "probe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Under what terms probes run: the variables that children see, the interpreter, GPUs in use, seconds in all."""

    variables: Mapping[str, str] = field(default_factory=probe_variables)
    python: str = ""
    is_forced: bool = False
    may_connect: bool = False  # to public hosts that only a log names
    total_s: float = TOTAL_S


def interpreter(python: str) -> str:
    """The same interpreter, empty for this one; raises UsageError where it is none that can run a probe."""
    if not python:
        return ""
    try:
        done = subprocess.run([python, "-c", WANTED], capture_output=True, check=False, timeout=INTERPRETER_S)
        said = done.stdout
    except (OSError, ValueError, subprocess.TimeoutExpired):
        said = b""
    if said.strip() != b"yes":
        raise UsageError(f"--python '{python}' is no interpreter of Python 3.11 or later (try its full path)")
    return python


class Prober:
    """Asks probes, each question once, as long as there is time."""

    def __init__(self, plan: Callable[[], Plan], terms: Terms, *, now: Callable[[], float] = monotonic) -> None:
        self._plan = plan
        self._terms = terms
        self._now = now
        self._until = now() + terms.total_s
        self._here: presence.Presence | None = None
        self._samples: dict[str, Sample] = {}

    def report(self, report: Report) -> Report:
        """The report with what this machine says of its first causes."""
        diagnoses = (
            replace(item, probe=self.diagnosis(item, report.environment)) if item.role in ASKED else item
            for item in report.diagnoses
        )
        return replace(report, diagnoses=tuple(diagnoses))

    def diagnosis(self, item: Diagnosis, environment: Facts) -> ProbeResult | None:
        """The most telling result of the probes that can answer a diagnosis, or None where none can."""
        results: list[ProbeResult] = []
        for probe in probes_for(item):
            subject = Subject(
                diagnosis=item.id,
                facts=item.facts,
                environment=environment,
                may_connect=self._terms.may_connect,
            )
            results.append(self.ask(probe, subject))
            if results[-1].outcome is Outcome.CONFIRMED:
                break
        return most_telling(results) if results else None

    def ask(self, probe: Probe, subject: Subject) -> ProbeResult:
        """The result of one probe on one subject."""
        wishes = probe.wishes(subject)
        if isinstance(wishes, Words):
            return skipped(probe.name, wishes)
        left_s = self._until - self._now()
        obstacle = _out_of_time(self._terms.total_s) if left_s <= 0 else self._obstacle(probe)
        if obstacle is not None:
            return skipped(probe.name, obstacle)
        return _judged(probe, self._sample(replace(probe, limit_s=min(probe.limit_s, left_s)), wishes), subject)

    def _obstacle(self, probe: Probe) -> Words | None:
        """Why a probe may not run here."""
        if not probe.needs and Touch.GPU not in probe.touches:
            return None
        if self._here is None:
            self._here = self._look()
        return presence.missing(probe.needs, self._here) or self._in_use(probe, self._here)

    def _look(self) -> presence.Presence:
        here = presence.look(environment=self._terms.variables, python=self._terms.python)
        gpus = presence.visible(here.gpus, self._terms.variables.get("CUDA_VISIBLE_DEVICES"))
        return replace(here, gpus=gpus)

    def _in_use(self, probe: Probe, here: presence.Presence) -> Words | None:
        busy = presence.busy(here)
        if Touch.GPU not in probe.touches or self._terms.is_forced or not busy:
            return None
        return _disturbs(busy)

    def _sample(self, probe: Probe, wishes: Mapping[str, Json]) -> Sample:
        key = f"{probe.name} {json.dumps(wishes, sort_keys=True)}"
        if key not in self._samples:
            self._samples[key] = self._measured(probe, wishes)
        return self._samples[key]

    def _measured(self, probe: Probe, wishes: Mapping[str, Json]) -> Sample:
        variables = {**self._terms.variables, **probe_secrets(probe.environment)}
        sample = run(probe, wishes, environment=variables, python=self._terms.python)
        return replace(sample, provoked=provoked(sample.output, self._plan) if sample.output.strip() else "")


def probes_for(item: Diagnosis) -> tuple[Probe, ...]:
    """The probes that a diagnosis names, then those that can answer its class."""
    named = [probe for wish in item.probes for probe in table.PROBES if probe.name == wish.name]
    return tuple({probe.name: probe for probe in (*named, *table.answering(item.id))}.values())


def provoked(output: str, plan: Callable[[], Plan]) -> str:
    """The id of the failure that the catalog sees first in what a child printed, or an empty text."""
    analysis = Analysis(plan(), limits=DEFAULT_LIMITS)
    analysis.add(from_bytes(SAMPLE_NAME, output.encode("utf-8", "replace"), limits=DEFAULT_LIMITS))
    grave = [item.id for item in analysis.report().diagnoses if item.severity in {Severity.CRITICAL, Severity.ERROR}]
    return grave[0] if grave else ""


def _judged(probe: Probe, sample: Sample, subject: Subject) -> ProbeResult:
    """What the probe makes of its sample; without a diagnosis, the most telling of all that it can answer."""
    if (untouched := grounds.why(sample.values)) is not None:
        return skipped(probe.name, untouched)
    asked = (subject.diagnosis,) if subject.diagnosis else probe.answers or ("",)
    return most_telling(probe.judge(sample, replace(subject, diagnosis=answer)) for answer in asked)


def most_telling(results: Iterable[ProbeResult]) -> ProbeResult:
    """The first of those that say most: a failure that was reproduced before one that was not."""
    return min(results, key=lambda result: MOST_TELLING.index(result.outcome))


def _out_of_time(total_s: float) -> Words:
    return Words(
        en=f"the {total_s:.0f} s for all probes are spent: ask for it by its name",
        zh=f"所有探测共 {total_s:.0f} 秒的时限已用完：请按名称单独运行",
    )


def _disturbs(busy: Sequence[presence.Gpu]) -> Words:
    """Whom the probe would disturb."""
    said = "; ".join(
        f"GPU {gpu.index}: {gpu.used_bytes / 1024**3:.1f} GiB, {gpu.utilization_percent} %"
        + (f", pid {', '.join(map(str, gpu.users))}" if gpu.users else "")
        for gpu in busy[:4]
    )
    return Words(
        en=f"a GPU is in use and is not disturbed without --force, or hide it with CUDA_VISIBLE_DEVICES ({said})",
        zh=f"GPU 正在使用，未加 --force 时不会打扰；也可用 CUDA_VISIBLE_DEVICES 隐藏它（{said}）",
    )
