"""The sections of the comparison that read whole logs. In: a setting. Out: a table each, and the goals beside it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from corpora import corpus
from cost import Cost, logsleuth, options, run
from flood import answered
from jobs import FOUND_OR_NOT, HERE, Absent, Job, Setting, peers, ripgrep, signatures_alone, subject, with_signatures
from rounds import Measured, measured
from tables import Goal, Result, costs_table

MEMORY = "peak memory"


def serving(setting: Setting) -> Result:
    """A repetitive log, beside all peers."""
    log = corpus("serving", setting.megabytes, setting.folder)
    names = ("drain3", "drain3-masked", "drain3-five", "logparser", "rg", "grep", "lnav", "wc")
    own = (subject(log, setting), signatures_alone(log, setting))
    found = measured((*own, *peers("serving", setting, *names)), setting)
    goals = (
        _against(found, "drain3-masked", 20, "drain3 with equal masks, CPU per MB over logsleuth's"),
        _against(found, "drain3-five", 20, "drain3 with five common masks"),
        _against(found, "drain3", 6, "drain3 as it comes"),
        _against(found, "rg", 0.6, "ripgrep with the same patterns, floor"),
        _against(found, "rg", 1.0, "ripgrep with the same patterns, goal"),
        _against(found, "rg", 2.5, "ripgrep over signatures alone", to="signatures"),
        _memory(150, found, "logsleuth"),
    )
    return Result(lines=costs_table(found), goals=goals)


def growth(setting: Setting) -> Result:
    """Five times as long a log."""
    small, large = (corpus("serving", size, setting.folder) for size in (setting.megabytes, setting.large))
    jobs = (subject(small, setting), subject(large, setting, name="large", about="logsleuth, the larger log"))
    searches = [
        ripgrep(name, log, setting)
        for name, log in (("rg", small), ("rg, the larger log", large))
        if _is_wanted("rg", setting)
    ]
    found = measured((*jobs, *searches), setting)
    goals = (
        Goal(
            text="cost per byte, larger over smaller",
            bound=1.05,
            values=found.cpu_ratios("large", "logsleuth"),
            is_least=False,
        ),
        _memory(150, found, "logsleuth", "large"),
    )
    return Result(lines=costs_table(found), goals=goals)


def diverse(setting: Setting) -> Result:
    """Hardly two lines alike."""
    return _diverse(setting, setting.megabytes, ("drain3", "rg", "lnav", "wc"))


def diverse_large(setting: Setting) -> Result:
    """The same, larger."""
    return _diverse(setting, setting.large, ())


def _diverse(setting: Setting, megabytes: float, names: Sequence[str]) -> Result:
    log, report = corpus("diverse", megabytes, setting.folder), setting.folder / "diverse.json"
    found = measured((subject(log, setting), *peers("diverse", setting, *names)), setting)
    speeds = [1 / value for value in found.per_mb("logsleuth", lambda cost: cost.cpu_s)]
    run(logsleuth(str(log), folder=setting.folder), folder=setting.folder, output=report, statuses=FOUND_OR_NOT)
    command = [sys.executable, str(HERE / "accounted.py"), str(log), str(report)]
    account = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    goals = (
        Goal(text="speed", bound=40, values=speeds, unit="MB/s"),
        _memory(200, found, "logsleuth"),
        Goal(text="lines that are not counted", bound=0, values=[abs(account["uncounted"])], is_least=False),
        Goal(
            text="kinds of errors without a template of their own",
            bound=0,
            values=[account["crowded_out"]],
            is_least=False,
        ),
        Goal(text="the report says how many lines were bucketed", bound=1, values=[account["is_said"]]),
    )
    lines = [
        *costs_table(found),
        "",
        f"{account['bucketed']:,} of {account['lines']:,} lines are in coarse groups, {account['bucketed_errors']:,} of them errors.",
    ]
    return Result(lines=lines, goals=goals)


def storm(setting: Setting) -> Result:
    """Every line a hit."""
    return _hard("storm", setting, 0.5, "ripgrep, every line a hit")


def tracebacks(setting: Setting) -> Result:
    """Nothing but tracebacks."""
    return _hard("tracebacks", setting, 0.35, "ripgrep, nothing but tracebacks")


def _hard(kind: str, setting: Setting, bound: float, text: str) -> Result:
    log = corpus(kind, setting.hard, setting.folder)
    found = measured((subject(log, setting), *peers(kind, setting, "drain3", "rg", "wc")), setting)
    return Result(
        lines=costs_table(found), goals=(_against(found, "rg", bound, text), _memory(150, found, "logsleuth"))
    )


def templates(setting: Setting) -> Result:
    """A hundred templates, and ten thousand."""
    few, many = (corpus(f"templates-{count}", setting.megabytes, setting.folder) for count in (100, 10_000))
    jobs = (
        subject(few, setting, about="logsleuth, 100 templates"),
        subject(many, setting, name="many", about="logsleuth, 10,000 templates"),
    )
    found = measured(jobs, setting)
    values = found.cpu_ratios("many", "logsleuth")
    goals = (Goal(text="10,000 templates over 100, CPU per MB", bound=2.5, values=values, is_least=False),)
    return Result(lines=costs_table(found), goals=goals)


def signatures(setting: Setting) -> Result:
    """Three hundred signatures, and a thousand."""
    log = corpus("serving", setting.megabytes, setting.folder)
    jobs: list[Job | Absent] = [with_signatures(count, log, setting) for count in (300, 1000)]
    jobs += [ripgrep(f"rg-{count}", log, setting, count=count) for count in (300, 1000) if _is_wanted("rg", setting)]
    warm = [job for job in jobs if isinstance(job, Job)]
    measured(warm[:2], setting, rounds=1)  # fills the cache for these sizes
    found = measured(jobs, setting)
    values = found.cpu_ratios("logsleuth-1000", "logsleuth-300")
    goals = (
        Goal(text="1,000 signatures over 300, CPU per MB", bound=1.1, values=values, is_least=False),
        _against(found, "rg-300", 0.6, "ripgrep with the patterns of 300 signatures, floor", to="logsleuth-300"),
        _against(found, "rg-1000", 0.6, "ripgrep with the patterns of 1,000 signatures, floor", to="logsleuth-1000"),
    )
    return Result(lines=costs_table(found, subject="logsleuth-300"), goals=goals)


def floods(setting: Setting) -> Result:
    """Start-up logs, NCCL's INFO lines, the folders of many ranks, the flood of a crash."""
    jobs: list[Job | Absent] = []
    for kind in ("startup", "nccl", "ranks"):
        log = corpus(kind, setting.megabytes, setting.folder)
        jobs.append(subject(log, setting, name=f"logsleuth-{kind}", about=f"logsleuth, {kind}"))
        if _is_wanted("rg", setting):
            jobs.append(ripgrep(f"rg, {kind}", log, setting))
    found = measured(jobs, setting)
    goals = (_memory(150, found, *(job.name for job in jobs if job.name.startswith("logsleuth"))),)
    flood = answered(setting.folder, rounds=setting.rounds)
    lines = [*costs_table(found, subject="logsleuth-startup"), "", f"The flood of a crash, {flood}."]
    return Result(lines=lines, goals=goals)


