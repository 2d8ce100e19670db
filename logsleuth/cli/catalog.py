"""The command `logsleuth catalog`: lists, shows, checks and tries the signatures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="List, show, check and try the signatures.")

Patterns = Annotated[
    list[Path] | None, typer.Option(metavar="DIR", help="A folder of signatures of your own; may repeat.")
]


@app.command()
def lint(patterns: Patterns = None) -> None:
    """Check every signature against the schema and its own samples."""
    from logsleuth.catalog.lint import lint_folders

    _finish(tuple(map(str, lint_folders(patterns or ()))), "no problems")


@app.command("test")
def try_samples(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Signatures or classes; all if left out.")
    ] = None,
    patterns: Patterns = None,
) -> None:
    """Run the samples inside the signatures, plain and mutated."""
    from logsleuth.catalog.trial import try_folders

    _finish(tuple(map(str, try_folders(patterns or (), ids=ids or ()))), "all samples hold")


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

    for signature in load_catalog(patterns or ()).signatures:
        if not within or is_named(signature, (within,)):
            typer.echo(row_json(signature) if as_json else row(signature))


@app.command()
def show(
    signature_id: Annotated[str, typer.Argument(metavar="ID", help="The signature to show.")],
    patterns: Patterns = None,
    lang: Annotated[str, typer.Option(metavar="en|zh", help="The language of the page.")] = "en",
) -> None:
    """Show one signature with its causes, remedies and samples."""
    from logsleuth.catalog.load import load_catalog, signature_of
    from logsleuth.catalog.page import page

    typer.echo(page(signature_of(load_catalog(patterns or (), with_samples=True), signature_id), lang), nl=False)


def _finish(lines: tuple[str, ...], otherwise: str) -> None:
    typer.echo("\n".join(lines) or otherwise)
    if lines:
        raise typer.Exit(2)
