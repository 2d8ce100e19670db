"""A log line in, the YAML of a signature that matches it out, with placeholders for what only a person can say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from logsleuth.catalog.load import Catalog
from logsleuth.catalog.nearest import nearest
from logsleuth.catalog.proof import is_named
from logsleuth.catalog.samples import events_of, findings
from logsleuth.catalog.schema import class_of
from logsleuth.errors import UsageError
from logsleuth.lazy import lazy
from logsleuth.model import Event, Level, Signature
from logsleuth.wording import escaped

TODO: Final = "TODO"
NO_CLASS: Final = "todo.class"  # no class of the taxonomy: lint asks for one
MAX_CHARS: Final = 400  # of the expression, around the literal
MAX_LITERAL: Final = 60
SHORTEST: Final = 8
NEAR_ENOUGH: Final = 0.5
# what changes from one log to the next: (fact, expression as it goes into the signature); the first that fits
VALUES: Final = (
    ("path", r"(?<![\w.])/[\w.@+-]+(?:/[\w.@+-]+)+", r"[^\s'\",)]{1,300}"),
    ("address", r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b", r"[\d.:]{7,40}"),
    ("uuid", r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b", r"[0-9a-fA-F-]{36}"),
    ("hex", r"\b0x[0-9a-fA-F]+\b", r"0x[0-9a-fA-F]+"),
    ("size", r"(?<![\w.])\d+(?:\.\d+)? ?[KMGT]i?B\b", r"[\d.]+ ?[KMGT]i?B"),
    ("number", r"(?<![\w.])-?\d+\.\d+\b", r"-?[\d.]+"),
    ("number", r"(?<![A-Za-z_.\d])-?\d+(?![A-Za-z_\d])", r"-?\d+"),
    ("name", r"'[^'\n]{1,80}'", r"'[^'\n]{1,80}'"),
)
VALUE: Final = lazy("|".join(f"(?P<v{at}>{sought})" for at, (_, sought, _) in enumerate(VALUES)))
# the word before a number that says what it is; the facts that other signatures use
NAMED: Final = lazy(
    r"\b(rank|gpu|pid|port|errno|code|status|xid|timeout|seq|signal|limit|world_size|max_model_len|device|node|layer)"
    r"\W{0,3}\Z",
    re.IGNORECASE,
)
RENAMED: Final = {"code": "exit_code", "device": "gpu"}
SPECIAL: Final = lazy(r"[.^$*+?{}\[\]\\|()]")
SEVERITY: Final = {Level.WARNING: "warning", Level.CRITICAL: "critical"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of the message: fixed text, or (with a fact's name) a value."""

    text: str
    fact: str = ""
    expression: str = ""


def scaffold(line: str, catalog: Catalog, *, signature_id: str = "") -> str:
    """The YAML of a draft for a log line; UsageError if the line has no text that could be looked for."""
    text = escaped_lines(line)
    event = next((event for event in events_of(text) if event.message.strip()), None)
    if event is None:
        raise UsageError("nothing to start from: give the line of the log that shows the failure")
    message = _decisive(event)
    pieces = _around_literal(tuple(_pieces(message)))
    literal = _literal(pieces)
    if len(literal) < SHORTEST:
        raise UsageError(f"'{message[:80]}' has no fixed text of {SHORTEST} characters that could be looked for")
    return "\n".join(_yaml(text, event, pieces, literal, _proposed(message, catalog, signature_id))) + "\n"


def escaped_lines(text: str) -> str:
    """The text without what YAML cannot hold, line by line."""
    lines = text.replace("\r\n", "\n").strip("\n").split("\n")
    text = "\n".join(escaped(line).replace("\t", " ").rstrip() for line in lines)
    return text.lstrip(" ")  # a block of YAML takes its indentation from its first line


def covering(line: str, catalog: Catalog) -> tuple[Signature, ...]:
    """The signatures that match the line already; with samples or without."""
    return tuple(one for one in catalog.signatures if findings(one, line))


def _decisive(event: Event) -> str:
    """The line to start from: what the last exception of a traceback says, else the first line."""
    if event.raised and len(event.raised[-1].message) >= SHORTEST:
        return event.raised[-1].message
    return next(line.message for line in event.lines if line.message.strip())


def _pieces(message: str) -> Iterator[Piece]:
    reached = 0
    taken: dict[str, int] = {}
    for value in VALUE.finditer(message):
        at = int((value.lastgroup or "v0")[1:])
        yield Piece(text=message[reached : value.start()])
        name = _fact(VALUES[at][0], message[: value.start()])
        taken[name] = taken.get(name, 0) + 1
        fact = name if taken[name] == 1 else f"{name}_{taken[name]}"
        expression = VALUES[at][2] if value[0].startswith("-") else VALUES[at][2].removeprefix("-?")
        yield Piece(text=value[0], fact=fact, expression=expression)
        reached = value.end()
    yield Piece(text=message[reached:])


