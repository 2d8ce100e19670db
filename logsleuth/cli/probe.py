"""`logsleuth probe`: ask this machine whether it fails as a diagnosis says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from logsleuth.cli.options import AnswerLanguage, Connect, Forced, Interpreter

if TYPE_CHECKING:
    from logsleuth.model import Facts, ProbeResult
    from logsleuth.probes.probe import Probe, Subject
    from logsleuth.probing import Terms

HELP: Final = """Run small experiments on this machine: does it fail as a diagnosis says?

\b
logsleuth probe --list
logsleuth probe disk-space --fact path=/data
logsleuth probe --for host.disk-full --log vllm.log
logsleuth probe --for cuda.oom.device --log vllm.log --dry-run

Each runs in a process of its own with limits of time and memory. Exit status: 0 nothing was confirmed,
1 a failure was confirmed, 2 wrong usage.
"""
Names = Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Probes to run.", show_default=False)]


def probe(
    names: Names = None,
    diagnosis: Annotated[
        str, typer.Option("--for", metavar="ID", help="The probes that can answer a diagnosis of this id.")
    ] = "",
    logs: Annotated[
        list[Path] | None, typer.Option("--log", metavar="PATH", help="Take paths, sizes and addresses from this log.")
    ] = None,
    facts: Annotated[
        list[str] | None, typer.Option("--fact", metavar="NAME=VALUE", help="A path, size or address; may repeat.")
    ] = None,
    is_list: Annotated[bool, typer.Option("--list", help="Say which probes there are, and run none.")] = False,
    is_dry: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    is_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    is_forced: Forced = False,
    may_connect: Connect = False,
    python: Interpreter = "",
    lang: AnswerLanguage = None,
) -> None:
    """Run probes and say what they found."""
    from logsleuth.config import load_settings
    from logsleuth.probing import Terms, interpreter
    from logsleuth.report import probe as page

    language = str(lang or load_settings().language)
    if is_list:
        typer.echo(_listed(language, is_json=is_json), nl=False)
        return
    probes = _chosen(names or [], diagnosis)
    subject = _subject(diagnosis, probes, logs or [], facts or [], may_connect=may_connect)
    terms = Terms(python=interpreter(python), is_forced=is_forced)
    if is_dry:
        typer.echo(_intended(probes, subject, terms, language, is_json=is_json), nl=False)
        return
    results = _results(probes, subject, terms)
    typer.echo(
        page.encode(results, language=language) if is_json else page.render(results, language=language), nl=False
    )
    raise typer.Exit(_status(results))


def _listed(language: str, *, is_json: bool) -> str:
    from logsleuth.probes import page
    from logsleuth.probes.table import PROBES

    return page.encode(PROBES, language) if is_json else page.listed(PROBES, language)


def _chosen(names: list[str], diagnosis: str) -> tuple[Probe, ...]:
    """The probes that are meant; raises UsageError where none can be."""
    from logsleuth.errors import UsageError
    from logsleuth.probes.table import asked, named

    if not names and not diagnosis:
        raise UsageError("name a probe or a diagnosis (try 'logsleuth probe --list', or '--for ID')")
    return tuple(named(name) for name in dict.fromkeys(names)) or asked(diagnosis)


def _subject(
    diagnosis: str, probes: tuple[Probe, ...], logs: list[Path], facts: list[str], *, may_connect: bool
) -> Subject:
    """What the probes are asked about: the facts that were given, then those of the log."""
    from dataclasses import replace

    from logsleuth.probes.probe import Subject

    given = _pairs(facts)
    subject = _from_logs(diagnosis, probes, logs) if logs else Subject(diagnosis=diagnosis)
    return replace(subject, given=given, may_connect=may_connect)


def _from_logs(diagnosis: str, probes: tuple[Probe, ...], logs: list[Path]) -> Subject:
    from logsleuth.api import analyze
    from logsleuth.probes.probe import Subject
    from logsleuth.probes.table import is_under

    report = analyze(logs)
    answers = (diagnosis,) if diagnosis else tuple(answer for probe in probes for answer in probe.answers)
    found = next((item for item in report.diagnoses if any(is_under(item.id, answer) for answer in answers)), None)
    if found is None:
        return Subject(diagnosis=diagnosis, environment=report.environment)
    return Subject(diagnosis=found.id, facts=found.facts, environment=report.environment)


def _pairs(facts: list[str]) -> Facts:
    from logsleuth.errors import UsageError

    pairs = tuple(fact.partition("=") for fact in facts)
    wrong = [name for name, sign, _ in pairs if not sign or not name]
    if wrong:
        raise UsageError(f"--fact '{wrong[0]}' is not of the form NAME=VALUE")
    return tuple((name, value) for name, _, value in pairs)


def _intended(probes: tuple[Probe, ...], subject: Subject, terms: Terms, language: str, *, is_json: bool) -> str:
    from logsleuth.probes import page
    from logsleuth.probes.intention import intention

    plans = tuple(intention(one, subject, python=terms.python) for one in probes)
    return page.encode_intentions(plans, language) if is_json else page.intended(plans, language)


def _results(probes: tuple[Probe, ...], subject: Subject, terms: Terms) -> tuple[ProbeResult, ...]:
    from logsleuth.api import prepare
    from logsleuth.config import load_settings
    from logsleuth.probing import Prober

    prober = Prober(lambda: prepare(cache=load_settings().cache), terms)
    return tuple(prober.ask(one, subject) for one in probes)


def _status(results: tuple[ProbeResult, ...]) -> int:
    from logsleuth.model import Outcome

    return 1 if any(result.outcome is Outcome.CONFIRMED for result in results) else 0
