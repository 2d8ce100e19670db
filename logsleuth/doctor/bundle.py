"""The body of an issue for vLLM or UCM: the environment as their templates ask for it, then what was found.

Secrets are replaced by what they are; an issue is public.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from logsleuth.doctor.check import Item, State, Status
from logsleuth.doctor.page import counts
from logsleuth.live.redaction import redacted_text
from logsleuth.model import Role, Words
from logsleuth.probes.answers import Values, rows_of, text_of, texts_of
from logsleuth.probes.probe import Json
from logsleuth.probes.software.installed import NAMES
from logsleuth.probes.software.versions import cuda_of, versions_of
from logsleuth.wording import printable

RULE: Final = "=" * 30
WIDTH: Final = 29
TICKS: Final = re.compile("`{3,}")
TITLES: Final = {
    "environment": Words(en="Your current environment", zh="您的当前环境"),
    "bug": Words(en="🐛 Describe the bug", zh="🐛 问题描述"),
    "checks": Words(en="Checks that did not pass", zh="未通过的检查"),
    "settings": Words(en="Configuration", zh="配置"),
    "steps": Words(en="Steps to reproduce", zh="复现步骤"),
    "none": Words(en="(describe what happened)", zh="（请描述发生了什么）"),
    "to-do": Words(en="(the command, and the request that fails)", zh="（启动命令，以及失败的请求）"),
}


def render(state: State, items: Sequence[Item], *, language: str = "en") -> str:
    """The bundle as Markdown."""
    said = [f"### {TITLES['environment'].in_language(language)}", ""]
    said += [
        "<details>",
        "<summary>collect_env</summary>",
        "",
        "```text",
        *_environment(state),
        "```",
        "",
        "</details>",
        "",
    ]
    said += [f"### {TITLES['bug'].in_language(language)}", "", *_bug(state, language), ""]
    wrong = [item for item in items if item.finding.status in {Status.FAIL, Status.WARN}]
    if wrong:
        said += [f"### {TITLES['checks'].in_language(language)} ({counts(items, language)})", ""]
        said += [_line(item, language) for item in wrong]
        said += [""]
    if state.settings:
        said += [f"### {TITLES['settings'].in_language(language)}", "", "```text"]
        said += [_plain(f"{name}: {value}") for name, value in sorted(state.settings.items())]
        said += ["```", ""]
    said += [f"### {TITLES['steps'].in_language(language)}", "", TITLES["to-do"].in_language(language)]
    return redacted_text(printable("\n".join(said))) + "\n"


def _line(item: Item, language: str) -> str:
    reason, remedy = item.finding.reason.in_language(language), item.finding.remedy.in_language(language)
    return _plain(f"- {item.check.id} ({item.finding.status}): {reason}{f' {remedy}' if remedy else ''}")


def _plain(text: str) -> str:
    """One line that cannot close the block it stands in."""
    return TICKS.sub("``", " ".join(text.split()))


def _bug(state: State, language: str) -> Iterator[str]:
    diagnoses = state.report.diagnoses if state.report is not None else ()
    first = next((item for item in diagnoses if item.role in {Role.ROOT, Role.PERF}), None)
    if first is None:
        yield TITLES["none"].in_language(language)
        return
    yield _plain(f"{first.title.in_language(language)} ({first.id}): {first.summary.in_language(language)}")
    for evidence in first.evidence[:2]:
        yield from ("", "```text", *(_plain(line) for line in evidence.text.splitlines()), "```")


def _environment(state: State) -> Iterator[str]:
    """The sections of vLLM's collect_env.py, in its order, as far as they are known."""
    system, versions = state.system, versions_of(state.software)
    yield from _section("System Info", _system(system))
    torch = versions.get("torch", "N/A")
    yield from _section(
        "PyTorch Info", (("PyTorch version", torch), ("CUDA used to build PyTorch", cuda_of(torch) or "N/A"))
    )
    yield from _section(
        "Python Environment",
        (("Python version", text_of(state.software, "python")), ("Python platform", text_of(system, "kernel"))),
    )
    yield from _section("CUDA / GPU Info", _gpu(system))
    cpu = (
        ("CPU model", text_of(system, "processor")),
        ("CPU count", text_of(system, "processors")),
        ("Memory", _memory(system)),
    )
    yield from _section("CPU Info", cpu)
    yield from _section("Versions of relevant libraries", ())
    for name, key in sorted(NAMES.items()):
        if key in versions and not name.startswith("nvidia-nccl-cu11"):
            yield f"[pip3] {name}=={versions[key]}"
    yield from (f"[pip3] {package.replace(' ', '==')}" for package in texts_of(state.software, "ucm_packages"))
    yield ""
    yield from _section(
        "vLLM Info", (("vLLM Version", versions.get("vllm", "N/A")), ("UCM Version", versions.get("ucm", "N/A")))
    )
    topology = text_of(system, "topology")
    if topology:
        yield from ("GPU Topology:", *(_plain(line) for line in topology.splitlines()), "")
    yield from _section("Environment Variables", ())
    told = system.get("variables")
    yield from (_plain(f"{name}={value}") for name, value in (told.items() if isinstance(told, dict) else ()))


def _section(title: str, rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield from (RULE, title.center(len(RULE)).rstrip(), RULE)
    yield from (f"{name:<{WIDTH}}: {_plain(value) or 'N/A'}" for name, value in rows)
    if rows:
        yield ""


def _system(system: Values) -> Sequence[tuple[str, str]]:
    return (
        ("OS", f"{text_of(system, 'os')} ({text_of(system, 'machine')})"),
        ("GCC version", text_of(system, "gcc")),
        ("Clang version", text_of(system, "clang")),
        ("CMake version", text_of(system, "cmake")),
        ("Libc version", text_of(system, "libc").replace(" ", "-")),
        ("In a container", str(system.get("in_container") is True)),
    )


def _gpu(system: Values) -> Sequence[tuple[str, str]]:
    cards = rows_of(system, "gpus")
    names = "; ".join(f"GPU {text_of(card, 'index')}: {text_of(card, 'name')}" for card in cards)
    driver = text_of(cards[0], "driver_version") if cards else ""
    return (
        ("CUDA runtime version", text_of(system, "nvcc")),
        ("GPU models and configuration", names),
        ("Nvidia driver version", driver),
        ("CUDA version of the driver", text_of(system, "driver_cuda")),
    )


def _memory(system: Values) -> str:
    told: Json = system.get("memory")
    memory: Mapping[str, Json] = told if isinstance(told, dict) else {}
    total = memory.get("MemTotal")
    return f"{total / 1024**3:.0f} GiB" if isinstance(total, int | float) else ""
