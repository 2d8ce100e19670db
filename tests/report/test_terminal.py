"""The report at a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.cells import cell_len

from logsleuth.model import (
    Advice,
    Diagnosis,
    Evidence,
    Notice,
    NoticeKind,
    Place,
    Report,
    Role,
    Severity,
    Stats,
    Verdict,
    Where,
    Words,
)
from logsleuth.report.terminal import render

Builder = Callable[..., Diagnosis]
Reports = Callable[..., Report]

WHOLE = """\
✗ Incident

GPU memory exhausted
  cuda.oom.device · 90% sure · 2 times · 2025-06-10 21:32:44 · Worker_TP1 (rank\xa01)
  Worker_TP1 asked for 2.00 GiB with 0.31 GiB free.

  Evidence
    vllm.log:120
      torch.OutOfMemoryError: CUDA out of memory.

  Explains
    The engine core did not start  vllm.log:140 ×2

  What to do
    1) Shorten the context.
         vllm serve m --max-model-len 17296

  Likely causes
    - Another process holds memory.

  Read more
    https://docs.vllm.ai/

Environment: vllm 0.9.1 · model m · TP 2
1,234 lines, 1 source, 1 error line, 2 warnings
"""

WHOLE_ZH = """\
✗ 发生故障

显存耗尽
  cuda.oom.device · 90% 把握 · 2 次 · 2025-06-10 21:32:44 · Worker_TP1 (rank\xa01)
  Worker_TP1 申请 2.00 GiB，仅剩 0.31 GiB。

  证据
    vllm.log:120
      torch.OutOfMemoryError: CUDA out of memory.

  由此引起
    引擎核心启动失败  vllm.log:140 ×2

  处理办法
    1) 缩短上下文。
         vllm serve m --max-model-len 17296

  可能原因
    - 其他进程占用显存。

  参考
    https://docs.vllm.ai/

