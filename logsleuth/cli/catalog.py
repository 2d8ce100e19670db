"""The command `logsleuth catalog`: lists, shows, checks, tries, verifies, begins and prints the signatures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from logsleuth.cli.options import PageLanguage, Patterns

MAX_CHARS: Final = 1 << 20  # of a message on standard input


app = typer.Typer(
    no_args_is_help=True, help="List, show, check and try the signatures; compare them with upstream; begin new ones."
)


@app.command()
def lint(patterns: Patterns = None) -> None:
    """Check every signature against the schema and its own samples."""
    from logsleuth.catalog.lint import lint_folders
    from logsleuth.config import load_settings
    from logsleuth.probes.table import PROBES

    folders = (*load_settings().patterns, *(patterns or ()))
    probes = frozenset(probe.name for probe in PROBES)
    _finish(tuple(map(str, lint_folders(folders, probes=probes))), "no problems")


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
    lang: PageLanguage = None,
) -> None:
    """Show one signature with its causes, remedies and samples."""
    from logsleuth.catalog.load import load_catalog, signature_of
    from logsleuth.catalog.page import page
    from logsleuth.config import load_settings

    settings = load_settings()
    catalog = load_catalog((*settings.patterns, *(patterns or ())), with_samples=True, cache=settings.cache)
    typer.echo(page(signature_of(catalog, signature_id), lang or settings.language), nl=False)


@app.command()
def verify(
    wheel: Annotated[Path | None, typer.Option(metavar="FILE", help="A wheel of the upstream software.")] = None,
    sdist: Annotated[Path | None, typer.Option(metavar="FILE", help="A source distribution (.tar.gz, .zip).")] = None,
    source: Annotated[Path | None, typer.Option(metavar="DIR", help="A folder of sources.")] = None,
    component: Annotated[
        str, typer.Option(help="Whose signatures to look for: vllm, ucm, nccl ...; from the name if left out.")
    ] = "",
    release: Annotated[str, typer.Option(metavar="VERSION", help="The version; from the name if left out.")] = "",
    within: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Count only messages in this folder or module for the coverage; may repeat."),
    ] = None,
    below: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="What the software runs on (torch ...): its messages are told apart."),
    ] = None,
    patterns: Patterns = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Say which signatures an upstream release can still trigger, and which of its errors no signature covers."""
    from logsleuth.catalog.load import load_catalog
    from logsleuth.catalog.verify.literals import read_upstream
    from logsleuth.catalog.verify.platform import platform_templates
    from logsleuth.catalog.verify.verification import as_json as to_json
    from logsleuth.catalog.verify.verification import as_text, verify
    from logsleuth.config import load_settings

    settings = load_settings()
    upstream = read_upstream(_only_one(wheel, sdist, source), component=component, version=release)
    under = [template for path in below or () for template in read_upstream(path).templates]
    catalog = load_catalog((*settings.patterns, *(patterns or ())), with_samples=True, cache=settings.cache)
    found = verify(catalog, upstream, below=(*platform_templates(), *under), parts=within or ())
    typer.echo(to_json(found) if as_json else as_text(found), nl=False)


@app.command()
def new(
    line: Annotated[str, typer.Argument(metavar="LINE|-", help="A line of a log, or - for standard input.")],
    signature_id: Annotated[str, typer.Option("--id", help="The id; from the nearest signature if left out.")] = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the draft there.")
    ] = None,
    patterns: Patterns = None,
) -> None:
    """Begin a signature from a log line: a draft with placeholders; `catalog lint` accepts it under a class's id."""
    from logsleuth.catalog.load import load_catalog
    from logsleuth.catalog.scaffold import covering, scaffold
    from logsleuth.config import load_settings

    settings = load_settings()
    catalog = load_catalog((*settings.patterns, *(patterns or ())), with_samples=True, cache=settings.cache)
    text = sys.stdin.read(MAX_CHARS) if line == "-" else line
    draft = scaffold(text, catalog, signature_id=signature_id)
    for signature in covering(text, catalog):
        typer.echo(f"{signature.id} ({signature.where}) matches this already: extend it, or relate the two", err=True)
    if output is None:
        typer.echo(draft, nl=False)
    else:
        _save(output, draft)


@app.command()
def docs(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="The folder of the pages.")],
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if the folder is not up to date.")
    ] = False,
    patterns: Patterns = None,
) -> None:
    """Write one page for each signature and an index, in English and Chinese."""
    from logsleuth.catalog.handbook import differences, pages, write
    from logsleuth.catalog.load import load_catalog
    from logsleuth.config import load_settings

    catalog = load_catalog((*load_settings().patterns, *(patterns or ())), with_samples=True)
    written = pages(catalog)
    if check:
        _finish(differences(written, output), f"{len(written)} pages are up to date")
    else:
        write(written, output)
        typer.echo(f"{len(written)} pages in {output}")


def _only_one(*paths: Path | None) -> Path:
    from logsleuth.errors import UsageError

    given = [path for path in paths if path is not None]
    if len(given) != 1:
        raise UsageError("name one upstream: --wheel FILE, --sdist FILE or --source DIR")
    return given[0]


def _save(path: Path, text: str) -> None:
    """Write a new file; one that exists is somebody's work."""
    from logsleuth.errors import UsageError

    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path}: exists already; choose another name, or leave -o out and paste") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def _finish(lines: tuple[str, ...], otherwise: str) -> None:
    typer.echo("\n".join(lines) or otherwise)
    if lines:
        raise typer.Exit(2)
