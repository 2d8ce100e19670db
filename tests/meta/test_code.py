"""Rules about the code base that no linter knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "logsleuth"
MODULES = sorted(PACKAGE.rglob("*.py"))
VAGUE = {"utils", "helpers", "common", "base", "misc", "manager"}
TOP_LEVEL = {"logsleuth", "patterns", "tests", "fixtures", "bench", "docs"}
TOP_LEVEL_FILES = {"pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "constraints.txt"}


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions of a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function below its signature and docstring."""
    has_docstring = ast.get_docstring(function) is not None
    body = function.body[1:] if has_docstring else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_is_one_concept(path: Path) -> None:
    """At most 400 lines, functions of at most 40, a name that says what it is."""
    lengths = {function.name: body_lines(function) for function in functions(path)}

    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
    assert {name: length for name, length in lengths.items() if length > 40} == {}
    assert path.stem not in VAGUE


@pytest.mark.parametrize("folder", ["tests", "bench"])
def test_what_stands_beside_the_package_is_as_short(folder: str) -> None:
    """At most 400 lines a module here too: long tables of samples get one of their own."""
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in sorted((ROOT / folder).rglob("*.py"))
    }

    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}


def test_broad_excepts_stand_in_their_places() -> None:
    """The command line, the boundaries of a request, of a child process and of a thread, and nowhere else."""
    places = [path for path in MODULES if "except Exception" in path.read_text(encoding="utf-8")]

    assert [str(path.relative_to(PACKAGE)) for path in places] == [
        "cli/app.py",
        "server/ingest.py",
        "server/workers.py",
        "sources/ahead.py",
    ]


def test_type_errors_are_ignored_five_times_at_most() -> None:
    """And each with its code."""
    ignores = [
        line for path in MODULES for line in path.read_text(encoding="utf-8").splitlines() if "type: ignore" in line
    ]

    assert len(ignores) <= 5
    assert all("type: ignore[" in line for line in ignores)


def test_the_top_level_holds_what_was_agreed() -> None:
    """And dotfiles, and what builds leave behind."""
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith((".", "__"))}
    left_behind = {name for name in found if name.endswith(".egg-info")} | {"dist", "build", "venv"}

    assert found - left_behind - TOP_LEVEL - TOP_LEVEL_FILES == set()
