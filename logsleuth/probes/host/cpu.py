"""Does the processor have the instructions that were missing. In: a name of them. Out: whether it has."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes.figures import text, texts
from logsleuth.probes.judging import from_failure, result, words
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject

NAME: Final = "cpu-flags"
# what prebuilt wheels of torch, vLLM and their kernels use on x86-64
USUAL: Final = ("sse4_2", "avx", "avx2", "fma", "f16c")
WIDE: Final = ("avx512f", "avx512bw", "avx512vl")
ALIASES: Final = {"avx512": "avx512f", "amx": "amx_tile", "sse4.2": "sse4_2", "avx512bf16": "avx512_bf16"}


def wishes(subject: Subject) -> Mapping[str, Json] | Words:
    """Which instruction sets to look for: those that the log names."""
    named = re.findall(r"[a-z][a-z0-9_.]{1,20}", subject.get("missing").lower())
    return {"wanted": [ALIASES.get(name, name) for name in named][:20]}


def measure(wishes: Mapping[str, Json]) -> Mapping[str, object]:
    """The flags that the kernel tells, of those that matter."""
    has = flags(Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace"))
    named = wishes["wanted"]
    asked = [str(name) for name in named] if isinstance(named, list) else []
    looked = dict.fromkeys((*asked, *USUAL, *WIDE))
    return {
        "machine": platform.machine(),
        "wanted": asked,
        "has": [name for name in looked if name in has],
        "lacks": [name for name in looked if name not in has],
    }


def flags(cpuinfo: str) -> frozenset[str]:
    """The instruction sets of the first processor."""
    match = re.search(r"^(?:flags|Features)\s*:(.*)$", cpuinfo, re.MULTILINE)
    return frozenset(match[1].split()) if match else frozenset()


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """Missing if what the log names is not there, or, where it names nothing, what all wheels use."""
    has, lacks, asked = texts(sample, "has"), texts(sample, "lacks"), texts(sample, "wanted")
    facts = (("machine", text(sample, "machine")), ("has", " ".join(has)), ("lacks", " ".join(lacks)))
    if (failure := from_failure(NAME, sample, subject, facts=facts)) is not None:
        return failure
    missing = [name for name in asked or USUAL if name in lacks]
    is_x86 = text(sample, "machine") in {"x86_64", "AMD64"}
    if not asked and (not is_x86 or (lacks and not missing)):
        absent = " ".join(lacks)
        detail = words(
            "the log does not name the instructions; absent here: {absent}",
            "日志没有指明指令集；此处缺少：{absent}",
            absent=absent,
        )
        return result(NAME, Outcome.INCONCLUSIVE, detail, sample, facts)
    if missing:
        detail = words("this processor lacks {missing}", "本机处理器缺少 {missing}", missing=" ".join(missing))
        return result(NAME, Outcome.CONFIRMED, detail, sample, facts)
    detail = words("this processor has {has}", "本机处理器支持 {has}", has=" ".join(asked or has))
    return result(NAME, Outcome.REFUTED, detail, sample, facts)


CPU_FLAGS: Final = Probe(
    name=NAME,
    title=Words(en="Instruction sets of the processor", zh="处理器指令集"),
    hypothesis=Words(
        en="the processor lacks instructions that a prebuilt binary uses",
        zh="处理器缺少预编译二进制所用的指令",
    ),
    answers=("host.cpu-isa",),
    predictions=(
        Prediction(diagnosis="host.cpu-isa", says=Words(en="the flag is not there", zh="没有该标志")),
        Prediction(diagnosis="healthy", says=Words(en="the flags are there", zh="标志齐全")),
    ),
    measure="host.cpu:measure",
    wishes=wishes,
    judge=judge,
)
