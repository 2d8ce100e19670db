"""The report as Markdown: for a ticket (`render`), or as the body of an issue to file upstream (`render_issue`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.model import Advice, Diagnosis, Facts, Report, Role, Verdict, Words
from logsleuth.report import phrases
from logsleuth.report.captions import UNKNOWN, period, place, title, who
from logsleuth.report.probe import headline
from logsleuth.report.summary import among, counts, notices
from logsleuth.wording import escaped, printable

TICKS: Final = lazy("`+")
# signs that Markdown, or HTML inside it, would take for its own
MARKUP: Final = lazy(r"[\\`*{}\[\]<>|#~&!]|(?<![^\W_])_|_(?![^\W_])")
# versions and machines; what else a log tells of its environment are settings
VERSIONS: Final = frozenset(
    {
        "compute_capability",
        "cuda",
        "driver",
        "driver_cuda",
        "engine",
        "gpu",
        "gpu_memory_gib",
        "lmcache",
        "nccl",
        "nccl_cuda",
        "os",
        "platform",
        "python",
        "ray",
        "torch",
        "transformers",
        "ucm",
        "vllm",
    }
)


def render(report: Report, *, language: str = "en") -> str:
    """The report as a Markdown page."""
    said = [f"# {phrases.VERDICTS[report.verdict].in_language(language)}", ""]
    told = [item for item in report.diagnoses if item.role in {Role.ROOT, Role.PERF}]
    for item in told:
        said += [f"## {_inline(title(item).in_language(language))}", "", _particulars(item, language), ""]
        said += _told(item, language)
    said += _others([item for item in report.diagnoses if item not in told], language)
    said += _table(phrases.ENVIRONMENT, report.environment, language)
    said += [f"{counts(report, language)}{among(report, language)}", ""]
    said += [f"- {_inline(line)}" for line in notices(report, language)]
    return "\n".join(said).rstrip() + "\n"


def render_issue(report: Report, *, language: str = "en") -> str:
    """The body of an issue: environment, configuration, error and steps, as maintainers ask for them."""
    versions = tuple(item for item in report.environment if item[0] in VERSIONS)
    settings = tuple(item for item in report.environment if item[0] not in VERSIONS)
    first = next((item for item in report.diagnoses if item.role in {Role.ROOT, Role.PERF}), None)
    said = [f"<!-- {phrases.BEFORE_POSTING.in_language(language)} -->", ""]
    said += _heading(phrases.YOUR_ENVIRONMENT, language)
    said += [phrases.ADD_ENVIRONMENT.in_language(language), "", *_rows(versions)]
    said += _table(phrases.CONFIGURATION, settings, language)
    said += _heading(phrases.BUG, language)
    if first is None:
        said += [phrases.VERDICTS[Verdict.HEALTHY].in_language(language), ""]
    else:
        said += [f"**{_inline(title(first).in_language(language))}**", "", *_proof(first, language)]
        said += [*_explained(first, language), *_probed(first, language)]
    said += [*_heading(phrases.STEPS, language), phrases.TO_DO.in_language(language)]
    return "\n".join(said).rstrip() + "\n"


def _told(item: Diagnosis, language: str) -> Iterable[str]:
    yield from _proof(item, language)
    yield from _explained(item, language)
    yield from _probed(item, language)
    yield from _remedies(item.remedies, language)
    if item.causes and item.id != UNKNOWN:
        yield from _heading(phrases.CAUSES, language, level=3)
        yield from (f"- {_inline(cause.in_language(language))}" for cause in item.causes)
        yield ""
    if item.references:
        yield from _heading(phrases.REFERENCES, language, level=3)
        yield from (f"- <{escaped(reference)}>" for reference in item.references)
        yield ""


def _particulars(item: Diagnosis, language: str) -> str:
    sure = f"{item.confidence:.0%} {phrases.SURE.in_language(language)}"
    times = phrases.TIME.counted(item.count, language) if item.count > 1 else ""
    parts = [phrases.ROLES[item.role].in_language(language), sure, times, period(item, language), who(item.places)]
    return " · ".join([_code(item.id), *(_inline(part) for part in parts if part)])


def _proof(item: Diagnosis, language: str) -> Iterable[str]:
    """The sentence, and the lines that prove it."""
    yield from (_inline(item.summary.in_language(language)), "")
    for evidence in item.evidence:
        yield from (_code(place(evidence.source, evidence.line)), "", *_fenced(evidence.text), "")
    if item.table:
        head, *rows = (f"| {' | '.join(map(_inline, row))} |" for row in item.table)
        yield from (head, "|---" * len(item.table[0]) + "|", *rows, "")


def _explained(item: Diagnosis, language: str) -> Iterable[str]:
    if item.explains:
        said = ", ".join(_code(name) for name in item.explains)
        yield from (f"{phrases.EXPLAINS.in_language(language)}{phrases.COLON.in_language(language)}{said}", "")


def _probed(item: Diagnosis, language: str) -> Iterable[str]:
    if item.probe is not None:
        said = _inline(headline(item.probe, language))
        yield from (f"**{phrases.PROBE.in_language(language)}**{phrases.COLON.in_language(language)}{said}", "")


def _remedies(items: Iterable[Advice], language: str) -> Iterable[str]:
    said: list[str] = []
    for item in items:
        notes = [f"{phrases.ONLY.in_language(language)} {item.applies}"] if item.applies else []
        notes += [phrases.DESTRUCTIVE.in_language(language)] if item.is_destructive else []
        said.append(
            "1. " + " ".join([_inline(item.text.in_language(language)), *(f"*({_inline(note)})*" for note in notes)])
        )
        if item.command:
            said += ["", *(f"   {line}" for line in _fenced(item.command.strip())), ""]
    if said:
        yield from (*_heading(phrases.REMEDIES, language, level=3), *said, "")


def _others(items: Iterable[Diagnosis], language: str) -> list[str]:
    said = []
    for item in items:
        role, name = phrases.ROLES[item.role].in_language(language), _inline(title(item).in_language(language))
        at = _code(place(item.evidence[0].source, item.evidence[0].line))
        said.append(f"- {role}{phrases.COLON.in_language(language)}{name} ({_code(item.id)}, {at}, ×{item.count})")
    return [*_heading(phrases.ALSO, language), *said, ""] if said else []


def _heading(words: Words, language: str, *, level: int = 2) -> list[str]:
    return [f"{'#' * level} {words.in_language(language)}", ""]


def _table(words: Words, facts: Facts, language: str) -> list[str]:
    return [*_heading(words, language), *_rows(facts)] if facts else []


def _rows(facts: Facts) -> list[str]:
    rows = [f"| {_inline(name)} | {_inline(value)} |" for name, value in facts]
    return ["| | |", "|---|---|", *rows, ""] if rows else []


def _inline(text: str) -> str:
    """Text from a log inside a sentence: no markup of its own, no line ends."""
    return MARKUP.sub(r"\\\g<0>", escaped(" ".join(text.split())))


def _code(text: str) -> str:
    """Text as it is, between more backticks than it holds itself."""
    ticks = "`" * (_longest(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{escaped(text)}{pad}{ticks}"


def _fenced(text: str) -> list[str]:
    fence = "`" * max(_longest(text) + 1, 3)
    return [f"{fence}text", *printable(text).split("\n"), fence]


def _longest(text: str) -> int:
    return max((len(run) for run in TICKS.findall(text)), default=0)
