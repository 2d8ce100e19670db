"""What the input leaves out, and what that does to an answer: cut tracebacks, collapsed repetitions, missing ranks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from logsleuth.diagnosis.ranks import MOST_RANKS
from logsleuth.model import Finding, Notice, NoticeKind, Where

CUT_COST: Final = 0.1  # of confidence, where the decisive traceback has no end
NAMED_RANKS: Final = 16
EVERYWHERE: Final = Where(source="all inputs")
UNTOLD: Final = Notice(
    kind=NoticeKind.LIMIT,
    where=Where(source="all inputs"),
    detail="no templates were made, as asked for: lines by level were not counted, and errors that no signature knows"
    " are found by their tracebacks alone",
)


def cost(finding: Finding) -> float:
    """How much less sure an answer is for what is missing around its decisive lines."""
    return CUT_COST if finding.event.is_cut else 0.0


def losses(findings: Iterable[Finding], environment: Mapping[str, str]) -> Iterator[Notice]:
    """What a reader has to know about the completeness of the input."""
    found = tuple(findings)
    yield from _cut(found)
    if any(finding.signature_id.startswith("ucm.") and "ucm" in finding.event.layers for finding in found):
        detail = "UCM prints an error at most 3 times a minute at each place in its code: its counts are lower bounds"
        yield Notice(kind=NoticeKind.LOSSY, where=EVERYWHERE, detail=detail)
    yield from _missing_ranks(found, environment)


def over_limits(coarse_lines: int, dropped: int) -> Iterator[Notice]:
    """What did not fit into the limits."""
    if coarse_lines:
        detail = f"{coarse_lines} lines of rare shapes were counted in coarse groups"
        yield Notice(kind=NoticeKind.LIMIT, where=EVERYWHERE, detail=detail)
    if dropped:
        detail = f"{dropped} findings beyond the limit of distinct ones were not kept"
        yield Notice(kind=NoticeKind.LIMIT, where=EVERYWHERE, detail=detail)


def _cut(findings: Iterable[Finding]) -> Iterator[Notice]:
    """The first traceback whose end is not there."""
    cut = next((finding for finding in findings if finding.event.is_cut), None)
    if cut is not None:
        where = Where(source=cut.event.source, line=cut.event.lines[-1].number)
        detail = "a traceback ends here without its exception: the log is cut, or another line came between"
        yield Notice(kind=NoticeKind.LOSSY, where=where, detail=detail)


def _missing_ranks(findings: Iterable[Finding], environment: Mapping[str, str]) -> Iterator[Notice]:
    """Ranks of a distributed job that speak nowhere, where others do speak of their failures."""
    world = _number(environment.get("tensor_parallel_size")) * _number(environment.get("pipeline_parallel_size"))
    ranks = {finding.event.origin.rank for finding in findings if finding.event.origin.rank is not None}
    if len(ranks) < 2 or max(ranks) >= world or world > MOST_RANKS:
        return
    silent = [rank for rank in range(world) if rank not in ranks]
    if silent:
        named = ", ".join(map(str, silent[:NAMED_RANKS]))
        detail = f"ranks {named} of {world} report nothing: they are sound, fell silent, or their logs are not here"
        yield Notice(kind=NoticeKind.LOSSY, where=EVERYWHERE, detail=detail)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else 1
