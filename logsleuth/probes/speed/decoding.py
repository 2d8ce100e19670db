"""Probe `decode-ceiling`: whether a server is slow, or as fast as its card's memory allows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes.cuda.answers import facts_of, number, text, undecided, whole
from logsleuth.probes.cuda.devices import ordinal_of
from logsleuth.probes.judging import result, skipped
from logsleuth.probes.probe import Json, Need, Prediction, Probe, Sample, Subject, Touch
from logsleuth.probes.speed.copies import in_card
from logsleuth.probes.speed.models import KEYS, billions_in, quantization_of, shape_of, weight_bytes
from logsleuth.probes.speed.roofline import Ceiling, Step, ceiling, step_of
from logsleuth.probes.speed.shares import card_in, sourced

NAME: Final = "decode-ceiling"
GOOD: Final = 0.5  # of the ceiling: what remains are attention, sampling, the scheduler
POOR: Final = 0.25
MOST_CONFIG: Final = 1 << 20
NOTHING_KNOWN: Final = Words(
    en="the log names neither the model's folder nor its size", zh="日志没有给出模型目录，也没有给出其大小"
)


def wishes(subject: Subject) -> Mapping[str, Json] | Words:
    """The model's folder, or what the log tells of its size."""
    model, weights = subject.get("model"), subject.get("weights_gib")
    if not (_figure(weights) or billions_in(model) or Path(model).is_absolute()):
        return NOTHING_KNOWN
    return {"gpu": ordinal_of(subject), "model": model if Path(model).is_absolute() else ""}


def _figure(word: str) -> float:
    try:
        value = float(word.replace(",", "")[:20])
    except ValueError:
        return 0.0
    return value if 0 < value < 1e9 else 0.0


