"""What the judges make of samples that only a GPU could give."""

from __future__ import annotations

from pathlib import Path

import pytest

from logsleuth.model.probe import Outcome
from logsleuth.probes.cuda import CUDA
from logsleuth.probes.cuda.alloc import held, sizes
from logsleuth.probes.cuda.architecture import covers
from logsleuth.probes.cuda.devices import ordinal_of, wanted_gpus
from logsleuth.probes.cuda.health import lost, totals, troubles
from logsleuth.probes.cuda.sizes import shown, size_of
from logsleuth.probes.cuda.versions import toolkit
from logsleuth.probes.probe import Json, Sample, Subject

PROBES = {probe.name: probe for probe in CUDA}
CONFIRMED, REFUTED, INCONCLUSIVE = Outcome.CONFIRMED, Outcome.REFUTED, Outcome.INCONCLUSIVE
SKIPPED = Outcome.SKIPPED
HOLES: dict[str, Json] = {"reserved_bytes": 6 << 28, "allocated_bytes": 6 << 26, "requested_bytes": 1 << 28}
CLEAN: dict[str, Json] = {"kernel_log": "read", "gpus": 1, "ecc_uncorrected": 0}


@pytest.mark.parametrize(
    ("name", "diagnosis", "values", "provoked", "outcome", "says"),
    [
        ("cuda-driver", "cuda.driver-too-old", {"driver_cuda": 12020, "torch_cuda": "13.0", "is_ok": False}, "", CONFIRMED, "CUDA 12.2 at most"),
        ("cuda-driver", "cuda.driver-too-old", {"driver_cuda": 13000, "torch_cuda": "12.8", "is_ok": True}, "", REFUTED, "fit"),
        ("cuda-driver", "cuda.torch-cpu-build", {"driver_cuda": 13000, "is_ok": False}, "cuda.torch-cpu-build", CONFIRMED, "do not start"),
        ("cuda-toolkit", "cuda.toolkit-missing", {"nvcc": ""}, "", CONFIRMED, "no nvcc"),
        ("cuda-toolkit", "cuda.toolkit-missing", {"nvcc": "12.4"}, "", REFUTED, "nvcc 12.4"),
        ("cuda-driver", "cuda.library-missing.libcuda", {"error": "libcuda.so.1: cannot open shared object file"}, "", CONFIRMED, "cannot be loaded"),
        ("cuda-kernel", "cuda.no-kernel-image", {"is_ok": False, "is_covered": False, "capability": "12.0", "architectures": ["sm_80", "sm_90"]}, "cuda.no-kernel-image", CONFIRMED, "12.0, and torch holds code for sm_80, sm_90"),
        ("cuda-kernel", "cuda.no-kernel-image.arch", {"is_ok": True, "is_covered": True}, "", REFUTED, "run on this card"),
        ("cuda-kernel", "cuda.no-kernel-image", {"is_ok": False}, "gpu.busy", INCONCLUSIVE, "gpu.busy"),
        ("cuda-fragmentation", "cuda.oom.device.fragmentation", HOLES, "cuda.oom.device", CONFIRMED, "1.12 GiB were reserved and unused"),
        ("cuda-fragmentation", "cuda.oom.device.fragmentation", {**HOLES, "is_ok": True, "allocator": "expandable_segments:True"}, "", REFUTED, "expandable_segments:True"),
        ("cuda-fragmentation", "cuda.oom.device.fragmentation", {}, "cuda.oom.device", INCONCLUSIVE, "another failure"),
        ("cuda-graph", "cuda.graph", {"eager_ms": 1.0, "replay_ms": 0.2, "is_ok": True}, "cuda.graph", REFUTED, "give what eager gives"),
        ("cuda-graph", "cuda.graph.replay", {"eager_ms": 1.0, "replay_ms": 0.2, "is_ok": False}, "", CONFIRMED, "something else than eager"),
        ("cuda-graph", "cuda.graph", {"eager_ms": 1.0, "is_ok": False}, "cuda.graph", CONFIRMED, "fails"),
        ("cuda-graph", "cuda.graph", {"is_ok": False}, "cuda.illegal-access", INCONCLUSIVE, "cuda.illegal-access"),
        ("cuda-fork", "cuda.fork", {"method": "fork", "spawn_ok": True, "is_ok": False}, "cuda.fork", CONFIRMED, "METHOD=spawn"),
        ("cuda-fork", "vllm.multiprocessing.spawn-forced", {"method": "spawn", "spawn_ok": True, "is_ok": True}, "", REFUTED, "started by spawn"),
        ("cuda-fork", "cuda.fork", {"method": "fork", "spawn_ok": False, "is_ok": False}, "gpu.busy", INCONCLUSIVE, "gpu.busy"),
        ("torch-compile", "compile.torch", {"is_ok": True}, "", REFUTED, "compiles"),
        ("torch-compile", "compile.no-compiler", {"is_ok": False}, "compile.no-compiler", CONFIRMED, "does not compile"),
        ("torch-compile", "compile.torch", {"is_ok": False}, "compile.no-compiler", INCONCLUSIVE, "compile.no-compiler"),
        ("triton-compile", "deps.triton", {"absent": "no GPU is visible to this process"}, "", SKIPPED, "no GPU"),
        ("cuda-libraries", "cuda.cudnn", {"float32_ok": True, "is_ok": False}, "cuda.cudnn", CONFIRMED, "fresh process"),
        ("cuda-libraries", "cuda.cudnn", {"is_ok": False, "error": "a result differs from the CPU's"}, "", INCONCLUSIVE, "differs"),
        ("cuda-launch", "cuda.invalid-configuration", {"is_ok": True, "is_ok_after": True}, "cuda.invalid-configuration", REFUTED, "deliberate"),
        ("cuda-launch", "cuda.invalid-configuration", {"is_ok": True, "is_ok_after": True}, "", INCONCLUSIVE, ""),
        ("cuda-assert", "cuda.device-assert.index", {"is_ok": True, "is_ok_after": True}, "cuda.device-assert.index", REFUTED, "deliberate"),
        ("cuda-assert", "cuda.device-assert", {"is_ok": True, "is_ok_after": False}, "cuda.device-assert", INCONCLUSIVE, "did not recover"),
        ("gpu-health", "gpu.xid.ecc", {**CLEAN, "ecc_uncorrected": 2}, "", CONFIRMED, "ecc_uncorrected"),
        ("gpu-health", "gpu.xid.ecc", CLEAN, "", REFUTED, "no memory errors"),
        ("gpu-health", "gpu.xid.ecc", {**CLEAN, "kernel_log": "unreadable"}, "", INCONCLUSIVE, "dmesg"),
        ("gpu-health", "gpu.xid.gsp", CLEAN, "gpu.xid.gsp", CONFIRMED, "gpu.xid.gsp"),
        ("gpu-health", "gpu.xid.nvlink", {**CLEAN, "ecc_uncorrected": 2}, "", REFUTED, ""),
        ("gpu-health", "perf.decode-slow", {**CLEAN, "braked": 1}, "", CONFIRMED, "braked"),
        ("gpu-health", "perf.decode-slow", CLEAN, "", INCONCLUSIVE, "no memory errors"),
        ("cuda-access", "cuda.launch-failure", {"is_ok": True, "is_ok_after": True}, "cuda.illegal-access", REFUTED, "fails as it should"),
        ("cuda-pinned", "cuda.oom.pinned", {"requested_bytes": 9 << 30, "spare_bytes": 1 << 30, "tried_bytes": 1 << 30, "is_ok": False}, "", INCONCLUSIVE, "9.00 GiB are more than the 1.00 GiB"),
        ("cuda-pinned", "cuda.oom.pinned", {"requested_bytes": 1 << 30, "spare_bytes": 9 << 30, "is_ok": False}, "cuda.oom.pinned", CONFIRMED, "a limit of the process"),
        ("gpu-health", "", {"kernel_log": "read", "absent": "NVML does not answer"}, "", SKIPPED, "NVML"),
    ],
)  # fmt: skip
def test_a_sample_is_judged(
    name: str, diagnosis: str, values: dict[str, Json], provoked: str, *, outcome: Outcome, says: str
) -> None:
    """Confirmed by the error class provoked, refuted by what passes, else neither."""
    sample = Sample(values=values, is_complete=True, provoked=provoked)

    found = PROBES[name].judge(sample, Subject(diagnosis=diagnosis))

    assert (found.outcome, says in found.detail.en) == (outcome, True), found.detail.en