环境：vllm 0.9.1 · model m · TP 2
1,234 行，1 个来源，1 条错误，2 条警告
"""


@pytest.mark.parametrize(("language", "expected"), [("en", WHOLE), ("zh", WHOLE_ZH)])
def test_an_incident(report: Reports, diagnosis: Builder, consequence: Diagnosis, language: str, expected: str) -> None:
    """The answer, its proof, what it explains, what to do, why, and what was read."""
    assert render(report(diagnosis(), consequence), language=language) == expected


def test_a_healthy_log_takes_two_lines(report: Reports) -> None:
    """Whatever its environment."""
    healthy = report(verdict=Verdict.HEALTHY, stats=Stats(sources=1, lines=1))

    assert render(healthy) == "✓ Healthy: nothing found that broke\n1 line, 1 source\n"


def test_an_empty_log_is_not_called_healthy(report: Reports) -> None:
    """There was nothing to judge."""
    assert render(report(verdict=Verdict.HEALTHY, stats=Stats(sources=1))).startswith("✓ Nothing to judge")


def test_notices_stand_in_single_lines(report: Reports, diagnosis: Builder) -> None:
    """A healthy log stays healthy."""
    notice = diagnosis(id="x", role=Role.NOTICE, severity=Severity.INFO, count=1)

    assert render(report(notice, verdict=Verdict.HEALTHY, stats=Stats(sources=1, lines=9))) == (
        "✓ Healthy: nothing found that broke\n\nAlso found\n  notice: GPU memory exhausted  vllm.log:120\n\n9 lines, 1 source\n"
    )


def test_slowness_alone_is_told_in_full(report: Reports, diagnosis: Builder) -> None:
    """Where nothing broke, what is slow is the answer."""
    said = render(report(diagnosis(role=Role.PERF), verdict=Verdict.DEGRADED))

    assert said.startswith("! Works, but worse than it should\n\nGPU memory exhausted\n")
    assert "What to do" in said


def test_a_wrapper_alone_says_where_to_look(report: Reports, diagnosis: Builder) -> None:
    """It is not sold as the cause."""
    said = render(report(diagnosis(confidence=0.3)))

    assert said.startswith("✗ Incident: the log shows what followed; the cause is not in it\n")
    assert "Add the logs of the other processes, ranks and nodes" in " ".join(said.split())


def test_an_unknown_failure_reads_well(report: Reports, diagnosis: Builder) -> None:
    """Its exception is its name, and the next step is said."""
    unknown = diagnosis(id="unknown", facts=(("exception", "OSError"),), remedies=(), confidence=0.55)

    said = render(report(unknown))

    assert "\nUnknown failure: OSError\n" in said
    assert "--format issue" in said
    assert "Likely causes" not in said


def test_further_causes_are_short(report: Reports, diagnosis: Builder) -> None:
    """The first in full, two with their proof and first remedy, the others in one line."""
    remedies = tuple(Advice(text=Words(en=f"Do {n}.", zh=f"做 {n}。")) for n in (1, 2))
    several = [diagnosis(id=f"a.b{n}", remedies=remedies, explains=()) for n in range(4)]

    said = render(report(*several))

    assert said.startswith("✗ Incident: 4 first causes, the likeliest first\n\n1. GPU memory exhausted\n")
    assert [said.count(part) for part in ("Evidence", "1) Do 1.", "2) Do 2.", "Likely causes")] == [3, 3, 1, 1]
    assert "\nAlso found\n  cause: GPU memory exhausted  vllm.log:120 ×2\n" in said


def test_the_rest_is_bounded(report: Reports, diagnosis: Builder, consequence: Diagnosis) -> None:
    """Consequences beyond the first few go to the rest, and what is too many is counted."""
    many = [replace(consequence, id=f"x.y{n}") for n in range(20)]
    root = diagnosis(explains=tuple(item.id for item in many))

    said = render(report(root, *many))

    assert said.count("The engine core did not start") == 5 + 12
    assert "  + 3 more; --format json has them all\n" in said


def test_commands_and_addresses_are_never_broken(report: Reports, diagnosis: Builder) -> None:
    """They are meant for the clipboard: one line each, without a prompt."""
    command = "vllm serve m " + " ".join(f"--option-{n} value" for n in range(20))
    advice = Advice(
        text=Words(en="Do.", zh="做。"), command=f"{command}\nsecond --line", is_destructive=True, applies="vllm>=1"
    )
    address = "https://docs.vllm.ai/" + "x" * 90

    said = render(report(diagnosis(remedies=(advice,), references=(address,))), width=60).split("\n")

    assert f"         {command}" in said
    assert "         second --line" in said
    assert f"    {address}" in said
    assert "1) Do. [only for vllm>=1] [deletes or stops something: check first]" in " ".join("\n".join(said).split())


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [20, 40, 60, 80, 120])
def test_nothing_else_is_wider_than_the_terminal(
    report: Reports, diagnosis: Builder, consequence: Diagnosis, width: int, language: str
) -> None:
    """In columns, so that wide signs count twice."""
    long = Words(en="A sentence of many words. " * 9, zh="一个由许多汉字组成的句子。" * 9)
    evidence = Evidence(source="a.log", line=1, end_line=1, text="显存 word /some/path " * 30)
    root = diagnosis(
        title=long, summary=long, causes=(long,), evidence=(evidence, evidence), remedies=(Advice(text=long),)
    )
    places = tuple(Place(source="a.log", process=f"Worker_{n}", node="a-long-node-name") for n in range(9))

    said = render(
        report(replace(root, places=places), replace(consequence, title=long)), width=width, language=language
    )

    assert max(cell_len(line) for line in said.split("\n")) <= max(width, 40)


def test_a_hostile_log_cannot_touch_the_terminal(report: Reports, diagnosis: Builder) -> None:
    """No control sequence of its own, no markup, in any field."""
    evil = "\x1b]0;owned\x07\x1b[2J\r\x9b31m\u202e[link=http://x]y[/link][/foo]"
    words = Words(en=evil, zh=evil)
    item = diagnosis(
        title=words,
        summary=words,
        causes=(words,),
        places=(Place(source=evil, process=evil, node=evil),),
        first_seen=evil,
        evidence=(Evidence(source=evil, line=1, end_line=1, text=evil),),
        remedies=(Advice(text=words, command=evil, applies=evil),),
        references=(evil,),
    )
    notice = Notice(kind=NoticeKind.LINE_CUT, where=Where(source=evil), detail=evil)

    said = render(report(item, item, environment=(("vllm", evil),), notices=(notice,)))

    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", said)
    assert "[link=http://x]" in said


def test_colours_are_only_what_rich_writes(report: Reports, diagnosis: Builder) -> None:
    """The same text with and without."""
    colored, plain = (render(report(diagnosis()), color=color) for color in (True, False))

    assert "\x1b[1;31m✗ Incident" in colored
    assert "\n".join(line.rstrip() for line in re.sub(r"\x1b\[[\d;]*m", "", colored).split("\n")) == plain


def test_a_table_stands_before_the_evidence(report: Reports, diagnosis: Builder) -> None:
    """Its columns line up, and nothing in it reaches the terminal."""
    said = render(report(diagnosis(table=(("rank", "last"), ("0", "ALLREDUCE"), ("13", "\x1b[2J")))))

    assert "free.\n\n    rank  last\n    0     ALLREDUCE\n    13    \\x1b[2J\n\n  Evidence\n" in said


def test_repeated_evidence_is_named(report: Reports, diagnosis: Builder) -> None:
    """Beside the place where there is room, else below it."""
    alike = [Evidence(source="a.log", line=n, end_line=n, text=f"rank {n} failed\nrank {n} failed") for n in (1, 2)]

    narrow = [replace(item, source="a" * 30 + ".log") for item in alike]

    assert "    a.log:1  (the same at 2)\n      rank 1 failed\n      + 1 more like it\n" in render(
        report(diagnosis(evidence=tuple(alike)))
    )
    assert f"    {'a' * 30}.log:1\n    (the same at 2)\n" in render(report(diagnosis(evidence=tuple(narrow))), width=50)


def test_notices_about_the_reading_close_the_report(report: Reports) -> None:
    """In the language of the report."""
    notice = Notice(kind=NoticeKind.LINE_CUT, where=Where(source="a.log", line=3), detail="kept 65536 of 70000 bytes")

    said = render(report(verdict=Verdict.HEALTHY, notices=(notice,)), language="zh")

    assert said.endswith("\n读取说明：a.log:3: kept 65536 of 70000 bytes\n")
