"""What is wrong in a catalog, as values: collected first, reported all at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from logsleuth.model import Where


@dataclass(frozen=True, slots=True, kw_only=True)
class LintProblem:
    """One mistake in one place; `code` names its kind."""

    where: Where
    code: str
    message: str

    def __str__(self) -> str:
        """`file:line: message [code]`."""
        return f"{self.where}: {self.message} [{self.code}]"


def suggestion(word: str, known: Iterable[str]) -> str:
    """`, did you mean 'x'?` for the known word nearest to `word`, or nothing."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f", did you mean '{near[0]}'?" if near else ""


def in_order(problems: Iterable[LintProblem]) -> tuple[LintProblem, ...]:
    """The problems by file, line and code, each once."""
    unique = dict.fromkeys(problems)
    return tuple(sorted(unique, key=lambda p: (p.where.source, p.where.line, p.code, p.message)))
