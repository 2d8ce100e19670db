"""Lines of `logsleuth.records.trtllm` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        "[TensorRT-LLM][ERROR] CUDA runtime error",
        {"layers": "trtllm", "level": "ERROR", "message": "CUDA runtime error"},
    ),
    (
        "[05/01/2024-10:00:00] [TRT-LLM] [RANK 3] [E] x",
        {"layers": "trtllm", "level": "ERROR", "ts": "2024-05-01T10:00:00", "rank": 3, "message": "x"},
    ),
    ("[TRT-LLM] [W] x", {"layers": "trtllm", "level": "WARNING", "message": "x"}),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_line_is_taken_apart(
    peeled: Callable[[str], dict[str, str | int]], line: str, expected: dict[str, str | int]
) -> None:
    """The whole record is compared."""
    told = peeled(line)

    assert told == expected
