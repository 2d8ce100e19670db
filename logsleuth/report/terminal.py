"""The report for a tired person at a terminal: the answer, its proof, what to do; then the rest in single lines."""

from __future__ import annotations

import io
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from logsleuth.model import Advice, Diagnosis, Evidence, Report, Role, Severity, Verdict, Words
from logsleuth.report import phrases
from logsleuth.wording import escaped

COLORS: Final = {
    Severity.CRITICAL: "bold red",
    Severity.ERROR: "red",
    Severity.WARNING: "yellow",
    Severity.INFO: "cyan",
}
VERDICT_COLORS: Final = {Verdict.INCIDENT: "bold red", Verdict.DEGRADED: "bold yellow", Verdict.HEALTHY: "bold green"}
VERDICT_SIGNS: Final = {Verdict.INCIDENT: "✗", Verdict.DEGRADED: "!", Verdict.HEALTHY: "✓"}
IN_FULL: Final = 3  # first causes that are told in full
EVIDENCE_LINES: Final = 8
EVIDENCE_CHARS: Final = 400
ONE_LINERS: Final = 12
ENVIRONMENT: Final = (
    "vllm",
    "engine",
    "model",
    "ucm",
    "lmcache",
    "torch",
    "cuda",
    "nccl",
    "ray",
    "tensor_parallel_size",
)


