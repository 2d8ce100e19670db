"""Finds the templates that two runs have in common. In: the templates of each. Out: which belongs to which.

Templates match by their text. Drain may have generalised one run further than the other, so `<*>` matches any token of
a template of the same length; and long lines of ordinary levels that print a value in another form are taken for the
same. Candidates come from dictionaries and are bounded, so that any two runs are aligned in linear time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.model import Level, Template

WILDCARD: Final = "<*>"
CANDIDATES: Final = 64  # examined for one template
FIXED_SHARE: Final = 0.4  # of the tokens must be equal: what Drain asks of the lines of one template
SIMILAR: Final = 0.5  # of the tokens of two templates of long ordinary lines
LONG: Final = 8  # tokens: in a shorter line one other word is another thing
WORD: Final = lazy(r"[^\W\d_]{3,}|[\u4e00-\u9fff]{2,}")
PROGRESS: Final = lazy(r"%\||\bit/s\b|\bs/it\b")
# what stands between the head of a traceback and its exception: frames, and the code that they quote
TRACE: Final = lazy(
    r"Traceback \(most recent call last\)|File \S+,? line |(?:return|await|raise|yield) |self\.|super\(\)"
    r"|[a-z_][\w.]*(?:, [a-z_]\w*)* = |[a-z_][\w.]*\(.*[(),\[]$"
)
ERRORS: Final = frozenset({Level.ERROR, Level.CRITICAL})
ORDINARY: Final = frozenset({Level.INFO, Level.DEBUG})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A template as it is compared."""

    template: Template
    tokens: tuple[str, ...]
    is_volatile: bool

    @property
    def is_error(self) -> bool:
        """Whether it is printed as an error: the same text is another template then."""
        return self.template.level in ERRORS


def line_of(template: Template) -> Line:
    """`template` as it is compared."""
    return Line(template=template, tokens=tuple(template.template.split()), is_volatile=is_volatile(template.template))


def is_volatile(text: str) -> bool:
    """Whether a template says too little for its presence to mean anything: figures, progress, frames, rests."""
    fixed = text.replace(WILDCARD, " ")
    words = sum(1 for _, _ in zip(WORD.finditer(fixed), range(2), strict=False))
    wanted = 2 if WILDCARD in text else 1
    # the templates of what did not fit into the table of shapes end so
    is_rest = text.endswith(" ...")
    return words < wanted or is_rest or PROGRESS.search(text) is not None or TRACE.match(text) is not None


def align(good: Sequence[Line], bad: Sequence[Line]) -> tuple[tuple[int | None, ...], tuple[int | None, ...]]:
    """For each line of `bad` the index in `good` that it belongs to, and the same for each line of `good`.

    Several templates of a run may belong to one index: it is that of the first of them.
    """
    of_good, of_bad = _Index(good), _Index(bad)
    bad_to_good = tuple(of_good.find(line) for line in bad)
    taken = {index for index in bad_to_good if index is not None}
    good_to_good: list[int | None] = []
    for index, line in enumerate(good):
        found = None if index in taken else of_bad.find(line)
        good_to_good.append(index if index in taken else None if found is None else bad_to_good[found])
    return bad_to_good, tuple(good_to_good)


@dataclass(slots=True)
class _Index:
    """Finds the line of a run that another one belongs to."""

    lines: Sequence[Line]
    exact: dict[tuple[bool, str], int] = field(default_factory=dict)
    by_end: dict[tuple[bool, int, int, str], list[int]] = field(default_factory=dict)
    by_opening: dict[tuple[str, ...], list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for index, line in enumerate(self.lines):
            self.exact.setdefault((line.is_error, line.template.template), index)
            for key in _ends(line):
                _enter(self.by_end.setdefault(key, []), index)
            if line.template.level in ORDINARY and len(line.tokens) >= LONG:
                _enter(self.by_opening.setdefault(line.tokens[:2], []), index)

    def find(self, line: Line) -> int | None:
        """The index of what `line` belongs to, or None."""
        found = self.exact.get((line.is_error, line.template.template))
        if found is None:
            found = self._compatible(line)
        return self._similar(line) if found is None else found

    def _compatible(self, line: Line) -> int | None:
        """The compatible line with the most equal tokens, the earliest of them."""
        best, most = None, 0
        for index in self._candidates(line):
            equal = _equal_tokens(line.tokens, self.lines[index].tokens)
            if equal > most:
                best, most = index, equal
        return best

    def _candidates(self, line: Line) -> Iterator[int]:
        """Lines of the same length that begin or end with the same token."""
        seen: set[int] = set()
        for key in _ends(line):
            for index in self.by_end.get(key, ()):
                if index not in seen:
                    seen.add(index)
                    yield index

    def _similar(self, line: Line) -> int | None:
        """The ordinary line with the same opening that shares most of the tokens."""
        if line.template.level not in ORDINARY or len(line.tokens) < LONG:
            return None
        own, best, most = set(line.tokens), None, SIMILAR
        for index in self.by_opening.get(line.tokens[:2], ()):
            other = set(self.lines[index].tokens)
            share = len(own & other) / len(own | other)
            if share > most:
                best, most = index, share
        return best


def _ends(line: Line) -> Iterable[tuple[bool, int, int, str]]:
    """The keys under which a line is found: its first and its last token, unless they stand for anything."""
    for end in (0, -1) if line.tokens else ():
        if line.tokens[end] != WILDCARD:
            yield line.is_error, len(line.tokens), end, line.tokens[end]


def _enter(indexes: list[int], index: int) -> None:
    if len(indexes) < CANDIDATES:
        indexes.append(index)


def _equal_tokens(left: tuple[str, ...], right: tuple[str, ...]) -> int:
    """How many tokens are equal where all are compatible and enough of them equal; 0 otherwise."""
    equal = 0
    for one, other in zip(left, right, strict=True):
        if one == other:
            equal += one != WILDCARD
        elif WILDCARD not in {one, other}:
            return 0
    return equal if equal >= FIXED_SHARE * len(left) else 0
