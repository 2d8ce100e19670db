"""Python values as logs print them (`{'a': 1, 'b': X(c='d')}`, `a=1, b=X(c=2)`): come in as text, go out as pairs.

Nothing is evaluated. The text is bounded, the scan is linear, and what is cut off at the end is left out or kept short.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from logsleuth.model import Facts

TEXT_CHARS: Final = 32_768
VALUE_CHARS: Final = 300
PAIRS: Final = 400
DEPTH: Final = 4
TOKEN: Final = re.compile(
    r"'(?:[^'\\]|\\.)*+'?|\"(?:[^\"\\]|\\.)*+\"?|[\[({]|[\])}]|,|[=:]|[^'\"\[\](){},=:]++", re.DOTALL
)
OPENING: Final = frozenset("[({")
CLOSING: Final = frozenset("])}")
ASSIGNING: Final = frozenset("=:")
WORD: Final = re.compile(r"[A-Za-z_][\w.-]{0,80}")
CALL: Final = re.compile(r"[A-Za-z_][\w.]{0,120}\((?P<inside>.*)\)?$", re.DOTALL)


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
    """What stands within the outermost brackets, a list's too, so that a list of dicts is read as its members."""
    text = text.strip()
    call = CALL.match(text)
    if call is not None:
        return call["inside"].removesuffix(")")
    while text[:1] in {"{", "["}:
        closing = "}" if text[0] == "{" else "]"
        text = text[1:].rstrip().removesuffix(closing).lstrip()
    return text


def _items(text: str) -> Iterator[tuple[str, str]]:
    """The pairs at the top level of `text`."""
    level, name, parts = 0, "", list[str]()
    for piece in _pieces(text):
        if piece in ASSIGNING and not level and not name:
            name, parts = unquote("".join(parts)), []
        elif piece == "," and not level:
            yield from _item(name, parts)
            name, parts = "", []
        else:
            level = max(level + (piece in OPENING) - (piece in CLOSING), 0)
            parts.append(piece)
    yield from _item(name, parts)


def _pieces(text: str) -> Iterator[str]:
    for match in TOKEN.finditer(text):
        yield match[0]


def _item(name: str, parts: list[str]) -> Iterator[tuple[str, str]]:
    value = "".join(parts).strip()
    if value and WORD.fullmatch(name):
        yield name, value
