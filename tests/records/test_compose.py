"""Lines of `logsleuth.records.compose` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        "vllm-1  | INFO 07-25 16:20:11 [__init__.py:235] x",
        {
            "layers": "compose/vllm",
            "level": "INFO",
            "ts": "07-25T16:20:11",
            "code": "__init__.py:235",
            "node": "vllm-1",
            "message": "x",
        },
    ),
    (
        "open-webui      | Loading WEBUI_SECRET_KEY",
        {"layers": "compose", "node": "open-webui", "message": "Loading WEBUI_SECRET_KEY"},
    ),
    ("vllm_1 |", {"layers": "compose", "node": "vllm_1", "message": ""}),
    ('vllm-1  |   File "x.py"', {"layers": "compose", "node": "vllm-1", "message": '  File "x.py"'}),
    ("| GPU  Name | x", {"message": "| GPU  Name | x"}),
    ("Layer | Type | Params", {"message": "Layer | Type | Params"}),
    ("ERROR    | x", {"message": "ERROR    | x"}),
    (
        "vllm-1  | 2024-08-12T08:49:20.000000137Z x",
        {"layers": "compose/docker", "ts": "2024-08-12T08:49:20.000000137Z", "node": "vllm-1", "message": "x"},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_line_is_taken_apart(
    peeled: Callable[[str], dict[str, str | int]], line: str, expected: dict[str, str | int]
) -> None:
    """The whole record is compared."""
    told = peeled(line)

    assert told == expected
