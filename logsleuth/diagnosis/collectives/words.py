"""The stragglers in words: a summary in both languages, facts, and a table of where each rank stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from logsleuth.diagnosis.collectives.case import Suspicion, Why
from logsleuth.diagnosis.collectives.solver import NUMBERED, Collective, Stragglers
from logsleuth.diagnosis.collectives.standing import Standing
from logsleuth.model import Facts, Words
from logsleuth.wording import fill

Table = tuple[tuple[str, ...], ...]
HEADS: Final = ("rank", "last enqueued", "last completed", "op", "says")
ROWS: Final = 64
LISTED: Final = 8  # more ranks than these are given as ranges
RUNS: Final = 16
SURE: Final = 0.8
LIKELY: Final = 0.55


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The words on suspects, and what a row of the table says; `{name}` is a fact, `[[ ]]` an optional part."""

    summary: Words
    row: str


SAID: Final = {
    Why.DIED: Said(
        summary=Words(
            en="{who} ended or failed ({detail}) and did not come to {what}.",
            zh="{who} 已退出或出错（{detail}），没有进入 {what}。",
        ),
        row="died or failed: {detail}",
    ),
    Why.NAMED: Said(
        summary=Words(
            en="PyTorch compared the ranks and names {who} as holding up {what}.",
            zh="PyTorch 比较各 rank 后指出 {who} 拖住了 {what}。",
        ),
        row="named by PyTorch as lagging",
    ),
    Why.MISMATCHED: Said(
        summary=Words(
            en="{who} issued another collective under the same number ({detail}), where the others wait in {what}:"
            " the ranks' programs differ.",
            zh="{who} 在同一序号下发起了不同的集合通信（{detail}），其他 rank 等待的是 {what}：各 rank 的程序不一致。",
        ),
        row="issued {detail} instead",
    ),
    Why.LAGGING: Said(
        summary=Words(
            en="{who} never entered {what}: the last collective asked for is {detail} behind.",
            zh="{who} 从未进入 {what}：最后发起的集合通信落后 {detail} 个。",
        ),
        row="never entered it, {detail} behind",
    ),
    Why.STUCK: Said(
        summary=Words(
            en="The watchdog of {who} is stuck itself (a hanging CUDA call, or the Python lock)[[ while others wait in"
            " {what}]].",
            zh="{who} 的 watchdog 自身卡住（CUDA 调用挂起或 Python 全局锁）[[，其他 rank 在 {what} 中等待]]。",
        ),
        row="its own watchdog is stuck",
    ),
    Why.SILENT: Said(
        summary=Words(
            en="{who} said nothing at all while the others waited in {what}: dead, hanging, or its log is missing.",
            zh="其他 rank 在 {what} 中等待时，{who} 没有任何输出：已退出、挂起，或缺少其日志。",
        ),
        row="silent",
    ),
    Why.ABSENT: Said(
        summary=Words(
            en="{who} only heard of the time-out and did not wait in {what}.",
            zh="{who} 只是得知超时，自己并没有在 {what} 中等待。",
        ),
        row="did not wait, only heard of the time-out",
    ),
    Why.BEHIND: Said(
        summary=Words(
            en="{who} still waits {detail} collectives before {what}.",
            zh="{who} 仍停在 {what} 之前第 {detail} 个集合通信。",
        ),
        row="waits {detail} before it",
    ),
    Why.AHEAD: Said(
        summary=Words(
            en="{who} waits {detail} collectives after {what}, in which the others wait: the ranks have lost step.",
            zh="{who} 停在 {what} 之后第 {detail} 个集合通信，其他 rank 仍在等待：各 rank 已不同步。",
        ),
        row="waits {detail} after it",
    ),
    Why.SLOWER: Said(
        summary=Words(
            en="All wait in {what}; {who} has asked for {detail} fewer collectives than any other rank.",
            zh="所有 rank 都在 {what} 中等待；{who} 比其他 rank 少发起 {detail} 个集合通信。",
        ),
        row="waits, has asked for {detail} fewer",
    ),
    Why.EVEN: Said(
        summary=Words(
            en="All {count} ranks that speak wait in {what} and none is behind: no rank is at fault by its program;"
            " suspect the network, the links between the GPUs, or a GPU.",
            zh="有输出的 {count} 个 rank 都停在 {what}，没有一个落后：问题不在某个 rank 的程序，"
            "应怀疑网络、GPU 互联或某块 GPU。",
        ),
        row="",
    ),
    Why.UNKNOWN: Said(
        summary=Words(
            en="[[{waiting} waited in {what}. ]]Those who report a time-out are the victims; which rank held them up"
            " cannot be told from these logs.",
            zh="[[{waiting} 在 {what} 中等待。]]报告超时的是受害者；从现有日志看不出是哪个 rank 拖住了它们。",
        ),
        row="",
    ),
}
HEDGES: Final = (
    (SURE, Words(en="", zh="")),
    (LIKELY, Words(en="Probably: ", zh="很可能：")),
    (0.0, Words(en="Possibly: ", zh="可能：")),
)
VICTIMS: Final = Words(
    en="{victims} waited for it[[ {timeout}]] and gave up.", zh="{victims} 等待[[ {timeout} ]]后放弃，是受害者。"
)
HELD: Final = Words(en="{victims} {wait} in it.", zh="{victims} 在其中等待。")
MISSING: Final = Words(
    en="Nothing was heard of {silent}: bring those logs.", zh="没有 {silent} 的任何输出：请补充这些日志。"
)
UNGROUPED: Final = Words(
    en="The lines do not surely tell the process groups apart, so the numbers may belong to different ones.",
    zh="这些日志行不能可靠区分进程组，序号可能属于不同的组。",
)
MANY: Final = Words(
    en="They are more than those who wait: it may as well be the few that took another path.",
    zh="落后者比等待者多：也可能是少数 rank 走了不同的分支。",
)


