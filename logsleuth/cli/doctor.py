"""`logsleuth doctor`: go through the checklists of machine, software, configuration and UCM."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from logsleuth.cli.choices import CheckArea, Checklist
from logsleuth.cli.options import AnswerLanguage, Connect, Forced, Interpreter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logsleuth.doctor.check import Item, State

HELP: Final = """Go through the checklists: hardware, software, configuration, network, model, UCM.

\b
logsleuth doctor
logsleuth doctor vllm.log --config ucm_config.yaml
logsleuth doctor vllm.log --area ucm-install --area ucm-run-time
logsleuth doctor vllm.log --format markdown -o issue.md

Exit status: 0 nothing is wrong, 1 something is, 2 wrong usage.
"""


def doctor(
    logs: Annotated[
        list[str] | None,
        typer.Argument(metavar="LOG", help="Logs of the service, as for analyze.", show_default=False),
    ] = None,
    configurations: Annotated[
        list[Path] | None,
        typer.Option("--config", metavar="FILE", help="A configuration file of UCM or vLLM (YAML, JSON); may repeat."),
    ] = None,
    areas: Annotated[
        list[CheckArea] | None, typer.Option("--area", help="Only this checklist; may repeat.", show_default=False)
    ] = None,
    form: Annotated[
        Checklist, typer.Option("--format", "-f", help="text to read, json for programs, markdown for an issue.")
    ] = Checklist.TEXT,
    python: Interpreter = "",
    is_forced: Forced = False,
    may_connect: Connect = False,
    lang: AnswerLanguage = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the answer there.")
    ] = None,
) -> None:
    """Go through the checklists and say what is wrong."""
    from logsleuth.cli.streams import write
    from logsleuth.config import load_settings
    from logsleuth.doctor.check import Area
    from logsleuth.doctor.examine import collect, examine, is_failed
    from logsleuth.probing import Terms, interpreter

    language = str(lang or load_settings().language)
    terms = Terms(python=interpreter(python), is_forced=is_forced, may_connect=may_connect)
    state = collect(logs or [], configurations or [], terms)
    items = examine(state, [Area(area) for area in areas or []])
    write(_rendered(state, items, form, language), output)
    raise typer.Exit(1 if is_failed(items) else 0)


def _rendered(state: State, items: Sequence[Item], form: Checklist, language: str) -> str:
    from logsleuth.doctor import bundle, page

    if form is Checklist.MARKDOWN:
        return bundle.render(state, items, language=language)
    return (page.encode if form is Checklist.JSON else page.render)(items, language=language)
