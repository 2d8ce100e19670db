"""Tests of logsleuth.events.grammar."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.events.grammar import (
    Part,
    begins_record,
    classify,
    is_head,
    looks_like_exception,
    loose_exception,
    match_frame,
    unmargin,
)

LINES = [
    ("Traceback (most recent call last):", Part.HEAD),
    ("raceback (most recent call last):", Part.HEAD),
    ("^CTraceback (most recent call last):", Part.HEAD),
    ("Original Traceback (most recent call last):", Part.HEAD),
    ("ERROR:root:request 17 failed while the worker was loading weights Traceback (most recent call last):", Part.HEAD),
    ("  + Exception Group Traceback (most recent call last):", Part.HEAD),
    ("    | Traceback (most recent call last):", Part.HEAD),
    ("+ Exception Group Traceback", Part.HEAD),
    ("╭───────────── Traceback (most recent call last) ─────────────╮", Part.HEAD),
    ("Fatal Python error: Segmentation fault", Part.HEAD),
    ("thread 'main' panicked at src/lib.rs:3:5:", Part.HEAD),
    ("thread 'main' started", Part.OTHER),
    ('{"content": "Traceback (most recent call last):\\n  File \\"x.py\\", line 3"}', Part.OTHER),
    ('  File "/opt/vllm/worker.py", line 3, in load', Part.FRAME),
    ('  |   File "/opt/vllm/worker.py", line 3, in load', Part.FRAME),
    ('File "/opt/vllm/worker.py", line 3, in load', Part.FRAME),
    ('  File "/opt/vllm/pynccl_wrapper.py", line 257 in ncclAllReduce', Part.FRAME),
    ('  File "bad.py", line 3', Part.FRAME),
    ("  File /opt/vllm/worker.py, line 3, in load", Part.FRAME),
    ("  File “/opt/vllm/worker.py”, line 3, in init", Part.FRAME),
    ('  File \\"/opt/vllm/worker.py\\", line 3, in load', Part.FRAME),
    ("File ~/vllm/worker.py:12, in load(self)", Part.FRAME),
    ("│ /opt/app/main.py:12 in load                                  │", Part.FRAME),
    ('  File "/opt/x.py", line 2456, in run_method [repeated 6x across cluster]', Part.FRAME),
    ("File not found", Part.OTHER),
    ("    raise ValueError('x')", Part.CODE),
    ("\tclass_name: RayWorkerWrapper", Part.CODE),
    ("    comm: ncclComm_t = self.nccl.init()", Part.CODE),
    ("    ^^^^^^^^^", Part.CARET),
    ("    ~~~^~~~~", Part.CARET),
    ("^^^^^^", Part.CARET),
    ("  |          ^^^", Part.CARET),
    ("  [Previous line repeated 995 more times]", Part.REPEATED),
    ("The above exception was the direct cause of the following exception:", Part.LINK_CAUSE),
    ("    | The above exception was the direct cause of the following exception:", Part.LINK_CAUSE),
    ("During handling of the above exception, another exception occurred:", Part.LINK_CONTEXT),
    ("  +-+---------------- 1 ----------------", Part.MEMBER),
    ("    +---------------- 12 ----------------", Part.MEMBER),
    ("      +------------------------------------", Part.MEMBER),
    ("    | and 3 more exceptions", Part.MEMBER),
    ("", Part.BLANK),
    ("   \t ", Part.BLANK),
    ("  | ", Part.BLANK),
    ("ValueError: x", Part.FINAL),
    ("    | ValueError: 1", Part.FINAL),
    ("CUDA kernel errors might be asynchronously reported at some other API call", Part.NOTE),
    ("For debugging consider passing CUDA_LAUNCH_BLOCKING=1", Part.NOTE),
    ("ncclRemoteError: A call failed possibly due to a network error", Part.NOTE),
    ("frame #1: <unknown function> + 0x111c7 (0x7f7efc7e8cb7 in libc10_cuda.so)", Part.NOTE),
    ("Thread 0x00007f74519f0700 (most recent call first):", Part.NOTE),
    ("Extension modules: numpy.core._multiarray_umath (total: 119)", Part.NOTE),
    ("INFO: hello", Part.OTHER),
    ("EngineCore failed to start.", Part.OTHER),
]

EXCEPTIONS = [
    ("torch.OutOfMemoryError: CUDA out of memory. Tried", ("torch.OutOfMemoryError", "CUDA out of memory. Tried")),
    ("safetensors_rust.SafetensorError: Error: x", ("safetensors_rust.SafetensorError", "Error: x")),
    ("huggingface_hub.errors.GatedRepoError: 403 C", ("huggingface_hub.errors.GatedRepoError", "403 C")),
    ("ValueError: ", ("ValueError", "")),
    ("ValueError:", ("ValueError", "")),
    ("KeyError: 'x'", ("KeyError", "'x'")),
    ("AssertionError", ("AssertionError", "")),
    ("zmq.error.ZMQError: Address already in use", ("zmq.error.ZMQError", "Address already in use")),
    ("zmq.error.Again: Resource", ("zmq.error.Again", "Resource")),
    ("ray.exceptions.RayTaskError(ValueError): ray::f()", ("ray.exceptions.RayTaskError(ValueError)", "ray::f()")),
    ("triton.runtime.errors.OutOfResources: out of", ("triton.runtime.errors.OutOfResources", "out of")),
    ("subprocess.CalledProcessError: Command", ("subprocess.CalledProcessError", "Command")),
    ("subprocess.TimeoutExpired: Command", ("subprocess.TimeoutExpired", "Command")),
    ("torch._dynamo.exc.Unsupported: x", ("torch._dynamo.exc.Unsupported", "x")),
    ("queue.Empty", ("queue.Empty", "")),
    ("socket.gaierror: [Errno -2]", ("socket.gaierror", "[Errno -2]")),
    ("nixl._bindings.nixlBackendError: NIXL_ERR", ("nixl._bindings.nixlBackendError", "NIXL_ERR")),
    ("SystemExit: 1", ("SystemExit", "1")),
    ("KeyboardInterrupt", ("KeyboardInterrupt", "")),
    ("ExceptionGroup: eg (3 sub-exceptions)", ("ExceptionGroup", "eg (3 sub-exceptions)")),
    ("_InactiveRpcError: <x", ("_InactiveRpcError", "<x")),
    (
        "pydantic_core._pydantic_core.ValidationError: 1 validation error for ModelConfig",
        ("pydantic_core._pydantic_core.ValidationError", "1 validation error for ModelConfig"),
    ),
]

PROSE = [
    "INFO: hello",
    "Note: x",
    "http://127.0.0.1:8000",
    "Warning: CUDA warning: x",
    "DeprecationWarning: x",
    "pkg.mod.UserWarning: x",
    "Error: something",
    "java.io.IOException: Connection reset by peer",
    "ncclSystemError: System call",
    "config.json: not found",
    "Exception in thread Thread-1:",
    "RuntimeError raised in a worker",
    "ValueError:x",
    "vllm.engine.AsyncLLMEngine: started",
    "A" * 500 + "Error: x",
    "",
]


@pytest.mark.parametrize(("line", "part"), LINES)
def test_a_line_is_classified_by_itself(line: str, part: Part) -> None:
    """Every kind of line is known, in its mangled forms too."""
    assert classify(line) is part


@pytest.mark.parametrize(("line", "found"), EXCEPTIONS)
def test_last_lines_are_split(line: str, found: tuple[str, str]) -> None:
    """An exception's last line gives its qualified type and its message."""
    assert looks_like_exception(line) == found
    assert loose_exception(line) == found


