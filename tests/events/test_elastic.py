"""Tests of logsleuth.events.elastic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.events.elastic import belongs

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


@pytest.mark.parametrize("line", TWO.replace("FAILED", "FAILED ").splitlines())
def test_a_report_without_indents_is_one_too(line: str) -> None:
    """Some collectors take the indent off."""
    assert belongs("run.py FAILED", line.strip())


@given(st.text(), st.text())
def test_any_lines_give_a_result(head: str, line: str) -> None:
    """No text is refused."""
    assert belongs(head, line) in {True, False}
