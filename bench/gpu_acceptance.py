"""The whole acceptance on a GPU: every probe, every failure provoked and cured, speeds against another script.

    bash bench/gpu_acceptance.sh          prints one table; 0 all held, 1 something did not, 3 no GPU is here

Each failure is made for real by gpu_faults.py; its log is analysed; the probe is asked while the cause stands, which has
to confirm, and again without it, which has to refute. Afterwards the card's memory and processes are as before. What
every probe told is kept in LOGS/results.jsonl, line by line, so that a run that is cut short has told what it saw.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Final

from gpu_faults import BEYOND
from gpu_scenarios import SCENARIOS, USUAL, Cause, Scenario

import logsleuth
from logsleuth.api import prepare
from logsleuth.config import load_settings, probe_variables
from logsleuth.errors import LogsleuthError
from logsleuth.model import Diagnosis, Report, Words
from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.plan import Plan
from logsleuth.probes import presence
from logsleuth.probes.collectives.peers import GPU_P2P
from logsleuth.probes.collectives.reduce import GLOO_ALLREDUCE, NCCL_ALLREDUCE
from logsleuth.probes.cuda import CUDA
from logsleuth.probes.judging import skipped
from logsleuth.probes.probe import Json, Probe, Subject
from logsleuth.probes.run import run
from logsleuth.probes.speed import SPEED
from logsleuth.probes.table import PROBES, named
from logsleuth.probing import Prober, Terms, provoked

FAULTS: Final = Path(__file__).with_name("gpu_faults.py")
GIB: Final = 1 << 30
USUAL_S: Final = 440.0
SAME_MEMORY: Final = 256 << 20
SAME_RATE: Final = 0.10
NO_GPU: Final = 3
PINNED_GIB: Final = 4.0
OURS: Final = (*CUDA, *SPEED, GPU_P2P, NCCL_ALLREDUCE, GLOO_ALLREDUCE)
# made one by one: they take much memory, or leave the card to recover
ALONE: Final = ("fragmentation", "pinned", "launch", "access", "assert", "graph")
TROUBLE: Final = (subprocess.SubprocessError, OSError, RuntimeError, ValueError, LookupError, TypeError, LogsleuthError)


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
    allowed_s: float
    began: float = field(default_factory=time.monotonic)
    rows: list[Row] = field(default_factory=list)
    prober: Prober = field(init=False)

    def __post_init__(self) -> None:
        self.prober = self.asking({})

    def asking(self, variables: Mapping[str, str], *, is_forced: bool = True) -> Prober:
        """A prober whose children see these variables beside the usual ones."""
        terms = Terms(variables={**probe_variables(), **variables}, is_forced=is_forced, total_s=self.allowed_s)
        return Prober(plan, terms)

    def left_s(self) -> float:
        """Seconds before the call has to end."""
        return self.allowed_s - (time.monotonic() - self.began)

    def add(self, name: str, found: str, *, holds: bool | None) -> None:
        """One more line; it is printed at once, so that a run that is cut short has told what it saw."""
        self.rows.append(Row(name=name, found=" ".join(found.split())[:400], holds=holds))
        print(line(self.rows[-1]), flush=True)

    def keep(self, name: str, result: ProbeResult) -> ProbeResult:
        """Write down all that a probe told."""
        told = {"row": name, "at_s": round(self.allowed_s - self.left_s(), 1), **asdict(result)}
        told["output"] = result.output[-4000:]
        with (self.logs / "results.jsonl").open("a", encoding="utf-8") as sink:
            sink.write(json.dumps(told, ensure_ascii=False, default=str) + "\n")
        return result


@cache
def plan() -> Plan:
    """The catalog, compiled once."""
    return prepare(cache=load_settings().cache)


def line(row: Row) -> str:
    """A row as printed."""
    verdict = {True: "holds", False: "FAILS", None: "-"}[row.holds]
    return f"{row.name:28} {verdict:6} {row.found}"


def guarded(run_: Acceptance, name: str, step: Callable[[], None], *, least_s: float, is_needed: bool = True) -> None:
    """Take a step if there is time for it; whatever goes wrong is a line, and the next step follows."""
    if run_.left_s() < least_s:
        run_.add(name, "out of time", holds=False if is_needed else None)
        return
    try:
        step()
    except TROUBLE as error:
        run_.add(name, f"{type(error).__name__}: {error}", holds=False if is_needed else None)


def suite(run_: Acceptance, probes: tuple[Probe, ...], *, is_judged: bool) -> None:
    """Each of these probes, once; those of the GPU have to refute."""
    for probe in probes:
        step = partial(asked, run_, probe, is_judged=is_judged)
        guarded(run_, probe.name, step, least_s=45 if is_judged else 25, is_needed=is_judged)


def asked(run_: Acceptance, probe: Probe, *, is_judged: bool) -> None:
    """One probe without a diagnosis."""
    found = run_.keep(probe.name, run_.prober.ask(probe, Subject()))
    is_usual = str(found.outcome) in USUAL.get(probe.name, ("refuted",))
    is_broken = found.outcome is Outcome.INCONCLUSIVE and bool(found.provoked)  # it met an error
    holds = is_usual and not is_broken if is_judged else None
    run_.add(probe.name, f"{found.outcome} in {found.seconds:.1f} s: {found.detail.en}", holds=holds)


def made_ahead(run_: Acceptance) -> None:
    """The logs of the failures that do not get into each other's way, some at a time: most of their time is imports."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(partial(log_of, run_), ahead()))


def ahead() -> list[Scenario]:
    """The rows whose logs may be made beside others: torch names all who hold memory when it runs out of it."""
    return [row for row in SCENARIOS if not row.share and row.fault not in ALONE]


