"""Probe `cuda-alloc`: whether the GPU can give what the log asked for, and if not, who has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes.cuda.answers import facts_of, is_predicted, text, undecided, whole
from logsleuth.probes.cuda.devices import ordinal_of
from logsleuth.probes.cuda.driver import Driver
from logsleuth.probes.cuda.holders import holders
from logsleuth.probes.cuda.sizes import shown, size_of
from logsleuth.probes.cuda.telling import failed, started
from logsleuth.probes.judging import result, skipped
from logsleuth.probes.probe import Json, Need, Prediction, Probe, Sample, Subject, Touch

NAME: Final = "cuda-alloc"
OOM: Final = "cuda.oom.device"
TENANCY: Final = "cuda.oom.device.tenancy"
# what these diagnose is met as an exhausted card
PREDICTS: Final = (
    OOM,
    "vllm.startup-memory",
    "vllm.kv-cache-too-small",
    "vllm.no-cache-blocks",
    "cuda.cublas.no-memory",
)
CHUNK: Final = 1 << 30  # of what the process held before it asked: many allocations, none of which has to be contiguous
SHARE: Final = 0.9  # of the card that a server takes if nothing else is said
OVERHEAD: Final = 1 << 29  # of a card's memory that contexts take


def wishes(subject: Subject) -> Mapping[str, Json]:
    """The sizes of the log: what was asked for, and what the process held by then."""
    asked = size_of(subject.get("requested")) or size_of(subject.get("needed"))
    return {
        "gpu": ordinal_of(subject),
        "requested": asked,
        "held": held(subject) if asked else 0,
        "share": 0.0 if asked else _share(subject.get("gpu_memory_utilization")),
    }


def held(subject: Subject) -> int:
    """What the process held when it asked for more: all of its own, or torch's part of it, or its weights."""
    allocated, reserved = size_of(subject.get("allocated")), size_of(subject.get("reserved"))
    if subject.diagnosis.startswith("cuda.oom.device.fragmentation"):
        return allocated  # what torch had reserved and not used would have served, were it in one piece
    # what else the process has, its context aside, which this one has too
    if found := max(allocated + reserved, size_of(subject.get("in_use")) - OVERHEAD, 0):
        return found
    return size_of(subject.get("weights_gib"), unit="GiB") if subject.diagnosis.startswith("vllm.kv-cache") else 0


def _share(word: str) -> float:
    try:
        share = float(word)
    except ValueError:
        return SHARE
    return share if 0 < share <= 1 else SHARE