@pytest.mark.parametrize(
    ("targets", "capability", "is_covered"),
    [
        (("sm_80", "sm_90"), (8, 6), True),
        (("sm_86",), (8, 0), False),
        (("sm_80", "sm_90"), (12, 0), False),
        (("sm_80", "compute_90"), (12, 0), True),
        (("sm_90a",), (9, 0), True),
        (("sm_90a",), (10, 0), False),
        (("sm_100f",), (10, 3), True),
        (("compute_90a",), (10, 0), False),
        (("sm_75", "sm_120"), (12, 1), True),
        ((), (9, 0), False),
        (("gfx942",), (9, 0), False),
    ],
)
def test_code_runs_on_its_own_major_version(
    targets: tuple[str, ...], capability: tuple[int, int], *, is_covered: bool
) -> None:
    """Binary code from its minor version on, PTX on all later cards, code for one card on that alone."""
    assert covers(targets, capability) is is_covered


@pytest.mark.parametrize(
    ("text", "unit", "size"),
    [
        ("2.00 GiB", "", 2 << 30),
        ("1018.00 KiB", "", 1018 << 10),
        ("34359738368", "", 32 << 30),
        ("21.28", "GiB", int(21.28 * 2**30)),
        ("512 bytes", "", 512),
        ("16 GB", "", 16 * 10**9),
        ("more than 1EB memory", "", 0),
        ("nan GiB", "", 0),
        ("9" * 15 + " TiB", "", 0),
        ("", "GiB", 0),
        ("-1 GiB", "", 0),
    ],
)
def test_sizes_of_logs(text: str, unit: str, size: int) -> None:
    """Whatever stands in a log gives a size or none."""
    assert size_of(text, unit=unit) == size


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 bytes"), (3 << 20, "3.00 MiB"), (5 << 29, "2.50 GiB"), (2048, "2.00 KiB")]
)
def test_sizes_in_words(size: int, text: str) -> None:
    """As torch prints them."""
    assert shown(size) == text


