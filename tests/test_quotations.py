"""Reports that stand in a log: which lines belong to one, and what only looks like it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from logsleuth.model import Event, EventKind, EventLine, Finding, NoticeKind, Origin, Text
from logsleuth.quotations import FENCED_LINES, MOST_LINES, MOST_REPORTS, TITLE_LINES, Quotations

REPORT = (
    "✗ Incident: 2 first causes, the likeliest first",
    "",
    "1. GPU memory exhausted",
    "   cuda.oom.device · 90% sure · 4 times · Worker_TP0 (rank 0)",
    "   It asked for 2.00 GiB.",
    "",
    "   Evidence",
    "     vllm.log:120",
    "       torch.OutOfMemoryError: CUDA out of memory.",
    "",
    "2. A disk is full, and the words about it are so many that they need",
    "   a second line",
    "   host.disk-full · 85% sure",
    "",
    "Also found",
    "  consequence: The engine core did not start  vllm.log:140",
    "",
    "Environment: vllm 0.9.1 · model m ·",
    "nccl 2.20",
    "1,234 lines, 1 source, 1 error line",
)
CHINESE = (
    "✗ 发生故障",
    "",
    "显存耗尽",
    "  cuda.oom.device · 90% 把握",
    "",
    "  证据",
    "    vllm.log:120",
    "      torch.OutOfMemoryError: CUDA out of memory.",
    "",
    "环境：vllm 0.9.1",
    "1,234 行，1 个来源，1 条错误",
)
PAGE = (
    "# Incident",
    "",
    "## GPU memory exhausted",
    "",
    "`cuda.oom.device` · cause · 90% sure",
    "",
    "It asked for 2.00 GiB\\.",
    "",
    "`vllm.log:120`",
    "",
    "```text",
    "torch.OutOfMemoryError: CUDA out of memory.",
    "```",
    "",
    "Explains: `vllm.core-init-failed`",
    "",
    "### What to do",
    "",
    "1. Ask for less\\.",
    "",
    "   ```text",
    "   vllm serve m",
    "   ```",
    "",
    "### Likely causes",
    "",
    "- Too much\\.",
    "",
    "| | |",
    "|---|---|",
    "| vllm | 0\\.9\\.1 |",
    "",
    "1,234 lines, 1 source",
)
ISSUE = (
    "<!-- Written by logsleuth from a log: remove what must not become public before posting. -->",
    "",
    "## Your current environment",
    "",
    "(read from the log; add the output of `vllm collect-env`)",
    "",
    "## Describe the bug",
    "",
    "**GPU memory exhausted**",
    "",
    "It asked for 2.00 GiB\\.",
    "",
    "`vllm.log:120`",
    "",
    "```text",
    "torch.OutOfMemoryError: CUDA out of memory.",
    "```",
    "",
    "## How to reproduce, and what was tried",
    "",
    "(to be filled in: the command that was run, what was expected, what was tried)",
)
WATCH = "11:53:58 OPENED GPU memory exhausted (cuda.oom.device) · Worker_TP0 · <stdin>:30 · CUDA out of memory."
REAL = "ERROR 06-10 21:32:17 [x.py:1] torch.OutOfMemoryError: CUDA out of memory."


def finding(line: int, source: str) -> Finding:
    """Something found on a line."""
    event = Event(
        kind=EventKind.LINE,
        source=source,
        source_index=0,
        origin=Origin(),
        lines=(EventLine(number=line, raw="", message=""),),
    )
    return Finding(signature_id="x", event=event, first=0, last=0)


def given(made: Quotations, lines: Sequence[str], *, first: int = 1, source: str = "log") -> None:
    """Feed lines of a source."""
    data = "".join(f"{line}\n" for line in lines).encode()
    made.take(Text(source=source, first_line=first, data=data, shapes=data, line_count=len(lines)), has_anchor=True)


def quoted(lines: Sequence[str], *, cut: int = 0) -> set[int]:
    """The lines of which what was found there does not count."""
    made = Quotations()
    given(made, lines[:cut])
    kept = list(made.own(finding(line, "log") for line in range(1, cut + 1)))
    given(made, lines[cut:], first=cut + 1)
    kept += made.own(finding(line, "log") for line in range(cut + 1, len(lines) + 1))
    made.leave("log")
    kept += made.own(())

    assert made.held == ()
    return set(range(1, len(lines) + 1)) - {one.position[1] for one in kept}


@pytest.mark.parametrize(
    ("report", "last"), [(REPORT, 17), (CHINESE, 9), (PAGE, 32), (ISSUE, 20)], ids=["text", "zh", "page", "issue"]
)
def test_a_report_is_skipped(report: Sequence[str], last: int) -> None:
    """From its first line to the last one that may quote, wherever it stands and blocks are cut."""
    lines = (REAL, *report, REAL)
    wanted = set(range(2, last + 2))

    assert [quoted(lines, cut=cut) for cut in range(len(lines) + 1)] == [wanted] * (len(lines) + 1)


@pytest.mark.parametrize(
    "front",
    [
        "2026-06-10T21:32:17.123456789Z stdout F ",
        "2026-06-10T21:32:17.123456789+08:00 ",
        "[pod/vllm-0/vllm] ",
        "vllm-1  | ",
        "\x1b[31m",
    ],
)
def test_a_container_may_have_written_it(front: str) -> None:
    """Or a terminal, in colours."""
    assert quoted([front + line for line in REPORT]) == set(range(1, 18))


@pytest.mark.parametrize("at", range(1, len(REPORT)))
def test_a_real_line_within_breaks_it(at: int) -> None:
    """Nobody can hide a failure by printing what reports begin and end with around it."""
    lines = (*REPORT[:at], REAL, *REPORT[at:])
    # what wraps around the environment is not skipped, so that it may be anything
    expected = set(range(1, 18)) if at in (18, 19) else set()

    assert quoted(lines) == expected


@pytest.mark.parametrize("at", [at for at in range(1, len(PAGE)) if at != 11])
def test_a_real_line_within_breaks_a_page(at: int) -> None:
    """Only where a report shows evidence may stand what a log holds."""
    found = quoted((*PAGE[:at], REAL, *PAGE[at:]))

    assert found == (set(range(1, 34)) if at == 12 else set())


@pytest.mark.parametrize(
    "lines",
    [
        REPORT[:-1],  # the end is missing
        (REPORT[0], "", REPORT[-1]),  # nothing is told
        (REPORT[0], "", *("  x",) * MOST_LINES, *REPORT[2:]),
        (*REPORT[:3], *("   x",) * TITLE_LINES, *REPORT[3:]),
        (*REPORT[:-2], *("x",) * 6, REPORT[-1]),
        (*REPORT[:17], REAL, REPORT[-1]),  # a title of nothing
        (*PAGE[:11], *(REAL,) * (FENCED_LINES + 1), *PAGE[12:]),
        (*PAGE[:8], *PAGE[9:]),  # evidence from nowhere
        (*PAGE[:21], REAL, *PAGE[22:]),  # no command
        (*PAGE[:-1], ISSUE[-1]),
        ("✓ Healthy: nothing found that broke", *REPORT[1:]),
        ("Incident", *REPORT[1:]),
    ],
)
def test_what_only_looks_like_a_report_is_read(lines: Sequence[str]) -> None:
    """To its end, as any log."""
    assert quoted((*lines, REAL)) == set()


def test_a_report_may_begin_where_another_one_breaks_off() -> None:
    """A run that was stopped while it printed."""
    assert quoted((*REPORT[:4], *REPORT)) == set(range(5, 22))


@pytest.mark.parametrize("word", ["OPENED", "UPDATED", "RESOLVED", "新故障", "更新", "已解除"])
def test_what_a_watch_tells_is_skipped(word: str) -> None:
    """Line by line."""
    line = WATCH.replace("OPENED", word)

    assert quoted((REAL, line, line, REAL)) == {2, 3}
    assert quoted((line.replace("cuda.oom.device", "Exception"), line[9:])) == set()


def test_what_was_skipped_is_said() -> None:
    """Where anything was found in it, with its place; sources have nothing to do with one another."""
    made = Quotations()
    given(made, (REAL, *REPORT, REAL))
    given(made, PAGE, source="quiet")
    found = [finding(line, source) for line, source in ((1, "log"), (10, "log"), (22, "log"), (10, "other"))]

    assert list(made.own(found)) == [found[0], *found[2:]]
    assert [(one.kind, str(one.where), one.detail) for one in made.notices] == [
        (
            NoticeKind.SOURCE_SKIPPED,
            "log:2",
            "lines 2-18 are a report of logsleuth; what they quote is not counted",
        )
    ]


def test_findings_wait_for_the_end() -> None:
    """Until it has come, they are neither counted nor lost."""
    made = Quotations()
    given(made, REPORT[:-1])
    one = finding(9, "log")

    assert list(made.own([one])) == []
    assert made.held == (one,)


def test_so_many_reports_are_a_log() -> None:
    """Beyond a bound they are read."""
    lines = (WATCH, "") * (MOST_REPORTS + 1)

    assert quoted(lines) == set(range(1, 2 * MOST_REPORTS, 2))
    assert quoted((*lines, *REPORT), cut=len(lines) + 3) == set(range(1, 2 * MOST_REPORTS, 2))
