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

from logsleuth.events.python import parse_traceback
from logsleuth.model import Frame, Link, Raised

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


LOST_INDENTATION = """\
Traceback (most recent call last):
File "/opt/vllm/pynccl.py", line 99, in init
self.comm: ncclComm_t = self.nccl.ncclCommInitRank(
File "/opt/vllm/wrapper.py", line 277, in check
output: int = f()
RuntimeError: x
"""
RAY = """\
Traceback (most recent call last):
  File "/opt/ray/worker.py", line 861, in get_objects
    raise value.as_instanceof_cause()
ray.exceptions.RayTaskError(RuntimeError): ray::Wrapper.execute_method() (pid=3266, ip=10.18.2.31)
  File "/opt/vllm/model_runner.py", line 808, in execute_model
    hidden_states = model(**kwargs)
RuntimeError: CUDA error: uncorrectable ECC error encountered
CUDA kernel errors might be asynchronously reported at some other API call.
"""
DATA_LOADER = """\
Traceback (most recent call last):
  File "/opt/torch/_utils.py", line 733, in reraise
    raise exception
RuntimeError: Caught RuntimeError in DataLoader worker process 0.
Original Traceback (most recent call last):
  File "/opt/torch/fetch.py", line 52, in fetch
    data = dataset[i]
RuntimeError: broken
"""
SPAWN = """\
Traceback (most recent call last):
  File "/opt/torch/spawn.py", line 158, in join
    raise ProcessRaisedException(msg, error_index, failed_process.pid)
torch.multiprocessing.spawn.ProcessRaisedException:

-- Process 1 terminated with the following error:
Traceback (most recent call last):
  File "/opt/app/train.py", line 3, in main
    boom()
ValueError: inner
"""
SUBPROCESS = """\
Traceback (most recent call last):
  File "/opt/vllm/registry.py", line 740, in _run_in_subprocess
    raise RuntimeError(f"Error raised in subprocess:\\n{stderr}") from e
RuntimeError: Error raised in subprocess:
<frozen runpy>:128: RuntimeWarning: 'registry' found in sys.modules
Traceback (most recent call last):
  File "/opt/vllm_fl/__init__.py", line 5, in register_model
    from vllm import ModelRegistry
ImportError: cannot import name 'ModelRegistry' from 'vllm'
"""
POOL = '''\
multiprocessing.pool.RemoteTraceback:
"""
Traceback (most recent call last):
  File "/usr/lib/python3.12/multiprocessing/pool.py", line 125, in worker
    result = (True, func(*args, **kwds))
ValueError: remote
"""

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/opt/app/main.py", line 3, in <module>
    pool.map(f, range(3))
ValueError: remote
'''
COMPILER = """\
Traceback (most recent call last):
  File "/opt/torch/_dynamo/output_graph.py", line 1446, in _call_user_compiler
    raise BackendCompilerFailed(self.compiler_fn, e) from e
torch._dynamo.exc.BackendCompilerFailed: backend='inductor' raised:
RuntimeError: Failed to find C compiler.

from user code:
   File "/opt/vllm/llama.py", line 330, in forward
    hidden = self.embed(ids)

Set TORCH_LOGS="+dynamo" for more
"""
PANIC = """\
thread '<unnamed>' panicked at src/tokenizer.rs:12:34:
called `Option::unwrap()` on a `None` value
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
Traceback (most recent call last):
  File "/opt/app/main.py", line 3, in <module>
    tokenize()
pyo3_runtime.PanicException: called `Option::unwrap()` on a `None` value
"""
NCCL = """\
Traceback (most recent call last):
  File "/scratch/eval.py", line 77, in <module>
    torch.distributed.barrier()
torch.distributed.DistBackendError: NCCL error in: /pytorch/NCCLUtils.hpp:268, remote process exited
ncclRemoteError: A call failed possibly due to a network error or a remote process exiting prematurely.
Last error:
socketProgressOpt: Call to recv from 172.16.8.11<33759> failed : Connection reset by peer

INFO:     Shutting down
"""
QUOTED = """\
Traceback (most recent call last):
  File "/opt/vllm/multiproc_executor.py", line 120, in collective_rpc
    raise RuntimeError(
RuntimeError: Worker failed with error 'CUDA out of memory. The above exception was the direct cause of the following \
exception', please check the stack trace above for the root cause
"""
CUT_END = """\
Traceback (most recent call last):
  File "/opt/vllm/core.py", line 5, in run
    go()
  File "/opt/vllm/worker.py", line 9, in go
"""
CUT_BEFORE_NEXT = CUT_END + 'Traceback (most recent call last):\n  File "b.py", line 1, in g\nOSError: y\n'
ANNOUNCED = 'ValueError: x\nTraceback (most recent call last):\n  File "a.py", line 1, in f\nValueError: x\n'
BOXED = """\
╭───────────── Traceback (most recent call last) ─────────────╮
│ /opt/app/main.py:12 in load                                  │
│                                                              │
│ ❱ 12 │   raise ValueError("x")                               │
╰──────────────────────────────────────────────────────────────╯
ValueError: x
"""

