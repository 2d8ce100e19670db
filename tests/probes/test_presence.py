"""What is here, read from what a look tells; the guard of GPUs in use."""

from __future__ import annotations

import pytest

from logsleuth.probes.looking import gpus_of
from logsleuth.probes.presence import Gpu, Presence, busy, missing, presence, visible
from logsleuth.probes.probe import Json, Need, Sample

ROWS = """\
0, GPU-aa, NVIDIA H200, 143771, 4, 0
1, GPU-bb, NVIDIA H200, 143771, 90000, 97
2, GPU-cc, NVIDIA H200, [N/A], [N/A], [N/A]
No devices were found
"""
USERS = "GPU-bb, 4211\nGPU-bb, [N/A]\nGPU-aa\n"
GPUS = (Gpu(index=0, uuid="GPU-aa"), Gpu(index=1, uuid="GPU-bb"), Gpu(index=2, uuid="GPU-cc"))


def looked(values: dict[str, Json], *, is_complete: bool = True, output: str = "") -> Presence:
    """What a look tells."""
    return presence(Sample(values=values, is_complete=is_complete, output=output))


def test_what_nvidia_smi_prints() -> None:
    """One GPU a row, figures that it does not tell are zero."""
    found = looked({"gpus": list(gpus_of(ROWS, USERS))})

    assert [(gpu.index, gpu.total_bytes >> 20, gpu.used_bytes >> 20, gpu.users) for gpu in found.gpus] == [
        (0, 143771, 4, ()),
        (1, 143771, 90000, (4211,)),
        (2, 0, 0, ()),
    ]
    assert [gpu.index for gpu in busy(found)] == [1]


@pytest.mark.parametrize(
    ("gpu", "is_busy"),
    [
        (Gpu(index=0), False),
        (Gpu(index=0, used_bytes=400 * 1024**2), False),
        (Gpu(index=0, used_bytes=2 * 1024**3), True),
        (Gpu(index=0, utilization_percent=50), True),
        (Gpu(index=0, users=(1,)), True),
    ],
)
def test_who_is_busy(gpu: Gpu, *, is_busy: bool) -> None:
    """By its users, or by memory and load where users do not show."""
    assert gpu.is_busy is is_busy


@pytest.mark.parametrize(
    ("devices", "indices"),
    [
        (None, [0, 1, 2]),
        ("", []),
        ("1", [1]),
        ("2,0", [2, 0]),
        ("GPU-b", [1]),
        ("0,-1,2", [0]),
        ("NoDevFiles", []),
        ("MIG-GPU-bb/1/0", [1]),
        ("MIG-GPU-bb/1/0,MIG-GPU-bb/2/0", [1]),
        ("MIG-GPU-zz/1/0", []),
        ("MIG-5a2b", [0, 1, 2]),
    ],
)
def test_visible_devices(devices: str | None, indices: list[int]) -> None:
    """As CUDA reads the variable: up to the first that it does not know."""
    assert [gpu.index for gpu in visible(GPUS, devices)] == indices


def test_a_look_that_hangs() -> None:
    """What it told before counts, and why there is no more."""
    found = looked({"torch": "2.9"}, is_complete=False, output="x\nNVRM: stuck\n")

    assert (found.torch, found.gpus, found.trouble) == ("2.9", (), "NVRM: stuck")
    assert looked({}, is_complete=False).trouble == "it did not answer"


@pytest.mark.parametrize(
    ("need", "here"),
    [
        (Need.TORCH, Presence(torch="2.9")),
        (Need.GPU, Presence(gpus=GPUS[:1])),
        (Need.GPUS, Presence(gpus=GPUS)),
        (Need.TRITON, Presence(triton="3")),
        (Need.NVML, Presence(has_nvml=True)),
        (Need.KERNEL_LOG, Presence(has_kernel_log=True)),
    ],
)
def test_needs(need: Need, here: Presence) -> None:
    """Met, or said in both languages what to do."""
    why = missing((need,), Presence())

    assert missing((need,), here) is None
    assert why is not None
    assert (bool(why.en), bool(why.zh)) == (True, True)
