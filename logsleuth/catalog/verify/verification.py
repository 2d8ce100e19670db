"""A catalog and an upstream in, what became of the signatures and what they cover out: as text, JSON or Markdown."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from logsleuth.catalog.load import Catalog
from logsleuth.catalog.verify.coverage import PARTS, Coverage, coverage, error_messages
from logsleuth.catalog.verify.literals import Upstream
from logsleuth.catalog.verify.liveness import Liveness, State, liveness, of_component
from logsleuth.catalog.verify.template import Template
from logsleuth.wording import escaped

SHOWN_CHARS: Final = 160
OUTSIDE: Final = "–"  # a version that the signature does not claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """One upstream, measured."""

    upstream: Upstream
    signatures: tuple[Liveness, ...]
    parts: tuple[str, ...]
    coverage: Coverage


def verify(
    catalog: Catalog, upstream: Upstream, *, below: Sequence[Template] = (), parts: Sequence[str] = ()
) -> Verification:
    """The liveness of the upstream's signatures, and how much of its error messages the whole catalog covers."""
    within = tuple(parts) or PARTS.get(upstream.component, ())
    return Verification(
        upstream=upstream,
        signatures=liveness(of_component(catalog.signatures, upstream.component), upstream, below),
        parts=within,
        coverage=coverage(error_messages(upstream.templates, within), catalog.signatures),
    )


def as_text(found: Verification) -> str:
    """What a person reads: the figures, the surprises, and what nothing covers."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Verification) -> Iterator[str]:
    upstream = found.upstream
    yield f"{upstream.name}: {len(upstream.templates)} messages in {upstream.files} files"
    if upstream.unread:
        yield f"not read: {len(upstream.unread)} files that do not parse or are too large, such as {upstream.unread[0]}"
    if upstream.is_cut:
        yield "there are more messages than can be held; the rest was left out"
    yield f"{len(found.signatures)} signatures: {_counted(found)}"
    within = f" in {', '.join(found.parts)}" if found.parts else ""
    share = found.coverage
    yield f"{len(share.covered)} of {share.count} error messages{within} are covered ({share.share:.1%})"
    yield from _section("differs from its `versions`", (_row(one) for one in found.signatures if one.is_surprise))
    yield from _section("not covered", map(_message, share.uncovered))


def _counted(found: Verification) -> str:
    counts = Counter(one.state for one in found.signatures)
    return ", ".join(f"{counts[state]} {state}" for state in State)


def _section(title: str, rows: Iterable[str]) -> Iterator[str]:
    listed = tuple(rows)
    if listed:
        yield from ("", f"{title}:", *(f"  {row}" for row in listed))


def _row(one: Liveness) -> str:
    near = f"  {_message(one.template)}" if one.template else ""
    return f"{one.signature.id:<44} {one.state:<8}{near}".rstrip()


def _message(template: Template) -> str:
    shown = escaped(" ".join(template.text.split()))[:SHOWN_CHARS]
    return f"{template.where} {template.exception or template.kind}: {shown}"


def as_json(found: Verification) -> str:
    """What a program reads."""
    share = found.coverage
    shown = {
        "upstream": found.upstream.name,
        "component": found.upstream.component,
        "version": found.upstream.version,
        "files": found.upstream.files,
        "unread": list(found.upstream.unread),
        "messages": len(found.upstream.templates),
        "signatures": [_liveness_json(one) for one in found.signatures],
        "coverage": {
            "within": list(found.parts),
            "messages": share.count,
            "covered": [{**_template_json(message), "signature": by} for message, by in share.covered],
            "uncovered": [_template_json(message) for message in share.uncovered],
        },
    }
    return json.dumps(shown, ensure_ascii=False, indent=2) + "\n"


def _liveness_json(one: Liveness) -> dict[str, object]:
    return {
        "id": one.signature.id,
        "state": one.state,
        "expected": one.is_expected,
        "template": _template_json(one.template) if one.template else None,
    }


def _template_json(template: Template) -> dict[str, object]:
    return {
        "where": str(template.where),
        "kind": template.kind,
        "exception": template.exception,
        "text": template.text,
    }


def as_markdown(found: Sequence[Verification]) -> str:
    """Several upstreams side by side: shares of coverage, then one table of states for each component."""
    components = tuple(dict.fromkeys(one.upstream.component for one in found))
    tables = (_states([one for one in found if one.upstream.component == name]) for name in components)
    return "\n".join((*_shares(found), *(line for table in tables for line in table))) + "\n"


def _shares(found: Sequence[Verification]) -> Iterator[str]:
    yield "## Coverage"
    yield ""
    yield "| Software | Version | Error messages in | Messages | Covered |"
    yield "|---|---|---|---:|---:|"
    for one in found:
        parts = ", ".join(one.parts) or "all code"
        share = f"{len(one.coverage.covered)} ({one.coverage.share:.0%})" if one.coverage.count else OUTSIDE
        upstream = one.upstream
        yield f"| {upstream.component} | {upstream.version} | {parts} | {one.coverage.count} | {share} |"


def _states(found: Sequence[Verification]) -> Iterator[str]:
    versions = [one.upstream.version for one in found]
    yield from ("", f"## {found[0].upstream.component}", "")
    yield f"| Signature | {' | '.join(versions)} |"
    yield f"|---|{'---|' * len(versions)}"
    for row in zip(*(one.signatures for one in found), strict=True):
        yield f"| `{row[0].signature.id}` | {' | '.join(map(_cell, row))} |"


def _cell(one: Liveness) -> str:
    return str(one.state) if one.state is State.ALIVE or one.is_expected else OUTSIDE
