"""The failures of a GPU, provoked on one; without one nothing is tried."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from logsleuth.config import probe_variables
from logsleuth.probes import presence

SCRIPT = Path(__file__).parents[2] / "bench" / "gpu_acceptance.sh"
SEEN = ("PATH", "HOME", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")


@pytest.mark.gpu
@pytest.mark.lab
@pytest.mark.slow
def test_every_failure_is_confirmed_and_refuted_on_a_gpu(tmp_path: Path) -> None:
    """The whole acceptance: it prints which row does not hold."""
    if not presence.look(environment=probe_variables()).gpus:  # a driver's programs may lie beside the usual folders
        pytest.skip("needs an NVIDIA GPU: nvidia-smi lists none")
    bash = shutil.which("bash")
    assert bash is not None
    variables = {name: value for name, value in probe_variables().items() if name in SEEN}
    command = [bash, str(SCRIPT)]
    given = {**variables, "PYTHON": sys.executable, "OUT": str(tmp_path)}

    done = subprocess.run(command, capture_output=True, text=True, env=given, timeout=500, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
