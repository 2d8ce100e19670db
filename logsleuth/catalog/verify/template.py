"""A string literal of a program in, the fixed parts of the message that it prints out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from logsleuth.catalog.nearest import words_of_text
from logsleuth.model import NOWHERE, Where

MAX_CHARS: Final = 4000  # of one literal: programs embed whole kernels and prompts
HOLE: Final = re.compile(
    r"(?P<literal>%%|\{\{|\}\})"
    r"|%(?:\(\w+\))?[-+#0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh?|ll?|z|j|t|L)?[diouxXeEfFgGcrsp]"
    r"|\{[\w.\[\]]*(?:![rsa])?(?::[^{}\n]{0,40})?\}"
)
DOUBLED: Final = {"%%": "%", "{{": "{", "}}": "}"}


class Kind(StrEnum):
    """How the program uses a literal."""

    RAISE = "raise"
    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    ASSERT = "assert"
    TEXT = "text"


ERRORS: Final = (Kind.RAISE, Kind.CRITICAL, Kind.ERROR, Kind.WARNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A message as the program holds it: fixed parts with a hole between each two; `exception` is what is raised."""

    parts: tuple[str, ...]
    where: Where = NOWHERE
    kind: Kind = Kind.TEXT
    exception: str = ""

    @property
    def text(self) -> str:
        """The message with `{}` for each hole."""
        return "{}".join(self.parts)

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the fixed parts."""
        return words_of_text(" ".join(self.parts))

    def filled(self, value: str) -> str:
        """The message as it would be printed with `value` in each hole."""
        text = value.join(self.parts)
        return f"{self.exception}: {text}" if self.exception else text


def split_holes(text: str) -> tuple[str, ...]:
    """The fixed parts of a text with %-format, `.format` or fmt holes."""
    parts: list[str] = [""]
    reached = 0
    for hole in HOLE.finditer(text[:MAX_CHARS]):
        parts[-1] += text[reached : hole.start()]
        reached = hole.end()
        if hole["literal"]:
            parts[-1] += DOUBLED[hole["literal"]]
        else:
            parts.append("")
    parts[-1] += text[reached:MAX_CHARS]
    return tuple(parts)


def joined(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Texts that follow one another without a hole between them, as one."""
    parts: list[str] = [""]
    for group in groups:
        if group:
            parts[-1] += group[0]
            parts += group[1:]
    return tuple(parts)


def is_telling(parts: tuple[str, ...], kind: Kind) -> bool:
    """Whether a literal says enough to be a message: two words and a space, or one word with a hole or a sure use."""
    count = len(words_of_text(" ".join(parts)))
    is_phrase = count > 1 or (count == 1 and len(parts) > 1)
    has_space = any(map(str.isspace, "".join(parts)))
    return (is_phrase and has_space) or (count > 0 and kind is not Kind.TEXT)
