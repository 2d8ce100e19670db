"""Tests of logsleuth.events.fatal."""

from __future__ import annotations

import pytest

from logsleuth.events.fatal import read_fatal, read_frame
from logsleuth.model import Frame, Raised

CURRENT_LAST = """\
Fatal Python error: Segmentation fault

Thread 0x00007f74519f0700 (most recent call first):
  File "/usr/lib/python3.10/threading.py", line 930 in _bootstrap

Current thread 0x00007f74511ef700 (most recent call first):
  File "/opt/vllm/pynccl_wrapper.py", line 257 in ncclAllReduce
  File "/opt/vllm/pynccl.py", line 99 in all_reduce
  File "/usr/bin/vllm", line 8 in <module>

Extension modules: numpy.core._multiarray_umath (total: 119)
  File "/never/here.py", line 1 in f
"""
CURRENT_FIRST = """\
Current thread 0x00007f74511ef700 (most recent call first):
  File "/opt/vllm/graphs.py", line 77 in capture_begin

Thread 0x00007f74519f0700 (most recent call first):
  File "/usr/lib/python3.10/threading.py", line 930 in _bootstrap
"""


def test_the_current_thread_is_told_outermost_first() -> None:
    """The frames of other threads do not count."""
    raised = read_fatal(CURRENT_LAST.splitlines(), 0)

    assert raised == Raised(
        type="Fatal Python error",
        message="Segmentation fault",
        frames=(
            Frame(file="/usr/bin/vllm", line=8, function="<module>"),
            Frame(file="/opt/vllm/pynccl.py", line=99, function="all_reduce"),
            Frame(file="/opt/vllm/pynccl_wrapper.py", line=257, function="ncclAllReduce"),
        ),
        at=0,
    )


def test_other_threads_may_follow() -> None:
    """The current thread may come first."""
    messages = ["before", "Fatal Python error: Aborted", *CURRENT_FIRST.splitlines()]

    raised = read_fatal(messages, 1)

    assert [frame.function for frame in raised.frames] == ["capture_begin"]
    assert raised.at == 1


def test_a_cut_dump_has_no_frames() -> None:
    """The announcement alone is read."""
    assert read_fatal(["Fatal Python error: Bus error"], 0).frames == ()


@pytest.mark.parametrize(
    ("line", "frame"),
    [
        ('  File "x.py", line 3, in f', Frame(file="x.py", line=3, function="f")),
        ('  File "x.py", line 3 in f', Frame(file="x.py", line=3, function="f")),
        ('  File "x.py", line 3', Frame(file="x.py", line=3, function="")),
        ('  File "x.py", line 3, in f return 1', Frame(file="x.py", line=3, function="f", code="return 1")),
        ('  File "x.py", line 3, in f [repeated 6x across cluster]', Frame(file="x.py", line=3, function="f")),
        ("File ~/x.py:12, in load(self)", Frame(file="~/x.py", line=12, function="load", code="(self)")),
        ("│ /opt/app/main.py:12 in load   │", Frame(file="/opt/app/main.py", line=12, function="load")),
        ("no frame", None),
    ],
)
def test_frames_are_read(line: str, frame: Frame | None) -> None:
    """Every printed form gives file, line and function."""
    assert read_frame(line) == frame