@pytest.mark.parametrize("line", PROSE)
def test_prose_is_no_exception(line: str) -> None:
    """Log prose, warnings and other languages are refused."""
    assert looks_like_exception(line) is None


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("nixlBackendError: x", ("nixlBackendError", "x")),
        ("Error: x", ("Error", "x")),
        ("WeirdThing", ("WeirdThing", "")),
        ("x" * 500, None),
        ("a:b", None),
        ("return foo()", None),
    ],
)
def test_after_frames_any_name_will_do(line: str, found: tuple[str, str] | None) -> None:
    """Where an exception must stand, an unknown name is one."""
    assert loose_exception(line) == found


@pytest.mark.parametrize(
    "line",
    [
        "INFO 06-10 21:32:17 [core.py:58] x",
        "INFO:     Shutting down",
        "[2026-01-01 10:00:00,123] LMCache INFO: x",
        "2026-01-01 10:00:00,123\tINFO worker.py:1777 -- x",
        "[rank0]:[W516 01:01:41.352371211 ProcessGroupNCCL.cpp:1496] Warning",
        "E0329 04:43:11.770000 21390 torch/distributed/elastic/multiprocessing/api.py:869] failed",
        "(EngineCore_DP0 pid=321) x",
        "Process EngineCore_0:",
        "Exception ignored in: <function x>",
        "/usr/lib/python3.12/multiprocessing/resource_tracker.py:254: UserWarning: x",
        "terminate called after throwing an instance of 'c10::Error'",
        "gpu-b03:21405:22305 [0] NCCL INFO misc/socket.cc:752 -> 6",
    ],
)
def test_other_records_end_a_message(line: str) -> None:
    """What certainly belongs to somebody else is told."""
    assert begins_record(line)


@pytest.mark.parametrize("line", ["Last error:", "INFORMATION: x", "  note", "Process failed", ""])
def test_messages_go_on(line: str) -> None:
    """Ordinary continuation lines do not end a message."""
    assert not begins_record(line)


def test_only_a_panic_is_a_head_among_threads() -> None:
    """Rust's threads are named in other lines too."""
    assert is_head("thread '<unnamed>' panicked at 'x', src/a.rs:1:2")
    assert not is_head("thread 'main' is idle")


def test_bars_of_groups_are_taken_off() -> None:
    """Only the bar and one space go."""
    assert unmargin("  |   File") == "  File"
    assert unmargin("|") == ""
    assert unmargin("a | b") == "a | b"


def test_frames_are_matched_in_parts() -> None:
    """File, line, function and what follows on the same line."""
    match = match_frame('File "/a b/x.py", line 12, in f return 1')

    assert match is not None
    assert (match["file"], match["line"], match["function"], match["rest"]) == ("/a b/x.py", "12", "f", " return 1")


@given(st.text())
def test_any_text_has_a_part(text: str) -> None:
    """No text is refused."""
    assert classify(text) in Part


@pytest.mark.parametrize(
    "piece",
    ["File ", "File '", 'File ",line ', "a.", "| ", "^ ", "+-", "Traceback ", "A", "  ", "File x:1, in", '"', "~"],
)
def test_hostile_lines_take_linear_time(piece: str) -> None:
    """A line of 64 KiB of any repeated piece is classified at once."""
    line = (piece * 66_000)[:65_536]
    started = time.process_time()

    classify(line)
    classify(line + "x")

    assert time.process_time() - started < 0.25
