"""The languages of texts; fills facts into them, and makes text from logs safe to print."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from logsleuth.lazy import lazy


class Language(StrEnum):
    """The languages of texts."""

    EN = "en"
    ZH = "zh"


OPTIONAL = lazy(r"\[\[(.*?)\]\]", re.DOTALL)
NAME = lazy(r"\{([a-z][a-z0-9_.]*)\}")


def names(text: str) -> tuple[str, ...]:
    """The facts that `text` mentions, optional parts included, in order."""
    return tuple(dict.fromkeys(NAME.findall(text)))


def fill(text: str, facts: Mapping[str, str]) -> str | None:
    """`text` with its `{names}` replaced, or None where one is unknown.

    A part in double brackets, `[[ of {total}]]`, is left out when one of its facts is unknown.
    """
    shortened = OPTIONAL.sub(lambda part: _fill_all(part[1], facts) or "", text)
    return _fill_all(shortened, facts)


def _fill_all(text: str, facts: Mapping[str, str]) -> str | None:
    if any(name not in facts for name in NAME.findall(text)):
        return None
    return NAME.sub(lambda match: facts[match[1]], text)


# C0 and C1 controls but the tab, and the marks that turn the direction of text
_CONTROLS: Final = {code: f"\\x{code:02x}" for code in (*range(9), *range(10, 32), *range(127, 160))} | {
    code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x2028, 0x2029)
}


_BUT_LINES: Final = {code: spelled for code, spelled in _CONTROLS.items() if code != ord("\n")}


def escaped(text: str) -> str:
    """`text` in one line, control characters spelled out, so that a terminal shows and does not obey them."""
    return text.translate(_CONTROLS)


def printable(text: str) -> str:
    """The same for a text of several lines, whose ends it keeps: only where each of them is set by itself."""
    return text.translate(_BUT_LINES)
