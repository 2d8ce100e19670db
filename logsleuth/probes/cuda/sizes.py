"""Sizes as logs print them. In: text such as `2.00 GiB`. Out: bytes, and bytes as text."""

from __future__ import annotations

import re
from typing import Final

UNITS: Final = {
    "": 1, "b": 1, "byte": 1, "bytes": 1,
    "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12,
    "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
}  # fmt: skip
SIZE: Final = re.compile(r"\s*(\d{1,18}(?:\.\d{1,9})?)\s*([A-Za-z]*)\s*")
MOST: Final = 2**60  # no machine has it: a size beyond is a mistake of the log


def size_of(text: str, *, unit: str = "") -> int:
    """The bytes that `text` says, `unit` where it names none; 0 where it is no size."""
    found = SIZE.fullmatch(text[:64])
    factor = UNITS.get((found[2] or unit).lower()) if found else None
    size = int(float(found[1]) * factor) if found and factor else 0
    return size if size <= MOST else 0


def shown(size_bytes: float) -> str:
    """Bytes as torch prints them."""
    for unit, factor in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if abs(size_bytes) >= factor:
            return f"{size_bytes / factor:.2f} {unit}"
    return f"{size_bytes:.0f} bytes"