def measure(wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """The card's free memory and its users, then the allocation itself."""
    driver, why = started()
    if driver is None:
        yield {"absent": why}
        return
    try:
        device = driver.device(min(whole(wishes, "gpu"), max(0, driver.count() - 1)))
        found = holders(driver.bus_id(device))  # before this process is one of them
        with driver.context(device):
            free, total = driver.memory()
            asked, before = sizes(wishes, total)
            yield {"card": driver.name(device), "free_bytes": free, "total_bytes": total, "holders": found}
            yield {"requested_bytes": asked, "held_bytes": before}
            yield from _allocated(driver, before, asked)
    except RuntimeError as error:
        yield failed(error)


def sizes(wishes: Mapping[str, Json], total: int) -> tuple[int, int]:
    """(asked for at last, held before), in bytes."""
    share = wishes.get("share")
    if isinstance(share, float) and share > 0:
        return CHUNK, max(0, int(share * total) - CHUNK)
    return max(1, whole(wishes, "requested")), whole(wishes, "held")


def _allocated(driver: Driver, before: int, asked: int) -> Iterator[dict[str, Json]]:
    pieces = [CHUNK] * (before // CHUNK) + [size for size in (before % CHUNK, asked) if size]
    taken: list[int] = []
    reached = 0
    try:
        for size in pieces:
            taken.append(driver.take(size))
            reached += size
        yield {"is_ok": True, "reached_bytes": reached}
    except RuntimeError as error:
        yield {"reached_bytes": reached, **failed(error)}
    finally:
        for address in taken:
            driver.give(address)


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """It fits: refuted. It does not: confirmed, unless somebody else was blamed who is not there."""
    facts = (*facts_of(sample.values), *_named_holders(sample))
    if absent := text(sample.values, "absent"):
        return skipped(NAME, Words(en=absent, zh=f"缺少条件：{absent}"))
    if sample.is_complete and sample.values.get("is_ok") is True:
        return result(NAME, Outcome.REFUTED, _fits(sample, subject), sample, facts)
    if not is_predicted(sample.provoked, Subject(), (OOM,)) or "free_bytes" not in sample.values:
        return undecided(NAME, sample, subject, facts)
    cause = cause_of(sample)
    is_other = subject.diagnosis.startswith(TENANCY) and cause != "tenancy"
    outcome = Outcome.REFUTED if is_other else Outcome.CONFIRMED
    return result(NAME, outcome, _says(cause, sample), sample, (("cause", cause), *facts))


def cause_of(sample: Sample) -> str:
    """`does-not-fit` where the whole card is too small, `tenancy` where others have what is missing."""
    values = sample.values
    need, total = whole(values, "requested_bytes") + whole(values, "held_bytes"), whole(values, "total_bytes")
    if need > total - OVERHEAD:
        return "does-not-fit"
    lacking = need - whole(values, "free_bytes")
    return "tenancy" if lacking > 0 and taken_by_others(sample) >= lacking else "unexplained"


def taken_by_others(sample: Sample) -> int:
    """Bytes of the card that were not free: in a container the processes themselves do not show."""
    known = sum(whole(item, "bytes") for item in _holders(sample))
    free, total = whole(sample.values, "free_bytes"), whole(sample.values, "total_bytes")
    return max(known, total - free - OVERHEAD)


def _holders(sample: Sample) -> list[dict[str, Json]]:
    found = sample.values.get("holders")
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _named_holders(sample: Sample) -> tuple[tuple[str, str], ...]:
    words = [
        f"pid {item['pid']} {text(item, 'name')}".strip() + f" {shown(whole(item, 'bytes'))}"
        for item in _holders(sample)[:5]
        if "pid" in item
    ]
    return (("held_by", "; ".join(words)),) if words else ()


def _fits(sample: Sample, subject: Subject) -> Words:
    need, total = shown(whole(sample.values, "reached_bytes")), whole(sample.values, "total_bytes")
    then = size_of(subject.get("total"), unit="GiB")
    other = then and abs(then - total) > 0.05 * then
    return Words(
        en=f"{need} could be allocated at once"
        + (f"; but the log's card had {shown(then)}, this one {shown(total)}" if other else ""),
        zh=f"可以一次分配 {need}" + (f"；但日志中的显卡有 {shown(then)}，本机为 {shown(total)}" if other else ""),
    )


def _says(cause: str, sample: Sample) -> Words:
    values = sample.values
    need, total = (
        shown(whole(values, "requested_bytes") + whole(values, "held_bytes")),
        shown(whole(values, "total_bytes")),
    )
    free = shown(whole(values, "free_bytes"))
    if cause == "does-not-fit":
        return Words(
            en=f"it does not fit: {need} are needed and the whole card has {total}; nobody else is to blame",
            zh=f"放不下：需要 {need}，而整块显卡只有 {total}；与其他进程无关",
        )
    who = dict(_named_holders(sample)).get("held_by", "processes that do not show here")
    if cause == "tenancy":
        return Words(
            en=f"others hold the card: {need} are needed, {free} of {total} are free ({who})",
            zh=f"显存被他人占用：需要 {need}，{total} 中只剩 {free}（{who}）",
        )
    return Words(
        en=f"{need} could not be had although {free} of {total} are free: a limit of this process, MIG or the driver",
        zh=f"{total} 中有 {free} 空闲，却分配不到 {need}：受本进程、MIG 或驱动的限制",
    )


ALLOC: Final = Probe(
    name=NAME,
    title=Words(en="device memory of the size asked for", zh="分配日志所申请的显存"),
    hypothesis=Words(en="the GPU cannot give what the log asked for", zh="GPU 无法提供日志所申请的显存"),
    answers=PREDICTS,
    predictions=(
        Prediction(
            diagnosis=TENANCY,
            says=Words(en="fails, and others hold what is missing", zh="失败，且缺少的部分被其他进程占用"),
        ),
        Prediction(
            diagnosis=OOM, says=Words(en="fails on an empty card: more than it has", zh="空卡上也失败：超过其容量")
        ),
        Prediction(
            diagnosis="cuda.oom.device.fragmentation",
            says=Words(en="fits here, in a fresh process", zh="在新进程中放得下"),
        ),
        Prediction(diagnosis="healthy", says=Words(en="fits", zh="放得下")),
    ),
    measure="cuda.alloc:measure",
    wishes=wishes,
    judge=judge,
    needs=(Need.GPU,),
    touches=(Touch.GPU,),
    limit_s=60.0,  # a driver that nothing keeps awake starts every card anew, seconds each
)
