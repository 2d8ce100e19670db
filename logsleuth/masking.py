"""The volatile parts of a line and how they are masked: one table for templates and fingerprints.

One expression does all the work in one native pass, so that a block of healthy lines costs a few nanoseconds a byte.
Every step is closed by a boundary and possessive: an earlier form was quadratic on one line of `11-aaaa-aaaa-...`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from logsleuth.vector import translated

MASK: Final = b"<*>"

# what goes on with a number: -7dec, .1, :80
_JOINED: Final = rb"(?:[-:.,](?:(?=[a-fA-F]*+[0-9])[0-9a-fA-F]++|[0-9a-fA-F]{4}+)(?![0-9A-Za-z]))*+"
# (name, expression): tried in this order at each place
MASKS: Final = (
    # 97.2 in `97.2s`, 2025-06-10, 10.0.0.1:80: joined decimals that do not begin something hexadecimal
    (
        "decimal numbers",
        rb"(?<![0-9A-Za-z])[0-9]++(?:[.:,-][0-9]++)*+(?![0-9A-Fa-fx]|[-:.,][0-9A-Fa-f])",
    ),
    # 3fa9c0de, f81d4fae-7dec-11d0-a765-00a0c91e6bf6, 10.0.0.1:80, 2025-06-10: runs with at least one digit; 0x7f2c,
    # and 8x80 too: which digit stands where must never matter, or `key_bytes` would have to keep it
    (
        "number, hex or joined numbers",
        (rb"(?<![0-9A-Za-z])(?:[0-9]x[0-9a-fA-F]++|(?=[a-fA-F]*+[0-9])[0-9a-fA-F]{2,}+)(?![0-9A-Za-z])" + _JOINED),
    ),
    ("digits glued to a word", rb"[0-9]++(?:[.:,-][0-9]++)*+"),
)
EXPRESSION: Final = b"|".join(expression for _, expression in MASKS)
# In a text whose digits are all 0: an id from its first digit on. Found by its digits, most of which are no part of an
# id and skipped at once; what stands in front must not make the mask read it as a part of something else.
ID: Final = (
    rb"0++(*SKIP)[a-fA-F](?<=(?<![0-9A-Za-z])(?<![0-9][-:.,])(?:0x)?[a-fA-F]{0,4}0{1,12}[a-fA-F])"
    rb"[0-9a-fA-F]{3,}+(?![0-9A-Za-z])" + _JOINED
)
SHORT_ID: Final = b"0a"  # what the mask takes like any other id
_ZEROS: Final = bytes.maketrans(b"123456789", b"0" * 9)

Substitute = Callable[[bytes], bytes]


def substitute(expression: bytes, replacement: bytes) -> Substitute | None:
    """What replaces all that matches in one native pass; None without the engine."""
    try:
        import pcre2  # noqa: PLC0415  the one optional engine: the fallbacks below give the same result, slower
    except ImportError:
        return None
    compiled = pcre2.compile(expression, jit=True)

    def substituted(text: bytes) -> bytes:
        result: bytes = compiled.sub(replacement, text)
        return result

    return substituted


def _masking(mask: bytes) -> Substitute:
    compiled = re.compile(EXPRESSION)
    return substitute(EXPRESSION, mask) or (lambda text: compiled.sub(mask, text))


mask_bytes: Final = _masking(MASK)
shape_bytes: Final = _masking(b"0")  # the same in fewer bytes, for keys that nobody reads
_without_ids: Final = substitute(ID, SHORT_ID)


def key_bytes(text: bytes) -> bytes:
    """`text` in a form that far fewer texts have, at a fraction of a mask's cost; its mask is that of `text`."""
    zeros = translated(text, _ZEROS)
    return _without_ids(zeros) if _without_ids else zeros


def mask_text(text: str) -> str:
    """`text` with its volatile parts replaced by `<*>`."""
    return mask_bytes(text.encode("utf-8", "replace")).decode("utf-8", "replace")
