"""Why the diagnoses stand as they do: the causal graph as text, as a whole or for one line of the input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from logsleuth.model import Diagnosis, Lost, Relation, Report, Role, Words
from logsleuth.report import phrases
from logsleuth.report.captions import title
from logsleuth.wording import printable

HEADING: Final = Words(en="Why", zh="原因分析")
FIRST: Final = Words(en="nothing in the input explains it", zh="输入中没有任何内容能解释它")
FOLLOWS: Final = Words(en="follows from {cause} ({where}): {reason}", zh="源于 {cause}（{where}）：{reason}")
GAVE_WAY: Final = Words(
    en="{loser} at {where} gave way to {winner}, the better answer for the same event",
    zh="{where} 处的 {loser} 让位于 {winner}：后者是同一事件更好的答案",
)
NOTHING: Final = Words(
    en="No diagnosis rests on line {line}, and no signature was found there.",
    zh="没有诊断基于第 {line} 行，该处也未匹配任何特征。",
)
DEEPEST: Final = 12


def render(report: Report, *, language: str = "en", line: int | None = None) -> str:
    """The graph of `report` as text; with `line`, only what rests on that line of any source."""
    said = list(_about_line(report, line, language) if line else _about_all(report, language))
    return "\n".join([HEADING.in_language(language), *(f"  {text}" for text in said)]) + "\n"


def _about_all(report: Report, language: str) -> Iterator[str]:
    for item in report.diagnoses:
        yield _named(item, language)
        yield f"  {_reason(item, report.relations, language)}"
        yield from (f"  {text}" for text in _steps(item, language))
    yield from (_gave_way(one, language) for one in report.lost)


def _about_line(report: Report, line: int, language: str) -> Iterator[str]:
    """The diagnoses that rest on `line`, each with the way up to its first cause; and what lost there."""
    found = [item for item in report.diagnoses if any(part.line <= line <= part.end_line for part in item.evidence)]
    lost = [one for one in report.lost if one.where.line == line]
    for item in found:
        yield from _way_up(item, report, language)
    yield from (_gave_way(one, language) for one in lost)
    if not found and not lost:
        yield NOTHING.in_language(language).format(line=line)


def _way_up(item: Diagnosis, report: Report, language: str) -> Iterator[str]:
    """`item`, what explains it, what explains that, up to the first cause."""
    at: Diagnosis | None = item
    seen: list[str] = []
    while at is not None and at.id not in seen and len(seen) < DEEPEST:
        indent = "  " * len(seen)
        yield f"{indent}{_named(at, language)}"
        yield f"{indent}  {_reason(at, report.relations, language)}"
        yield from (f"{indent}  {text}" for text in _steps(at, language))
        seen.append(at.id)
        at = next((other for other in report.diagnoses if other.id == at.explained_by), None)


def _steps(item: Diagnosis, language: str) -> Iterator[str]:
    """The questions asked on the way to the bottleneck, numbered, with their answers."""
    yield from (f"{number}. {printable(step.in_language(language))}" for number, step in enumerate(item.steps, 1))


def _named(item: Diagnosis, language: str) -> str:
    first = item.evidence[0]
    role = phrases.ROLES[item.role].in_language(language)
    name = printable(title(item).in_language(language))
    return f"{item.id}  {role}  {item.confidence:.0%}  {printable(first.source)}:{first.line}  {name}"


def _reason(item: Diagnosis, relations: Sequence[Relation], language: str) -> str:
    edge = next((one for one in relations if one.effect == item.id and one.cause == item.explained_by), None)
    if edge is None:
        plain = FIRST if item.role in (Role.ROOT, Role.PERF) else phrases.ROLES[item.role]
        return plain.in_language(language)
    where, why = printable(str(edge.cause_where)), edge.reason.in_language(language)
    return FOLLOWS.in_language(language).format(cause=edge.cause, where=where, reason=why)


def _gave_way(one: Lost, language: str) -> str:
    where = printable(str(one.where))
    return GAVE_WAY.in_language(language).format(loser=one.loser, winner=one.winner, where=where)
