"""`logsleuth explain`: a signature's page, or what a pasted message is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from logsleuth.cli.catalog import MAX_CHARS
from logsleuth.cli.options import PageLanguage, Patterns

if TYPE_CHECKING:
    from pathlib import Path

    from logsleuth.catalog.load import Catalog

WIDTH: Final = 100
HELP: Final = """Explain a signature, or a message that you paste.

\b
logsleuth explain cuda.oom.device
logsleuth explain 'RuntimeError: CUDA error: invalid device ordinal'
tail -50 vllm.log | logsleuth explain -

Exit status: 0 explained, 1 no signature matches (the nearest are shown), 2 wrong usage.
"""


def explain(
    what: Annotated[str, typer.Argument(metavar="ID|MESSAGE|-", help="What to explain; - reads standard input.")],
    patterns: Patterns = None,
    lang: PageLanguage = None,
) -> None:
    """Print the page of a signature, or of those that match a message."""
    from logsleuth.catalog.answer import explained, is_id
    from logsleuth.catalog.load import load_catalog
    from logsleuth.config import load_settings

    settings = load_settings()
    folders = (*settings.patterns, *(patterns or ()))
    catalog = load_catalog(folders, with_samples=True, cache=settings.cache)
    message = sys.stdin.read(MAX_CHARS) if what == "-" else what
    language = str(lang or settings.language)
    found = () if is_id(message) else _found(message, catalog, language, settings.cache)
    answer = explained(message, catalog, found, language)
    _print(answer.markdown)
    raise typer.Exit(0 if answer.is_certain else 1)


def _found(message: str, catalog: Catalog, language: str, cache: Path | None) -> tuple[tuple[str, str], ...]:
    """(id, what it says about this message) of what an analysis finds in the message, best first."""
    from logsleuth.catalog.load import without_samples
    from logsleuth.limits import DEFAULT_LIMITS
    from logsleuth.pipeline import Analysis
    from logsleuth.plan import plan
    from logsleuth.sources import from_bytes

    analysis = Analysis(plan(without_samples(catalog), cache=cache), limits=DEFAULT_LIMITS)
    analysis.add(from_bytes("message", message.encode("utf-8", "replace"), limits=DEFAULT_LIMITS))
    return tuple((item.id, item.summary.in_language(language)) for item in analysis.report().diagnoses)


def _print(markdown: str) -> None:
    """On a terminal as it looks best there, elsewhere as it is."""
    import shutil

    from logsleuth.config import is_color_wanted

    if not sys.stdout.isatty():
        typer.echo(markdown, nl=False)
        return
    from logsleuth.report.markup import for_terminal

    width = min(WIDTH, shutil.get_terminal_size().columns)
    typer.echo(for_terminal(markdown, width=width, color=is_color_wanted(is_terminal=True)), nl=False)
