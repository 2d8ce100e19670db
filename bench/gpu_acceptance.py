"""The whole acceptance on a GPU: every probe, every failure provoked and cured, speeds against another script.

    bash bench/gpu_acceptance.sh          prints one table; 0 all held, 1 something did not, 3 no GPU is here

Each failure is made for real by gpu_faults.py; its log is analysed; the probe is asked while the cause stands, which has
to confirm, and again without it, which has to refute. Afterwards the card's memory and processes are as before.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Final

from gpu_scenarios import SCENARIOS, USUAL, Cause, Scenario

import logsleuth
from logsleuth.api import prepare
from logsleuth.config import load_settings, probe_variables
from logsleuth.model import Diagnosis, Report, Words
from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.plan import Plan
from logsleuth.probes import presence
from logsleuth.probes.cuda import CUDA
from logsleuth.probes.judging import skipped
from logsleuth.probes.probe import Json, Subject
from logsleuth.probes.run import run
from logsleuth.probes.speed import SPEED
from logsleuth.probes.table import PROBES, named
from logsleuth.probing import Prober, Terms, provoked

FAULTS: Final = Path(__file__).with_name("gpu_faults.py")
GIB: Final = 1 << 30
BUDGET_S: Final = 450.0
SAME_MEMORY: Final = 256 << 20
SAME_RATE: Final = 0.10
NO_GPU: Final = 3
PINNED_GIB: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table; `holds` is None where nothing could be tried."""

    name: str
    found: str
    holds: bool | None = None


@dataclass(slots=True)
class Acceptance:
    """What one run needs and has found."""

    logs: Path
    total_bytes: int
    began: float = field(default_factory=time.monotonic)
    rows: list[Row] = field(default_factory=list)
    prober: Prober = field(init=False)

    def __post_init__(self) -> None:
        self.prober = self.asking({})

    def asking(self, variables: Mapping[str, str]) -> Prober:
        """A prober whose children see these variables beside the usual ones."""
        return Prober(plan, Terms(variables={**probe_variables(), **variables}, is_forced=True, total_s=BUDGET_S))

    def left_s(self) -> float:
        """Seconds before the call has to end."""
        return BUDGET_S - (time.monotonic() - self.began)

    def add(self, name: str, found: str, *, holds: bool | None) -> None:
        """One more line; it is printed at once, so that a run that is cut short has told what it saw."""
        self.rows.append(Row(name=name, found=" ".join(found.split())[:400], holds=holds))
        print(line(self.rows[-1]), flush=True)


@cache
def plan() -> Plan:
    """The catalog, compiled once."""
    return prepare(cache=load_settings().cache)


def line(row: Row) -> str:
    """A row as printed."""
    verdict = {True: "holds", False: "FAILS", None: "-"}[row.holds]
    return f"{row.name:28} {verdict:6} {row.found}"


def suite(run_: Acceptance) -> None:
    """Every probe of the table, once; those of the GPU have to refute."""
    ours = {probe.name for probe in (*CUDA, *SPEED)}
    for probe in PROBES:
        if run_.left_s() < 200:
            run_.add(probe.name, "out of time", holds=False)
            continue
        found = run_.prober.ask(probe, Subject())
        holds = str(found.outcome) in USUAL.get(probe.name, ("refuted",)) if probe.name in ours else None
        run_.add(probe.name, f"{found.outcome} in {found.seconds:.1f} s: {found.detail.en}", holds=holds)


def scenario(run_: Acceptance, row: Scenario) -> None:
    """Provoke, analyse, confirm, cure, refute."""
    if run_.left_s() < 45:
        run_.add(row.name, "out of time", holds=False)
        return
    with ExitStack() as stack:
        if row.cause is Cause.HOLDER:
            stack.enter_context(holder(0.7 * run_.total_bytes / GIB))
        report = logsleuth.analyze(log_of(run_, row))
        first = report.diagnoses[0] if report.diagnoses else None
        if row.cause is Cause.NONE and is_refused(run_, row):
            run_.add(row.name, "no mount of its own can be made here", holds=None)
            return
        if first is None or not first.id.startswith(row.expects):
            run_.add(row.name, f"the log was read as {first.id if first else 'healthy'}", holds=False)
            return
        if not row.probe:
            run_.add(row.name, f"{first.id}; no probe asked", holds=True)
            return
        with_cause = confirmed(run_, row, first, report)
    without = cured(run_, row, first, report)
    holds = (with_cause.outcome, without.outcome) == (Outcome.CONFIRMED, Outcome.REFUTED)
    run_.add(
        row.name, f"{first.id}: {with_cause.outcome} ({with_cause.detail.en}), cured: {without.outcome}", holds=holds
    )


def log_of(run_: Acceptance, row: Scenario) -> Path:
    """The genuine log of a failure."""
    size = {"pinned": PINNED_GIB}.get(row.fault, row.share * run_.total_bytes / GIB)
    words = [sys.executable, str(FAULTS), row.fault, *([f"{size:.3f}"] if size else [])]
    path = path_of(run_, row)
    with path.open("wb") as sink:
        variables = {**os.environ, **dict(row.variables)}
        subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env=variables,
            timeout=90,
            check=False,
        )
    return path


