"""Tests of logsleuth.events.python; real tracebacks are printed by the interpreter that runs the tests."""

from __future__ import annotations

import textwrap
import time
import traceback
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.events.grammar import classify
from logsleuth.events.python import parse_traceback
from logsleuth.events.runs import find_run
from logsleuth.model import Frame, Link, Raised
from tests.events.printed_shapes import (
    ANNOUNCED,
    COMPILER,
    CUT_BEFORE_NEXT,
    LOST_INDENTATION,
    PANIC,
    POOL,
    SHAPES,
    SPAWN,
)

EMPTY: Final[dict[str, int]] = {}


def _printed(fails: Callable[[], object]) -> str:
    try:
        fails()
    except BaseException as error:  # noqa: BLE001  the tracebacks of any exception are the samples
        return "".join(traceback.format_exception(error))
    return ""


def _caused() -> None:
    try:
        _ = EMPTY["key"]
    except KeyError as error:
        raise ValueError("first\nsecond\n\nfourth") from error


def _in_context() -> None:
    try:
        _ = EMPTY["key"]
    except KeyError:
        int("x")


def _grouped() -> None:
    raise ExceptionGroup("eg", [ValueError("1"), ExceptionGroup("inner", [TypeError("t")]), OSError(28, "full")])


def _noted() -> None:
    error = ValueError("x")
    error.add_note("note 1\nnote 2")
    raise error


def _recursive() -> object:
    return _recursive()


def _unparsable() -> None:
    compile("x = = 3", "bad.py", "exec")


def _parse(text: str) -> tuple[Raised, ...]:
    return parse_traceback(text.splitlines())


def _told(text: str) -> list[tuple[str, str, str]]:
    return [(raised.link.value, raised.type, raised.message) for raised in _parse(text)]


PRINTED = [
    (_caused, [("first", "KeyError", "'key'"), ("cause", "ValueError", "first\nsecond\n\nfourth")]),
    (
        _in_context,
        [("first", "KeyError", "'key'"), ("context", "ValueError", "invalid literal for int() with base 10: 'x'")],
    ),
    (
        _grouped,
        [
            ("first", "ExceptionGroup", "eg (3 sub-exceptions)"),
            ("grouped", "ValueError", "1"),
            ("grouped", "ExceptionGroup", "inner (1 sub-exception)"),
            ("grouped", "TypeError", "t"),
            ("grouped", "OSError", "[Errno 28] full"),
        ],
    ),
    (_noted, [("first", "ValueError", "x\nnote 1\nnote 2")]),
    (_unparsable, [("first", "SyntaxError", "invalid syntax")]),
]


@pytest.mark.parametrize(("fails", "told"), PRINTED, ids=lambda value: getattr(value, "__name__", ""))
def test_what_the_interpreter_prints_is_read(fails: Callable[[], object], told: list[tuple[str, str, str]]) -> None:
    """Chains, groups, notes and syntax errors."""
    assert _told(_printed(fails)) == told


@pytest.mark.parametrize("spaces", [1, 4, 9])
def test_an_indented_paste_reads_the_same(spaces: int) -> None:
    """Indentation of the whole traceback does not matter."""
    printed = _printed(_caused)

    assert _parse(textwrap.indent(printed, " " * spaces)) == _parse(printed)


def test_a_paste_without_indentation_reads_the_same() -> None:
    """Indentation may be lost altogether."""
    printed = _printed(_caused)

    assert _parse("\n".join(line.strip() for line in printed.splitlines())) == _parse(printed)


def test_a_recursion_keeps_its_frames() -> None:
    """The line that counts repetitions is no code."""
    (raised,) = _parse(_printed(_recursive))

    assert raised.type == "RecursionError"
    assert raised.frames[-1].function == "_recursive"
    assert raised.frames[-1].code == "return _recursive()"


def test_frames_are_outermost_first_with_their_code() -> None:
    """Carets are skipped, `at` is the last line's index."""
    text = """\
EngineCore failed to start.
Traceback (most recent call last):
  File "/opt/vllm/core.py", line 1073, in run_engine_core
    engine_core = EngineCoreProc(*args, **kwargs)
                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "uvloop/loop.pyx", line 1518, in uvloop.loop.Loop.run_until_complete
  File "/opt/vllm/pynccl.py", line 99, in __init__
    self.comm: ncclComm_t = self.nccl.ncclCommInitRank(
RuntimeError: NCCL error: unhandled system error
"""

    assert _parse(text) == (
        Raised(
            type="RuntimeError",
            message="NCCL error: unhandled system error",
            frames=(
                Frame(
                    file="/opt/vllm/core.py",
                    line=1073,
                    function="run_engine_core",
                    code="engine_core = EngineCoreProc(*args, **kwargs)",
                ),
                Frame(file="uvloop/loop.pyx", line=1518, function="uvloop.loop.Loop.run_until_complete"),
                Frame(
                    file="/opt/vllm/pynccl.py",
                    line=99,
                    function="__init__",
                    code="self.comm: ncclComm_t = self.nccl.ncclCommInitRank(",
                ),
            ),
            link=Link.FIRST,
            at=8,
        ),
    )


