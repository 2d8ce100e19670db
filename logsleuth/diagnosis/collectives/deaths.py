"""Which ranks ended or failed otherwise than by the time-out itself. In: findings. Out: how, by rank."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from logsleuth.diagnosis.tiers import SYMPTOM_CLASSES
from logsleuth.lazy import lazy
from logsleuth.model import Finding, Level, Role, Signature

# torchelastic's report: the process that failed first, by the launcher's clock
ROOT_CAUSE: Final = lazy(
    r"Root Cause \(first observed failure\):[\s\S]{0,600}?\n *rank {0,12}: (?P<rank>\d{1,7})\b[^\n]{0,80}"
    r"\n *exitcode {0,12}: (?P<code>-?\d{1,6})\b"
)
# vLLM: `Worker proc VllmWorker-1 died unexpectedly (exit code: -9)`; its workers are numbered by their rank
WORKER: Final = lazy(r"(?:VllmWorker-|Worker_TP)(\d{1,6})")
# how a rank ends that gave up waiting, or that the launcher stopped after another one
CONSEQUENT: Final = frozenset({signal.SIGABRT, signal.SIGTERM, signal.SIGINT})
SHELL_SIGNAL: Final = 128
QUIET: Final = frozenset({Level.DEBUG, Level.INFO, Level.WARNING})
# what a rank shows when others are gone, and what ends no rank
NOT_OWN: Final = ("nccl.timeout", "nccl.remote-exited", "hang.", "perf.", "dist.", "unknown")


def deaths_of(findings: Iterable[Finding], signatures: Mapping[str, Signature] | None = None) -> dict[int, str]:
    """The ranks that died or failed, and how; errors count only where `signatures` tells which of them are causes."""
    found: dict[int, str] = {}
    for finding in sorted(findings, key=lambda finding: finding.position):
        for rank, how in (*_reported(finding), *_failed(finding, signatures or {})):
            found.setdefault(rank, how)
    return found


def _reported(finding: Finding) -> Iterator[tuple[int, str]]:
    """What a launcher or a parent process says."""
    if not finding.signature_id.startswith(("dist.peer-died", "host.", "vllm.worker-died")):
        return
    root = ROOT_CAUSE.search(finding.event.message)
    facts = dict(finding.facts)
    worker, code = WORKER.search(facts.get("worker", "")), facts.get("exit_code", "")
    if root is not None:
        yield from _ended(int(root["rank"]), int(root["code"]))
    elif worker is not None and code.lstrip("-").isdecimal():
        yield from _ended(int(worker[1]), int(code))


def _ended(rank: int, code: int) -> Iterator[tuple[int, str]]:
    number = -code if code < 0 else code - SHELL_SIGNAL
    name = signal.Signals(number).name if number in set(signal.Signals) else ""
    if code != 0 and number not in CONSEQUENT:
        yield rank, f"exit code {code}, {name}" if name else f"exit code {code}"


def _failed(finding: Finding, signatures: Mapping[str, Signature]) -> Iterator[tuple[int, str]]:
    """A rank that shows an error which is no consequence of waiting."""
    signature, rank = signatures.get(finding.signature_id), finding.event.origin.rank
    if signature is None or rank is None or signature.role is not Role.ROOT or finding.event.level in QUIET:
        return
    if signature.class_id not in SYMPTOM_CLASSES and not signature.id.startswith(NOT_OWN):
        yield rank, signature.id
