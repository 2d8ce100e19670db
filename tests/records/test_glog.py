"""Lines of `logsleuth.records.glog` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        "[E ProcessGroupNCCL.cpp:563] [Rank 1] x",
        {"layers": "glog", "level": "ERROR", "code": "ProcessGroupNCCL.cpp:563", "message": "[Rank 1] x"},
    ),
    (
        "[E810 03:04:11.061727749 ProcessGroupNCCL.cpp:683] [Rank 1] x",
        {
            "layers": "glog",
            "level": "ERROR",
            "ts": "08-10T03:04:11.061727749",
            "code": "ProcessGroupNCCL.cpp:683",
            "message": "[Rank 1] x",
        },
    ),
    (
        'I0822 00:13:01.314203 1 pinned_memory_manager.cc:275] "x"',
        {
            "layers": "glog",
            "level": "INFO",
            "ts": "08-22T00:13:01.314203",
            "code": "pinned_memory_manager.cc:275",
            "message": '"x"',
        },
    ),
    (
        "E0614 10:00:00.123000 140123 torch/distributed/elastic/multiprocessing/api.py:833] failed",
        {
            "layers": "glog",
            "level": "ERROR",
            "ts": "06-14T10:00:00.123000",
            "code": "torch/distributed/elastic/multiprocessing/api.py:833",
            "message": "failed",
        },
    ),
    (
        'E0125 10:00:00.123456    1234 file.go:12] "Unhandled Error"',
        {
            "layers": "glog",
            "level": "ERROR",
            "ts": "01-25T10:00:00.123456",
            "code": "file.go:12",
            "message": '"Unhandled Error"',
        },
    ),
    (
        "E0000 00:00:1723456789.123456    1234 cuda_dnn.cc:8310] x",
        {"layers": "glog", "level": "ERROR", "code": "cuda_dnn.cc:8310", "message": "x"},
    ),
    (
        "2024-05-01 10:00:00.123456: E external/local_xla/cuda_dnn.cc:9261] x",
        {
            "layers": "glog",
            "level": "ERROR",
            "ts": "2024-05-01T10:00:00.123456",
            "code": "external/local_xla/cuda_dnn.cc:9261",
            "message": "x",
        },
    ),
    (
        "I20240810 12:00:00.123456 77 x.cc:1] x",
        {"layers": "glog", "level": "INFO", "ts": "2024-08-10T12:00:00.123456", "code": "x.cc:1", "message": "x"},
    ),
    ("Error x.py:1] y", {"message": "Error x.py:1] y"}),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_line_is_taken_apart(
    peeled: Callable[[str], dict[str, str | int]], line: str, expected: dict[str, str | int]
) -> None:
    """The whole record is compared."""
    told = peeled(line)

    assert told == expected
