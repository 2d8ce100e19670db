"""The pages of the documentation, and whether a folder has them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from logsleuth.catalog.handbook import MARK, differences, pages, write
from logsleuth.catalog.load import Catalog, catalog_of
from logsleuth.catalog.page import page
from logsleuth.errors import UsageError
from logsleuth.model import Signature, Status, Words

PAGE = Path("vllm/vllm.kv-cache-too-small.request.md")


@pytest.fixture
def catalog(signature: Signature) -> Catalog:
    """Two signatures of two families, and a retired one."""
    other = replace(signature, id="host.killed.x", title=Words(en="a | <b>", zh="丙"))
    return catalog_of([signature, other, replace(signature, id="host.old", status=Status.RETIRED)], {})


def test_pages(catalog: Catalog, signature: Signature) -> None:
    """One for each signature and an index, in both languages, by family."""
    found = pages(catalog)

    assert sorted(map(str, found)) == [
        "README.md",
        "host/host.killed.x.md",
        str(PAGE),
        "zh/README.md",
        "zh/host/host.killed.x.md",
        f"zh/{PAGE}",
    ]
    assert found[PAGE] == f"{MARK}\n{page(signature)}"
    assert found["zh" / PAGE] == f"{MARK}\n{page(signature, 'zh')}"


def test_the_index(catalog: Catalog) -> None:
    """A table for each family, with links that lead to the pages."""
    text = pages(catalog)[Path("README.md")]

    assert text == (
        f"{MARK}\n# Signatures\n\n2 signatures in 2 families.\n\n"
        "## host\n\n| Signature | What the log shows | Severity |\n|---|---|---|\n"
        "| [`host.killed.x`](host/host.killed.x.md) | a \\| &lt;b> | critical |\n\n"
        "## vllm\n\n| Signature | What the log shows | Severity |\n|---|---|---|\n"
        f"| [`vllm.kv-cache-too-small.request`]({PAGE}) | One request does not fit | critical |\n"
    )


def test_writing_and_checking(catalog: Catalog, tmp_path: Path) -> None:
    """What is missing, other or too much is told; writing mends it and spares other people's pages."""
    written = pages(catalog)
    assert len(differences(written, tmp_path / "docs")) == len(written)
    write(written, tmp_path / "docs")
    assert differences(written, tmp_path / "docs") == ()

    (tmp_path / "docs" / PAGE).write_text("changed", encoding="utf-8")
    (tmp_path / "docs" / "README.md").unlink()
    (tmp_path / "docs" / "gone.md").write_text(MARK, encoding="utf-8")
    (tmp_path / "docs" / "own.md").write_text("mine", encoding="utf-8")

    assert differences(written, tmp_path / "docs") == (
        f"{tmp_path}/docs/README.md: is missing",
        f"{tmp_path}/docs/gone.md: belongs to no signature",
        f"{tmp_path}/docs/own.md: belongs to no signature",
        f"{tmp_path}/docs/{PAGE}: is not what the catalog says",
    )
    write(written, tmp_path / "docs")
    assert differences(written, tmp_path / "docs") == (f"{tmp_path}/docs/own.md: belongs to no signature",)


def test_a_folder_that_cannot_be_written(catalog: Catalog, tmp_path: Path) -> None:
    """One error."""
    (tmp_path / "docs").write_text("a file", encoding="utf-8")

    with pytest.raises(UsageError, match="cannot be written"):
        write(pages(catalog), tmp_path / "docs")
