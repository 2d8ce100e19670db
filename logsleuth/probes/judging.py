"""What all judges share: results, and what a child that told nothing says. In: samples. Out: results."""

from __future__ import annotations

import signal
from collections import defaultdict
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts
from logsleuth.probes.probe import Sample, Subject

GIB: Final = 1024**3
NO_SAMPLE: Final = Sample()


def result(name: str, outcome: Outcome, detail: Words, sample: Sample = NO_SAMPLE, facts: Facts = ()) -> ProbeResult:
    """The result of one probe, with what its sample tells beside the verdict."""
    return ProbeResult(
        name=name,
        outcome=outcome,
        detail=detail,
        facts=facts,
        provoked=sample.provoked,
        output=sample.output,
        seconds=sample.seconds,
    )


def words(en: str, zh: str, **said: str) -> Words:
    """The same sentence in both languages, with its `{names}` filled in; what is not known shows as a question mark."""
    known = defaultdict(lambda: "?", said)
    return Words(en=en.format_map(known), zh=zh.format_map(known))


def is_same_failure(provoked: str, diagnosis: str) -> bool:
    """Whether the failure that was met is the one diagnosed: the same class, or one of the two a part of the other."""
    if not provoked or not diagnosis:
        return False
    return f"{provoked}.".startswith(f"{diagnosis}.") or f"{diagnosis}.".startswith(f"{provoked}.")


def from_failure(name: str, sample: Sample, subject: Subject, *, facts: Facts = ()) -> ProbeResult | None:
    """The result of a child that met an error or did not come to its end, or None where it told all it had to.

    The same failure as diagnosed confirms; another one, a hang, a crash or the memory guard decides nothing. A judge
    for which a hang is the failure itself asks `sample.is_timed_out` first.
    """
    if sample.provoked and is_same_failure(sample.provoked, subject.diagnosis):
        detail = Words(
            en=f"the same failure was met here: {sample.provoked}", zh=f"在此复现了同样的故障：{sample.provoked}"
        )
        return result(name, Outcome.CONFIRMED, detail, sample, facts)
    if sample.is_complete and sample.values and not sample.provoked:
        return None
    return result(name, Outcome.INCONCLUSIVE, _how_it_ended(sample), sample, facts)


def skipped(name: str, why: Words) -> ProbeResult:
    """A probe that was not run, and why."""
    return ProbeResult(name=name, outcome=Outcome.SKIPPED, detail=why)


def _how_it_ended(sample: Sample) -> Words:
    if sample.provoked:
        return Words(en=f"another failure was met: {sample.provoked}", zh=f"遇到的是另一种故障：{sample.provoked}")
    if sample.is_complete:
        return Words(en="the probe told nothing", zh="探测没有给出任何数据")
    if sample.is_out_of_memory:
        return Words(en="the probe took more memory than it may and was ended", zh="探测占用的内存超出限额，已被终止")
    if sample.is_timed_out:
        return Words(
            en=f"the probe did not come to its end in {sample.seconds:.1f} s and was ended",
            zh=f"探测在 {sample.seconds:.1f} 秒内没有结束，已被终止",
        )
    if sample.signal is not None:
        name = signal.Signals(sample.signal).name if sample.signal in list(signal.Signals) else str(sample.signal)
        return Words(en=f"the probe was ended by {name}", zh=f"探测被信号 {name} 终止")
    last = (sample.output.strip().splitlines() or ["nothing was printed"])[-1][:200]
    status = "" if sample.exit_status is None else f" (exit status {sample.exit_status})"
    return Words(en=f"the probe failed{status}: {last}", zh=f"探测失败{status}：{last}")
