"""An upstream in, every message that it can print out, whatever language it is written in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from logsleuth.catalog.verify.native_source import library_templates, native_templates
from logsleuth.catalog.verify.python_source import python_templates
from logsleuth.catalog.verify.template import Template
from logsleuth.catalog.verify.upstream import SourceFile, files_of

PYTHON: Final = (".py",)
NATIVE: Final = (".c", ".cc", ".cpp", ".cxx", ".cu", ".cuh", ".h", ".hpp")
LIBRARY: Final = (".so",)
NOT_SHIPPED: Final = re.compile(r"(?:^|/)(?:tests?|testing|benchmarks?|examples?|docs?|third[_-]party|\.\w+)/")
MAX_SOURCE_BYTES: Final = 4 << 20
MAX_TEMPLATES: Final = 400_000
NAME: Final = re.compile(
    r"(?P<name>[A-Za-z0-9_.]+?(?:-[A-Za-z][A-Za-z0-9_.]*)*)-v?(?P<version>\d[\w.+]*?)(?:-|\.tar|\.zip|$)"
)
COMPONENTS: Final = (  # (how a distribution's name begins, the component of its signatures)
    ("uc_manager", "ucm"),
    ("unified_cache_management", "ucm"),
    ("nvidia_nccl", "nccl"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """What one release of a program can print, and how much of it was read."""

    name: str
    component: str
    version: str
    templates: tuple[Template, ...]
    files: int
    unread: tuple[str, ...] = ()  # files that cannot be parsed, or are too large
    is_cut: bool = False


def read_upstream(path: Path, *, component: str = "", version: str = "") -> Upstream:
    """The messages of a wheel, an sdist or a folder; `component` and `version` are read from its name if not given."""
    named = NAME.match(path.resolve().name)
    name = (named["name"] if named else path.resolve().name).lower().replace("-", "_")
    reading = _Reading()
    templates = tuple(islice(reading.templates(path), MAX_TEMPLATES + 1))
    return Upstream(
        name=path.name,
        component=component or next((to for prefix, to in COMPONENTS if name.startswith(prefix)), name),
        version=version or (named["version"] if named else ""),
        templates=templates[:MAX_TEMPLATES],
        files=reading.files,
        unread=tuple(reading.unread),
        is_cut=len(templates) > MAX_TEMPLATES,
    )


class _Reading:
    """How far the reading has come."""

    def __init__(self) -> None:
        self.files = 0
        self.unread: list[str] = []

    def templates(self, path: Path) -> Iterator[Template]:
        """Every template once for each place of a source, and once for all of a library."""
        for file in files_of(path, PYTHON + NATIVE + LIBRARY):
            if not NOT_SHIPPED.search(file.path):
                self.files += 1
                yield from self._templates(file)

    def _templates(self, file: SourceFile) -> Iterable[Template]:
        if file.path.endswith(LIBRARY):
            return dict.fromkeys(library_templates(file.path, file.chunks))
        data = b"".join(file.chunks) if file.size <= MAX_SOURCE_BYTES else None
        found = None if data is None else _source_templates(file.path, data)
        if found is None:
            self.unread.append(file.path)
        return found or ()


def _source_templates(path: str, data: bytes) -> tuple[Template, ...] | None:
    return python_templates(path, data) if path.endswith(PYTHON) else native_templates(path, data)