def scenario(run_: Acceptance, row: Scenario) -> None:
    """Provoke, analyse, confirm, cure, refute."""
    with ExitStack() as stack:
        if row.cause is Cause.HOLDER:
            stack.enter_context(holder(0.7 * run_.total_bytes / GIB))
            left_alone(run_)
        path = path_of(run_, row)
        report = logsleuth.analyze(path if path.exists() else log_of(run_, row))
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
        with_cause = run_.keep(f"{row.name}: cause", confirmed(run_, row, first, report))
    without = run_.keep(f"{row.name}: cured", cured(run_, row, first, report))
    holds = (with_cause.outcome, without.outcome) == (Outcome.CONFIRMED, Outcome.REFUTED)
    run_.add(
        row.name, f"{first.id}: {with_cause.outcome} ({with_cause.detail.en}), cured: {without.outcome}", holds=holds
    )


def left_alone(run_: Acceptance) -> None:
    """A card in use is not disturbed without --force."""
    found = run_.keep("card in use", run_.asking({}, is_forced=False).ask(named("cuda-alloc"), Subject()))
    run_.add("card in use is left alone", found.detail.en, holds=found.outcome is Outcome.SKIPPED)


def log_of(run_: Acceptance, row: Scenario) -> Path:
    """The genuine log of a failure; one that does not end in time has its log up to there."""
    size = {"pinned": PINNED_GIB}.get(row.fault, row.share * run_.total_bytes / GIB)
    words = [sys.executable, str(FAULTS), row.fault, *([f"{size:.3f}"] if size else [])]
    path = path_of(run_, row)
    with path.open("wb") as sink:
        variables = {**os.environ, **filled(run_, row.variables)}
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT, env=variables
        )
        try:
            process.wait(timeout=90)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return path


def filled(run_: Acceptance, variables: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """The variables of a scenario, with the folders of this run in them."""
    usual = os.environ.get("LD_LIBRARY_PATH", "")
    broken = ":".join(filter(None, (str(run_.logs / "broken"), usual)))
    return {name: value.format(broken=broken, tools=run_.logs / "tools") for name, value in variables}


def furnished(logs: Path) -> None:
    """A folder with a cuDNN that is an empty file, and one with nvidia-smi and nothing else."""
    for name in ("broken", "tools"):
        (logs / name).mkdir(parents=True, exist_ok=True)
    (logs / "broken" / "libcudnn_graph.so.9").touch()
    program, place = shutil.which("nvidia-smi"), logs / "tools" / "nvidia-smi"
    if program and not place.exists():
        place.symlink_to(program)


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
    return run_.asking(filled(run_, row.variables)).ask(probe, subject)


def limited(row: Scenario, subject: Subject) -> ProbeResult:
    """The probe where no more than a gibibyte beyond its context can be mapped, or where no such limit binds it."""
    found = measured(row, {"requested": int(PINNED_GIB * GIB), "most": GIB}, subject)
    if found.outcome is Outcome.CONFIRMED:
        return found
    return measured(row, {"requested": BEYOND, "most": GIB}, subject)


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
    prober = run_.asking(filled(run_, row.cured)) if row.cured else run_.prober
    return prober.ask(named(row.probe), subject)


@contextmanager
def holder(size_gib: float) -> Iterator[None]:
    """Another process that holds memory of the card; it ends by itself, so that the driver has freed all by then."""
    words = [sys.executable, str(FAULTS), "hold", f"{size_gib:.3f}"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        said = process.stdout.readline() if process.stdout is not None else ""
        if not said.startswith("holding"):
            raise RuntimeError(f"{size_gib:.0f} GiB of the card could not be held: {said.strip() or 'it ended'}")
        try:
            yield
        finally:
            ended(process)


def ended(process: subprocess.Popen[str]) -> None:
    """Let the holder end, then make it."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


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
    if len(after.gpus) != len(before.gpus):
        found = f"{len(before.gpus)} before, {len(after.gpus)} after {after.trouble}"
        run_.add("GPUs as before", found, holds=False)
    for was, now in zip(before.gpus, after.gpus, strict=False):
        holds = abs(now.used_bytes - was.used_bytes) <= SAME_MEMORY and now.users == was.users
        found = f"{was.used_bytes >> 20} MiB {was.users} before, {now.used_bytes >> 20} MiB {now.users} after"
        run_.add(f"GPU {was.index} as before", found, holds=holds)


def everything(run_: Acceptance, here: presence.Presence) -> None:
    """The GPU first; what needs none has the time that is left."""
    suite(run_, OURS, is_judged=True)
    guarded(run_, "independent rates", partial(compared, run_), least_s=45)
    guarded(run_, "logs of the failures", partial(made_ahead, run_), least_s=60)
    for row in SCENARIOS:
        guarded(run_, row.name, partial(scenario, run_, row), least_s=30)
    guarded(run_, "cards as before", partial(unchanged, run_, here), least_s=0)
    suite(run_, tuple(probe for probe in PROBES if probe not in OURS), is_judged=False)


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
        logs = Path(os.environ.get("LOGS") or folder)
        furnished(logs)
        allowed_s = float(os.environ.get("ALLOWED_S") or USUAL_S)
        run_ = Acceptance(logs=logs, total_bytes=here.gpus[0].total_bytes, allowed_s=allowed_s)
        everything(run_, here)
    failed = [row for row in run_.rows if row.holds is False]
    print(
        f"{sum(row.holds is True for row in run_.rows)} hold, {len(failed)} do not, {time.monotonic() - run_.began:.0f} s"
    )
    print("\n".join(line(row) for row in failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
