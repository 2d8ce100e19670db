"""The report as Markdown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from logsleuth.model import Advice, Diagnosis, Evidence, Notice, NoticeKind, Report, Verdict, Where, Words
from logsleuth.report.markdown import render, render_issue

Builder = Callable[..., Diagnosis]
Reports = Callable[..., Report]

PAGE = """\
# Incident

## GPU memory exhausted

`cuda.oom.device` · cause · 90% sure · 2 times · 2025-06-10 21:32:44 · Worker_TP1 (rank 1)

Worker_TP1 asked for 2.00 GiB with 0.31 GiB free.

`vllm.log:120`

```text
torch.OutOfMemoryError: CUDA out of memory.
```

Explains: `vllm.core-init-failed`

### What to do

1. Shorten the context.

   ```text
   vllm serve m --max-model-len 17296
   ```


### Likely causes

- Another process holds memory.

### Read more

- <https://docs.vllm.ai/>

## Also found

- consequence: The engine core did not start (`vllm.core-init-failed`, `vllm.log:140`, ×2)

## Environment

| | |
|---|---|
| model | m |
| tensor_parallel_size | 2 |
| vllm | 0.9.1 |

1,234 lines, 1 source, 1 error line, 2 warnings

- About the reading: a: cut
"""

ISSUE = """\
<!-- Written by logsleuth from a log: remove what must not become public before posting. -->

## Your current environment

(read from the log; add the output of `vllm collect-env`)

| | |
|---|---|
| vllm | 0.9.1 |

## Configuration

| | |
|---|---|
| model | m |
| tensor_parallel_size | 2 |

## Describe the bug

**GPU memory exhausted**

Worker_TP1 asked for 2.00 GiB with 0.31 GiB free.

`vllm.log:120`

```text
torch.OutOfMemoryError: CUDA out of memory.
```

Explains: `vllm.core-init-failed`

## How to reproduce, and what was tried

(to be filled in: the command that was run, what was expected, what was tried)
"""


def test_a_page(report: Reports, diagnosis: Builder, consequence: Diagnosis) -> None:
    """Everything that the terminal shows, for a ticket."""
    notice = Notice(kind=NoticeKind.LINE_CUT, where=Where(source="a"), detail="cut")

    assert render(report(diagnosis(), consequence, notices=(notice,))) == PAGE


def test_an_issue(report: Reports, diagnosis: Builder, consequence: Diagnosis) -> None:
    """Environment, configuration, error and steps."""
    assert render_issue(report(diagnosis(), consequence)) == ISSUE


def test_a_healthy_log_makes_an_empty_issue(report: Reports) -> None:
    """It says so."""
    assert "Healthy: nothing found" in render_issue(report(verdict=Verdict.HEALTHY))


def test_what_is_missing_leaves_no_heading(report: Reports, diagnosis: Builder) -> None:
    """A diagnosis without advice and background is short."""
    bare = diagnosis(explains=(), causes=(), remedies=(), references=(), count=1)

    assert "###" not in render(report(bare))
    assert "Explains" not in render_issue(report(bare))


def test_a_table(report: Reports, diagnosis: Builder) -> None:
    """A sign that would end a cell stands for itself."""
    said = render(report(diagnosis(table=(("rank", "op"), ("0", "a|b"), ("1", "c")))))

    assert "\n| rank | op |\n|---|---|\n| 0 | a\\|b |\n| 1 | c |\n" in said


def test_chinese(report: Reports, diagnosis: Builder) -> None:
    """The same page in Chinese."""
    said = render(report(diagnosis()), language="zh")

    assert said.startswith("# 发生故障\n\n## 显存耗尽\n")
    assert "### 处理办法\n\n1. 缩短上下文。\n" in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<script>alert(1)</script>", "\\<script\\>alert(1)\\</script\\>"),
        ("[x](http://y) ![z](q)", "\\[x\\](http://y) \\!\\[z\\](q)"),
        ("a | b `c` *d* __e__ max_model_len", "a \\| b \\`c\\` \\*d\\* \\_\\_e\\_\\_ max_model_len"),
        ("one\n# two\x1b[2J", "one \\# two\\\\x1b\\[2J"),
    ],
)
def test_log_text_is_no_markup(report: Reports, diagnosis: Builder, text: str, expected: str) -> None:
    """In sentences every sign stands for itself."""
    said = render(report(diagnosis(summary=Words(en=text, zh=text))))

    assert f"\n{expected}\n" in said


def test_log_text_cannot_leave_its_fence(report: Reports, diagnosis: Builder) -> None:
    """The fence is longer than any run of backticks inside."""
    text = "```\n````x\x1b"
    evidence = Evidence(source="a`b", line=1, end_line=2, text=text)
    advice = Advice(text=Words(en="Do.", zh="做。"), command="echo '```'", is_destructive=True, applies="vllm>=1")

    said = render(report(diagnosis(evidence=(evidence,), remedies=(advice,))))

    assert "\n``a`b:1``\n\n`````text\n```\n````x\\x1b\n`````\n" in said
    assert "\n   ````text\n   echo '```'\n   ````\n" in said
    assert "1. Do. *(only for vllm\\>=1)* *(deletes or stops something: check first)*" in said
