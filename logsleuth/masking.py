"""The volatile parts of a line and how they are masked: one table for templates and fingerprints.

One expression does all the work in one native pass, so that a block of healthy lines costs a few nanoseconds a byte.
Every step is closed by a boundary and possessive: an earlier form was quadratic on one line of `11-aaaa-aaaa-...`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

MASK: Final = b"<*>"

# (name, expression): tried in this order at each place
MASKS: Final = (
    # 97.2 in `97.2s`, 2025-06-10, 10.0.0.1:80: joined decimals that do not begin something hexadecimal
    (
        "decimal numbers",
        rb"(?<![0-9A-Za-z])[0-9]++(?:[.:,-][0-9]++)*+(?![0-9A-Fa-fx]|[-:.,][0-9A-Fa-f])",
    ),
    # 0x7f2c, 3fa9c0de, f81d4fae-7dec-11d0-a765-00a0c91e6bf6, 10.0.0.1:80, 2025-06-10: runs that hold at least one digit
    (
        "number, hex or joined numbers",
        (
            rb"(?<![0-9A-Za-z])(?:0x)?(?=[a-fA-F]*+[0-9])[0-9a-fA-F]{2,}+(?![0-9A-Za-z])"
            rb"(?:[-:.,](?:(?=[a-fA-F]*+[0-9])[0-9a-fA-F]++|[0-9a-fA-F]{4}+)(?![0-9A-Za-z]))*+"
        ),
    ),
    ("digits glued to a word", rb"[0-9]++(?:[.:,-][0-9]++)*+"),
)
EXPRESSION: Final = b"|".join(expression for _, expression in MASKS)


def _native(mask: bytes) -> Callable[[bytes], bytes]:
    try:
        import pcre2  # noqa: PLC0415  the one optional engine: the fallback below gives the same result, slower
    except ImportError:
        return _portable(mask)
    compiled = pcre2.compile(EXPRESSION, jit=True)

    def masked(text: bytes) -> bytes:
        result: bytes = compiled.sub(mask, text)
        return result

    return masked


def _portable(mask: bytes) -> Callable[[bytes], bytes]:
    compiled = re.compile(EXPRESSION)
    return lambda text: compiled.sub(mask, text)


mask_bytes: Final = _native(MASK)
shape_bytes: Final = _native(b"0")  # the same in fewer bytes, for keys that nobody reads


def mask_text(text: str) -> str:
    """`text` with its volatile parts replaced by `<*>`."""
    return mask_bytes(text.encode("utf-8", "replace")).decode("utf-8", "replace")