def words(stragglers: Stragglers, *, is_over: bool = True) -> tuple[Words, Facts, Table]:
    """Summary, facts and table; `is_over` where those who waited gave up in the end."""
    facts = _facts(stragglers)
    return _summary(stragglers, dict(facts), is_over=is_over), facts, _table(stragglers)


def _summary(found: Stragglers, facts: dict[str, str], *, is_over: bool) -> Words:
    parts = [SAID[found.why].summary, *_additions(found, is_over=is_over)]
    hedge = next(words for least, words in HEDGES if found.confidence >= least) if found.suspects else HEDGES[0][1]
    en = [_filled(part.en, {**facts, **_named(found, "en")}) for part in parts]
    zh = [_filled(part.zh, {**facts, **_named(found, "zh")}) for part in parts]
    first = en[0] if hedge.en else capital(en[0])
    return Words(en=hedge.en + " ".join((first, *map(capital, en[1:]))), zh=hedge.zh + "".join(zh))


def _filled(text: str, known: dict[str, str]) -> str:
    return fill(text, known) or ""


def capital(text: str) -> str:
    """`text` as a sentence begins."""
    return text[:1].upper() + text[1:]


def _additions(found: Stragglers, *, is_over: bool) -> Iterator[Words]:
    first = tuple(suspicion for suspicion in found.suspects if suspicion.why is found.why)
    if len(first) > max(len(found.victims), 1) and found.why is Why.LAGGING:
        yield MANY
    if found.suspects and found.victims:
        yield VICTIMS if is_over else HELD
    if found.silent and found.why is not Why.SILENT:
        yield MISSING
    if found.why in NUMBERED and not found.is_group_known:
        yield UNGROUPED


def _named(found: Stragglers, language: str) -> dict[str, str]:
    """What the sentences call things; the first suspect's reason is told, and of all those who share it."""
    first = [suspicion for suspicion in found.suspects if suspicion.why is found.why]
    wait = "waits" if len(found.victims) == 1 else "wait"
    names = {"what": _collective(found.collective, language), "count": str(len(found.victims)), "wait": wait}
    if first:
        names |= {"who": _ranks([one.rank for one in first], language), "detail": first[0].detail}
    for name, ranks in (("victims", found.victims), ("waiting", found.victims), ("silent", found.silent)):
        if ranks:
            names[name] = _ranks(ranks, language)
    return names


