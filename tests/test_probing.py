"""Diagnoses meet the machine: which probes are asked, in which order, what stops them, what comes of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from logsleuth import Report, Settings, analyze
from logsleuth.api import prepare
from logsleuth.errors import UsageError
from logsleuth.model import Outcome, ProbeResult, Role, Words
from logsleuth.plan import Plan
from logsleuth.probes import presence
from logsleuth.probes.presence import Gpu, Presence
from logsleuth.probes.probe import Need, Probe, Sample, Subject, Touch
from logsleuth.probes.table import named
from logsleuth.probing import Prober, Terms, interpreter, most_telling, probes_for, provoked

FULL = b"OSError: [Errno 28] No space left on device: '%s/block'\n"
BUSY = Presence(torch="2.9", torch_cuda="12.8", gpus=(Gpu(index=0, used_bytes=40 * 1024**3, users=(77,)),))
IDLE = replace(BUSY, gpus=(Gpu(index=0),))


@pytest.fixture
def plan(cache: str) -> Plan:
    """The catalog."""
    return prepare(cache=Path(cache))


def reported(content: bytes, cache: str) -> Report:
    """The report on a log."""
    return analyze(content, settings=Settings(cache=Path(cache)))


def prober(plan: Plan, terms: Terms, *, here: Presence = IDLE, times: Iterator[float] | None = None) -> Prober:
    """A prober that knows what is here and what time it is."""
    asked = Prober(lambda: plan, terms, now=(lambda: next(times)) if times else lambda: 0.0)
    asked._here = here
    return asked


def cuda(outcome: Outcome) -> Probe:
    """A probe that would use the GPU; its judge says what it is told to."""
    return replace(
        named("cpu-flags"),
        name="gpu",
        needs=(Need.TORCH, Need.GPU),
        touches=(Touch.GPU,),
        judge=lambda _sample, _subject: ProbeResult(name="gpu", outcome=outcome, detail=Words(en="x", zh="x")),
    )


def test_a_report_is_probed(plan: Plan, cache: str, tmp_path: Path) -> None:
    """The cause gets the result of its probe; everything else stays as it was."""
    report = reported(FULL % str(tmp_path).encode(), cache)

    probed = Prober(lambda: plan, Terms()).report(report)

    first = probed.diagnoses[0]
    assert first.probe is not None
    assert (first.id, first.probe.name, first.probe.outcome) == ("host.disk-full", "disk-space", Outcome.REFUTED)
    assert replace(probed, diagnoses=tuple(replace(item, probe=None) for item in probed.diagnoses)) == report


def test_consequences_are_not_asked(plan: Plan, cache: str) -> None:
    """Only what may be a first cause."""
    report = reported(FULL % b"/nowhere", cache)
    others = replace(report, diagnoses=tuple(replace(item, role=Role.CONSEQUENCE) for item in report.diagnoses))

    assert Prober(lambda: plan, Terms()).report(others) == others


def test_time_in_all(plan: Plan) -> None:
    """When it is spent, the rest is skipped and says so."""
    asked = prober(plan, Terms(total_s=10.0), times=iter((0.0, 11.0)))

    result = asked.ask(named("cpu-flags"), Subject())

    assert (result.outcome, "10 s for all probes are spent" in result.detail.en) == (Outcome.SKIPPED, True)


@pytest.mark.parametrize(
    ("here", "is_forced", "outcome", "said"),
    [
        (BUSY, False, Outcome.SKIPPED, "not disturbed without --force"),
        (BUSY, True, Outcome.REFUTED, "x"),
        (IDLE, False, Outcome.REFUTED, "x"),
        (replace(IDLE, gpus=()), True, Outcome.SKIPPED, "needs 1 NVIDIA GPU, found 0"),
        (replace(IDLE, torch=""), True, Outcome.SKIPPED, "torch is not installed"),
        (replace(IDLE, torch_cuda=""), True, Outcome.SKIPPED, "built without CUDA"),
    ],
)
def test_the_guard(plan: Plan, here: Presence, *, is_forced: bool, outcome: Outcome, said: str) -> None:
    """A GPU in use is left alone, what is absent is said; nothing of it passes for an answer."""
    result = prober(plan, Terms(is_forced=is_forced), here=here).ask(cuda(Outcome.REFUTED), Subject())

    assert (result.outcome, said in result.detail.en) == (outcome, True)


def test_a_look_at_this_machine() -> None:
    """Whatever is here, it is told, and what is missing is named with what to do."""
    here = presence.look()

    missing = [presence.missing((need,), here) for need in Need]

    assert here.trouble == ""
    assert all(words is None or (words.en and words.zh) for words in missing)


def test_nothing_to_do(plan: Plan) -> None:
    """A probe that lacks a path is skipped with what to give it."""
    result = prober(plan, Terms()).ask(named("disk-space"), Subject(diagnosis="host.disk-full"))

    assert (result.outcome, result.detail.en) == (
        Outcome.SKIPPED,
        "the log names no path: give it with --fact path=FOLDER",
    )


def test_what_was_provoked(plan: Plan) -> None:
    """The class comes from the catalog; a healthy output has none."""
    outputs = ("OSError: [Errno 24] Too many open files: '/x'\n", "all is well\n", "")

    assert [provoked(output, lambda: plan) for output in outputs] == ["host.too-many-files", "", ""]


def test_a_question_is_asked_once(plan: Plan) -> None:
    """The same wishes give the same sample."""
    asked = prober(plan, Terms())

    first, second = (asked.ask(named("cpu-flags"), Subject()) for _ in range(2))

    assert first == second
    assert len(asked._samples) == 1


def test_the_order_of_outcomes() -> None:
    """What was reproduced says most, what was skipped least."""
    results = [ProbeResult(name=one.value, outcome=one, detail=Words(en="", zh="")) for one in reversed(Outcome)]

    assert most_telling(results).outcome is Outcome.CONFIRMED
    assert most_telling(results[:2]).outcome is Outcome.INCONCLUSIVE


def test_without_a_diagnosis(plan: Plan, tmp_path: Path) -> None:
    """A probe that is asked by its name is judged for all that it answers."""
    missing = Subject(facts=(("path", str(tmp_path / "kv")),))

    result = prober(plan, Terms()).ask(named("path-writable"), missing)

    assert result.outcome is Outcome.CONFIRMED


def test_who_is_asked(cache: str) -> None:
    """The probes that a signature names stand before those of its class."""
    item = reported(FULL % b"/x", cache).diagnoses[0]

    assert [probe.name for probe in probes_for(item)] == ["disk-space"]
    assert Sample().is_complete is False


def test_what_is_here_is_looked_for(plan: Plan) -> None:
    """Once, and only for a probe that needs something."""
    asked = Prober(lambda: plan, Terms(variables={"CUDA_VISIBLE_DEVICES": ""}))
    assert asked.ask(named("cpu-flags"), Subject()).outcome is not Outcome.SKIPPED
    before = asked._here

    result = asked.ask(cuda(Outcome.REFUTED), Subject())

    assert (before, result.outcome) == (None, Outcome.SKIPPED)
    assert asked._here is not None
    assert asked._here.gpus == ()


CONNECT = b"""[rank0]: Traceback (most recent call last):
[rank0]:   File "/opt/x.py", line 1, in <module>
[rank0]: torch.distributed.DistNetworkError: The client socket has failed to connect to any network address of (%s, 80).
"""


@pytest.mark.parametrize(("host", "may_connect"), [(b"169.254.169.254", True), (b"canary.evil.com", False)])
def test_a_log_of_a_stranger(cache: str, host: bytes, *, may_connect: bool) -> None:
    """It neither makes a machine ask for its own credentials nor tells a server of names that it was read."""
    report = reported(CONNECT % host, cache)

    found = Prober(lambda: pytest.fail("nothing was printed"), Terms(variables={}, may_connect=may_connect)).report(
        report
    )

    probe = found.diagnoses[0].probe
    assert probe is not None
    assert (probe.name, probe.outcome) == ("endpoint-connect", Outcome.SKIPPED)


@pytest.mark.parametrize("python", ["/nonexistent", "/bin/false", "/bin/sh", "\0"])
def test_what_is_no_interpreter(python: str) -> None:
    """The mistake is the caller's, and told at once, not by every probe."""
    with pytest.raises(UsageError, match="is no interpreter"):
        interpreter(python)


def test_an_interpreter() -> None:
    """A sound one is taken as it is named; none stands for the one that runs."""
    assert (interpreter(""), interpreter(sys.executable)) == ("", sys.executable)
