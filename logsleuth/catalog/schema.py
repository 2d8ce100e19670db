"""A tree from YAML in, signatures out; every deviation from docs/signatures.md is a problem with its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from logsleuth.catalog.nodes import Fields, Items, Node
from logsleuth.catalog.reading import Reading
from logsleuth.lazy import lazy
from logsleuth.model import (
    Facts,
    Level,
    Pattern,
    Probing,
    Remedy,
    Role,
    Sample,
    SampleKind,
    Severity,
    Signature,
    Status,
    Where,
    Words,
)

SIGNATURE_KEYS: Final = (
    "id", "title", "status", "role", "severity", "component", "versions", "at_least", "match", "derive", "explains",
    "explained_by", "loses_to", "overlaps", "summary", "causes", "remedies", "probes", "check_next", "references",
    "samples",
)  # fmt: skip
PATTERN_KEYS: Final = ("literal", "scan", "regex", "frame", "levels")
REMEDY_KEYS: Final = ("text", "command", "applies", "destructive")
SAMPLE_KEYS: Final = {
    SampleKind.HIT: ("text", "captures"),
    SampleKind.MISS: ("text", "because"),
    SampleKind.LOSE: ("text", "to", "captures"),
}
SIGNATURE_ID: Final = lazy(r"[a-z0-9][a-z0-9-]*(?:\.[a-z0-9][a-z0-9-]*)+")
COUNT: Final = lazy(r"[1-9]\d{0,3}")
FACT_NAME: Final = lazy(r"[a-z][a-z0-9_]*")
VERSIONS: Final = lazy(r"(?:[<>=!~]=?|===)\s*[\w.*+-]+(?:\s*,\s*(?:[<>=!~]=?|===)\s*[\w.*+-]+)*")
APPLIES: Final = lazy(rf"[a-z][a-z0-9_-]*(?:{VERSIONS.pattern})?(?:\s*,\s*[a-z][a-z0-9_-]*{VERSIONS.pattern})*")


def read_signatures(node: Node, reading: Reading, classes: Mapping[str, Role]) -> Iterator[Signature]:
    """The signatures of one file: a mapping, or a list of them."""
    for item in node.nodes if isinstance(node, Items) else (node,):
        fields = reading.fields(item, SIGNATURE_KEYS, "a signature")
        if fields is not None:
            yield _signature(fields, reading, classes)


def class_of(signature_id: str, classes: Mapping[str, Role]) -> str:
    """The longest class that `signature_id` is or begins with, or an empty text."""
    parts = signature_id.split(".")
    prefixes = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((prefix for prefix in prefixes if prefix in classes), "")


def _signature(fields: Fields, reading: Reading, classes: Mapping[str, Role]) -> Signature:
    signature_id = reading.text(fields, "id", is_required=True)
    status = reading.choice(fields, "status", Status, Status.DRAFT)
    return Signature(
        id=signature_id,
        class_id=_class_id(fields, signature_id, reading, classes),
        title=reading.words(fields, "title", is_required=True),
        status=status,
        role=reading.choice(fields, "role", Role, Role.ROOT),
        severity=reading.choice(fields, "severity", Severity, Severity.ERROR),
        patterns=_patterns(fields, reading, is_required=status is not Status.RETIRED),
        component=reading.text(fields, "component"),
        versions=reading.text(fields, "versions", form=VERSIONS, example="'>=0.7.3,<0.10'"),
        at_least=int(reading.text(fields, "at_least", form=COUNT, example="3") or 1),
        derive=_facts(fields, "derive", reading),
        explains=reading.texts(fields, "explains"),
        explained_by=reading.texts(fields, "explained_by"),
        loses_to=reading.texts(fields, "loses_to"),
        overlaps=reading.texts(fields, "overlaps"),
        summary=reading.words(fields, "summary"),
        causes=tuple(reading.as_words(item) for item in reading.items(fields, "causes")),
        remedies=tuple(_remedies(fields, reading)),
        references=reading.texts(fields, "references"),
        probes=tuple(_probes(fields, reading)),
        check_next=reading.texts(fields, "check_next"),
        samples=tuple(_samples(fields, reading)),
        where=Where(source=reading.source, line=fields.line),
    )


def _class_id(fields: Fields, signature_id: str, reading: Reading, classes: Mapping[str, Role]) -> str:
    line = fields.lines.get("id", fields.line)
    if signature_id and not SIGNATURE_ID.fullmatch(signature_id):
        reading.complain(line, "id", f"id '{signature_id}' must be dotted words of a-z, 0-9 and '-'")
        return ""
    class_id = class_of(signature_id, classes)
    if signature_id and not class_id:
        reading.unknown(
            line, "unknown-class", f"'{signature_id}' belongs to no class of taxonomy.yaml", (signature_id, classes)
        )
    return class_id


def _patterns(fields: Fields, reading: Reading, *, is_required: bool) -> tuple[Pattern, ...]:
    node = fields.nodes.get("match")
    if node is None:
        if is_required:
            reading.complain(fields.line, "missing", "'match' is missing: how does the signature show?")
        return ()
    nodes = node.nodes if isinstance(node, Items) else (node,)
    read = (reading.fields(item, PATTERN_KEYS, "a pattern") for item in nodes)
    return tuple(_pattern(pattern, reading) for pattern in read if pattern is not None)


def _pattern(fields: Fields, reading: Reading) -> Pattern:
    literal = reading.text(fields, "literal")
    if ("literal" in fields.nodes) == ("scan" in fields.nodes):
        reading.complain(
            fields.line, "pattern", "give either 'literal' or 'scan': one of them is searched for in every line"
        )
    if "\n" in literal:
        reading.complain(
            fields.lines["literal"], "pattern", "a literal stands within one line; put the rest into 'regex'"
        )
    return Pattern(
        literal=literal,
        scan=reading.text(fields, "scan"),
        regex=reading.text(fields, "regex"),
        frame=reading.text(fields, "frame"),
        levels=_levels(fields, reading),
        line=fields.line,
    )


def _levels(fields: Fields, reading: Reading) -> tuple[Level | None, ...]:
    names = reading.texts(fields, "levels")
    if not names:
        return Pattern().levels
    if names == ("any",):
        return ()
    known = {"none": None} | {str(level): level for level in Level}
    for name in names:
        if name not in known:
            reading.unknown(fields.lines["levels"], "value", f"level '{name}' is unknown", (name, known))
    return tuple(known[name] for name in names if name in known)


def _facts(fields: Fields, key: str, reading: Reading) -> Facts:
    inner = reading.mapping(fields, key)
    if inner is None:
        return ()
    for name, line in inner.lines.items():
        if not FACT_NAME.fullmatch(name):
            reading.complain(line, "fact-name", f"fact '{name}' must be in snake_case")
    return tuple((name, reading.text(inner, name)) for name in inner.nodes)


def _remedies(fields: Fields, reading: Reading) -> Iterator[Remedy]:
    for item in reading.items(fields, "remedies"):
        remedy = reading.fields(item, REMEDY_KEYS, "a remedy")
        if remedy is not None:
            yield Remedy(
                text=reading.words(remedy, "text", is_required=True),
                command=reading.text(remedy, "command"),
                applies=reading.text(remedy, "applies", form=APPLIES, example="'vllm>=0.10.2'"),
                is_destructive=reading.is_true(remedy, "destructive"),
            )


def _probes(fields: Fields, reading: Reading) -> Iterator[Probing]:
    for item in reading.items(fields, "probes"):
        probe = reading.fields(item, ("name", "expects"), "a probe")
        if probe is not None:
            yield Probing(name=reading.text(probe, "name", is_required=True), expects=reading.text(probe, "expects"))


def _samples(fields: Fields, reading: Reading) -> Iterator[Sample]:
    samples = reading.mapping(fields, "samples")
    if samples is None:
        return
    reading.fields(samples, tuple(SampleKind), "samples")
    for kind in SampleKind:
        for item in reading.items(samples, str(kind)):
            sample = reading.fields(item, SAMPLE_KEYS[kind], f"a {kind} sample")
            if sample is not None:
                yield _sample(kind, sample, reading)


def _sample(kind: SampleKind, fields: Fields, reading: Reading) -> Sample:
    return Sample(
        kind=kind,
        text=reading.text(fields, "text", is_required=True),
        captures=_facts(fields, "captures", reading),
        because=reading.text(fields, "because", is_required=kind is SampleKind.MISS),
        to=reading.text(fields, "to", is_required=kind is SampleKind.LOSE),
        line=fields.line,
    )


def read_classes(node: Node, reading: Reading) -> dict[str, Role]:
    """The classes of a taxonomy file, with their usual role."""
    fields = reading.fields(node, ("version", "classes"), "a taxonomy")
    if fields is None:
        return {}
    classes: dict[str, Role] = {}
    for item in reading.items(fields, "classes"):
        row = reading.fields(item, ("id", "role", "is"), "a class")
        if row is not None:
            classes[reading.text(row, "id", is_required=True)] = reading.choice(row, "role", Role, Role.ROOT)
    return classes


def words_of(signature: Signature) -> Iterator[Words]:
    """Every text of a signature that exists in both languages."""
    yield signature.title
    yield signature.summary
    yield from signature.causes
    yield from (remedy.text for remedy in signature.remedies)
