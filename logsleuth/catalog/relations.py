"""A catalog in, relations that contradict each other out: two signatures that explain, or lose to, one another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from logsleuth.catalog.load import Catalog
from logsleuth.catalog.problems import LintProblem
from logsleuth.model import Signature

Named = tuple[str, Sequence[str], Sequence[str]]  # an id, what it explains, what explains it

ANY: Final = "*"  # yields to any root, which is no claim about one signature


def relation_problems(catalog: Catalog) -> Iterator[LintProblem]:
    """Pairs that name one another, each told once, at the later one of the two."""
    yield from _mutual(catalog.signatures, _explained, "explain")
    yield from _mutual(catalog.signatures, _better, "lose to")


def _mutual(signatures: Sequence[Signature], named: Callable[[Signature], Named], verb: str) -> Iterator[LintProblem]:
    by_id = {signature.id: signature for signature in signatures}
    edges = {(one, other) for signature in signatures for one, other in _pairs(named(signature), by_id)}
    for one, other in sorted(edges):
        if one < other and (other, one) in edges:
            message = f"{other}: it and {one} {verb} one another; decide which one is the cause, and name single ids"
            yield LintProblem(where=by_id[other].where, code="mutual", message=message)


def _explained(signature: Signature) -> Named:
    return signature.id, signature.explains, signature.explained_by


def _better(signature: Signature) -> Named:
    return signature.id, (), signature.loses_to


def _pairs(named: Named, ids: Iterable[str]) -> Iterator[tuple[str, str]]:
    own, below, above = named
    for label in below:
        yield from ((own, other) for other in ids if other != own and _fits(other, label))
    for label in above:
        yield from ((other, own) for other in ids if label != ANY and other != own and _fits(other, label))


def _fits(found: str, label: str) -> bool:
    return found == label or found.startswith(label + ".")
