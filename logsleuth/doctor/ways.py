"""Ways to look that many checks share: ask a probe, see whether a log tells of a failure. Out: findings."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from packaging.version import InvalidVersion, Version

from logsleuth.doctor.check import NONE, Finding, State, Status, skip
from logsleuth.model import Diagnosis, Facts, Outcome, ProbeResult, Severity, Words
from logsleuth.probes.software.versions import versions_of

Look = Callable[[State], Finding]
NO_LOG: Final = skip(
    "No log was given.",
    "没有给出日志。",
    Words(en="Name a log: logsleuth doctor vllm.log", zh="请给出日志：logsleuth doctor vllm.log"),
)
NO_UCM: Final = skip("Neither the log nor a configuration file names UCM.", "日志与配置文件都没有提到 UCM。")
ABSENT: Final = skip("This version has no probe for it.", "此版本没有对应的探测。")
STATUSES: Final = {
    Outcome.CONFIRMED: Status.FAIL,
    Outcome.REFUTED: Status.OK,
    Outcome.INCONCLUSIVE: Status.WARN,
    Outcome.SKIPPED: Status.SKIPPED,
}


def probed(name: str, *, facts: Facts = (), undecided: Status = Status.WARN, remedy: Words = NONE) -> Look:
    """A look through the probe called `name`; `undecided` is the status where it could not decide."""

    def look(state: State) -> Finding:
        result = state.ask(name, facts)
        return ABSENT if result is None else finding_of(result, undecided=undecided, remedy=remedy)

    return look


def finding_of(result: ProbeResult, *, undecided: Status = Status.WARN, remedy: Words = NONE) -> Finding:
    """What a probe's result means for a checklist; a failure that it met by itself is at least a warning."""
    status = STATUSES[result.outcome]
    if result.outcome is Outcome.INCONCLUSIVE and not result.provoked:
        status = undecided
    return Finding(status=status, reason=result.detail, remedy=remedy if status in {Status.WARN, Status.FAIL} else NONE)


def free_of(*classes: str, ok_en: str, ok_zh: str, is_for_ucm: bool = False) -> Look:
    """A look whether the log tells of a failure of these classes."""

    def look(state: State) -> Finding:
        if state.report is None:
            return NO_LOG
        found = state.found(*classes)
        if found:
            return said(found[0])
        if is_for_ucm and not is_ucm(state):
            return NO_UCM
        return Finding(status=Status.OK, reason=Words(en=ok_en, zh=ok_zh))

    return look


def said(item: Diagnosis) -> Finding:
    """What a diagnosis means for a checklist."""
    is_grave = item.severity in {Severity.CRITICAL, Severity.ERROR}
    remedy = item.remedies[0].text if item.remedies else NONE
    return Finding(status=Status.FAIL if is_grave else Status.WARN, reason=item.summary, remedy=remedy)


def is_ucm(state: State) -> bool:
    """Whether UCM is configured, or shows in the log."""
    settings = state.settings
    names = ("ucm_store", "ucm_connector_name", "ucm_config_file", "ucm_patches", "ucm", "store_pipeline")
    return settings.get("kv_connector", "").startswith("UCM") or any(settings.get(name) for name in names)


def number(state: State, name: str) -> float | None:
    """A setting as a finite number."""
    text = state.settings.get(name, "").replace(",", "")
    try:
        value = float(text) if text.isascii() and len(text) <= 20 else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def version_of(state: State, name: str) -> str:
    """The version of the log, where there is one, else that which is installed."""
    return state.settings.get(name) or versions_of(state.software).get(name, "")


def parsed(text: str) -> Version | None:
    """The version that a text is, or None where it is none."""
    try:
        return Version(text)
    except InvalidVersion:
        return None
