"""A rate against what the data sheet promises. In: figures. Out: the share, and the verdict on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes.cuda.answers import facts_of, number, text, undecided
from logsleuth.probes.judging import result, skipped
from logsleuth.probes.probe import Sample, Subject
from logsleuth.probes.speed.cards import Card, card_of

NO_SHEET: Final = Words(en="no data sheet is known for this card", zh="没有此卡的数据手册")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What is judged: the value's name, its unit, and the shares of the promise that are good and poor.

    No program reaches all of a promise; what lies between good and poor decides nothing. `unknown` says what is missing
    where there is no promise.
    """

    probe: str
    value: str
    unit: str
    good: float
    poor: float
    unknown: Words = NO_SHEET


def judge_share(measure: Measure, promised: float, sample: Sample, subject: Subject) -> ProbeResult:
    """Refuted at a good share, confirmed at a poor one."""
    facts = facts_of(sample.values)
    if absent := text(sample.values, "absent"):
        return skipped(measure.probe, Words(en=absent, zh=f"缺少条件：{absent}"))
    reached = number(sample.values, measure.value)
    if not sample.is_complete or reached <= 0:
        return undecided(measure.probe, sample, subject, facts)
    if promised <= 0:
        return result(measure.probe, Outcome.INCONCLUSIVE, _unknown(measure, reached, sample), sample, facts)
    share = reached / promised
    facts = (*facts, ("promised", f"{promised:g}"), ("share_percent", f"{100 * share:.0f}"))
    return result(measure.probe, _outcome(measure, share), _said(measure, reached, promised), sample, facts)


def _outcome(measure: Measure, share: float) -> Outcome:
    if share >= measure.good:
        return Outcome.REFUTED
    return Outcome.CONFIRMED if share < measure.poor else Outcome.INCONCLUSIVE


def _said(measure: Measure, reached: float, promised: float) -> Words:
    figures = f"{reached:.3g} of {promised:.4g} {measure.unit} ({100 * reached / promised:.0f} %)"
    return Words(en=f"reaches {figures}", zh=f"达到 {figures}")


def _unknown(measure: Measure, reached: float, sample: Sample) -> Words:
    card = text(sample.values, "card") or "?"
    figures, why = f"{reached:.3g} {measure.unit} ({card})", measure.unknown
    return Words(en=f"reaches {figures}; {why.en}", zh=f"达到 {figures}；{why.zh}")


def card_in(sample: Sample) -> Card | None:
    """The row of the card that was measured."""
    return card_of(text(sample.values, "card"))


def sourced(found: ProbeResult, card: Card | None) -> ProbeResult:
    """The result, with the sheet that the promise stands in, and whether its figures were compared with it."""
    if card is None:
        return found
    facts = (*found.facts, ("data_sheet", card.source), ("data_sheet_checked", "yes" if card.is_checked else "no"))
    detail = found.detail if card.is_checked else _with_doubt(found.detail)
    return replace(found, detail=detail, facts=facts)


def _with_doubt(detail: Words) -> Words:
    return Words(
        en=f"{detail.en}; the figures of this card's data sheet could not be compared with the sheet itself",
        zh=f"{detail.zh}；此卡数据手册的数值尚未与手册原文核对",
    )
