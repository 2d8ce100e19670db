"""What the scan looks for: the expressions of the catalog and those of the stages. In: a catalog. Out: Plan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logsleuth.catalog.load import Catalog, load_catalog
from logsleuth.catalog.match import expressions
from logsleuth.events import ENVIRONMENT_ANCHORS
from logsleuth.events.communicators import ANCHORS as MEMBER_ANCHORS
from logsleuth.model import Pattern, Signature
from logsleuth.quotations import REPORT_ANCHORS
from logsleuth.scan import Expression, Scanner
from logsleuth.signs import SIGN_WORDS

TRACEBACK: Final = Expression(text=b"Traceback (most recent call last)")
EXCEPTION: Final = Expression(
    text=rb"(?:^|[\s:|>\]])(?:[A-Za-z_]\w{0,60}\.){0,8}[A-Z]\w{0,60}(?:Error|Exception|Interrupt|Exit|Failure|OutOfResources|panicked)(?:\(\w{1,60}\))?(?::|$)",
    is_literal=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the scan looks for, and what each number of it stands for."""

    catalog: Catalog
    scanner: Scanner
    meanings: tuple[tuple[tuple[Signature, Pattern], ...], ...]
    environment: frozenset[int]
    reports: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a plan is made of, for processes that cannot share one."""

    folders: tuple[Path, ...] = ()
    cache: Path | None = None

    def prepare(self) -> Plan:
        """The built-in catalog and that of the folders, compiled."""
        return plan(load_catalog(self.folders, cache=self.cache), cache=self.cache)


def plan(catalog: Catalog, *, cache: Path | None = None) -> Plan:
    """Compile `catalog` and the stages' own expressions; with `cache`, keep the compiled form there."""
    anchors = [Expression(text=anchor.encode()) for anchor in ENVIRONMENT_ANCHORS]
    heads = [Expression(text=anchor) for anchor in REPORT_ANCHORS]
    words = [Expression(text=word, is_word=True) for word in (*SIGN_WORDS, *MEMBER_ANCHORS)]
    structural = (TRACEBACK, EXCEPTION, *anchors, *heads, *words)
    meanings: dict[Expression, list[tuple[Signature, Pattern]]] = {one: [] for one in structural}
    places = {expression: at for at, expression in enumerate(meanings)}
    for sought in expressions(catalog):
        signature = catalog.signatures[sought.signature]
        expression = Expression(text=sought.expression, is_literal=sought.is_literal)
        meanings.setdefault(expression, []).append((signature, signature.patterns[sought.pattern]))
    return Plan(
        catalog=catalog,
        scanner=Scanner(tuple(meanings), cache=cache),
        meanings=tuple(tuple(found) for found in meanings.values()),
        environment=frozenset(places[anchor] for anchor in anchors),
        reports=frozenset(places[head] for head in heads),
    )
