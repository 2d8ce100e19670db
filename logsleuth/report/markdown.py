"""The report as Markdown: for a ticket (`markdown`), or as the body of an issue to file upstream (`issue`)."""

from __future__ import annotations

from typing import Final

from logsleuth.model import Diagnosis, Report, Role, Words
from logsleuth.report import phrases
from logsleuth.wording import escaped

FENCE: Final = "````"  # longer than any fence that log text is likely to hold


def render(report: Report, *, language: str = "en") -> str:
    """The report as a Markdown page."""
    said = [f"# {phrases.VERDICTS[report.verdict].in_language(language)}", ""]
    for item in report.diagnoses:
        said += _diagnosis(item, language)
    said += _environment(report, language)
    return "\n".join(said).rstrip() + "\n"


def render_issue(report: Report, *, language: str = "en") -> str:
    """The body of an issue: environment, configuration, error and steps, as maintainers ask for them."""
    first = next((item for item in report.diagnoses if item.role is Role.ROOT), None)
    said = _environment(report, language)
    said += [f"## {phrases.WHAT_HAPPENED.in_language(language)}", ""]
    said += _diagnosis(first, language) if first else [phrases.VERDICTS[report.verdict].in_language(language), ""]
    said += [f"## {phrases.STEPS.in_language(language)}", "", phrases.FILL_IN.in_language(language), ""]
    return "\n".join(said).rstrip() + "\n"


def _diagnosis(item: Diagnosis, language: str) -> list[str]:
    role = phrases.ROLES[item.role].in_language(language)
    said = [f"## {_inline(item.title.in_language(language))} (`{item.id}`, {role}, {item.confidence:.0%})", ""]
    said += [_inline(item.summary.in_language(language)), ""]
    for evidence in item.evidence:
        said += [f"`{_inline(evidence.source)}:{evidence.line}`", "", FENCE, _fenced(evidence.text), FENCE, ""]
    said += _section(phrases.CAUSES, [_inline(cause.in_language(language)) for cause in item.causes], language)
    said += _remedies(item, language)
    if item.explains:
        said += [f"{phrases.EXPLAINS.in_language(language)}: " + ", ".join(f"`{name}`" for name in item.explains), ""]
    return said


def _remedies(item: Diagnosis, language: str) -> list[str]:
    said: list[str] = []
    for remedy in item.remedies:
        said.append(f"1. {_inline(remedy.text.in_language(language))}")
        if remedy.command:
            said += [
                "",
                f"   {FENCE}sh",
                *(f"   {line}" for line in _fenced(remedy.command).split("\n")),
                f"   {FENCE}",
            ]
    return [f"### {phrases.REMEDIES.in_language(language)}", "", *said, ""] if said else []


def _section(words: Words, items: list[str], language: str) -> list[str]:
    return [f"### {words.in_language(language)}", "", *(f"- {item}" for item in items), ""] if items else []


def _environment(report: Report, language: str) -> list[str]:
    rows = [f"| {_inline(name)} | {_inline(value)} |" for name, value in report.environment]
    if not rows:
        return []
    return [f"## {phrases.ENVIRONMENT.in_language(language)}", "", "| | |", "|---|---|", *rows, ""]


def _inline(text: str) -> str:
    """Text from a log inside a sentence: no markup of its own, no line ends."""
    plain = escaped(" ".join(text.split()))
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>|#" else sign for sign in plain)


def _fenced(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(escaped(line).replace(FENCE, "`" * 3) for line in lines)
