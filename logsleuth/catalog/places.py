"""Where signatures lie: the folders, and the files in them. In: folders. Out: paths."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logsleuth.errors import CatalogError

TAXONOMY: Final = "taxonomy.yaml"
MAX_FILES: Final = 10_000


def default_folder() -> Path:
    """The signatures that come with the package: inside it in a wheel, beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "patterns"
    return inside if inside.is_dir() else package.parent / "patterns"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder, and what it is called in messages."""

    folder: Path
    shown: str
    gives_signatures: bool = True


def places(folders: Sequence[Path], *, with_builtin: bool) -> tuple[Place, ...]:
    """The built-in folder and these; the classes of the built-in one hold for all."""
    builtin = Place(folder=default_folder(), shown="patterns", gives_signatures=with_builtin)
    return (builtin, *(Place(folder=folder, shown=str(folder)) for folder in folders))


def files(found: Iterable[Place]) -> tuple[tuple[Place, Path], ...]:
    """The files of these folders in order; raises CatalogError where one is none, or not one of signatures."""
    return tuple((place, path) for place in found for path in _files(place))


def _files(place: Place) -> tuple[Path, ...]:
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
