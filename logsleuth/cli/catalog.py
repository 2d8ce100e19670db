"""The command `logsleuth catalog`: lists, shows, checks and tries the signatures."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Language(StrEnum):
    """The languages of the pages."""

    EN = "en"
    ZH = "zh"


app = typer.Typer(no_args_is_help=True, help="List, show, check and try the signatures.")

Patterns = Annotated[
    list[Path] | None, typer.Option(metavar="DIR", help="A folder of signatures of your own; may repeat.")
]


@app.command()
def lint(patterns: Patterns = None) -> None:
    """Check every signature against the schema and its own samples."""
    from logsleuth.catalog.lint import lint_folders
    from logsleuth.config import load_settings

    folders = (*load_settings().patterns, *(patterns or ()))
    _finish(tuple(map(str, lint_folders(folders))), "no problems")


@app.command("test")
def try_samples(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Signatures or classes; all if left out.")
    ] = None,
    patterns: Patterns = None,
) -> None:
    """Run the samples inside the signatures, plain and mutated."""
    from logsleuth.catalog.trial import try_folders
    from logsleuth.config import load_settings

    folders = (*load_settings().patterns, *(patterns or ()))
    _finish(tuple(map(str, try_folders(folders, ids=ids or ()))), "all samples hold")


@app.command("list")
def list_signatures(
    patterns: Patterns = None,
    within: Annotated[
        str, typer.Option("--class", metavar="CLASS", help="Only this class, or what begins with it.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """List the signatures."""
    from logsleuth.catalog.load import load_catalog
    from logsleuth.catalog.page import row, row_json
    from logsleuth.catalog.proof import is_named
    from logsleuth.config import load_settings

    settings = load_settings()
    for signature in load_catalog((*settings.patterns, *(patterns or ())), cache=settings.cache).signatures:
        if not within or is_named(signature, (within,)):
            typer.echo(row_json(signature) if as_json else row(signature))


@app.command()
def show(
    signature_id: Annotated[str, typer.Argument(metavar="ID", help="The signature to show.")],
    patterns: Patterns = None,
    lang: Annotated[Language | None, typer.Option(help="The language of the page.")] = None,
) -> None:
    """Show one signature with its causes, remedies and samples."""
    from logsleuth.catalog.load import load_catalog, signature_of
    from logsleuth.catalog.page import page
    from logsleuth.config import load_settings

    settings = load_settings()
    catalog = load_catalog((*settings.patterns, *(patterns or ())), with_samples=True, cache=settings.cache)
    typer.echo(page(signature_of(catalog, signature_id), lang or settings.language), nl=False)


def _finish(lines: tuple[str, ...], otherwise: str) -> None:
    typer.echo("\n".join(lines) or otherwise)
    if lines:
        raise typer.Exit(2)
