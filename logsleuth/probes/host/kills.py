"""Did the kernel kill for memory: its log, its counter since boot, the counter of the cgroup. In: a pid or a name."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes import cgroup
from logsleuth.probes.figures import number, texts
from logsleuth.probes.judging import result, words
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject

NAME: Final = "oom-kills"
KILL: Final = re.compile(
    r"Kill(?:ed)? process (\d{1,10}) \(([^)]{0,64})\)|oom-kill:.{0,2000}?task=([^,]{0,64}),pid=(\d{1,10})"
)
KEPT: Final = 20
LONGEST_LOG_BYTES: Final = 16 * 1024**2


def wishes(subject: Subject) -> Mapping[str, Json] | Words:
    """Whom to look for: a pid and a name, as far as the log tells them."""
    return {"pid": subject.get("pid"), "process": subject.get("process") or subject.get("worker")}


def measure(wishes: Mapping[str, Json]) -> Mapping[str, object]:
    """The kernel's lines on kills, those of the process asked for printed as they stand, and the counters."""
    kills = [line for line in _kernel_log() if KILL.search(line)]
    mine = [line for line in kills if is_about(line, pid=str(wishes["pid"]), process=str(wishes["process"]))]
    for line in mine[-KEPT:]:
        sys.stdout.write(line + "\n")
    values: dict[str, object] = {"kills": kills[-KEPT:], "mine": mine[-KEPT:], **cgroup.limits()}
    killed: list[str] = sorted({pid for line in kills if (pid := _pid(line))})  # the kernel has two lines for each
    is_asked = bool(wishes["pid"] or wishes["process"])
    return values | {
        "killed": len(killed),
        "is_asked": is_asked,
        "kills_since_boot": _since_boot(),
        "uptime_s": _uptime_s(),
    }


def _pid(line: str) -> str:
    match = KILL.search(line)
    return (match[1] or match[4] or "") if match else ""


def is_about(line: str, *, pid: str, process: str) -> bool:
    """Whether a line on a kill names this pid, or this process where no pid is known; names are cut at 15 signs."""
    match = KILL.search(line)
    if match is None:
        return False
    if pid:
        return pid in {match[1], match[4]}
    killed = match[2] or match[3] or ""
    return bool(process) and bool(killed) and process.startswith(killed)


def _kernel_log() -> list[str]:
    """The kernel's ring buffer, oldest first; empty where it may not be read."""
    lines: list[str] = []
    try:
        descriptor = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return lines
    try:
        _read_records(descriptor, lines)
    finally:
        os.close(descriptor)
    return lines


def _read_records(descriptor: int, lines: list[str]) -> None:
    read_bytes = 0
    while read_bytes < LONGEST_LOG_BYTES:
        try:
            record = os.read(descriptor, 8192)
        except BrokenPipeError:  # overwritten while being read: the next one is there
            continue
        except OSError:
            return
        if not record:
            return
        read_bytes += len(record)
        lines.append("kernel: " + record.decode("utf-8", "replace").partition(";")[2].split("\n")[0])


def _since_boot() -> int | None:
    try:
        pairs = (line.split() for line in Path("/proc/vmstat").read_text(encoding="ascii").splitlines())
        return next((int(pair[1]) for pair in pairs if pair[0] == "oom_kill"), None)
    except (OSError, ValueError, IndexError):
        return None


def _uptime_s() -> float:
    try:
        return float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return 0.0


def judge(sample: Sample, _subject: Subject) -> ProbeResult:
    """Killed if the kernel's log names the process; not killed if the kernel has killed nobody since boot."""
    mine = texts(sample, "mine")
    count, hours = number(sample, "kills_since_boot"), f"{(number(sample, 'uptime_s') or 0) / 3600:.1f}"
    facts = ((("kills_since_boot", f"{count:.0f}"),) if count is not None else ()) + (("uptime_hours", hours),)
    if not sample.is_complete or not sample.values:
        outcome, detail = Outcome.INCONCLUSIVE, words("the look did not come to its end", "查看未能完成")
    elif mine:
        outcome, detail = (
            Outcome.CONFIRMED,
            words("the kernel has it: {line}", "内核日志有记录：{line}", line=mine[-1][:300]),
        )
    elif count == 0:
        outcome, detail = Outcome.REFUTED, words(*_NOBODY, hours=hours)
    else:
        said = {"shown": f"{number(sample, 'killed') or 0:.0f}", "count": "?" if count is None else f"{count:.0f}"}
        is_asked = sample.values.get("is_asked") is not False
        outcome, detail = Outcome.INCONCLUSIVE, words(*(_OTHERS if is_asked else _ANYBODY), **said)
    return result(NAME, outcome, detail, sample, facts)


_NOBODY: Final = (
    "the kernel has killed nobody for memory since it was booted {hours} h ago",
    "内核自 {hours} 小时前启动以来，没有因内存杀死任何进程",
)
_OTHERS: Final = (
    "{count} kills for memory since boot, of {shown} processes in the kernel's log, none of them this one",
    "启动以来因内存杀死 {count} 次，内核日志中涉及 {shown} 个进程，均不是该进程",
)

_ANYBODY: Final = (
    "{count} kills for memory since boot, of {shown} processes in the kernel's log",
    "启动以来因内存杀死 {count} 次，内核日志中涉及 {shown} 个进程",
)

OOM_KILLS: Final = Probe(
    name=NAME,
    title=Words(en="Kills for memory in the kernel's log", zh="内核日志中的 OOM 记录"),
    hypothesis=Words(
        en="the kernel killed the process because the host or its cgroup was out of memory",
        zh="因主机或 cgroup 内存耗尽，内核杀死了该进程",
    ),
    answers=("host.oom-killer", "host.killed"),
    predictions=(
        Prediction(
            diagnosis="host.oom-killer",
            says=Words(en="the kernel's log names the pid or the process", zh="内核日志中有该 pid 或进程名"),
        ),
        Prediction(
            diagnosis="healthy",
            says=Words(en="the kernel's counter of kills is 0", zh="内核的 OOM 计数为 0"),
        ),
    ),
    measure="host.kills:measure",
    wishes=wishes,
    judge=judge,
)
