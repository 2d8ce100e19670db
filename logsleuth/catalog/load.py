"""Folders of YAML in, one catalog out; read from their files, or from the cache where nothing has changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from logsleuth.catalog import cache as cached
from logsleuth.catalog.places import Place, files, places
from logsleuth.catalog.problems import LintProblem, suggestion
from logsleuth.errors import CatalogError, UsageError
from logsleuth.model import Role, Signature

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


def load_catalog(
    folders: Sequence[Path] = (), *, with_builtin: bool = True, with_samples: bool = False, cache: Path | None = None
) -> Catalog:
    """The catalog of these folders; a later folder overrides signatures of the same id.

    `cache` is a folder in which the parsed form is kept. Raises CatalogError with every mistake at once.
    """
    found = places(folders, with_builtin=with_builtin)
    read = files(found)
    key = cached.key((*(path for _, path in read), *_code()))
    path = _cache_path(cache, found, with_samples=with_samples) if cache else None
    known = cached.read(path, key) if path else None
    if known is not None:
        return _catalog(known.signatures, known.classes, known.digest)
    loaded = _read(read)
    if loaded.problems:
        raise CatalogError(_shown(loaded.problems))
    catalog = loaded.catalog if with_samples else without_samples(loaded.catalog)
    if path:
        cached.write(path, key, _stored(catalog))
    return catalog


def _code() -> tuple[Path, ...]:
    """What decides how a file is read: a change of these makes another catalog of the same files."""
    here = Path(__file__).resolve().parent
    model = (here.parent / "model" / f"{name}.py" for name in ("signature", "terms"))
    return (*model, *(here / f"{name}.py" for name in ("cache", "nodes", "parse", "reading", "schema")))


def _cache_path(cache: Path, places: Iterable[Place], *, with_samples: bool) -> Path:
    """Samples, which only lint and the pages need, are kept apart: an analysis does not even read them."""
    name = cached.name(place.folder for place in places)
    return cache / (f"catalog-{name}-samples.bin" if with_samples else f"catalog-{name}.bin")


def _stored(catalog: Catalog) -> cached.Stored:
    return cached.Stored(signatures=catalog.signatures, classes=dict(catalog.classes), digest=catalog.digest)


def read_folders(folders: Sequence[Path] = (), *, with_builtin: bool = True) -> Loaded:
    """What `load_catalog` reads, with the problems beside it instead of raised."""
    return _read(files(places(folders, with_builtin=with_builtin)))


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


def _read(found: Sequence[tuple[Place, Path]]) -> Loaded:
    from logsleuth.catalog.parse import parse  # noqa: PLC0415  YAML costs more than all that a cached catalog needs

    parsed = parse(found)
    return Loaded(catalog=catalog_of(parsed.signatures, parsed.classes, parsed.digest), problems=parsed.problems)


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
