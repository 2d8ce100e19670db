"""Breaks styled text into lines of a given number of columns, for scripts with and without spaces."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from logsleuth.lazy import lazy

# scripts that are written without spaces and may be broken between any two signs
IDEOGRAPH: Final = "\u2e80-\u2fff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
OPENING: Final = "（《「『【“‘〈〔"
# signs that may not begin a line; a dot between two parts stays with the first
CLOSING: Final = "，。、；：！？）》」』】”’〉〕…"
# a no-break space is part of the word around it
WORD: Final = rf"(?:[^\s{IDEOGRAPH}{OPENING}{CLOSING}]|\xa0)+"
PIECE: Final = lazy(rf"[^\S\xa0]+|[{OPENING}]*(?:[{IDEOGRAPH}]|{WORD})?[{CLOSING}]*(?: ·)?")


def wrapped(text: Text, width: int, *, most: int | None = None) -> list[Text]:
    """`text` in lines of at most `width` columns, at most `most` of them; a cut end shows as `…`."""
    lines: list[Text] = []
    for paragraph in text.split("\n", allow_blank=True):
        if most is not None and len(lines) > most:
            break
        lines += _lines(paragraph, width)
    if most is None or len(lines) <= most:
        return lines
    last = lines[most - 1]
    last.rstrip()
    return [*lines[: most - 1], clipped(last + Text(" …"), width)]


def clipped(text: Text, width: int) -> Text:
    """`text` in one line of at most `width` columns."""
    if cell_len(text.plain.rstrip()) <= width:
        return text.copy()
    folds, _ = _folds(text.plain, 0, max(width - 1, 1))
    line = text[: folds[0]]
    line.rstrip()
    return line.append("…")


def columns(rows: Sequence[Sequence[str]], width: int) -> list[Text]:
    """`rows` as a table: each column as wide as its widest cell, each line cut at `width`."""
    widths = [max(map(cell_len, column)) for column in zip_longest(*rows, fillvalue="")]
    lines = (
        "  ".join(cell + " " * (size - cell_len(cell)) for cell, size in zip(row, widths, strict=False)) for row in rows
    )
    return [clipped(Text(line.rstrip()), width) for line in lines]


def _lines(text: Text, width: int) -> list[Text]:
    offsets = _breaks(text.plain, max(width, 2))
    return [line if number == 0 else _shorn(line) for number, line in enumerate(text.divide(offsets))] or [text]


def _shorn(line: Text) -> Text:
    """A continuation without the space that it was broken at."""
    spaces = len(line.plain) - len(line.plain.lstrip(" "))
    return line[spaces:] if spaces < len(line.plain) else line


def _breaks(text: str, width: int) -> list[int]:
    """The offsets at which new lines begin."""
    offsets: list[int] = []
    column = 0
    for match in PIECE.finditer(text):
        piece, size = match[0], cell_len(match[0])
        if column + size <= width:
            column += size
        elif piece.isspace():
            column = width  # the space is where the line ends
        elif size <= width:
            offsets.append(match.start())
            column = size
        else:
            folds, column = _folds(piece, column, width)
            offsets += [match.start() + fold for fold in folds]
    return offsets


def _folds(word: str, column: int, width: int) -> tuple[list[int], int]:
    """Where to break a word that no line holds, and the column after it."""
    folds: list[int] = []
    for at, sign in enumerate(word):
        size = cell_len(sign)
        if column + size > width:
            folds.append(at)
            column = 0
        column += size
    return folds, column
