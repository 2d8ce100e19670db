"""All probes, in the order in which they are asked: what only reads stands first, what loads the machine last."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from logsleuth.errors import UsageError
from logsleuth.probes import cuda, host, speed, storage
from logsleuth.probes.collectives.table import COLLECTIVES
from logsleuth.probes.model_files.table import MODEL_FILES
from logsleuth.probes.network.table import NETWORK
from logsleuth.probes.probe import Probe
from logsleuth.probes.software.table import SOFTWARE

OF_CUDA: Final = (*cuda.CUDA, *speed.SPEED)
OTHER_CARDS: Final = frozenset({"npu", "rocm", "amd", "accelerator"})  # as parts of ids have them
PROBES: Final[tuple[Probe, ...]] = (
    *host.HOST,
    *storage.STORAGE,
    *MODEL_FILES,
    *SOFTWARE,
    *NETWORK,
    *COLLECTIVES,
    *OF_CUDA,
)


def named(name: str) -> Probe:
    """The probe of this name; raises UsageError that tells the nearest ones."""
    found = [probe for probe in PROBES if probe.name == name]
    if not found:
        meant = f", it is a diagnosis: --for {name}" if answering(name) else _nearest(name, (it.name for it in PROBES))
        raise UsageError(f"no probe is called '{name}'{meant} (try 'logsleuth probe --list')")
    return found[0]


def asked(diagnosis: str) -> tuple[Probe, ...]:
    """The probes that answer a diagnosis; raises UsageError where none does, with the nearest ids that have one."""
    found = answering(diagnosis)
    if not found:
        meant = _nearest(diagnosis, {answer for probe in PROBES for answer in probe.answers})
        raise UsageError(f"no probe answers '{diagnosis}'{meant} (try 'logsleuth probe --list')")
    return found


def _nearest(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, sorted(known), n=3, cutoff=0.6)
    return f", did you mean {' or '.join(repr(item) for item in near)}?" if near else ""


def answering(diagnosis: str) -> tuple[Probe, ...]:
    """The probes that can confirm or refute a diagnosis of this id; those of CUDA know nothing of other cards."""
    is_of_others = not OTHER_CARDS.isdisjoint(re.split(r"[.-]", diagnosis))
    asked = (probe for probe in PROBES if not (is_of_others and probe in OF_CUDA))
    return tuple(probe for probe in asked if any(is_under(diagnosis, answer) for answer in probe.answers))


def is_under(diagnosis: str, class_id: str) -> bool:
    """Whether an id is this class, or one followed by further dotted parts."""
    return diagnosis == class_id or diagnosis.startswith(f"{class_id}.")
