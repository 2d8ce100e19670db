"""Values of a sample as numbers and texts, and sizes as people read them. In: samples. Out: figures."""

from __future__ import annotations

import math
from typing import Final

from logsleuth.probes.probe import Sample

LARGEST_ERROR: Final = 4095  # of Linux
UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB")


def number(sample: Sample, name: str) -> float | None:
    """The value of this name, where it is a finite number."""
    value = sample.values.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def error_number(sample: Sample) -> int:
    """The number of the system's error that the child met, 0 for none."""
    code = number(sample, "errno") or 0
    return int(code) if 0 <= code <= LARGEST_ERROR else 0


def text(sample: Sample, name: str) -> str:
    """The value of this name, where it is a text."""
    value = sample.values.get(name)
    return value if isinstance(value, str) else ""


def texts(sample: Sample, name: str) -> tuple[str, ...]:
    """The texts in the list of this name."""
    value = sample.values.get(name)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def shown(size: float | None) -> str:
    """`1.5 GiB`; what is not known or has no bound is `unlimited`."""
    if size is None:
        return "unlimited"
    for unit in UNITS[:-1]:
        if abs(size) < 1024:
            return f"{size:.4g} {unit}"
        size /= 1024
    return f"{size:.4g} {UNITS[-1]}"