def processes(setting: Setting) -> Result:
    """One process, and two."""
    if "-j" not in options(setting.folder):
        return Result(lines=["Not measured: `logsleuth analyze` has no `-j` here."])
    log = corpus("serving", setting.large, setting.folder)
    found = measured([_split(log, count, setting) for count in (1, 2)], setting)
    outputs = [(setting.folder / f"processes-{count}.json") for count in (1, 2)]
    is_same = subprocess.run(["cmp", "-s", *map(str, outputs)], check=False).returncode == 0
    goals = (
        Goal(text="wall time of one process over two", bound=1.7, values=found.ratios("one", "two", _wall)),
        Goal(text="their outputs are the same", bound=1, values=[is_same]),
        _memory(150, found, "one", "two"),
    )
    return Result(lines=costs_table(found, subject="one"), goals=goals)


def _split(log: Path, count: int, setting: Setting) -> Job:
    command = logsleuth(str(log), folder=setting.folder, processes=count)
    name, about = ("one", "logsleuth -j 1") if count == 1 else ("two", "logsleuth -j 2")
    output = setting.folder / f"processes-{count}.json"
    return Job(name=name, about=about, command=command, megabytes=setting.large, statuses=FOUND_OR_NOT, output=output)


def _wall(cost: Cost) -> float:
    return cost.wall_s


def _is_wanted(name: str, setting: Setting) -> bool:
    return not setting.peers or name in setting.peers


def _against(found: Measured, peer: str, bound: float, text: str, *, to: str = "logsleuth") -> Goal:
    return Goal(text=text, bound=bound, values=found.cpu_ratios(peer, to))


def _memory(bound: float, found: Measured, *names: str) -> Goal:
    return Goal(text=MEMORY, bound=bound, values=found.peak_mb(*names), unit="MB", is_least=False)
