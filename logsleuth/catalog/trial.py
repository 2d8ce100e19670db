"""A catalog in, the samples that do not hold out: as they stand and in the dress of other collectors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from logsleuth.catalog.load import Catalog, read_folders
from logsleuth.catalog.mutate import cut_after, mutated
from logsleuth.catalog.problems import LintProblem, in_order
from logsleuth.catalog.proof import best, is_named, sample_problems
from logsleuth.catalog.samples import findings
from logsleuth.model import Report, Sample, SampleKind, Signature, Status, Where

Run = Callable[[bytes], Report]


def try_catalog(catalog: Catalog, *, ids: Sequence[str] = (), run: Run | None = None) -> tuple[LintProblem, ...]:
    """What the samples disprove, of all signatures or of those under `ids`; with `run`, through the whole analysis."""
    chosen = _chosen(catalog, ids)
    unknown = tuple(
        _no_signature(name) for name in ids if not any(is_named(one, (name,)) for one in catalog.signatures)
    )
    return in_order((*unknown, *(problem for signature in chosen for problem in _trials(signature, catalog, run))))


def try_folders(
    folders: Sequence[Path] = (), *, ids: Sequence[str] = (), run: Run | None = None
) -> tuple[LintProblem, ...]:
    """The same for the built-in signatures and these folders; what does not load is told where all are tried."""
    loaded = read_folders(folders)
    return in_order((*(() if ids else loaded.problems), *try_catalog(loaded.catalog, ids=ids, run=run)))


def _chosen(catalog: Catalog, ids: Sequence[str]) -> Iterable[Signature]:
    active = (signature for signature in catalog.signatures if signature.status is not Status.RETIRED)
    return tuple(signature for signature in active if not ids or is_named(signature, ids))


def _no_signature(name: str) -> LintProblem:
    return LintProblem(where=Where(source="catalog"), code="unknown-id", message=f"no signature is called '{name}'")


def _trials(signature: Signature, catalog: Catalog, run: Run | None) -> Iterator[LintProblem]:
    for sample in signature.samples:
        for name, text in variants(signature, sample, with_pipeline=run is not None):
            found = tuple(
                _problems(signature, sample, text, catalog)
                if run is None
                else _report(signature, sample, run(text.encode()))
            )
            yield from (_under(name, problem) for problem in found)
            if found and not name:
                break  # what fails as it stands says nothing new in another dress


def variants(signature: Signature, sample: Sample, *, with_pipeline: bool) -> Iterator[tuple[str, str]]:
    """(name, text) of everything that has to give the same answer as the sample."""
    yield "", f"{sample.text}\n"
    yield from mutated(sample.text, with_pipeline=with_pipeline)
    found = findings(signature, sample.text)
    if sample.kind is SampleKind.HIT and found:
        decisive = best(sample, found)
        yield "cut", cut_after(sample.text, decisive.event.lines[decisive.last].number)


def _problems(signature: Signature, sample: Sample, text: str, catalog: Catalog) -> Iterator[LintProblem]:
    return sample_problems(signature, sample, findings(signature, text), catalog.by_id)


def _report(signature: Signature, sample: Sample, report: Report) -> Iterator[LintProblem]:
    where = Where(source=signature.where.source, line=sample.line)
    for message in _report_problems(signature, sample, report):
        yield LintProblem(where=where, code="report", message=f"{signature.id}: {message}")


def _report_problems(signature: Signature, sample: Sample, report: Report) -> Iterator[str]:
    ids = [diagnosis.id for diagnosis in report.diagnoses]
    own = next((diagnosis for diagnosis in report.diagnoses if diagnosis.id == signature.id), None)
    listed = ", ".join(ids) or "nothing"
    if sample.kind is SampleKind.HIT:
        if own is None:
            yield f"the analysis of this hit finds {listed}"
            return
        for name, value in sample.captures:
            if dict(own.facts).get(name) != value:
                yield f"{name} is '{dict(own.facts).get(name)}' in the report, expected '{value}'"
    elif sample.kind is SampleKind.MISS and own is not None:
        yield "the analysis finds it in this miss"
    elif sample.kind is SampleKind.LOSE and not (ids and _begins_with(ids[0], sample.to)):
        yield f"'{sample.to}' must come first here, found {listed}"


def _begins_with(signature_id: str, name: str) -> bool:
    return signature_id == name or signature_id.startswith(f"{name}.")


def _under(mutation: str, problem: LintProblem) -> LintProblem:
    suffix = f" (as '{mutation}')" if mutation else ""
    return LintProblem(where=problem.where, code=problem.code, message=problem.message + suffix)