def render(report: Report, *, language: str = "en", width: int = 100, color: bool = False) -> str:
    """The report as text of at most `width` columns, with ANSI colours if `color`."""
    file = io.StringIO()
    console = Console(
        file=file,
        width=width,
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    _Page(console, language).show(report)
    return "\n".join(line.rstrip() for line in file.getvalue().split("\n"))


class _Page:
    """Writes one report to one console in one language."""

    def __init__(self, console: Console, language: str) -> None:
        self._console = console
        self._language = language

    def _say(self, words: Words) -> str:
        return words.in_language(self._language)

    def _print(self, text: Text, indent: int = 0) -> None:
        self._console.print(Padding(text, (0, 0, 0, indent)), overflow="fold")

    def show(self, report: Report) -> None:
        """The whole report."""
        self._head(report)
        full = [item for item in report.diagnoses if item.role is Role.ROOT][:IN_FULL]
        full = full or [item for item in report.diagnoses if item.role is Role.PERF][:IN_FULL]
        for number, item in enumerate(full, 1):
            self._diagnosis(number, item)
        self._rest([item for item in report.diagnoses if item not in full])
        self._foot(report)

    def _head(self, report: Report) -> None:
        line = Text()
        line.append(f"{VERDICT_SIGNS[report.verdict]} ", VERDICT_COLORS[report.verdict])
        line.append(self._say(phrases.VERDICTS[report.verdict]), VERDICT_COLORS[report.verdict])
        self._print(line)

    def _diagnosis(self, number: int, item: Diagnosis) -> None:
        self._console.print()
        head = Text(f"{number}. ", "bold")
        head.append(escaped(self._say(item.title)), COLORS[item.severity])
        head.append(f"   {item.id}  {item.confidence:.0%} {self._say(phrases.SURE)}", "dim")
        self._print(head)
        self._print(Text(escaped(self._say(item.summary))), 3)
        self._seen(item)
        self._evidence(item.evidence)
        self._remedies(item.remedies)
        self._list(phrases.CAUSES, tuple(escaped(self._say(cause)) for cause in item.causes))
        if item.explains:
            self._label(phrases.EXPLAINS, ", ".join(item.explains))
        if item.references:
            self._label(phrases.REFERENCES, " ".join(item.references[:3]))

    def _seen(self, item: Diagnosis) -> None:
        places = [_place(place.process, place.rank, place.node) for place in item.places]
        known = list(dict.fromkeys(place for place in places if place))
        where = ", ".join(known[:6]) + (f" +{len(known) - 6}" if len(known) > 6 else "")
        parts = [item.first_seen or "", where, f"{item.count} {self._say(phrases.TIMES)}" if item.count > 1 else ""]
        text = " · ".join(escaped(part) for part in parts if part)
        if text:
            self._label(phrases.SEEN, text)

    def _label(self, words: Words, text: str) -> None:
        line = Text(f"{self._say(words)}: ", "bold")
        line.append(text, "not bold")
        self._print(line, 3)

    def _evidence(self, items: tuple[Evidence, ...]) -> None:
        self._console.print()
        for item in items[:3]:
            self._print(Text(f"{escaped(item.source)}:{item.line}", "cyan"), 3)
            for line in item.text.split("\n")[:EVIDENCE_LINES]:
                shown = line if len(line) <= EVIDENCE_CHARS else line[:EVIDENCE_CHARS] + " …"
                self._print(Text(shown), 5)
        self._console.print()

    def _remedies(self, items: tuple[Advice, ...]) -> None:
        if not items:
            return
        self._print(Text(self._say(phrases.REMEDIES), "bold green"), 3)
        for number, item in enumerate(items, 1):
            line = Text(f"{number}) {escaped(self._say(item.text))}")
            if item.applies:
                line.append(f"  [{self._say(phrases.ONLY)} {escaped(item.applies)}]", "dim")
            if item.is_destructive:
                line.append(f"  [{self._say(phrases.DESTRUCTIVE)}]", "bold yellow")
            self._print(line, 3)
            for command in filter(None, item.command.strip().split("\n")):
                self._print(Text(f"$ {escaped(command)}", "bold"), 6)

    def _list(self, words: Words, texts: tuple[str, ...]) -> None:
        if not texts:
            return
        self._print(Text(self._say(words), "bold"), 3)
        for text in texts:
            self._print(Text(f"- {text}"), 3)

    def _rest(self, items: list[Diagnosis]) -> None:
        if not items:
            return
        self._console.print()
        self._print(Text(self._say(phrases.MORE), "bold"))
        for item in items[:ONE_LINERS]:
            self._print(self._one_line(item), 3)
        if len(items) > ONE_LINERS:
            self._print(Text(f"+ {len(items) - ONE_LINERS} {self._say(phrases.NOT_SHOWN)}", "dim"), 3)

    def _one_line(self, item: Diagnosis) -> Text:
        first = item.evidence[0]
        line = Text(f"{self._say(phrases.ROLES[item.role])} ", "dim")
        line.append(escaped(self._say(item.title)), COLORS[item.severity])
        line.append(f"  {item.id}  {escaped(first.source)}:{first.line}", "dim")
        if item.count > 1:
            line.append(f"  ×{item.count}", "dim")
        if item.explained_by:
            line.append(f"  ← {item.explained_by}", "dim")
        return line

    def _foot(self, report: Report) -> None:
        self._console.print()
        known = dict(report.environment)
        named = [f"{name} {escaped(known[name])}" for name in ENVIRONMENT if name in known]
        if named:
            self._print(Text(f"{self._say(phrases.ENVIRONMENT)}: {' · '.join(named)}", "dim"))
        self._print(Text(self._counts(report), "dim"))
        for notice in report.notices:
            self._print(
                Text(f"{self._say(phrases.NOTICES)}: {escaped(str(notice.where))}: {escaped(notice.detail)}", "dim")
            )

    def _counts(self, report: Report) -> str:
        stats = report.stats
        numbers = (
            (stats.lines, phrases.LINES),
            (stats.sources, phrases.SOURCES),
            (stats.errors, phrases.ERRORS),
            (stats.warnings, phrases.WARNINGS),
            (stats.templates, phrases.TEMPLATES),
        )
        return f"{self._say(phrases.READ)}: " + ", ".join(f"{number:,} {self._say(words)}" for number, words in numbers)


def _place(process: str | None, rank: int | None, node: str | None) -> str:
    parts = [process or "", f"rank {rank}" if rank is not None else "", f"@{node}" if node else ""]
    return " ".join(part for part in parts if part)
