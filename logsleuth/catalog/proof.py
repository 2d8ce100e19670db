"""Whether the samples of a catalog prove it: every hit hits, every miss misses, and no signature takes another's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from logsleuth.catalog.load import Catalog
from logsleuth.catalog.problems import LintProblem
from logsleuth.catalog.samples import findings, shows_in
from logsleuth.model import Finding, Role, Sample, SampleKind, Signature, Status, Where
from logsleuth.wording import fill, names

Found = tuple[tuple[int, Finding], ...]


def proof_problems(catalog: Catalog) -> Iterator[LintProblem]:
    """What the samples disprove."""
    active = tuple(signature for signature in catalog.signatures if signature.status is not Status.RETIRED)
    for signature in active:
        yield from _pattern_problems(signature)
        for sample in signature.samples:
            yield from sample_problems(signature, sample, findings(signature, sample.text), catalog.by_id)
            if sample.kind is SampleKind.HIT:
                yield from _rival_problems(signature, sample, active)


def sample_problems(
    signature: Signature, sample: Sample, found: Found, by_id: Mapping[str, Signature]
) -> Iterator[LintProblem]:
    """What a sample disproves of its own signature."""
    if sample.kind is SampleKind.MISS:
        if found:
            line = found[0][1].first + 1
            yield _problem(
                signature, sample, "miss-matches", f"pattern {found[0][0] + 1} matches line {line} of this miss"
            )
        return
    if not found:
        yield _problem(
            signature, sample, "no-match", f"no pattern matches this {sample.kind}{_reason(signature, sample)}"
        )
        return
    yield from _capture_problems(signature, sample, found)
    if sample.kind is SampleKind.LOSE:
        yield from _lose_problems(signature, sample, by_id)


def _reason(signature: Signature, sample: Sample) -> str:
    lines = sample.text.split("\n")
    if not any(shows_in(pattern, line) for pattern in signature.patterns for line in lines):
        return ": no literal stands in any of its lines"
    return ": a literal is there, but regex, levels or frame do not fit"


def _capture_problems(signature: Signature, sample: Sample, found: Found) -> Iterator[LintProblem]:
    expected = dict(sample.captures)
    for name, value in _difference(expected, dict(best(sample, found).facts)).items():
        said = f"is '{value}'" if value is not None else "is not captured"
        yield _problem(signature, sample, "captures", f"{name} {said}, expected '{expected[name]}'")
    if not any(_is_told(signature, dict(finding.facts)) for _, finding in found):
        message = "the summary needs a fact that this text does not give; put that part into [[ ]]"
        yield _problem(signature, sample, "summary-unfilled", message)


def best(sample: Sample, found: Found) -> Finding:
    """The finding that has most of what the sample expects."""
    expected = dict(sample.captures)
    return min((finding for _, finding in found), key=lambda finding: len(_difference(expected, dict(finding.facts))))


def _difference(expected: Mapping[str, str], facts: Mapping[str, str]) -> dict[str, str | None]:
    return {name: facts.get(name) for name, value in expected.items() if facts.get(name) != value}


def _is_told(signature: Signature, facts: dict[str, str]) -> bool:
    environment = {name: "x" for name in names(signature.summary.en) if name.startswith("env.")}
    return fill(signature.summary.en, facts | environment) is not None


def _lose_problems(signature: Signature, sample: Sample, by_id: Mapping[str, Signature]) -> Iterator[LintProblem]:
    better = [other for other in by_id.values() if is_named(other, (sample.to,)) and other.id != signature.id]
    if not better:
        yield _problem(signature, sample, "lose", f"'{sample.to}' is no signature that could win here")
    elif not any(findings(other, sample.text) for other in better):
        yield _problem(signature, sample, "lose", f"'{sample.to}' does not match this text, so it cannot win")


def _pattern_problems(signature: Signature) -> Iterator[LintProblem]:
    hits = [sample for sample in signature.samples if sample.kind is not SampleKind.MISS]
    used = {index for sample in hits for index, _ in findings(signature, sample.text)}
    for index, pattern in enumerate(signature.patterns):
        where = Where(source=signature.where.source, line=pattern.line)
        if not any(shows_in(pattern, line) for sample in hits for line in sample.text.split("\n")):
            message = f"{signature.id}: '{pattern.literal or pattern.scan}' stands in no line of a hit sample"
            yield LintProblem(where=where, code="literal-unseen", message=message)
        elif index not in used:
            message = f"{signature.id}: no hit sample needs this pattern; add one, or drop the pattern"
            yield LintProblem(where=where, code="pattern-unused", message=message)


def _rival_problems(signature: Signature, sample: Sample, active: Sequence[Signature]) -> Iterator[LintProblem]:
    for other in active:
        if other is signature or may_share(signature, other):
            continue
        if any(shows_in(pattern, sample.text) for pattern in other.patterns) and findings(other, sample.text):
            message = (
                f"{other.id} ({other.where}) also matches this hit; relate them (overlaps, loses_to, explained_by)"
            )
            yield _problem(signature, sample, "rival", message)


def may_share(signature: Signature, other: Signature) -> bool:
    """Whether `other` may also match a hit of `signature`, which then is the answer or stands beside it."""
    pairs = ((signature, other), (other, signature))
    return (
        Role.WRAPPER in {signature.role, other.role}
        or any(is_named(right, (*left.overlaps, *left.explained_by, *left.explains)) for left, right in pairs)
        or is_named(signature, other.loses_to)
        or signature.id.startswith(f"{other.id}.")
    )


def is_named(signature: Signature, ids: Sequence[str]) -> bool:
    """Whether one of `ids`, themselves or as classes, means `signature`; "*" means any root."""
    return any(
        signature.id == name or signature.id.startswith(f"{name}.") or (name == "*" and signature.role is Role.ROOT)
        for name in ids
    )


def _problem(signature: Signature, sample: Sample, code: str, message: str) -> LintProblem:
    where = Where(source=signature.where.source, line=sample.line)
    return LintProblem(where=where, code=code, message=f"{signature.id}: {message}")