def _collective(one: Collective, language: str) -> str:
    """`ALLREDUCE #17 (process group 3(tp:0))`, as far as it is known."""
    name = one.op or ("the collective" if language == "en" else "该集合通信")
    number = "" if one.seq is None else f" #{one.seq}"
    group = (one.group or "").removeprefix("PG ")
    shown = f" (process group {group})" if language == "en" else f"（进程组 {group}）"
    return f"{name}{number}{shown if group else ''}"


def _ranks(ranks: Sequence[int], language: str) -> str:
    return f"{'rank' if len(ranks) == 1 or language == 'zh' else 'ranks'} {listed(ranks)}"


def listed(ranks: Sequence[int]) -> str:
    """`0, 1, 3`; many as ranges, `0-30, 32`."""
    ordered = sorted(ranks)
    if len(ordered) <= LISTED:
        return ", ".join(map(str, ordered))
    runs: list[list[int]] = []
    for rank in ordered:
        if runs and rank == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], rank]
        else:
            runs.append([rank])
    shown = [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs[:RUNS]]
    return ", ".join(shown) + (", ..." if len(runs) > RUNS else "")


def _facts(found: Stragglers) -> Facts:
    """What is known, by the names that reports use; what is unknown is left out."""
    one = found.collective
    lag = next((suspicion.detail for suspicion in found.suspects if suspicion.why in (Why.LAGGING, Why.BEHIND)), "")
    facts = {
        "seq": "" if one.seq is None else str(one.seq),
        "op": one.op or "",
        "group": one.group or "",
        "timeout": "" if one.timeout_ms is None else seconds(one.timeout_ms),
        "suspect": f"rank {found.suspects[0].rank}" if found.suspects else "",
        "suspect_reason": "" if found.why is Why.UNKNOWN else found.why.value,
        "suspects": listed([suspicion.rank for suspicion in found.suspects]),
        "victims": listed(found.victims),
        "silent_ranks": listed(found.silent),
        "lagging_by": lag,
        "first_reporter": _first_reporter(found),
    }
    return tuple((name, value) for name, value in facts.items() if value)


def _first_reporter(found: Stragglers) -> str:
    """The rank of whose time-out the others were told, where they agree."""
    told = {by for _, by in found.heard}
    return f"rank {told.pop()}" if len(told) == 1 else ""


def seconds(milliseconds: int) -> str:
    """`600 s`; what is no whole second keeps its milliseconds."""
    return f"{milliseconds // 1000} s" if milliseconds % 1000 == 0 else f"{milliseconds} ms"


def _table(found: Stragglers) -> Table:
    """One row for each rank, the suspects first; what does not fit is counted."""
    suspects = {suspicion.rank: suspicion for suspicion in found.suspects}
    standings = {standing.rank: standing for standing in found.standings}
    others = sorted((standings.keys() | set(found.victims) | set(found.unknown) | set(found.silent)) - suspects.keys())
    ranks = [*suspects, *others]
    rows = [_row(rank, standings.get(rank), suspects.get(rank), found) for rank in ranks[:ROWS]]
    rest = len(ranks) - len(rows)
    return (HEADS, *rows, *([("...", "", "", "", f"{rest} more ranks")] if rest else []))


def _row(rank: int, standing: Standing | None, suspicion: Suspicion | None, found: Stragglers) -> tuple[str, ...]:
    says = _says(rank, standing, found)
    if suspicion is not None:
        says = fill(SAID[suspicion.why].row, {"detail": suspicion.detail}) or says
    if standing is None:
        return str(rank), "", "", "", says
    op = "" if standing.op is None else standing.op + ("" if standing.seq is None else f" #{standing.seq}")
    return str(rank), _number(standing.last_enqueued), _number(standing.last_completed), op, says


def _number(value: int | None) -> str:
    return "" if value is None else "none" if value < 0 else str(value)


def _says(rank: int, standing: Standing | None, found: Stragglers) -> str:
    if standing is not None and standing.is_waiting:
        return "waits" if standing.seq is None else f"waits at #{standing.seq}"
    if rank in found.silent:
        return "silent"
    by = dict(found.heard).get(rank)
    return "" if by is None else f"heard of it from rank {by}"
