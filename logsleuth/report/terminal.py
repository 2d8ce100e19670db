"""The report for a tired person at a terminal: the answer, its proof, what to do; then the rest in single lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.text import Text

from logsleuth.model import Advice, Diagnosis, Outcome, ProbeResult, Report, Role, Severity, Verdict, Words
from logsleuth.report import phrases
from logsleuth.report.captions import UNKNOWN, is_symptom, period, place, title, who
from logsleuth.report.console import NARROWEST, printed
from logsleuth.report.layout import clipped, columns, wrapped
from logsleuth.report.probe import OUTCOME_SIGNS, headline
from logsleuth.report.proof import Shown, shown
from logsleuth.report.summary import among, counts, notices, versions
from logsleuth.wording import escaped, printable

COLORS: Final = {
    Severity.CRITICAL: "bold red",
    Severity.ERROR: "bold red",
    Severity.WARNING: "bold yellow",
    Severity.INFO: "bold cyan",
}
VERDICT_COLORS: Final = {Verdict.INCIDENT: "bold red", Verdict.DEGRADED: "bold yellow", Verdict.HEALTHY: "bold green"}
OUTCOME_COLORS: Final = {
    Outcome.CONFIRMED: "bold red",
    Outcome.REFUTED: "bold green",
    Outcome.INCONCLUSIVE: "bold yellow",
    Outcome.SKIPPED: "dim",
}
VERDICT_SIGNS: Final = {Verdict.INCIDENT: "✗", Verdict.DEGRADED: "!", Verdict.HEALTHY: "✓"}
SETTINGS: Final = 6  # configuration notices
TOLD: Final = 3  # first causes that get a paragraph; the first of them gets everything
ONE_LINERS: Final = 12
FOLLOWERS: Final = 5  # consequences named under their cause
DECISIVE_ROWS: Final = 8
FURTHER_ROWS: Final = 4


def render(report: Report, *, language: str = "en", width: int = 100, color: bool = False) -> str:
    """The report as text of `width` columns, with ANSI colours if `color`; commands and addresses may be longer."""
    page = _Page(max(width, NARROWEST), language, is_single=report.stats.sources == 1)
    page.show(report)
    return printed(page.lines, color=color)


class _Page:
    """Lays out one report in one language."""

    def __init__(self, width: int, language: str, *, is_single: bool) -> None:
        self.lines: list[Text] = []
        self._width = width
        self._language = language
        self._is_single = is_single  # one source: its folder need not be repeated

    def _say(self, words: Words) -> str:
        return words.in_language(self._language)

    def _line(self, text: Text | str = "", indent: int = 0) -> None:
        """One line as it is, however long."""
        self.lines.append(Text(" " * indent).append_text(Text() + text))

    def _print(self, text: Text, indent: int = 0, *, hanging: int = 0, most: int | None = None) -> None:
        """A paragraph; its lines after the first stand `hanging` columns further in."""
        lines = wrapped(text, self._width - indent - hanging, most=most)
        for number, line in enumerate(lines):
            self._line(line, indent + (hanging if number else 0))

    def show(self, report: Report) -> None:
        """The whole report."""
        answers = [item for item in report.diagnoses if item.role is Role.ROOT]
        answers = answers or [item for item in report.diagnoses if item.role is Role.PERF]
        told = answers[:TOLD]
        self._verdict(report, answers)
        named: list[Diagnosis] = [*told]
        for number, item in enumerate(told, 1):
            followers = [other for other in report.diagnoses if _follows(other, item) and other not in named]
            named += followers[:FOLLOWERS]
            self._answer(item, f"{number}. " if len(answers) > 1 else "", followers, is_full=number == 1)
        self._rest([item for item in report.diagnoses if item not in named])
        self._configuration(report)
        self._foot(report)

    def _configuration(self, report: Report) -> None:
        """Settings that do not do what they seem to do."""
        if not report.configuration:
            return
        self._line()
        self._print(Text(self._say(phrases.CONFIGURATION), "bold"))
        for item in report.configuration[:SETTINGS]:
            said = f"{printable(self._say(item.text))} {printable(self._say(item.advice))}"
            self._print(Text(f"- {said}"), 2, hanging=2)

    def _verdict(self, report: Report, answers: Sequence[Diagnosis]) -> None:
        words = phrases.VERDICTS[report.verdict] if report.stats.lines or report.stats.bytes else phrases.EMPTY
        said = f"{VERDICT_SIGNS[report.verdict]} {self._say(words)}"
        if report.verdict is Verdict.INCIDENT and all(is_symptom(item) for item in answers):
            said += f"{self._say(phrases.COLON)}{self._say(phrases.CAUSE_ELSEWHERE)}"
        elif report.verdict is Verdict.INCIDENT and len(answers) > 1:
            number = phrases.CAUSE.counted(len(answers), self._language)
            said += f"{self._say(phrases.COLON)}{number}, {self._say(phrases.LIKELIEST_FIRST)}"
        self._print(Text(said, VERDICT_COLORS[report.verdict]))

    def _answer(self, item: Diagnosis, number: str, followers: Sequence[Diagnosis], *, is_full: bool) -> None:
        indent = len(number) or 2
        self._line()
        self._print(Text(number, "bold").append(escaped(self._say(title(item))), COLORS[item.severity]), hanging=indent)
        self._print(Text(self._particulars(item), "dim"), indent)
        self._print(Text(printable(self._say(item.summary))), indent)
        if item.table and is_full:
            self._table(item.table, indent)
        self._evidence(shown(item.evidence, most=3 if is_full else 1), indent)
        self._probe(item.probe, indent)
        if is_full:
            self._followers(followers, indent)
        self._advice(item.remedies if is_full else item.remedies[:1], indent)
        if is_full:
            self._background(item, indent)

    def _particulars(self, item: Diagnosis) -> str:
        parts = [
            item.id,
            f"{item.confidence:.0%} {self._say(phrases.SURE)}",
            phrases.TIME.counted(item.count, self._language) if item.count > 1 else "",
            period(item, self._language),
            who(item.places).replace("rank ", "rank\xa0"),
        ]
        return " · ".join(escaped(part) for part in parts if part)

    def _heading(self, words: Words, indent: int) -> None:
        self._line()
        self._line(Text(self._say(words), "bold"), indent)

    def _evidence(self, items: Sequence[Shown], indent: int) -> None:
        self._heading(phrases.EVIDENCE, indent)
        for number, item in enumerate(items):
            self._place(item, indent + 2)
            text = Text(printable(item.text).expandtabs(4))
            self._print(text, indent + 4, most=FURTHER_ROWS if number else DECISIVE_ROWS)
            if item.alike:
                self._line(Text(f"+ {phrases.ALIKE.counted(item.alike, self._language)}", "dim"), indent + 4)

    def _table(self, rows: Sequence[Sequence[str]], indent: int) -> None:
        self._line()
        plain = [[escaped(cell) for cell in row] for row in rows]
        for number, line in enumerate(columns(plain, self._width - indent - 2)):
            line.stylize("" if number else "bold")
            self._line(line, indent + 2)

    def _probe(self, item: ProbeResult | None, indent: int) -> None:
        if item is None:
            return
        self._heading(phrases.PROBE, indent)
        said = f"{OUTCOME_SIGNS[item.outcome]} {headline(item, self._language)}"
        self._print(Text(printable(said), OUTCOME_COLORS[item.outcome]), indent + 2, hanging=2)

    def _place(self, item: Shown, indent: int) -> None:
        """`file:line` in one piece, so that it can be copied and clicked; beside it, where the same was said."""
        at = Text(place(item.source, item.line), "cyan")
        if not item.same_at:
            self._line(at, indent)
            return
        same = Text(f"({self._say(phrases.SAME_AT)} {escaped(', '.join(item.same_at))})", "dim")
        if indent + at.cell_len + 2 + same.cell_len <= self._width:
            self._line(at + Text("  ") + same, indent)
        else:
            self._line(at, indent)
            self._print(same, indent)

    def _followers(self, items: Sequence[Diagnosis], indent: int) -> None:
        if not items:
            return
        self._heading(phrases.EXPLAINS, indent)
        for item in items[:FOLLOWERS]:
            self._line(self._one_line(item, self._width - indent - 2), indent + 2)
        if len(items) > FOLLOWERS:
            self._line(Text(f"+ {phrases.MORE.counted(len(items) - FOLLOWERS, self._language)}", "dim"), indent + 2)

    def _advice(self, items: Sequence[Advice], indent: int) -> None:
        if not items:
            return
        self._heading(phrases.REMEDIES, indent)
        for number, item in enumerate(items, 1):
            line = Text(f"{number}) {printable(self._say(item.text))}")
            if item.applies:
                line.append(f" [{self._say(phrases.ONLY)} {escaped(item.applies)}]", "dim")
            if item.is_destructive:
                line.append(f" [{self._say(phrases.DESTRUCTIVE)}]", "bold yellow")
            self._print(line, indent + 2, hanging=3)
            for command in filter(None, item.command.strip().split("\n")):
                self._line(Text(escaped(command), "bold green"), indent + 7)

    def _background(self, item: Diagnosis, indent: int) -> None:
        if is_symptom(item) or item.id == UNKNOWN:
            self._line()
            words = phrases.NOT_KNOWN if item.id == UNKNOWN else phrases.LOOK_ELSEWHERE
            self._print(Text(self._say(words), "bold"), indent)
        if item.nearest:
            self._heading(phrases.NEAREST, indent)
            self._line(Text(", ".join(item.nearest[:3]), "dim"), indent + 2)
        if item.causes and item.id != UNKNOWN:
            self._heading(phrases.CAUSES, indent)
            for cause in item.causes:
                self._print(Text(f"- {printable(self._say(cause))}"), indent + 2, hanging=2)
        if item.references:
            self._heading(phrases.REFERENCES, indent)
            for reference in item.references[:3]:
                self._line(Text(escaped(reference), "dim"), indent + 2)

    def _rest(self, items: Sequence[Diagnosis]) -> None:
        if not items:
            return
        self._heading(phrases.ALSO, 0)
        for item in items[:ONE_LINERS]:
            role = Text(f"{self._say(phrases.ROLES[item.role])}{self._say(phrases.COLON)}", "dim")
            self._line(role + self._one_line(item, self._width - 2 - role.cell_len), 2)
        if len(items) > ONE_LINERS:
            more = phrases.MORE.counted(len(items) - ONE_LINERS, self._language)
            self._line(Text(f"+ {more}; {self._say(phrases.IN_JSON)}", "dim"), 2)

    def _one_line(self, item: Diagnosis, width: int) -> Text:
        """Title and place in one line of `width` columns; the title gives way."""
        first = item.evidence[0]
        source = first.source.rpartition("/")[2] if self._is_single else first.source
        times = f" ×{item.count}" if item.count > 1 else ""
        at = Text(f"  {place(source, first.line, most=width // 3)}{times}", "dim")
        return clipped(Text(escaped(self._say(title(item)))), max(width - at.cell_len, 1)) + at

    def _foot(self, report: Report) -> None:
        if report.diagnoses:
            self._line()
        known = versions(report)
        if known and report.verdict is not Verdict.HEALTHY:
            self._print(Text(f"{self._say(phrases.ENVIRONMENT)}{self._say(phrases.COLON)}{escaped(known)}", "dim"))
        self._print(Text(f"{counts(report, self._language)}{among(report, self._language)}", "dim"))
        for line in notices(report, self._language):
            self._print(Text(escaped(line), "yellow"), hanging=2)


def _follows(item: Diagnosis, cause: Diagnosis) -> bool:
    return item.role is Role.CONSEQUENCE and item.explained_by == cause.id and item.id in cause.explains
