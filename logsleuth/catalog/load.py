"""Folders of YAML in, one catalog out; the only module that reads the files of signatures."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from logsleuth.catalog import cache as cached
from logsleuth.catalog.nodes import read_tree
from logsleuth.catalog.problems import LintProblem, in_order, suggestion
from logsleuth.catalog.reading import Reading
from logsleuth.catalog.schema import read_classes, read_signatures
from logsleuth.catalog.validity import invalid_expressions
from logsleuth.errors import CatalogError, UsageError
from logsleuth.model import Role, Signature, Where

TAXONOMY: Final = "taxonomy.yaml"
MAX_FILES: Final = 10_000
MAX_SHOWN: Final = 50  # problems in one error message


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """The signatures, sorted by id, and the classes they belong to; `digest` names the contents of the files."""

    signatures: tuple[Signature, ...]
    by_id: Mapping[str, Signature]
    classes: Mapping[str, Role]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What could be read of some folders, and what is wrong with the rest."""

    catalog: Catalog
    problems: tuple[LintProblem, ...]


def default_folder() -> Path:
    """The signatures that come with the package: inside it in a wheel, beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "patterns"
    return inside if inside.is_dir() else package.parent / "patterns"


def load_catalog(
    folders: Sequence[Path] = (), *, with_builtin: bool = True, with_samples: bool = False, cache: Path | None = None
) -> Catalog:
    """The catalog of these folders; a later folder overrides signatures of the same id.

    `cache` is a folder in which the parsed form is kept. Raises CatalogError with every mistake at once.
    """
    places = _places(folders, with_builtin=with_builtin)
    files = tuple((place, path) for place in places for path in _files(place))
    key = cached.key((*(path for _, path in files), *_code()))
    path = _cache_path(cache, places, with_samples=with_samples) if cache else None
    known = cached.read(path, key) if path else None
    if known is not None:
        return _catalog(known.signatures, known.classes, known.digest)
    loaded = _read(files)
    if loaded.problems:
        raise CatalogError(_shown(loaded.problems))
    catalog = loaded.catalog if with_samples else without_samples(loaded.catalog)
    if path:
        cached.write(path, key, _stored(catalog))
    return catalog


def _code() -> tuple[Path, ...]:
    """What decides how a file is read: a change of these makes another catalog of the same files."""
    here = Path(__file__).resolve().parent
    return (here.parent / "model.py", *(here / f"{name}.py" for name in ("cache", "nodes", "reading", "schema")))


def _cache_path(cache: Path, places: Iterable[_Place], *, with_samples: bool) -> Path:
    """Samples, which only lint and the pages need, are kept apart: an analysis does not even read them."""
    name = cached.name(place.folder for place in places)
    return cache / (f"catalog-{name}-samples.bin" if with_samples else f"catalog-{name}.bin")


def _stored(catalog: Catalog) -> cached.Stored:
    return cached.Stored(signatures=catalog.signatures, classes=dict(catalog.classes), digest=catalog.digest)


def read_folders(folders: Sequence[Path] = (), *, with_builtin: bool = True) -> Loaded:
    """What `load_catalog` reads, with the problems beside it instead of raised."""
    return _read(
        tuple((place, path) for place in _places(folders, with_builtin=with_builtin) for path in _files(place))
    )


def without_samples(catalog: Catalog) -> Catalog:
    """The catalog as an analysis needs it."""
    bare = tuple(replace(signature, samples=()) for signature in catalog.signatures)
    return _catalog(bare, catalog.classes, catalog.digest)


def signature_of(catalog: Catalog, signature_id: str) -> Signature:
    """The signature of this id; UsageError if there is none."""
    if signature_id in catalog.by_id:
        return catalog.by_id[signature_id]
    if any(known.startswith(f"{signature_id}.") for known in catalog.by_id):
        raise UsageError(f"'{signature_id}' is a class: `logsleuth explain {signature_id}` lists its signatures")
    raise UsageError(f"no signature '{signature_id}'{suggestion(signature_id, catalog.by_id)}")


def catalog_of(signatures: Iterable[Signature], classes: Mapping[str, Role], digest: str = "") -> Catalog:
    """A catalog of signatures at hand."""
    return _catalog(tuple(sorted(signatures, key=lambda signature: signature.id)), classes, digest)


def _catalog(signatures: tuple[Signature, ...], classes: Mapping[str, Role], digest: str) -> Catalog:
    by_id = MappingProxyType({signature.id: signature for signature in signatures})
    return Catalog(signatures=signatures, by_id=by_id, classes=MappingProxyType(dict(classes)), digest=digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    folder: Path
    shown: str
    gives_signatures: bool = True


def _places(folders: Sequence[Path], *, with_builtin: bool) -> tuple[_Place, ...]:
    builtin = _Place(folder=default_folder(), shown="patterns", gives_signatures=with_builtin)
    return (builtin, *(_Place(folder=folder, shown=str(folder)) for folder in folders))


def _files(place: _Place) -> tuple[Path, ...]:
    if not place.folder.is_dir():
        raise CatalogError(f"{place.folder}: no such folder of signatures")
    if not place.gives_signatures:
        return (place.folder / TAXONOMY,)
    found = sorted(_yaml_below(place.folder))
    if len(found) > MAX_FILES:
        raise CatalogError(f"{place.folder}: more than {MAX_FILES} YAML files; is this the right folder?")
    return tuple(found)


def _yaml_below(folder: Path) -> Iterable[Path]:
    for parent, _, names in os.walk(folder):
        yield from (
            Path(parent, name) for name in names if name.endswith((".yaml", ".yml")) and not name.startswith(".")
        )


def _read(files: Sequence[tuple[_Place, Path]]) -> Loaded:
    assembly = _Assembly()
    ordered = sorted(files, key=lambda file: file[1].name != TAXONOMY)  # classes are known before ids are judged
    for place, path in ordered:
        assembly.add(place, path)
    catalog = catalog_of(assembly.signatures.values(), assembly.classes, assembly.hash.hexdigest())
    return Loaded(catalog=catalog, problems=in_order(assembly.problems))


class _Assembly:
    """The files read so far."""

    def __init__(self) -> None:
        self.signatures: dict[str, Signature] = {}
        self.folders: dict[str, Path] = {}
        self.classes: dict[str, Role] = {}
        self.problems: list[LintProblem] = []
        self.hash = hashlib.blake2b(digest_size=16)

    def add(self, place: _Place, path: Path) -> None:
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


def unknown_ids(catalog: Catalog) -> tuple[LintProblem, ...]:
    """Relations that name neither a signature nor a class."""
    known = {*catalog.by_id, *catalog.classes}
    return tuple(
        LintProblem(
            where=signature.where,
            code="unknown-id",
            message=f"{signature.id}: {key} names '{name}', which is no signature or class{suggestion(name, known)}",
        )
        for signature in catalog.signatures
        for key in ("explains", "explained_by", "loses_to", "overlaps")
        for name in getattr(signature, key)
        if not (name in known or name == "*" or any(other.startswith(f"{name}.") for other in known))
    )


def _shown(problems: tuple[LintProblem, ...]) -> str:
    lines = [f"{problem.where}: {problem.message}" for problem in problems[:MAX_SHOWN]]
    more = len(problems) - MAX_SHOWN
    return "\n".join([*lines, f"... and {more} more"] if more > 0 else lines)