@pytest.mark.parametrize(("text", "told"), [row[1:] for row in SHAPES], ids=[row[0] for row in SHAPES])
def test_every_printed_shape_is_read(text: str, told: list[tuple[str, str, str]]) -> None:
    """Embedded, mangled, cut and interleaved tracebacks."""
    assert _told(text) == told


def test_only_a_missing_end_counts_as_cut() -> None:
    """`at` of a cut traceback is its last frame."""
    cut, whole = _parse(CUT_BEFORE_NEXT)

    assert (cut.is_cut, cut.at, [frame.function for frame in cut.frames]) == (True, 3, ["run", "go"])
    assert (whole.is_cut, whole.at) == (False, 6)


def test_code_without_indentation_stays_with_its_frame() -> None:
    """A declaration in the code is no exception."""
    (raised,) = _parse(LOST_INDENTATION)

    assert [frame.code for frame in raised.frames] == [
        "self.comm: ncclComm_t = self.nccl.ncclCommInitRank(",
        "output: int = f()",
    ]


def test_frames_that_were_read_before_are_taken_as_they_are() -> None:
    """A run stands for its lines, wherever in the traceback it is."""
    frames = [
        '  File "/opt/a.py", line 1, in a',
        "    return b()",
        "    return c()",
        '  File "/opt/b.py", line 2, in b',
    ]
    messages = ["Traceback (most recent call last):", *frames, "    weird code", *frames, "ValueError: no"]
    data = "".join(f"> {frame}\n" for frame in frames).encode()
    run = find_run(data, 0, len(data))

    assert run is not None
    assert parse_traceback(messages, [classify(message) for message in messages], {1: run, 6: run}) == parse_traceback(
        messages
    )


def test_a_run_of_another_writer_moves_nothing() -> None:
    """Where lines stand elsewhere than Python prints them, each is read by itself."""
    frames = ['  File "/opt/a.py", line 1, in a', "    return b()"]
    messages = [
        "   Traceback (most recent call last):",
        *(f"   {frame}" for frame in frames),
        *frames,
        "ValueError: no",
    ]
    data = "".join(f"> {frame}\n" for frame in frames).encode()
    run = find_run(data, 0, len(data))

    assert run is not None
    assert parse_traceback(messages, [classify(message) for message in messages], {3: run}) == parse_traceback(messages)


def test_a_panic_names_its_place() -> None:
    """Rust prints file and line in the first line."""
    assert _parse(PANIC)[0].frames == (Frame(file="src/tokenizer.rs", line=12, function=""),)


PIECES = st.sampled_from(
    [
        *_printed(_grouped).splitlines(),
        *_printed(_caused).splitlines(),
        *SPAWN.splitlines(),
        *POOL.splitlines(),
        *PANIC.splitlines(),
        *COMPILER.splitlines(),
        "Fatal Python error: x",
        "Current thread 0x1 (most recent call first):",
        "INFO:     x",
        "",
    ]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=40)), max_size=40))
def test_any_lines_give_a_result(messages: list[str]) -> None:
    """Nothing raises, and every index points into the lines."""
    for raised in parse_traceback(messages):
        assert 0 <= raised.at < len(messages)
        assert raised.type or raised.is_cut


@pytest.mark.parametrize(
    "messages",
    [
        ['  File "a.py", line 1, in f'] * 20_000,
        ["ValueError: x"] * 20_000,
        ["Traceback (most recent call last):"] * 20_000,
        [*ANNOUNCED.splitlines()] * 5_000,
        ["ValueError: x:", *[""] * 20_000, *["ValueError: y"] * 2],
        ["ValueError: from user code:", *['  File "a.py", line 1, in f'] * 20_000],
    ],
    ids=["frames", "finals", "heads", "chains", "blanks", "user code"],
)
def test_many_lines_take_linear_time(messages: list[str]) -> None:
    """Twenty thousand lines are read in a second or two of a slow core."""
    started = time.process_time()

    parse_traceback(messages)

    assert time.process_time() - started < 4
