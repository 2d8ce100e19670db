"""How busy GPUs are, line by line, as tools print it."""

from __future__ import annotations

import pytest

from logsleuth.events.sample import Metric
from logsleuth.events.series import read_samples

CSV = b"2025/11/20 11:36:03.123, 0, 45 %, [N/A], 18000 MiB, 120.50 W\n"
LINES = [
    (
        b"| N/A   45C    P0   120W / 400W |  18000MiB /  24000MiB |     45%      Default |",
        {"memory_used": 18000, "memory_total": 24000, "utilization": 45},
    ),
    (b"MiB /  24000MiB |      0%      Default |", {"memory_total": 24000, "utilization": 0}),
    (
        b"timestamp, index, utilization.gpu [%], utilization.memory [%], memory.used [MiB], memory.total [MiB]\n",
        {"columns": 6, "gpu_at": 1, "memory_total_at": 5, "memory_used_at": 4, "utilization_at": 2},
    ),
    (CSV, {"fields": 6, "field_1": 0, "field_2": 45, "field_4": 18000, "field_5": 120.5}),
    (b"45 %\r\n", {"fields": 1, "field_0": 45}),
    (b"# gpu    pwr  gtemp     sm    mem\n", {"columns": 5, "gpu_at": 0, "utilization_at": 3}),
    (
        b"    0    120     45    100      0      0\n",
        {"fields": 6, **{f"field_{column}": value for column, value in enumerate((0, 120, 45, 100, 0, 0))}},
    ),
    (b"#Entity   GPUTL  SMACT\n", {"columns": 3, "gpu_at": 0, "sm_active_at": 2, "utilization_at": 1}),
    (b"GPU 0     45     0.312 \n", {"fields": 3, "field_0": 0, "field_1": 45, "field_2": 0.312}),
    (b"GPU 11    45     N/A\n", {"fields": 3, "field_0": 11, "field_1": 45}),
    (b'DCGM_FI_DEV_GPU_UTIL{gpu="3",UUID="GPU-6f1c"} 45\n', {"gpu": 3, "utilization": 45}),
    (b'DCGM_FI_PROF_SM_ACTIVE{UUID="GPU-6f1c"} 0.312\n', {"sm_active": 0.312}),
    (b"GPU-Util: 45%", {"utilization": 45}),
    ("GPU利用率: 45%".encode(), {"utilization": 45}),
    (b"            Gpu                               : 7 %\n", {"utilization": 7}),
]
OTHERS = [
    b"disk 45 % full, 18000 MiB left\n",
    b"at    0     45     12      0\n",
    b"see GPU 0  45  7\n",
    b"GPU KV cache usage: 4.7%, Prefix cache hit rate: 0.4%\n",
    b"| N/A   45C    P0   120W / 400W |  18000MiB / 24000MiB |     N/A      Default |",
]


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_figures_are_read(line: bytes, expected: dict[str, float]) -> None:
    """Each from its line alone, wherever in a block it stands."""
    for data in (line, b"INFO before\n" + line):
        samples = read_samples(data)

        assert [(sample.metric, dict(sample.values)) for sample in samples] == [(Metric.GPU, expected)]


@pytest.mark.parametrize("line", OTHERS)
def test_other_lines_are_left_alone(line: bytes) -> None:
    """Prose, other tables, and figures that are not there."""
    assert read_samples(line) == ()


def test_a_long_line_is_read_in_part() -> None:
    """What lies far from the words that were found does not count."""
    head = b"x, " * 400 + b"utilization.gpu [%]" + b", y" * 400

    (sample,) = read_samples(head)

    assert dict(sample.values)["columns"] < 450
