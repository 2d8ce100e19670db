"""Puts a comparison of two runs into form. In: model.Comparison. Out: text for a terminal, or Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.text import Text

from logsleuth.lazy import lazy
from logsleuth.model import Diagnosis, Stats, Template, Words
from logsleuth.model.comparison import Comparison, Divergence, RateChange, SettingChange, Step
from logsleuth.report import comparison_words as words
from logsleuth.report import phrases
from logsleuth.report.captions import place, title
from logsleuth.report.console import NARROWEST, printed
from logsleuth.report.layout import wrapped
from logsleuth.wording import escaped

ROWS: Final = 10  # of a section; JSON has more
DIVERGENCES: Final = 3
TEXT_ROWS: Final = 3  # lines of the terminal for one template
MARKDOWN_WIDTH: Final = 160
TICKS: Final = lazy("`+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An entry of a section: a head in one line, and texts below it, each with the word that introduces it."""

    head: str
    texts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading, its first entries, and how many there are."""

    heading: str
    rows: tuple[Row, ...]
    total: int


def render(comparison: Comparison, *, language: str = "en", width: int = 100, color: bool = False) -> str:
    """The comparison as text of `width` columns, with ANSI colours if `color`."""
    sign, style = ("✗", "bold red") if comparison.is_different else ("✓", "bold green")
    lines = [Text(f"{sign} {_verdict(comparison, language)}", style)]
    lines += [Text(line, "dim") for line in _read(comparison, language)]
    for section in sections(comparison, language):
        lines += [Text(), Text(section.heading, "bold"), *_lines(section, max(width, NARROWEST), language)]
    return printed(lines, color=color)


def render_markdown(comparison: Comparison, *, language: str = "en") -> str:
    """The comparison as a Markdown page; what comes from logs stands between fences."""
    said = [f"# {_verdict(comparison, language)}", ""]
    for line in _read(comparison, language):
        said += [*_fenced([line]), ""]
    for section in sections(comparison, language):
        lines = [line.plain.rstrip() for line in _lines(section, MARKDOWN_WIDTH, language)]
        said += [f"## {section.heading}", "", *_fenced(lines), ""]
    return "\n".join(said).rstrip() + "\n"


def sections(comparison: Comparison, language: str) -> Iterator[Section]:
    """What there is to say, the most telling first; sections without entries are left out."""
    page = _Page(language, comparison.steps)
    plan = (
        (words.DIVERGENCE, [page.divergence(item) for item in comparison.divergences[:DIVERGENCES]], 0),
        (words.NEW_DIAGNOSES, [page.diagnosis(item) for item in comparison.new_diagnoses[:ROWS]], 0),
        (words.SETTINGS, [page.setting(item) for item in comparison.settings[: 2 * ROWS]], len(comparison.settings)),
        (words.APPEARED, [page.template(item) for item in comparison.appeared[:ROWS]], comparison.appeared_total),
        (words.MISSING, list(_missing(page, comparison)), comparison.missing_total),
        (words.CHANGED, [page.rate(item) for item in comparison.changed[:ROWS]], comparison.changed_total),
        (words.GONE_DIAGNOSES, [page.diagnosis(item) for item in comparison.gone_diagnoses[:ROWS]], 0),
    )
    for heading, rows, total in plan:
        if rows:
            counted = f" ({total:,})" if total > 1 else ""
            yield Section(heading=heading.in_language(language) + counted, rows=tuple(rows), total=total)


def _missing(page: _Page, comparison: Comparison) -> Iterator[Row]:
    """The missing steps; one that follows directly on the one before it need not say after what."""
    told: Step | None = None
    for item in comparison.missing[:ROWS]:
        yield page.step(item.step, after=None if item.after == told else item.after)
        told = item.after


class _Page:
    """Makes the rows of one comparison in one language."""

    def __init__(self, language: str, steps: int) -> None:
        self._language = language
        self._steps = steps

    def _say(self, text: Words) -> str:
        return text.in_language(self._language)

    def _number(self, step: Step) -> str:
        if self._language == "zh":
            return f"第 {step.number} 步，共 {self._steps} 步"
        return f"step {step.number} of {self._steps}"

    def _step(self, word: Words, step: Step | None) -> tuple[tuple[str, str], ...]:
        if step is None:
            return ()
        return ((f"{self._say(word)} ({self._number(step)})", step.template.template),)

    def divergence(self, item: Divergence) -> Row:
        """Where, what, after what, and instead of what."""
        texts = [("", item.template.template)]
        if item.skipped:
            texts.append((self._say(words.SKIPPED), words.STEPS.counted(item.skipped, self._language)))
        texts += [*self._step(words.AFTER, item.after), *self._step(words.EXPECTED, item.expected)]
        return Row(head=self._head(item.template), texts=tuple(texts))

    def diagnosis(self, item: Diagnosis) -> Row:
        """Its role, title and place."""
        role = f"{self._say(phrases.ROLES[item.role])}{self._say(phrases.COLON)}"
        at = f"  {place(item.evidence[0].source, item.evidence[0].line)}" if item.evidence else ""
        return Row(head=f"{role}{escaped(self._say(title(item)))} [{item.id}]{at}{_times(item.count)}")

    def setting(self, item: SettingChange) -> Row:
        """Its two values."""
        good, bad = (self._say(words.NOT_TOLD) if value is None else escaped(value) for value in (item.good, item.bad))
        return Row(head=f"{escaped(item.name)}{self._say(phrases.COLON)}{good} → {bad}")

    def template(self, item: Template) -> Row:
        """Where it was seen first, how often, and what it says."""
        return Row(head=self._head(item) + _times(item.count), texts=(("", item.template),))

    def step(self, item: Step, *, after: Step | None) -> Row:
        """The same of the good run, with its place in the order."""
        head = f"{self._head(item.template)}{_times(item.template.count)}  {self._number(item)}"
        return Row(head=head, texts=(("", item.template.template), *self._step(words.AFTER, after)))

    def rate(self, item: RateChange) -> Row:
        """How often in each run, and how often it should have been."""
        expected = f"{self._say(words.TO_EXPECT)} {item.expected:,.0f}"
        head = f"{item.good_count:,} → {item.bad_count:,} ({expected})  {self._head(item.template)}"
        return Row(head=head, texts=(("", item.template.template),))

    def _head(self, item: Template) -> str:
        level = f"  {item.level.value}" if item.level else ""
        return f"{place(item.first.source, item.first.line)}{level}"


def _times(count: int) -> str:
    return f" ×{count:,}" if count > 1 else ""


def _verdict(comparison: Comparison, language: str) -> str:
    said = words.DIFFERENT if comparison.is_different else words.ALIKE
    return said.in_language(language)


def _read(comparison: Comparison, language: str) -> Iterator[str]:
    """What was compared, and how far the bad run came."""
    both = ((words.GOOD, comparison.good), (words.BAD, comparison.bad))
    colon = phrases.COLON.in_language(language)
    yield " · ".join(f"{name.in_language(language)}{colon}{_amount(stats, language)}" for name, stats in both)
    if comparison.reached is not None and comparison.reached.number < comparison.steps:
        step, page = comparison.reached, _Page(language, comparison.steps)
        yield f"{words.REACHED.in_language(language)} {page.step(step, after=None).head}"


def _amount(stats: Stats, language: str) -> str:
    parts = [phrases.LINE.counted(stats.lines, language)]
    parts += [phrases.SOURCE.counted(stats.sources, language)] if stats.sources > 1 else []
    parts += [phrases.ERROR.counted(stats.errors, language)] if stats.errors else []
    return ("，" if language == "zh" else ", ").join(parts)


def _lines(section: Section, width: int, language: str) -> Iterator[Text]:
    for row in section.rows:
        yield Text(f"  {row.head}", "cyan" if row.texts else "")
        for word, text in row.texts:
            said = f"{word}{phrases.COLON.in_language(language)}{escaped(text)}" if word else escaped(text)
            for line in wrapped(Text(said, "dim" if word else ""), width - 4, most=TEXT_ROWS):
                yield Text("    ").append_text(line)
    if section.total > len(section.rows):
        more = phrases.MORE.counted(section.total - len(section.rows), language)
        yield Text(f"  + {more}; {phrases.IN_JSON.in_language(language)}", "dim")


def _fenced(lines: Sequence[str]) -> list[str]:
    longest = max((len(run) for line in lines for run in TICKS.findall(line)), default=0)
    fence = "`" * max(longest + 1, 3)
    return [f"{fence}text", *lines, fence]
