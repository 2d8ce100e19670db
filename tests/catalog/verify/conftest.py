"""Signatures and upstreams made for a test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent

import pytest

from logsleuth.catalog.load import Catalog, catalog_of, read_folders
from logsleuth.catalog.verify.literals import Upstream
from logsleuth.catalog.verify.python_source import python_templates
from logsleuth.model import Signature

Make = Callable[..., Signature]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a signature of its `match` in YAML and its hit samples."""
    made = iter(range(1000))

    def signature(
        match: str, *hits: str, versions: str = "", component: str = "vllm", status: str = "draft"
    ) -> Signature:
        folder = tmp_path / f"signatures{next(made)}"
        folder.mkdir()
        samples = "".join(f"    - text: {hit!r}\n" for hit in hits)
        text = (
            f"id: host.killed.made\ntitle: {{en: Made, zh: 造}}\nstatus: {status}\nrole: wrapper\nseverity: error\n"
            f"component: {component}\nsummary: {{en: Made., zh: 造。}}\n"
            + (f"versions: '{versions}'\n" if versions else "")
            + f"match:\n{indent(dedent(match).strip(), '  ')}\nsamples:\n  hit:\n{samples}"
        )
        (folder / "a.yaml").write_text(text, encoding="utf-8")
        loaded = read_folders([folder], with_builtin=False)
        assert loaded.problems == ()
        return loaded.catalog.signatures[0]

    return signature


@pytest.fixture
def catalog(make: Make) -> Catalog:
    """A catalog of one signature."""
    match = r"{literal: 'widgets left on rank', regex: '(?P<n>\d+) widgets left on rank'}"
    return catalog_of([make(match, "3 widgets left on rank 1")], {})


@pytest.fixture
def upstream() -> Callable[..., Upstream]:
    """Makes an upstream of Python statements, one line each."""

    def made(*statements: str, version: str = "1.0", component: str = "vllm") -> Upstream:
        templates = python_templates(f"{component}/engine/a.py", "\n".join(statements).encode())
        assert templates is not None
        return Upstream(
            name=f"{component}-{version}.whl",
            component=component,
            version=version,
            templates=templates,
            files=1,
        )

    return made
