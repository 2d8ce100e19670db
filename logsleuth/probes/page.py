"""Probes and intentions in words: the list, the dry run, the page of the docs. In: probes. Out: text, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from logsleuth.model.signature import Words
from logsleuth.probes.intention import Intention
from logsleuth.probes.probe import Json, Need, Probe, Touch
from logsleuth.probes.run import address_space

MIB: Final = 1024**2
TOUCHES: Final = {
    Touch.READS: Words(en="reads", zh="只读"),
    Touch.GPU: Words(en="uses the GPU", zh="使用 GPU"),
    Touch.NETWORK: Words(en="connects", zh="建立连接"),
    Touch.DISK: Words(en="writes in a folder of its own", zh="在自建的目录中写入"),
}
NEEDS: Final = {
    Need.TORCH: Words(en="torch", zh="torch"),
    Need.GPU: Words(en="a GPU", zh="一块 GPU"),
    Need.GPUS: Words(en="two GPUs", zh="两块 GPU"),
    Need.TRITON: Words(en="triton", zh="triton"),
    Need.NVML: Words(en="nvidia-smi", zh="nvidia-smi"),
    Need.KERNEL_LOG: Words(en="the kernel log", zh="内核日志"),
}
LABELS: Final = {
    "asks": Words(en="asks", zh="问题"),
    "with": Words(en="with", zh="参数"),
    "touches": Words(en="touches", zh="影响"),
    "needs": Words(en="needs", zh="需要"),
    "limits": Words(en="limits", zh="限制"),
    "command": Words(en="command", zh="命令"),
    "nothing": Words(en="would be skipped", zh="会被跳过"),
    "variables": Words(en="secrets", zh="凭据变量"),
}


def listed(probes: Sequence[Probe], language: str) -> str:
    """One line for each probe: its name, what it is about, what it answers."""
    width = max((len(probe.name) for probe in probes), default=0)
    rows = (
        f"{probe.name:{width}}  {probe.title.in_language(language)} ({', '.join(probe.answers)})\n" for probe in probes
    )
    return "".join(rows)


def encode(probes: Sequence[Probe], language: str) -> str:
    """The probes as JSON."""
    return _encoded({"schema": "logsleuth.probes/1", "probes": [_document(probe, language) for probe in probes]})


def intended(plans: Sequence[Intention], language: str) -> str:
    """What would be done, with which figures, within which limits, and the command."""
    return "\n".join("".join(f"{line}\n" for line in _intended(plan, language)) for plan in plans)


def encode_intentions(plans: Sequence[Intention], language: str) -> str:
    """The intentions as JSON."""
    return _encoded({"schema": "logsleuth.probe-plan/1", "probes": [_plan(plan, language) for plan in plans]})


def markdown(probes: Sequence[Probe]) -> str:
    """A section for each probe: its question, what it needs and touches, and what each rival predicts."""
    return "\n".join("\n".join(_section(probe)) for probe in probes)


def limits(probe: Probe) -> str:
    """`30 s, 4096 MiB`."""
    return f"{probe.limit_s:g} s, {probe.memory_bytes // MIB} MiB"


def _section(probe: Probe) -> Iterator[str]:
    yield from (f"### {probe.name}", "", f"{probe.title.en}. {probe.title.zh}。", "")
    yield from (f"- Hypothesis: {probe.hypothesis.en}", f"- 假设：{probe.hypothesis.zh}")
    yield f"- Answers: {', '.join(f'`{answer}`' for answer in probe.answers)}"
    yield f"- Needs: {_needs(probe, 'en') or 'nothing'}; {_touches(probe, 'en')}; limits {limits(probe)}"
    yield from ("", "| If true | it shows | 表现 |", "|---|---|---|")
    yield from (f"| `{item.diagnosis}` | {item.says.en} | {item.says.zh} |" for item in probe.predictions)
    yield ""


def _intended(plan: Intention, language: str) -> Iterator[str]:
    probe = plan.probe
    yield f"{probe.name}: {probe.title.in_language(language)}"
    yield _row("asks", probe.hypothesis.in_language(language), language)
    if isinstance(plan.wishes, Words):
        yield _row("nothing", plan.wishes.in_language(language), language)
        return
    rows = {
        "with": json.dumps(plan.wishes, ensure_ascii=False),
        "touches": _touches(probe, language),
        "needs": _needs(probe, language),
        "variables": ", ".join(probe.environment),
        "limits": limits(probe),
        "command": plan.command,
    }
    yield from (_row(name, said, language) for name, said in rows.items() if said)


def _row(name: str, said: str, language: str) -> str:
    return f"  {LABELS[name].in_language(language)}: {said}"


def _needs(probe: Probe, language: str) -> str:
    return ", ".join(NEEDS[need].in_language(language) for need in probe.needs)


def _touches(probe: Probe, language: str) -> str:
    return ", ".join(TOUCHES[touch].in_language(language) for touch in probe.touches)


def _document(probe: Probe, language: str) -> dict[str, Json]:
    return {
        "name": probe.name,
        "title": probe.title.in_language(language),
        "hypothesis": probe.hypothesis.in_language(language),
        "answers": list(probe.answers),
        "predictions": {item.diagnosis: item.says.in_language(language) for item in probe.predictions},
        "needs": [need.value for need in probe.needs],
        "touches": [touch.value for touch in probe.touches],
        "limit_s": probe.limit_s,
        "memory_bytes": probe.memory_bytes,
        "address_space_bytes": address_space(probe),
        "secrets": list(probe.environment),
    }


def _plan(plan: Intention, language: str) -> dict[str, Json]:
    is_idle = isinstance(plan.wishes, Words)
    return {
        **_document(plan.probe, language),
        "wishes": None if isinstance(plan.wishes, Words) else dict(plan.wishes),
        "skipped": plan.wishes.in_language(language) if isinstance(plan.wishes, Words) else None,
        "command": None if is_idle else plan.command,
    }


def _encoded(value: Mapping[str, Json]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