def is_refused(run_: Acceptance, row: Scenario) -> bool:
    """Whether the machine did not let the failure be made: no mounts, as in most containers."""
    text = path_of(run_, row).read_text(encoding="utf-8", errors="replace")
    return text.startswith("unshare:") or "mount: " in text[:200]


def path_of(run_: Acceptance, row: Scenario) -> Path:
    """Where the log of a failure is kept."""
    return run_.logs / f"{row.name.replace(' ', '-').replace('/', '')}.log"


def subject_of(first: Diagnosis, report: Report) -> Subject:
    return Subject(diagnosis=first.id, facts=first.facts, environment=report.environment)


def confirmed(run_: Acceptance, row: Scenario, first: Diagnosis, report: Report) -> ProbeResult:
    """The probe while the cause stands."""
    subject, probe = subject_of(first, report), named(row.probe)
    if row.cause is Cause.FAULT:
        return measured(row, {"fault": True}, subject)
    if row.fault == "invalid-device":  # the text names no number
        subject = replace(subject, facts=(("gpu", "63"), *subject.facts))
    if row.cause is Cause.LIMIT:
        return limited(row, subject)
    return run_.asking(dict(row.variables)).ask(probe, subject)


def limited(row: Scenario, subject: Subject) -> ProbeResult:
    """The probe where no more than a gibibyte beyond its context can be mapped."""
    return measured(row, {"requested": int(PINNED_GIB * GIB), "most": GIB}, subject)


def measured(row: Scenario, more: Mapping[str, Json], subject: Subject) -> ProbeResult:
    """The probe with wishes that no log can make."""
    probe = named(row.probe)
    wishes = probe.wishes(subject)
    if isinstance(wishes, Words):
        return skipped(row.probe, wishes)
    sample = run(probe, {**wishes, **more}, environment=probe_variables())
    return probe.judge(replace(sample, provoked=provoked(sample.output, plan)), subject)


def cured(run_: Acceptance, row: Scenario, first: Diagnosis, report: Report) -> ProbeResult:
    """The probe once the cause is gone."""
    subject = subject_of(first, report)
    if row.cause is Cause.SIZE:
        subject = Subject(diagnosis=first.id, facts=(("gpu", "0"), ("requested", "1.00 GiB")))
    return (run_.asking(dict(row.cured)) if row.cured else run_.prober).ask(named(row.probe), subject)


@contextmanager
def holder(size_gib: float) -> Iterator[None]:
    """Another process that holds memory of the card."""
    words = [sys.executable, str(FAULTS), "hold", f"{size_gib:.3f}"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is not None:
            process.stdout.readline()  # it says when it holds the memory
        try:
            yield
        finally:
            process.kill()


def compared(run_: Acceptance) -> None:
    """The probes' rates against those of a script that shares nothing with them."""
    told = subprocess.run(
        [sys.executable, str(FAULTS), "independent"], capture_output=True, text=True, timeout=90, check=False
    )
    try:
        rates = json.loads(told.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        run_.add("independent rates", told.stderr.strip()[-200:], holds=False)
        return
    for name, value in (("gpu-bandwidth", "copy_gbps"), ("gpu-matmul", "matmul_tflops")):
        ours = float(dict(run_.prober.ask(named(name), Subject()).facts).get(value, "0"))
        theirs = float(rates[value])
        holds = abs(ours - theirs) <= SAME_RATE * theirs
        run_.add(f"{value} twice", f"probe {ours:.4g}, independent {theirs:.4g}", holds=holds)


def unchanged(run_: Acceptance, before: presence.Presence) -> None:
    """The cards' memory and users are those of the beginning."""
    time.sleep(2)  # the driver frees the memory of a killed process a moment later
    after = presence.look(environment=probe_variables())
    for was, now in zip(before.gpus, after.gpus, strict=False):
        holds = abs(now.used_bytes - was.used_bytes) <= SAME_MEMORY and now.users == was.users
        found = f"{was.used_bytes >> 20} MiB {was.users} before, {now.used_bytes >> 20} MiB {now.users} after"
        run_.add(f"GPU {was.index} as before", found, holds=holds)


def main() -> int:
    """Run everything and print the table; the exit status says whether all held."""
    here = presence.look(environment=probe_variables())
    if not here.gpus:
        print(f"no GPU is here ({here.trouble or 'nvidia-smi lists none'}): nothing was tried of")
        print(
            "\n".join(line(Row(name=row.name, found=f"{row.fault} -> {row.probe or 'log alone'}")) for row in SCENARIOS)
        )
        return NO_GPU
    print(f"{here.gpus[0].name}, torch {here.torch}, CUDA {here.torch_cuda}, triton {here.triton or 'missing'}")
    with tempfile.TemporaryDirectory(prefix="logsleuth-acceptance-") as folder:
        logs = Path(os.environ.get("OUT") or folder)
        run_ = Acceptance(logs=logs, total_bytes=here.gpus[0].total_bytes)
        suite(run_)
        compared(run_)
        for row in SCENARIOS:
            scenario(run_, row)
        unchanged(run_, here)
    failed = [row for row in run_.rows if row.holds is False]
    print(
        f"{sum(row.holds is True for row in run_.rows)} hold, {len(failed)} do not, {time.monotonic() - run_.began:.0f} s"
    )
    print("\n".join(line(row) for row in failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