@pytest.mark.parametrize(
    ("diagnosis", "facts", "size"),
    [
        ("cuda.oom.device", (("allocated", "10.00 GiB"), ("reserved", "1.00 GiB")), 11 << 30),
        ("cuda.oom.device.fragmentation", (("allocated", "10.00 GiB"), ("reserved", "9.00 GiB")), 10 << 30),
        ("cuda.oom.device.tenancy", (("in_use", "15.50 GiB"),), 15 << 30),
        ("cuda.oom.device", (("in_use", "15.50 GiB"), ("allocated", "9.00 GiB"), ("reserved", "1.00 GiB")), 15 << 30),
        ("cuda.oom.device", (("in_use", "100.00 MiB"),), 0),
        ("vllm.kv-cache-too-small", (("weights_gib", "16"),), 16 << 30),
        ("cuda.oom.device", (("weights_gib", "16"),), 0),
    ],
)
def test_what_the_process_held(diagnosis: str, facts: tuple[tuple[str, str], ...], size: int) -> None:
    """All that it had when it asked for more has to fit too."""
    assert held(Subject(diagnosis=diagnosis, facts=facts)) == size


def test_without_a_size_a_server_s_share_is_asked_for() -> None:
    """What `gpu_memory_utilization` would take."""
    wishes = PROBES["cuda-alloc"].wishes(Subject(environment=(("gpu_memory_utilization", "0.5"),)))
    assert isinstance(wishes, dict)

    assert sum(sizes(wishes, 80 << 30)) == 40 << 30


