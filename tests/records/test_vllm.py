"""Lines of `logsleuth.records.vllm` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        "INFO 06-10 21:32:17 core.py:58] x",
        {"layers": "vllm", "level": "INFO", "ts": "06-10T21:32:17", "code": "core.py:58", "message": "x"},
    ),
    (
        'ERROR 06-10 21:32:17 [core.py:634]   File "x.py"',
        {"layers": "vllm", "level": "ERROR", "ts": "06-10T21:32:17", "code": "core.py:634", "message": '  File "x.py"'},
    ),
    (
        "DEBUG 06-10 21:32:17 [v1/engine/core.py:58] x",
        {"layers": "vllm", "level": "DEBUG", "ts": "06-10T21:32:17", "code": "v1/engine/core.py:58", "message": "x"},
    ),
    (
        "DEBUG 06-10 21:32:17 [model_executor/.../utils/fp8_utils.py:9] x",
        {
            "layers": "vllm",
            "level": "DEBUG",
            "ts": "06-10T21:32:17",
            "code": "model_executor/.../utils/fp8_utils.py:9",
            "message": "x",
        },
    ),
    (
        "INFO 06-10 21:32:17 [utils.py:302]",
        {"layers": "vllm", "level": "INFO", "ts": "06-10T21:32:17", "code": "utils.py:302", "message": ""},
    ),
    ('engine.py:400]   File "x.py"', {"layers": "vllm", "code": "engine.py:400", "message": '  File "x.py"'}),
    ("INFO 06-10 21:32:17 no code", {"message": "INFO 06-10 21:32:17 no code"}),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_line_is_taken_apart(
    peeled: Callable[[str], dict[str, str | int]], line: str, expected: dict[str, str | int]
) -> None:
    """The whole record is compared."""
    told = peeled(line)

    assert told == expected
