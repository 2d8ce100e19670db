"""Python values as logs print them (`{'a': 1, 'b': X(c='d')}`, `a=1, b=X(c=2)`): come in as text, go out as pairs.

Nothing is evaluated. The text is bounded, the scan is linear, and what is cut off at the end is left out or kept short.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.model import Facts

TEXT_CHARS: Final = 32_768
VALUE_CHARS: Final = 300
PAIRS: Final = 400
DEPTH: Final = 4
TOKEN: Final = lazy(r"'(?:[^'\\]|\\.)*+'?|\"(?:[^\"\\]|\\.)*+\"?|[\[({]|[\])}]|,|[=:]|[^'\"\[\](){},=:]++", re.DOTALL)
OPENING: Final = frozenset("[({")
CLOSING: Final = frozenset("])}")
ASSIGNING: Final = frozenset("=:")
STRUCTURE: Final = CLOSING | ASSIGNING | {","}
WORD: Final = lazy(r"[A-Za-z_][\w.-]{0,80}")
CALL: Final = lazy(r"[A-Za-z_][\w.]{0,120}\(")
FORGOTTEN: Final = lazy(r"([^\s'\"]{1,200}) {1,4}([A-Za-z_]\w{0,80})")


def read_pairs(text: str, *, nested: frozenset[str] = frozenset()) -> Facts:
    """The (name, value) pairs of a dict, a call's arguments or a bare list of `name=value`, in order.

    Pairs inside a value whose name is in `nested` are told too, after the value itself.
    """
    return tuple(_pairs(text[:TEXT_CHARS], nested, 0))[:PAIRS]


def unquote(value: str) -> str:
    """`value` without the quotes around it."""
    text = value.strip()
    if len(text) >= 2 and text[0] in "'\"" and text[-1] == text[0]:
        return text[1:-1]
    return text.lstrip("'\"")


def _pairs(text: str, nested: frozenset[str], depth: int) -> Iterator[tuple[str, str]]:
    for name, raw in _items(_inside(text)):
        value = unquote(raw)
        yield name, value[:VALUE_CHARS]
        if name in nested and depth < DEPTH:
            yield from _pairs(value, nested, depth + 1)


def _inside(text: str) -> str:
    """What follows the outermost opening brackets, a list's too, so that a list of dicts is read as its members."""
    text = text.lstrip()
    call = CALL.match(text)
    if call is not None:
        return text[call.end() :]
    while text[:1] in {"{", "["}:
        text = text[1:].lstrip()
    return text


def _items(text: str) -> Iterator[tuple[str, str]]:
    """The pairs at the top level of `text`, up to a bracket that closes what was opened before it."""
    level, name, parts = 0, "", list[str]()
    for piece in _pieces(text):
        if level or piece not in STRUCTURE:
            level += (piece in OPENING) - (piece in CLOSING)
            parts.append(piece)
        elif piece in ASSIGNING:
            name, parts, lost = _assign(name, parts, piece)
            yield from lost
        else:
            yield from _item(name, parts)
            name, parts = "", []
            if piece in CLOSING:
                return
    yield from _item(name, parts)


def _pieces(text: str) -> Iterator[str]:
    for match in TOKEN.finditer(text):
        yield match[0]


def _assign(name: str, parts: list[str], sign: str) -> tuple[str, list[str], Iterator[tuple[str, str]]]:
    """The name and value parts after an assignment sign, and the pair it ends where a comma was forgotten."""
    if not name:
        return unquote("".join(parts)), [], iter(())
    # vLLM 0.6.3 prints `chunked_prefill_enabled=False multi_step_stream_outputs=True`, without a comma
    forgotten = FORGOTTEN.fullmatch(parts[0]) if sign == "=" and len(parts) == 1 else None
    if forgotten is None:
        parts.append(sign)
        return name, parts, iter(())
    return forgotten[2], [], _item(name, [forgotten[1]])


def _item(name: str, parts: list[str]) -> Iterator[tuple[str, str]]:
    value = "".join(parts).strip()
    if value and WORD.fullmatch(name):
        yield name, value
