"""YAML files in; signatures, classes and all mistakes out. Only a catalog that is not cached needs this."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from logsleuth.catalog.nodes import read_tree
from logsleuth.catalog.places import TAXONOMY, Place, default_folder
from logsleuth.catalog.problems import LintProblem, in_order
from logsleuth.catalog.reading import Reading
from logsleuth.catalog.schema import read_classes, read_signatures
from logsleuth.catalog.validity import invalid_expressions
from logsleuth.model import Role, Signature, Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What some files hold, and what is wrong with them; `digest` names their contents."""

    signatures: tuple[Signature, ...]
    classes: dict[str, Role]
    digest: str
    problems: tuple[LintProblem, ...]


def parse(files: Sequence[tuple[Place, Path]]) -> Parsed:
    """Read files to the end, whatever is wrong with them; a later folder overrides signatures of the same id."""
    assembly = _Assembly()
    ordered = sorted(files, key=lambda file: file[1].name != TAXONOMY)  # classes are known before ids are judged
    for place, path in ordered:
        assembly.add(place, path)
    return Parsed(
        signatures=tuple(assembly.signatures.values()),
        classes=assembly.classes,
        digest=assembly.hash.hexdigest(),
        problems=in_order(assembly.problems),
    )


class _Assembly:
    """The files read so far."""

    def __init__(self) -> None:
        self.signatures: dict[str, Signature] = {}
        self.folders: dict[str, Path] = {}
        self.classes: dict[str, Role] = {}
        self.problems: list[LintProblem] = []
        self.hash = hashlib.blake2b(digest_size=16)

    def add(self, place: Place, path: Path) -> None:
        name = path.relative_to(place.folder).as_posix()
        source = f"{place.shown}/{name}"
        data = self._bytes(source, path)
        if data is None:
            return
        self.hash.update(f"{name}\0{len(data)}\0".encode() + data)
        node, problems = read_tree(source, data)
        self.problems += problems
        reading = Reading(source)
        if node is not None and path.name == TAXONOMY:
            self.classes |= read_classes(node, reading)
        elif node is not None:
            for signature in read_signatures(node, reading, self.classes):
                self._keep(signature, place.folder)
        self.problems += reading.problems

    def _bytes(self, source: str, path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except OSError as error:
            message = f"cannot be read: {error.strerror or error}"
            self.problems.append(LintProblem(where=Where(source=source), code="file", message=message))
            return None

    def _keep(self, signature: Signature, folder: Path) -> None:
        known = self.signatures.get(signature.id)
        if known is not None and self.folders[signature.id] == folder:
            message = f"id '{signature.id}' is taken by {known.where}; give this one a further dotted part"
            self.problems.append(LintProblem(where=signature.where, code="duplicate-id", message=message))
            return
        if folder != default_folder():  # the built-in ones are checked by lint before they are released
            self.problems += invalid_expressions(signature)
        if signature.id:
            self.signatures[signature.id] = signature
            self.folders[signature.id] = folder
