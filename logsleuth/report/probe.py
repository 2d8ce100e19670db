"""What probes found, for people: one line inside a report, a few lines of their own. In: results. Out: text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import orjson

from logsleuth.model import Outcome, ProbeResult
from logsleuth.report import phrases
from logsleuth.report.document import probe_result
from logsleuth.wording import printable

SCHEMA: Final = "logsleuth.probe/1"
OUTCOME_SIGNS: Final = {
    Outcome.CONFIRMED: "✗",
    Outcome.REFUTED: "✓",
    Outcome.INCONCLUSIVE: "?",
    Outcome.SKIPPED: "–",
}
OUTPUT_LINES: Final = 6  # of a child that decided nothing: where to look on


def headline(item: ProbeResult, language: str) -> str:
    """`disk-space: confirmed: 0 bytes are free on /data`."""
    colon = phrases.COLON.in_language(language)
    said = phrases.OUTCOMES[item.outcome].in_language(language)
    return f"{item.name}{colon}{said}{colon}{item.detail.in_language(language)}"


def render(results: Iterable[ProbeResult], *, language: str = "en") -> str:
    """The results as text, each with its figures."""
    return "".join(f"{_one_line(line)}\n" for item in results for line in _lines(item, language))


def encode(results: Iterable[ProbeResult], *, language: str = "en") -> str:
    """The results as JSON, each as it stands in a report."""
    items = [probe_result(item, language) for item in results]
    return orjson.dumps({"schema": SCHEMA, "results": items}, option=orjson.OPT_INDENT_2).decode() + "\n"


def _one_line(text: str) -> str:
    """Without what would move the cursor or begin a line that nobody said."""
    return printable(" ".join(text.splitlines()))


def _lines(item: ProbeResult, language: str) -> Iterator[str]:
    yield f"{OUTCOME_SIGNS[item.outcome]} {headline(item, language)}"
    if item.facts:
        yield "    " + ", ".join(f"{name} {value}" for name, value in item.facts)
    if item.outcome in {Outcome.INCONCLUSIVE, Outcome.CONFIRMED}:
        yield from (f"    | {line}" for line in item.output.rstrip().splitlines()[-OUTPUT_LINES:])