def measure(wishes: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    """The model's configuration, if its folder is here, then the bandwidth that the card reaches."""
    if config := read_config(text(wishes, "model")):
        yield {"config": config}
    yield from in_card(wishes)


def read_config(folder: str) -> dict[str, Json]:
    """The sizes in `config.json` of a folder; nothing where it cannot be read."""
    path = Path(folder) / "config.json"
    try:
        if not folder or path.stat().st_size > MOST_CONFIG:
            return {}
        found = json.loads(path.read_text(encoding="utf-8", errors="replace"))
    except (OSError, ValueError, RecursionError):
        return {}
    return _kept(found) if isinstance(found, dict) else {}


def _kept(found: Mapping[str, Json]) -> dict[str, Json]:
    inner = found.get("text_config")
    kept = {name: found[name] for name in KEYS if name in found}
    return kept | ({"text_config": _kept(inner)} if isinstance(inner, dict) and inner is not found else {})


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """Near the ceiling: refuted, the server is not slow; far below it: confirmed."""
    facts = facts_of(sample.values)
    if absent := text(sample.values, "absent"):
        return skipped(NAME, Words(en=absent, zh=f"缺少条件：{absent}"))
    card, step = card_in(sample), step_in(sample, subject)
    bandwidth = min(filter(None, (number(sample.values, "copy_gbps"), card.gbps if card else 0.0)), default=0.0)
    if step is None:
        return result(NAME, Outcome.INCONCLUSIVE, NOTHING_KNOWN, sample, facts)
    if bandwidth <= 0:
        return undecided(NAME, sample, subject, facts)
    most = ceiling(step, gbps=bandwidth, tflops=card.tflops if card else 0.0)
    found = _compared(replace(EMPTY, facts=(*facts, *_told(step, most))), sample, reported(subject), most)
    return sourced(found, card)


EMPTY: Final = ProbeResult(name=NAME, outcome=Outcome.INCONCLUSIVE, detail=NOTHING_KNOWN)


def _compared(found: ProbeResult, sample: Sample, tps: float, most: Ceiling) -> ProbeResult:
    at_most = f"{most.tokens_per_s:.3g} tokens/s"
    if tps <= 0:
        only = Words(
            en=f"at most {at_most} ({most.bound}-bound); the log tells no speed",
            zh=f"上限为 {at_most}（受 {most.bound} 限制）；日志没有给出速度",
        )
        return result(NAME, Outcome.INCONCLUSIVE, only, sample, found.facts)
    share = tps / most.tokens_per_s
    figures = f"{tps:.3g} / {most.tokens_per_s:.3g} tokens/s = {100 * share:.0f} %"
    facts = (*found.facts, ("share_percent", f"{100 * share:.0f}"))
    if share >= GOOD:
        return result(NAME, Outcome.REFUTED, _fast(figures, most), sample, facts)
    outcome = Outcome.CONFIRMED if share < POOR else Outcome.INCONCLUSIVE
    return result(NAME, outcome, _slow(figures, most), sample, facts)


def _fast(figures: str, most: Ceiling) -> Words:
    return Words(
        en=f"as fast as the card allows: {figures} of the {most.bound} ceiling; only fewer bytes a token help",
        zh=f"已接近硬件极限：{figures}（{most.bound} 上限）；只有减少每 token 的字节数才有用",
    )


def _slow(figures: str, most: Ceiling) -> Words:
    return Words(
        en=f"slower than the card allows: {figures} of the {most.bound} ceiling",
        zh=f"低于硬件所允许：{figures}（{most.bound} 上限）",
    )


def _told(step: Step, most: Ceiling) -> tuple[tuple[str, str], ...]:
    return (
        ("batch", str(step.batch)),
        ("read_gb_each_step", f"{(step.weight_bytes + step.kv_bytes) / 1e9:.3g}"),
        ("ceiling_tps", f"{most.tokens_per_s:.3g}"),
        ("ceiling_tps_each", f"{most.each_per_s:.3g}"),
        ("bound", most.bound),
    )


def batch_of(subject: Subject) -> int:
    """The sequences that ran at once."""
    return max(1, min(100_000, int(_figure(subject.get("running")) or 1)))


def reported(subject: Subject) -> float:
    """The log's tokens per second of the whole server; a slow request is told for one sequence."""
    speed = _figure(subject.get("generation_tps"))
    return speed * batch_of(subject) if subject.diagnosis.startswith("perf.decode-slow") else speed


def step_in(sample: Sample, subject: Subject) -> Step | None:
    """One step, from the configuration, else from the weights that the log counted, else from the model's name."""
    batch, gpus = batch_of(subject), max(1, int(_figure(subject.get("tensor_parallel_size")) or 1))
    config = sample.values.get("config")
    weight = _weight(subject, config if isinstance(config, dict) else {})
    if isinstance(config, dict) and (shape := shape_of(config)) is not None:
        kv = 1.0 if subject.get("kv_cache_dtype").startswith("fp8") else 2.0
        context = min(10**7, whole({"context": _figure(subject.get("context_tokens"))}, "context"))
        return step_of(shape, batch=batch, weight=weight, context=context, kv_bytes=kv, gpus=gpus)
    billions = billions_in(subject.get("model"))
    loaded = _figure(subject.get("weights_gib"))  # of one rank
    if loaded and (billions or not subject.get("model")):
        return Step(batch=batch, weight_bytes=loaded * 2**30)
    return Step(batch=batch, weight_bytes=billions * 1e9 * weight / gpus) if billions else None


def _weight(subject: Subject, config: Mapping[str, Json]) -> float:
    method, bits = quantization_of(config)
    dtype = subject.get("dtype") or text(config, "torch_dtype") or text(config, "dtype") or "bfloat16"
    return weight_bytes(subject.get("quantization") or method, dtype, bits)


DECODE: Final = Probe(
    name=NAME,
    title=Words(en="the ceiling of generation", zh="生成速度上限"),
    hypothesis=Words(
        en="the server generates much more slowly than its card allows", zh="服务的生成速度远低于硬件所允许"
    ),
    answers=("perf.decode-slow", "perf.throughput"),
    predictions=(
        Prediction(
            diagnosis="perf.decode-slow", says=Words(en="under a quarter of the ceiling", zh="低于上限的四分之一")
        ),
        Prediction(
            diagnosis="healthy",
            says=Words(
                en="half of the ceiling or more: physics, not a fault", zh="达到上限的一半以上：受物理限制，并非故障"
            ),
        ),
    ),
    measure="speed.decoding:measure",
    wishes=wishes,
    judge=judge,
    needs=(Need.TORCH, Need.GPU),
    touches=(Touch.READS, Touch.GPU),
    limit_s=90.0,
)
