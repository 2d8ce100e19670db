"""Lines of `logsleuth.records.tool` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        "vLLM STDOUT: ERROR 07-15 17:15:30 [core.py:400] x",
        {"layers": "tool/vllm", "level": "ERROR", "ts": "07-15T17:15:30", "code": "core.py:400", "message": "x"},
    ),
    (
        '2025-03-27T15:41:58.926804Z ERROR dynamo_llm::engines::vllm::worker: VLLM: engine.py:400]   File "x.py"',
        {
            "layers": "tracing/tool/vllm",
            "level": "ERROR",
            "ts": "2025-03-27T15:41:58.926804Z",
            "code": "engine.py:400",
            "logger": "dynamo_llm::engines::vllm::worker",
            "message": '  File "x.py"',
        },
    ),
    (
        '2025-03-27T15:41:58.926804Z ERROR dynamo_llm::engines::vllm::worker: VLLM:   File "x.py"',
        {
            "layers": "tracing/tool",
            "level": "ERROR",
            "ts": "2025-03-27T15:41:58.926804Z",
            "logger": "dynamo_llm::engines::vllm::worker",
            "message": '  File "x.py"',
        },
    ),
    ("[stderr] RuntimeError: x", {"layers": "tool", "message": "RuntimeError: x"}),
    (
        "node-3> INFO 06-10 21:32:17 [core.py:58] x",
        {"layers": "tool/vllm", "level": "INFO", "ts": "06-10T21:32:17", "code": "core.py:58", "message": "x"},
    ),
    ("said 'x' INFO 06-10 21:32:17 [core.py:58] x", {"message": "said 'x' INFO 06-10 21:32:17 [core.py:58] x"}),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_line_is_taken_apart(
    peeled: Callable[[str], dict[str, str | int]], line: str, expected: dict[str, str | int]
) -> None:
    """The whole record is compared."""
    told = peeled(line)

    assert told == expected
