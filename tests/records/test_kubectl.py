"""Lines of `logsleuth.records.kubectl` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        "[pod/vllm-0/vllm] INFO 06-10 21:32:17 [core.py:58] x",
        {
            "layers": "kubectl/vllm",
            "level": "INFO",
            "ts": "06-10T21:32:17",
            "code": "core.py:58",
            "node": "vllm-0",
            "message": "x",
        },
    ),
    (
        "vllm-7d9f8b6c5d-x2k9p vllm INFO 06-10 21:32:17 [core.py:58] x",
        {
            "layers": "stern/vllm",
            "level": "INFO",
            "ts": "06-10T21:32:17",
            "code": "core.py:58",
            "node": "vllm-7d9f8b6c5d-x2k9p",
            "message": "x",
        },
    ),
    (
        "vllm-0 vllm (EngineCore_DP0 pid=321) ERROR 06-10 21:32:17 [core.py:58] x",
        {
            "layers": "stern/process/vllm",
            "level": "ERROR",
            "ts": "06-10T21:32:17",
            "code": "core.py:58",
            "node": "vllm-0",
            "process": "EngineCore_DP0",
            "pid": 321,
            "message": "x",
        },
    ),
    (
        "vllm-0 vllm torch.OutOfMemoryError: CUDA out of memory",
        {"layers": "stern", "node": "vllm-0", "message": "torch.OutOfMemoryError: CUDA out of memory"},
    ),
    ("vllm-0 is waiting for its peers", {"message": "vllm-0 is waiting for its peers"}),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_line_is_taken_apart(
    peeled: Callable[[str], dict[str, str | int]], line: str, expected: dict[str, str | int]
) -> None:
    """The whole record is compared."""
    told = peeled(line)

    assert told == expected