@pytest.mark.parametrize(
    ("facts", "wanted", "ordinal"),
    [
        ((), 1, 0),
        ((("gpu", "3"),), 4, 3),
        ((("gpu", "NVIDIA H100"),), 1, 0),
        ((("tensor_parallel_size", "4"), ("pipeline_parallel_size", "2")), 8, 0),
        ((("world_size", "16"), ("gpu", "1")), 16, 1),
        ((("world_size", "9" * 40),), 1, 0),
    ],
)
def test_the_gpus_that_a_log_needs(facts: tuple[tuple[str, str], ...], wanted: int, ordinal: int) -> None:
    """By ordinal, world or parallel sizes."""
    assert (wanted_gpus(Subject(facts=facts)), ordinal_of(Subject(facts=facts))) == (wanted, ordinal)


def test_the_figures_of_cards_become_troubles() -> None:
    """Heat, brakes, a narrow link; links that lead nowhere are no trouble."""
    card: dict[str, Json] = {
        "temperature_c": 91,
        "clock_reasons": 0x44,
        "pcie_width": 8,
        "pcie_width_most": 16,
        "nvlink_down": 18,
        "remapped": [0, 0, 1, 0],
    }

    found = totals([card])

    assert troubles(found, "perf.decode-slow") == ("braked", "hot", "pcie_narrow")
    assert troubles(found, "gpu.xid.ecc.row-remap") == ("remap_pending",)
    assert troubles(found, "gpu.xid.nvlink") == ()
    assert found["brakes"] == "heat (hardware)"


def bus(folder: Path, count: int) -> Path:
    """A bus with so many GPUs and a bridge."""
    for number in range(count + 1):
        device = folder / f"0000:0{number}:00.0"
        device.mkdir(parents=True)
        (device / "vendor").write_text("0x10de\n", encoding="ascii")
        (device / "class").write_text("0x030200\n" if number else "0x068000\n", encoding="ascii")
    return folder


@pytest.mark.parametrize(
    ("on_bus", "files", "cards", "expected"),
    [
        (8, 8, [{}] * 8, 0),
        (8, 8, [{}] * 7, 1),
        (8, 8, [*[{}] * 7, {"lost": 1}], 1),
        (8, 2, [{}] * 2, 0),  # a container sees all of its host's bus
        (8, 2, [{}], 1),
        (0, 1, [{}], 0),
    ],
)
def test_cards_that_are_lost(
    tmp_path: Path, on_bus: int, files: int, cards: list[dict[str, Json]], expected: int
) -> None:
    """By the bus, by the device files of this container, and by cards that do not answer."""
    (tmp_path / "dev").mkdir()
    for number in range(files):
        (tmp_path / "dev" / f"nvidia{number}").touch()
    (tmp_path / "dev" / "nvidia-uvm").touch()

    assert lost(cards, bus=bus(tmp_path / "bus", on_bus), files=tmp_path / "dev") == expected


def test_a_number_without_end_names_no_gpu() -> None:
    """A log may hold any digits."""
    subject = Subject(facts=(("gpu", "9" * 5000), ("rank", "7" * 5000), ("device", "3")))

    assert (ordinal_of(subject), wanted_gpus(subject)) == (3, 1)


@pytest.mark.parametrize(("home", "expected"), [("", True), ("/nonexistent", False)])
def test_a_home_that_is_set_is_the_only_place_of_the_compiler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: str, *, expected: bool
) -> None:
    """As what compiles kernels looks for it: a wrong CUDA_HOME fails although PATH would do."""
    program = tmp_path / "nvcc"
    program.write_text("#!/bin/sh\necho 'Cuda compilation tools, release 13.0, V13.0.88'\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.delenv("CUDA_PATH", raising=False)
    monkeypatch.setenv("CUDA_HOME", home)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    assert (toolkit({})["nvcc"] == "13.0") is expected
