"""Tracebacks in one line, and quotations that are none."""

from __future__ import annotations

import pytest

from logsleuth.records.escaped import find, may_hold, unfold

HEAD = b"ERROR 06-10 21:32:17 [core.py:1] "
UNFOLDED: list[tuple[bytes, list[bytes]]] = [
    (
        rb"failed: Traceback (most recent call last):\n  File \"/x.py\", line 1, in f\n    f(\"a\")\nValueError: x",
        [
            b"failed:",
            b"Traceback (most recent call last):",
            b'  File "/x.py", line 1, in f',
            b'    f("a")',
            b"ValueError: x",
        ],
    ),
    (
        b'Traceback (most recent call last):#012  File "/x.py", line 1, in f#012#011x#012ValueError: x',
        [b"Traceback (most recent call last):", b'  File "/x.py", line 1, in f', b"\tx", b"ValueError: x"],
    ),
    (
        rb"{'error': 'Traceback (most recent call last):\n  File \"x.py\", line 1, in f\nValueError: x', 'code': 500}",
        [
            b"{'error':",
            b"Traceback (most recent call last):",
            b'  File "x.py", line 1, in f',
            b"ValueError: x",
            b", 'code': 500}",
        ],
    ),
    (
        rb'"ERROR: Failed to create instance: OSError: gated repo.\nMake sure\n\nAt:\n  hub.py(421): f\n"',
        [
            b'"ERROR: Failed to create instance:',
            b"OSError: gated repo.",
            b"Make sure",
            b"",
            b"At:",
            b"  hub.py(421): f",
        ],
    ),
    (
        rb"Traceback (most recent call last):\\n  File \\\"x.py\\\", line 1\\nValueError: x",
        [b"Traceback (most recent call last):", b'  File "x.py", line 1', b"ValueError: x"],
    ),
    (
        rb'cut head\n  File "x.py", line 1, in f\nValueError: x',
        [b"cut head", b'  File "x.py", line 1, in f', b"ValueError: x"],
    ),
]
LEFT_ALONE = [
    rb"Received request cmpl-1: prompt: 'Traceback (most recent call last):\n  File \"x.py\", line 1\nValueError: x'",
    rb"""body={"messages": [{"role": "user", "content": "Traceback (most recent call last):\n  File \"x.py\""}]}""",
    rb"RuntimeError('NCCL Error: unhandled\nmore')",
    rb"path C:\new\table Error: x",
    b"Traceback (most recent call last):",
    rb"a\nb",
]


@pytest.mark.parametrize(("message", "expected"), UNFOLDED)
def test_traceback_is_unfolded_behind_its_prefix(message: bytes, expected: list[bytes]) -> None:
    """Every line gets the prefix of the whole."""
    line = HEAD + message
    found = find(line)

    assert may_hold(line)
    assert found is not None
    assert unfold(line, found, start=len(HEAD), most=100) == [HEAD + each for each in expected]


@pytest.mark.parametrize("line", LEFT_ALONE)
def test_quotations_are_left_alone(line: bytes) -> None:
    """What users wrote, and what is no traceback, stays in one line."""
    assert not may_hold(line) or find(line) is None


def test_lines_are_bounded() -> None:
    """A flood of escaped newlines gives so many lines and no more, and may go without the prefix."""
    line = HEAD + b"Traceback (most recent call last):" + rb"\n x" * 100
    found = find(line)

    assert found is not None
    assert unfold(line, found, start=len(HEAD), most=3, is_repeated=False) == [
        HEAD + b"Traceback (most recent call last):",
        b" x",
        b" x",
    ]
