"""A catalog in, everything that is wrong with it out: what one signature can be judged by alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from logsleuth.catalog.derive import inputs, mistake
from logsleuth.catalog.expression import expression_problems
from logsleuth.catalog.load import Catalog, read_folders, unknown_ids
from logsleuth.catalog.problems import LintProblem, in_order, suggestion
from logsleuth.catalog.proof import proof_problems
from logsleuth.catalog.relations import relation_problems
from logsleuth.catalog.schema import words_of
from logsleuth.lazy import lazy
from logsleuth.model import Role, SampleKind, Signature, Status, Where, Words
from logsleuth.wording import names

CURE_WORDS: Final = lazy(r"(?:^|[.-])(?:use|fix|avoid)-")
CHINESE: Final = lazy(r"[\u3001-\u9fff\uff01-\uff5e]")  # its punctuation included
ENVIRONMENT: Final = "env."
DUTIES: Final = {
    Status.DRAFT: (1, 0),
    Status.TEST: (2, 2),
    Status.STABLE: (2, 2),
    Status.DOC_ONLY: (1, 0),
}  # (hits, misses)
KNOB: Final = r"[^.;:,]{0,40}?(--[a-z][a-z-]+|\b[a-z]+(?:_[a-z]+)+|\b[A-Z]+(?:_[A-Z]+)+)"
RAISES: Final = lazy(rf"\b(?:[Rr]aise|[Ii]ncrease|[Ee]nlarge|higher|larger)\b{KNOB}")
LOWERS: Final = lazy(rf"\b(?:[Ll]ower|[Rr]educe|[Dd]ecrease|[Ss]hrink|smaller)\b{KNOB}")


def lint_folders(
    folders: Sequence[Path] = (), *, with_builtin: bool = True, probes: frozenset[str] = frozenset()
) -> tuple[LintProblem, ...]:
    """Everything that is wrong in these folders, loading included; `probes` are the names there are, if they count."""
    loaded = read_folders(folders, with_builtin=with_builtin)
    unknown = unknown_probes(loaded.catalog, probes) if probes else ()
    return in_order((*loaded.problems, *lint(loaded.catalog, is_whole=with_builtin), *unknown))


def unknown_probes(catalog: Catalog, names: frozenset[str]) -> Iterator[LintProblem]:
    """The probes that signatures name and nobody has."""
    for signature in catalog.signatures:
        for name in (probe.name for probe in signature.probes):
            if name not in names:
                yield _problem(signature, "probe", f"no probe is called '{name}'{suggestion(name, names)}")


def lint(catalog: Catalog, *, is_whole: bool = True) -> tuple[LintProblem, ...]:
    """Everything that is wrong in a catalog; the balance of samples is judged of a whole one only."""
    own = (problem for signature in catalog.signatures for check in CHECKS for problem in check(signature, catalog))
    balance = _balance(catalog) if is_whole else ()
    whole = (*unknown_ids(catalog), *relation_problems(catalog), *expression_problems(catalog))
    return in_order((*own, *whole, *proof_problems(catalog), *balance))


def _problem(signature: Signature, code: str, message: str, line: int = 0) -> LintProblem:
    where = Where(source=signature.where.source, line=line or signature.where.line)
    return LintProblem(where=where, code=code, message=f"{signature.id}: {message}")


def _check_role(signature: Signature, catalog: Catalog) -> Iterator[LintProblem]:
    usual = catalog.classes.get(signature.class_id)
    if usual is None or signature.role is usual:
        return
    if usual is Role.ROOT and signature.role in {Role.NOTICE, Role.PERF}:
        return
    yield _problem(
        signature, "role", f"role is '{signature.role}', but {signature.class_id} is a '{usual}' in the taxonomy"
    )


def _check_id(signature: Signature, _: Catalog) -> Iterator[LintProblem]:
    if found := CURE_WORDS.search(signature.id):
        yield _problem(signature, "id-cure", f"'{found[0].strip('.-')}-' names a cure; an id says what the log shows")


def _check_duties(signature: Signature, _: Catalog) -> Iterator[LintProblem]:
    if is_measured(signature):
        return
    hits, misses = DUTIES.get(signature.status, (0, 0))
    for kind, wanted in ((SampleKind.HIT, hits), (SampleKind.MISS, misses)):
        found = sum(sample.kind is kind for sample in signature.samples)
        if found < wanted:
            yield _problem(
                signature, "samples", f"status '{signature.status}' needs {wanted} {kind} samples, found {found}"
            )


def _check_words(signature: Signature, _: Catalog) -> Iterator[LintProblem]:
    if not signature.summary.en and signature.status is not Status.RETIRED:
        yield _problem(signature, "summary", "summary is missing: one sentence that says what happened, with its facts")
    for words in words_of(signature):
        yield from _language_problems(signature, words)


def _language_problems(signature: Signature, words: Words) -> Iterator[LintProblem]:
    if words.zh and not CHINESE.search(words.zh):
        yield _problem(signature, "language", f"zh is not Chinese: '{words.zh}'")
    if CHINESE.search(words.en):
        yield _problem(signature, "language", f"en is not English: '{words.en}'")
    if words.en and set(names(words.en)) != set(names(words.zh)):
        one_sided = sorted(set(names(words.en)) ^ set(names(words.zh)))
        yield _problem(
            signature, "language", f"only one language mentions {{{'}, {'.join(one_sided)}}}: '{words.en[:60]}'"
        )
    if any(text.count("[[") != text.count("]]") for text in (words.en, words.zh)):
        yield _problem(signature, "brackets", f"'[[' without ']]': '{words.en[:60]}'")


def _check_names(signature: Signature, _: Catalog) -> Iterator[LintProblem]:
    if is_measured(signature):
        return  # its facts come from the measurement
    known = facts_of(signature)
    commands = (remedy.command for remedy in signature.remedies)
    texts = (*(words.en for words in words_of(signature)), *commands)
    for name in dict.fromkeys(name for text in texts for name in names(text)):
        if name not in known and not name.startswith(ENVIRONMENT):
            yield _problem(
                signature, "unknown-fact", f"{{{name}}} is neither captured nor derived; known: {_listed(known)}"
            )


def is_measured(signature: Signature) -> bool:
    """Whether no text shows it: the diagnosis computes it from the figures of a log."""
    return not signature.patterns


def facts_of(signature: Signature) -> frozenset[str]:
    """The facts that a signature can give."""
    captured = {name for pattern in signature.patterns for name in re.findall(r"\(\?P<(\w+)>", pattern.regex)}
    return frozenset(captured | {name for name, _ in signature.derive})


def _check_derive(signature: Signature, _: Catalog) -> Iterator[LintProblem]:
    known = facts_of(signature)
    for name, expression in signature.derive:
        if wrong := mistake(expression):
            yield _problem(signature, "derive", f"derive.{name}: '{expression}': {wrong}")
        for missing in sorted(set(inputs(expression)) - known):
            yield _problem(
                signature,
                "derive",
                f"derive.{name} reads '{missing}', which is never captured; known: {_listed(known)}",
            )


def _check_remedies(signature: Signature, _: Catalog) -> Iterator[LintProblem]:
    texts = [remedy.text.en for remedy in signature.remedies]
    raised = {knob for text in texts for knob in RAISES.findall(text)}
    lowered = {knob for text in texts for knob in LOWERS.findall(text)}
    for knob in sorted({_knob(name) for name in raised} & {_knob(name) for name in lowered}):
        yield _problem(
            signature, "both-directions", f"remedies both raise and lower '{knob}'; decide which one helps here"
        )
    if not signature.remedies and signature.role in {Role.ROOT, Role.PERF} and signature.status is not Status.RETIRED:
        yield _problem(signature, "remedies", "no remedy: say what to do first")


def _knob(name: str) -> str:
    return name.lstrip("-").replace("-", "_").lower()


def _check_references(signature: Signature, _: Catalog) -> Iterator[LintProblem]:
    for reference in signature.references:
        if not re.fullmatch(r"https?://[^\s/]+\.[^\s/]+(?:/\S*)?", reference):
            yield _problem(signature, "reference", f"'{reference}' is no URL")


def _listed(known: frozenset[str]) -> str:
    return ", ".join(sorted(known)) or "none"


CHECKS: Final[tuple[Callable[[Signature, Catalog], Iterator[LintProblem]], ...]] = (
    _check_role,
    _check_id,
    _check_duties,
    _check_words,
    _check_names,
    _check_derive,
    _check_remedies,
    _check_references,
)


def _balance(catalog: Catalog) -> Iterator[LintProblem]:
    kinds = [sample.kind for signature in catalog.signatures for sample in signature.samples]
    hits, misses = kinds.count(SampleKind.HIT), kinds.count(SampleKind.MISS)
    if misses < hits:
        message = (
            f"{hits} hits but only {misses} misses in the whole catalog; add texts that a careless pattern would catch"
        )
        yield LintProblem(where=Where(source="patterns"), code="balance", message=message)