SHAPES = [
    ("lost indentation", LOST_INDENTATION, [("first", "RuntimeError", "x")]),
    (
        "ray",
        RAY,
        [
            (
                "first",
                "ray.exceptions.RayTaskError(RuntimeError)",
                "ray::Wrapper.execute_method() (pid=3266, ip=10.18.2.31)",
            ),
            (
                "grouped",
                "RuntimeError",
                (
                    "CUDA error: uncorrectable ECC error encountered\n"
                    "CUDA kernel errors might be asynchronously reported at some other API call."
                ),
            ),
        ],
    ),
    (
        "data loader",
        DATA_LOADER,
        [
            ("first", "RuntimeError", "Caught RuntimeError in DataLoader worker process 0."),
            ("grouped", "RuntimeError", "broken"),
        ],
    ),
    (
        "subprocess",
        SUBPROCESS,
        [
            (
                "first",
                "RuntimeError",
                "Error raised in subprocess:\n<frozen runpy>:128: RuntimeWarning: 'registry' found in sys.modules",
            ),
            ("grouped", "ImportError", "cannot import name 'ModelRegistry' from 'vllm'"),
        ],
    ),
    (
        "spawn",
        SPAWN,
        [
            (
                "first",
                "torch.multiprocessing.spawn.ProcessRaisedException",
                "\n\n-- Process 1 terminated with the following error:",
            ),
            ("grouped", "ValueError", "inner"),
        ],
    ),
    (
        "pool",
        POOL,
        [
            ("first", "ValueError", "remote"),
            ("cause", "ValueError", "remote"),
        ],
    ),
    (
        "compiler",
        COMPILER,
        [
            ("first", "torch._dynamo.exc.BackendCompilerFailed", "backend='inductor' raised:"),
            (
                "grouped",
                "RuntimeError",
                (
                    "Failed to find C compiler.\n\nfrom user code:\n"
                    '   File "/opt/vllm/llama.py", line 330, in forward\n    hidden = self.embed(ids)\n\n'
                    'Set TORCH_LOGS="+dynamo" for more'
                ),
            ),
        ],
    ),
    (
        "panic",
        PANIC,
        [
            (
                "first",
                "panic",
                (
                    "called `Option::unwrap()` on a `None` value\n"
                    "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace"
                ),
            ),
            ("first", "pyo3_runtime.PanicException", "called `Option::unwrap()` on a `None` value"),
        ],
    ),
    ("old panic", "thread 'main' panicked at 'boom', src/a.rs:1:2", [("first", "panic", "boom")]),
    (
        "nccl",
        NCCL,
        [
            (
                "first",
                "torch.distributed.DistBackendError",
                (
                    "NCCL error in: /pytorch/NCCLUtils.hpp:268, remote process exited\n"
                    "ncclRemoteError: A call failed possibly due to a network error or a remote process exiting prematurely.\n"
                    "Last error:\n"
                    "socketProgressOpt: Call to recv from 172.16.8.11<33759> failed : Connection reset by peer"
                ),
            )
        ],
    ),
    (
        "quoted link",
        QUOTED,
        [
            (
                "first",
                "RuntimeError",
                (
                    "Worker failed with error 'CUDA out of memory. The above exception was the direct cause of the "
                    "following exception', please check the stack trace above for the root cause"
                ),
            )
        ],
    ),
    ("cut end", CUT_END, [("first", "", "")]),
    ("cut before the next", CUT_BEFORE_NEXT, [("first", "", ""), ("first", "OSError", "y")]),
    ("announced", ANNOUNCED, [("first", "ValueError", "x")]),
    ("boxed", BOXED, [("first", "ValueError", "x")]),
    ("frames first", '    go()\n  File "a.py", line 1, in f\nqueue.Empty\n', [("first", "queue.Empty", "")]),
    ("indented frames first", '      File "a.py", line 1, in f\n    MyOwn: x\n', [("first", "MyOwn", "x")]),
    (
        "no source lines",
        'Traceback (most recent call last):\n  File "a.pyx", line 1, in f\nFoo: x\n',
        [("first", "Foo", "x")],
    ),
    (
        "noise inside",
        'Traceback (most recent call last):\nINFO 06-10 x\n  File "a.py", line 1, in f\nOSError\n',
        [("first", "OSError", "")],
    ),
    ("only the last line", "ValueError: x\nmore\n\n", [("first", "ValueError", "x\nmore")]),
    (
        "link first",
        "The above exception was the direct cause of the following exception:\n\n" + ANNOUNCED[14:],
        [("first", "ValueError", "x")],
    ),
    ("bare panic", "thread 'main' panicked at", []),
    ("head alone", "Traceback (most recent call last):", []),
    ("nothing", "INFO: all is well\n    indented\n", []),
    ("empty", "", []),
    (
        "fatal after another",
        'Traceback (most recent call last):\n  File "a.py", line 1, in f\nOSError: y\nFatal Python error: Aborted\n',
        [("first", "OSError", "y"), ("first", "Fatal Python error", "Aborted")],
    ),
]


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
