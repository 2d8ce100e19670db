"""A driver library that needs no GPU, and what the catalog reads in a child's output."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import logsleuth
from logsleuth.config import Settings
from logsleuth.model.probe import ProbeResult
from logsleuth.probes.probe import Json, Probe, Sample, Subject
from logsleuth.probes.run import run

STANDS_IN = {
    "libcuda.so.1": "libcuda.c",
    "libcudart.so.12": "libcudart.c",
    "libcudart.so.13": "libcudart.c",
}
Ask = Callable[..., ProbeResult]


@pytest.fixture(scope="session")
def driver_folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with stand-ins for the driver's and the runtime's libraries."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler for the driver's stand-in")
    folder = tmp_path_factory.mktemp("driver")
    for name, source in STANDS_IN.items():
        command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(folder / name), str(Path(__file__).with_name(source))]
        subprocess.run(command, check=True, capture_output=True)
    return str(folder)


@pytest.fixture
def read(cache: str, tmp_path: Path) -> Callable[[Sample], Sample]:
    """The sample, with the class that the catalog sees in its output."""

    def reading(sample: Sample) -> Sample:
        path = tmp_path / "output.log"
        path.write_text(sample.output, encoding="utf-8")
        report = logsleuth.analyze(path, settings=Settings(cache=Path(cache)))
        return replace(sample, provoked=report.diagnoses[0].id if report.diagnoses else "")

    return reading


@pytest.fixture
def ask(driver_folder: str, read: Callable[[Sample], Sample]) -> Ask:
    """Ask a probe over the stand-in; `fake` says what goes wrong there."""

    def asking(
        probe: Probe, subject: Subject, *, wishes: dict[str, Json] | None = None, fake: dict[str, str] | None = None
    ) -> ProbeResult:
        wished = probe.wishes(subject)
        assert isinstance(wished, dict)
        environment = {"LD_LIBRARY_PATH": driver_folder, **(fake or {})}
        return probe.judge(read(run(probe, wished | (wishes or {}), environment=environment)), subject)

    return asking
