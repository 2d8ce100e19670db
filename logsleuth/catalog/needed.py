r"""What every match of an expression must hold: comes in an expression, goes out the words to look for before it.

    File "[^"\n]*/(?:eagle|medusa)\w*\.py"   holds `File "`, and `eagle` or `medusa`, and `.py"`

Words are found a hundred times faster than expressions, and most expressions over several lines are tried in vain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from logsleuth.lazy import lazy

Words = tuple[str, ...]  # one of them is in every match
SHORTEST: Final = 4
_PIECE: Final = lazy(
    r"(?:(?P<text>[^\\\[\](){}*+?|.^$]|\\\W)|(?P<other>\\[dDwWsSbBAZnt]|\[\^?\]?(?:[^\]\\]|\\.)*+\]|[.^$])"
    r"|(?P<open>\((?:\?(?:P<\w+>|:|<?[=!]))?(?!\?))|(?P<bar>\|)|(?P<close>\)))"
    r"(?P<times>(?:[*+?]|\{\d*,?\d*\})[?+]?)?",
    re.DOTALL,
)
_MAYBE: Final = ("*", "?", "{0", "{,")
_LOOKS: Final = ("=", "!")  # ends what opens a look around


@cache
def needed(expression: str) -> tuple[Words, ...]:
    """Of each of these, every match holds a word; nothing where the expression is more than is understood here."""
    pieces = list(_PIECE.finditer(expression))
    if sum(len(piece[0]) for piece in pieces) < len(expression):
        return ()
    return tuple(words for words in _read(iter(pieces)) if min(map(len, words)) >= SHORTEST)


def may_match(expression: str, text: str, start: int, end: int) -> bool:
    """Whether the words that `expression` needs stand in this part of `text`."""
    for words in needed(expression):
        for word in words:
            if text.find(word, start, end) >= 0:
                break
        else:
            return False
    return True


def _read(pieces: Iterator[re.Match[str]]) -> list[Words]:
    """The words that what comes next needs, up to the end of its group."""
    branches: list[list[Words]] = [[]]
    run = ""
    for piece in pieces:
        is_kept = not (piece["times"] or "").startswith(_MAYBE)
        if piece["text"] and is_kept:
            run += piece["text"][-1]
        if run and not (piece["text"] and not piece["times"]):
            branches[-1].append((run,))
            run = ""
        if piece["open"]:
            found = _read(pieces)
            branches[-1] += [] if piece["open"].endswith(_LOOKS) else found
        elif piece["bar"]:
            branches.append([])
        elif piece["close"]:
            return _common(branches) if is_kept else []
    branches[-1] += [(run,)] if run else []
    return _common(branches)


def _common(branches: Sequence[list[Words]]) -> list[Words]:
    """What is needed whichever of the branches matches."""
    if len(branches) == 1:
        return branches[0]
    best = [max(branch, key=lambda words: min(map(len, words)), default=()) for branch in branches]
    return [tuple(word for words in best for word in words)] if all(best) else []
