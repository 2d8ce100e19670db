"""Which diagnoses are of ranks that wait for each other, and how many ranks there can be."""

from __future__ import annotations

from typing import Final

from logsleuth.model import Diagnosis, Role

MOST_RANKS: Final = 100_000  # a world larger than this is a misread number
TIMEOUT: Final = "nccl.timeout"
CLASSES: Final = (TIMEOUT, "hang.collective")
# what only says that another one timed out
ECHOES: Final = frozenset({"nccl.timeout.teardown", "nccl.timeout.signalled"})


def is_of_ranks(diagnosis: Diagnosis) -> bool:
    """Whether a diagnosis is of a collective, and no other one tells of it."""
    is_of_class = any(diagnosis.id == name or diagnosis.id.startswith(name + ".") for name in CLASSES)
    is_echo = diagnosis.explained_by is not None and diagnosis.id in ECHOES
    is_told_elsewhere = is_echo or (diagnosis.explained_by or "").startswith(TIMEOUT)
    return is_of_class and not is_told_elsewhere and diagnosis.role is not Role.NOTICE