def _fact(kind: str, before: str) -> str:
    named = NAMED.search(before) if kind == "number" else None
    word = named[1].lower() if named else kind
    return RENAMED.get(word, word)


def _around_literal(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """The pieces next to the longest fixed one, within the length of a readable expression."""
    centre = max(range(len(pieces)), key=lambda at: 0 if pieces[at].fact else len(pieces[at].text.strip()))
    start, end = centre, centre + 1
    while end < len(pieces) and sum(len(one.text) for one in pieces[start : end + 1]) <= MAX_CHARS:
        end += 1
    while start > 0 and sum(len(one.text) for one in pieces[start - 1 : end]) <= MAX_CHARS:
        start -= 1
    return tuple(one for one in pieces[start:end] if one.text)


def _literal(pieces: Sequence[Piece]) -> str:
    """The longest fixed piece, cut to what is enough to be rare."""
    fixed = max((one.text.strip() for one in pieces if not one.fact), key=len, default="")
    if len(fixed) <= MAX_LITERAL:
        return fixed
    return fixed[: fixed.rfind(" ", 0, MAX_LITERAL)].rstrip() if " " in fixed[:MAX_LITERAL] else fixed[:MAX_LITERAL]


def _expression(pieces: Sequence[Piece]) -> str:
    """The pieces as an expression; a single fixed piece needs none."""
    shown = list(pieces)
    if not any(one.fact for one in shown):
        return ""
    parts = (f"(?P<{one.fact}>{one.expression})" if one.fact else _quoted_for_regex(one.text) for one in shown)
    return "".join(parts).strip()


def _quoted_for_regex(text: str) -> str:
    return SPECIAL.sub(lambda sign: f"\\{sign[0]}", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proposal:
    id: str
    component: str
    note: str


def _proposed(message: str, catalog: Catalog, signature_id: str) -> _Proposal:
    """The id, from the class of the nearest signature where the caller gives none."""
    near = nearest(catalog.signatures, message, 1)
    other, score = near[0] if near else (None, 0.0)
    known = [
        one for one in catalog.signatures if signature_id and is_named(one, (class_of(signature_id, catalog.classes),))
    ]
    component = known[0].component if known else (other.component if other and score >= NEAR_ENOUGH else "")
    if signature_id:
        return _Proposal(id=signature_id, component=component, note="")
    if other and score >= NEAR_ENOUGH:
        note = f"the class of the nearest signature, {other.id}; is it yours? classes: patterns/taxonomy.yaml"
        return _Proposal(id=f"{other.class_id}.todo", component=component, note=note)
    return _Proposal(
        id=NO_CLASS, component=component, note="a class of patterns/taxonomy.yaml, then a part of your own"
    )


def _yaml(text: str, event: Event, pieces: Sequence[Piece], literal: str, proposal: _Proposal) -> Iterator[str]:
    facts = [(one.fact, one.text) for one in pieces if one.fact]
    yield f"id: {proposal.id}" + (f"  # {proposal.note}" if proposal.note else "")
    yield f"title: {{en: '{TODO}: what the log shows, in a few words', zh: '{TODO}：用几个词说明日志显示了什么'}}"
    yield "status: draft"
    yield "role: root  # or wrapper, perf, notice"
    yield f"severity: {SEVERITY.get(event.level or Level.ERROR, 'error')}"
    yield f"component: {proposal.component or TODO.lower()}"
    yield "match:"
    yield f"  literal: {quoted(literal)}"
    if expression := _expression(pieces):
        yield f"  regex: {quoted(expression)}"
    if event.level in {Level.INFO, Level.DEBUG}:
        yield "  levels: any"
    shown = ", ".join(f"{name} {{{name}}}" for name, _ in facts)
    yield "summary:"
    yield f"  en: '{TODO}: one sentence that says what happened{f' ({shown})' if shown else ''}.'"
    yield f"  zh: '{TODO}：用一句话说明发生了什么{f'（{shown}）' if shown else ''}。'"
    yield "causes:"
    yield f"  - en: '{TODO}: the most likely cause, and how to tell it from the next one.'"
    yield f"    zh: '{TODO}：最可能的原因，以及如何与其他原因区分。'"
    yield "remedies:"
    yield f"  - text: {{en: '{TODO}: what to do first.', zh: '{TODO}：首先做什么。'}}"
    yield from _samples(text, facts)


def _samples(text: str, facts: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield "samples:"
    yield "  hit:"
    if "\n" in text:
        yield "    - text: |-"
        yield from (f"        {line}".rstrip() for line in text.split("\n"))
    else:
        yield f"    - text: {quoted(text)}"
    if facts:
        yield f"      captures: {{{', '.join(f'{name}: {quoted(value)}' for name, value in facts)}}}"
    yield "  miss:"
    yield f"    - {{text: '{TODO}: a line that a careless pattern would catch', because: '{TODO}'}}"


def quoted(text: str) -> str:
    """A text as a YAML scalar that keeps every character of one line."""
    return "'" + text.replace("'", "''") + "'"
