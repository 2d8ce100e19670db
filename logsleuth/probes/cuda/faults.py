"""Probes `cuda-launch`, `cuda-access` and `cuda-assert`: sound kernels run, and unsound ones give the error of the log.

The unsound kernel shows that this machine answers such a mistake with this very error. It runs in a process of its own,
for it takes the context with it. What decides is the sound one: if it fails, the card or its driver is at fault; if it
runs, the mistake is in the software.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes.cuda.answers import facts_of, is_predicted, text, undecided, whole
from logsleuth.probes.cuda.devices import ordinal_of
from logsleuth.probes.cuda.telling import cuda_absent, failed, sacrifice, started
from logsleuth.probes.judging import result, skipped
from logsleuth.probes.probe import Json, Need, Prediction, Probe, Sample, Subject, Touch


def _sound_and_not(wishes: Mapping[str, Json], name: str, sound: Callable[[int], bool]) -> Iterator[dict[str, Json]]:
    """The sound kernel here, then the unsound one elsewhere; `fault` puts the unsound one in the sound one's place."""
    device = whole(wishes, "gpu")
    if wishes.get("fault") is True:
        sacrifice(f"cuda.sacrifices:{name}", {"gpu": device})
        yield {"is_ok": False, "error": "the fault was asked for"}
        return
    try:
        is_sound = sound(device)
        yield {"is_ok": is_sound}
    except RuntimeError as error:
        yield failed(error)
        return
    if is_sound:
        yield {"deliberate": _ended(sacrifice(f"cuda.sacrifices:{name}", {"gpu": device}))}
        yield {"is_ok_after": sound(device)}


def _ended(output: str) -> str:
    return next((line.strip()[:300] for line in reversed(output.splitlines()) if "CUDA error" in line), "no error")


def launch(wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """As many threads as a block may have, then more."""
    driver, why = started()
    if driver is None:
        yield {"absent": why}
        return
    from logsleuth.probes.cuda.sacrifices import largest_block

    yield from _sound_and_not(wishes, "bad_launch", largest_block)


def access(wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """A pattern over some of the card's memory, then a store to an address that is nobody's."""
    driver, why = started()
    if driver is None:
        yield {"absent": why}
        return
    from logsleuth.probes.cuda.sacrifices import pattern

    yield from _sound_and_not(wishes, "bad_access", pattern)


def asserting(wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """An index within bounds, then one beyond them."""
    if why := cuda_absent():
        yield {"absent": why}
        return
    from logsleuth.probes.cuda.sacrifices import gathered

    yield from _sound_and_not(wishes, "bad_index", gathered)


def _judge(name: str, predicts: tuple[str, ...], sample: Sample, subject: Subject) -> ProbeResult:
    """Decided by the sound kernel; where the unsound one gives another error, nothing is."""
    facts = facts_of(sample.values)
    if absent := text(sample.values, "absent"):
        return skipped(name, Words(en=absent, zh=f"缺少条件：{absent}"))
    if sample.values.get("is_ok") is not True:
        is_same = is_predicted(sample.provoked, subject, predicts)
        return (
            result(name, Outcome.CONFIRMED, FAILS, sample, facts)
            if is_same
            else undecided(name, sample, subject, facts)
        )
    if not is_predicted(sample.provoked, Subject(), predicts[:1]):  # what the deliberate mistake has to give
        return undecided(name, sample, subject, facts)
    is_well = sample.values.get("is_ok_after") is True
    return result(name, Outcome.REFUTED if is_well else Outcome.INCONCLUSIVE, SOUND if is_well else HURT, sample, facts)


FAILS: Final = Words(
    en="a sound kernel fails here with this very error: look at the card and its driver, not at the model",
    zh="正确的 kernel 在此也以同样的错误失败：应检查显卡与驱动，而不是模型",
)
SOUND: Final = Words(
    en="sound kernels run here, and a deliberate mistake fails as it should: the software or its input is wrong",
    zh="正确的 kernel 在此运行正常，而故意的错误按预期失败：问题在软件或其输入",
)
HURT: Final = Words(
    en="after the deliberate mistake of another process a sound kernel failed here: the card did not recover",
    zh="其他进程故意出错后，正确的 kernel 在此失败：显卡没有恢复",
)


def _probe(name: str, words: Sequence[str], predicts: tuple[str, ...], measure: str, needs: tuple[Need, ...]) -> Probe:
    def judge(sample: Sample, subject: Subject) -> ProbeResult:
        return _judge(name, predicts, sample, subject)

    title_en, title_zh, mistake_en, mistake_zh = words
    return Probe(
        name=name,
        title=Words(en=title_en, zh=title_zh),
        hypothesis=Words(
            en=f"this machine fails so even without a mistake of the software ({mistake_en})",
            zh=f"即使软件没有错误（{mistake_zh}），本机也会这样失败",
        ),
        answers=predicts,
        predictions=(
            Prediction(
                diagnosis=predicts[0], says=Words(en=f"fails only with {mistake_en}", zh=f"仅在{mistake_zh}时失败")
            ),
            Prediction(
                diagnosis="gpu.xid",
                says=Words(
                    en="a sound kernel fails too, or the card does not recover",
                    zh="正确的 kernel 也失败，或显卡不能恢复",
                ),
            ),
            Prediction(
                diagnosis="healthy",
                says=Words(en="a sound kernel runs before and after", zh="正确的 kernel 前后都能运行"),
            ),
        ),
        measure=measure,
        wishes=lambda subject: {"gpu": ordinal_of(subject)},
        judge=judge,
        needs=needs,
        touches=(Touch.GPU,),
        limit_s=150.0,
        memory_bytes=8 * 1024**3,  # several processes with torch and a context each
    )


LAUNCH: Final = _probe(
    "cuda-launch",
    ("launch configurations", "启动配置", "a block of too many threads", "线程块过大"),
    ("cuda.invalid-configuration",),
    "cuda.faults:launch",
    (Need.GPU,),
)
ACCESS: Final = _probe(
    "cuda-access",
    (
        "the card's memory; leaves an Xid 31 in the kernel's log",
        "显存读写；会在内核日志留下一条 Xid 31",
        "a store to an address that is nobody's",
        "向无主地址写入",
    ),
    ("cuda.illegal-access", "cuda.launch-failure", "gpu.xid.memory-fault"),
    "cuda.faults:access",
    (Need.GPU,),
)
ASSERT: Final = _probe(
    "cuda-assert",
    ("device-side asserts", "设备端断言", "an index out of bounds", "索引越界"),
    ("cuda.device-assert",),
    "cuda.faults:asserting",
    (Need.TORCH, Need.GPU),
)
