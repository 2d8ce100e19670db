"""Tests of logsleuth.events.fingerprint."""

from __future__ import annotations

import pytest

from logsleuth.events.fingerprint import fingerprint, is_plumbing, parts, raising_frame, telling_frame
from logsleuth.model import Frame, Link, Raised


def _frame(file: str, line: int = 1, function: str = "f") -> Frame:
    return Frame(file=file, line=line, function=function)


def _raised(message: str = "x", *, root: str = "/opt/a", line: int = 7, type_name: str = "RuntimeError") -> Raised:
    frames = (_frame(f"{root}/vllm/core.py", line), _frame(f"{root}/vllm/worker.py", line, "load"))
    return Raised(type=type_name, message=message, frames=frames)


SAME = [
    (_raised(), _raised(root="/usr/lib/python3.12/site-packages")),
    (_raised(), _raised(line=99)),
    (_raised("rank 3 got 17 blocks at 0x7f9c7687a66e"), _raised("rank 4 got 9 blocks at 0x7f445f915ef0")),
    (_raised("cannot open /mnt/a/b/c.bin"), _raised("cannot open /data/x/y.bin")),
    (_raised("x\nTried to allocate 2 GiB"), _raised("x\nTried to allocate 3 GiB. See the docs")),
]
DIFFERENT = [
    (_raised(), _raised(type_name="ValueError")),
    (_raised("no memory"), _raised("no driver")),
    (_raised(), Raised(type="RuntimeError", message="x", frames=(_frame("/opt/a/vllm/other.py"),))),
    (_raised(), Raised(type="RuntimeError", message="x")),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_varies_does_not_count(one: Raised, other: Raised) -> None:
    """Ranks, addresses, lines, folders and further lines of the message."""
    assert fingerprint([one]) == fingerprint([other])


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_differs_counts(one: Raised, other: Raised) -> None:
    """Type, place and message."""
    assert fingerprint([one]) != fingerprint([other])


def test_the_whole_chain_counts() -> None:
    """A cause above makes another failure."""
    cause, effect = _raised("cause"), Raised(type="ValueError", message="effect", link=Link.CAUSE)

    assert fingerprint([cause, effect]) != fingerprint([effect])
    assert parts([cause, effect]) == ("RuntimeError|vllm/worker.py:load|cause", "ValueError||effect")


def test_a_fingerprint_is_short_hexadecimal() -> None:
    """It can be shown and searched for, and an empty chain has one too."""
    assert len(fingerprint([_raised()])) == 12
    assert int(fingerprint([]), 16) > 0


@pytest.mark.parametrize(
    ("files", "raising"),
    [
        (["/opt/vllm/core.py", "/usr/lib/python3.12/threading.py"], "/opt/vllm/core.py"),
        (["/opt/vllm/core.py", "/usr/lib/python3.12/asyncio/runners.py"], "/opt/vllm/core.py"),
        (["/opt/vllm/core.py", "/usr/lib/python3.12/concurrent/futures/_base.py"], "/opt/vllm/core.py"),
        (["/opt/vllm/core.py", "/usr/lib/python3.12/multiprocessing/process.py"], "/opt/vllm/core.py"),
        (["/opt/vllm/core.py", "<frozen runpy>"], "/opt/vllm/core.py"),
        (["/opt/vllm/core.py", "/x/dist-packages/uvloop/__init__.py"], "/opt/vllm/core.py"),
        (
            ["/opt/vllm/core.py", "/x/site-packages/torch/multiprocessing/spawn.py"],
            "/x/site-packages/torch/multiprocessing/spawn.py",
        ),
        (["/usr/lib/python3.12/threading.py"], "/usr/lib/python3.12/threading.py"),
        ([], None),
    ],
)
def test_the_raising_frame_says_what_failed(files: list[str], raising: str | None) -> None:
    """Plumbing is passed over unless there is nothing else."""
    raised = Raised(type="X", message="", frames=tuple(map(_frame, files)))

    frame = raising_frame(raised)

    assert (frame.file if frame else None) == raising


@pytest.mark.parametrize(
    ("files", "telling"),
    [
        (["/x/vllm/_custom_ops.py", "/x/site-packages/torch/_ops.py"], "/x/vllm/_custom_ops.py"),
        (["/x/vllm/a.py", "/x/torch/nn/modules/module.py", "/x/torch/utils/_contextlib.py"], "/x/vllm/a.py"),
        (["/x/vllm/a.py", "/x/torch/serialization.py"], "/x/torch/serialization.py"),
        (["/x/xgrammar/compiler.py", "python/tvm_ffi/cython/function.pxi"], "/x/xgrammar/compiler.py"),
        (["/x/torch/_ops.py", "/usr/lib/python3.12/threading.py"], "/x/torch/_ops.py"),
        ([], None),
    ],
)
def test_the_telling_frame_stands_outside_of_torchs_machinery(files: list[str], telling: str | None) -> None:
    """Every operator is called through the same frames; who called it says more, if anybody is there."""
    frame = telling_frame(Raised(type="X", message="", frames=tuple(map(_frame, files))))

    assert (frame.file if frame else None) == telling


def test_plumbing_is_told_by_its_path() -> None:
    """A project's own module of the same name in its own package is not meant."""
    assert is_plumbing(_frame("/usr/lib/python3.12/queue.py"))
    assert not is_plumbing(_frame("/opt/vllm/message_queue.py"))
