"""Tests of logsleuth.events.elastic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.events.elastic import belongs, read_report

TWO = """\
======================================================
run.py FAILED
------------------------------------------------------
Failures:
[1]:
  time      : 2026-01-15_05:44:29
  host      : gpu-b04
  rank      : 9 (local_rank: 1)
  exitcode  : 1 (pid: 6175)
  error_file: <N/A>
  traceback : To enable traceback see: https://pytorch.org/docs/stable/elastic/errors.html
------------------------------------------------------
Root Cause (first observed failure):
[0]:
  time      : 2026-01-15_05:44:28
  host      : gpu-b03
  rank      : 0 (local_rank: 0)
  exitcode  : -11 (pid: 6174)
  error_file: <N/A>
  traceback : Signal 11 (SIGSEGV) received by PID 6174
======================================================
"""
ALONE = """\
torch.distributed.elastic.multiprocessing.errors.ChildFailedError:
============================================================
vllm.entrypoints.api FAILED
------------------------------------------------------------
Failures:
  <NO_OTHER_FAILURES>
------------------------------------------------------------
Root Cause (first observed failure):
[0]:
  time      : 2026-03-25_17:13:24
  host      : 0f0baed86552
  rank      : 0 (local_rank: 0)
  exitcode  : 1 (pid: 1886)
  error_file: /tmp/errors/0.json
  traceback : Traceback (most recent call last):
    File "/opt/app/train.py", line 3, in main
      boom()
  ValueError: x

============================================================
after
"""
OLD = """\
***************************************
              train.py FAILED
=======================================
Root Cause:
[0]:
  time: 2021-09-14_15:21:08
  rank: 3 (local_rank: 3)
  exitcode: -9 (pid: 4711)
  error_file: <N/A>
  msg: "Signal 9 (SIGKILL) received by PID 4711"
=======================================
Other Failures:
  <NO_OTHER_FAILURES>
***************************************
"""
CUT = """\
============================================================
eval_offline.py FAILED
------------------------------------------------------------
Failures:
[1]:
  rank      : 2 (local_rank: 2)
  exitcode  : 1 (pid: 21407)
"""
UNNUMBERED = "train.py FAILED\nRoot Cause:\n  rank      : 2 (local_rank: 2)\n"

REPORTS = [
    (
        TWO,
        (
            ("script", "run.py"),
            ("time", "2026-01-15_05:44:28"),
            ("host", "gpu-b03"),
            ("rank", "0"),
            ("local_rank", "0"),
            ("exitcode", "-11"),
            ("pid", "6174"),
            ("signal", "SIGSEGV"),
            ("failure_count", "2"),
            ("other_failures", "host gpu-b04 rank 9 local_rank 1 exitcode 1 pid 6175"),
        ),
    ),
    (
        ALONE,
        (
            ("script", "vllm.entrypoints.api"),
            ("time", "2026-03-25_17:13:24"),
            ("host", "0f0baed86552"),
            ("rank", "0"),
            ("local_rank", "0"),
            ("exitcode", "1"),
            ("pid", "1886"),
            ("error_file", "/tmp/errors/0.json"),
            ("text", "Traceback (most recent call last):"),
        ),
    ),
    (
        OLD,
        (
            ("script", "train.py"),
            ("time", "2021-09-14_15:21:08"),
            ("rank", "3"),
            ("local_rank", "3"),
            ("exitcode", "-9"),
            ("pid", "4711"),
            ("signal", "SIGKILL"),
        ),
    ),
    (
        CUT,
        (("script", "eval_offline.py"), ("rank", "2"), ("local_rank", "2"), ("exitcode", "1"), ("pid", "21407")),
    ),
    (UNNUMBERED, (("script", "train.py"), ("rank", "2"), ("local_rank", "2"))),
    ("train.py FAILED", (("script", "train.py"),)),
    ("==========\nsomething else\n==========\ntrain.py FAILED", (("script", "train.py"),)),
    ("no report\n==========\n", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "facts"), REPORTS)
def test_the_first_failure_is_told(text: str, facts: tuple[tuple[str, str], ...] | None) -> None:
    """Reports of every age, whole and cut."""
    assert read_report(text.splitlines()) == facts


@pytest.mark.parametrize("text", [TWO, OLD, ALONE.partition("ValueError")[0]])
def test_a_report_goes_on_to_its_end(text: str) -> None:
    """Each line of a report goes on with its first."""
    head, *others = text.splitlines()

    assert [line for line in others if not belongs(head, line)] == []


@pytest.mark.parametrize(
    ("head", "line"), [("ValueError: x", "  rank      : 2"), ("==========", "INFO: x"), ("run.py FAILED", "")]
)
def test_other_lines_do_not_belong(head: str, line: str) -> None:
    """Only a report's own head has a report."""
    assert not belongs(head, line)


@given(st.lists(st.one_of(st.sampled_from(TWO.splitlines() + OLD.splitlines()), st.text(max_size=20)), max_size=30))
def test_any_lines_give_a_result(messages: list[str]) -> None:
    """Lines in any order are no error."""
    facts = read_report(messages)

    assert facts is None or facts[0][0] == "script"
