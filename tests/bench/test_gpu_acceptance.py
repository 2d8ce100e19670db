"""The acceptance on a GPU, as far as it can be tried without one: its table, its end, its shell."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from logsleuth.catalog.load import load_catalog
from logsleuth.probes.table import PROBES

BENCH = Path(__file__).parents[2] / "bench"


def loaded(name: str) -> ModuleType:
    """A script of bench/ as a module."""
    spec = spec_from_file_location(name, BENCH / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def accepted(variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """One run of the script with these variables alone."""
    command = [BASH, str(BENCH / "gpu_acceptance.sh")]
    return subprocess.run(
        command, capture_output=True, text=True, env={"PATH": os.defpath, **variables}, check=False, timeout=120
    )


BASH = shutil.which("bash") or "bash"
SHELLCHECK = shutil.which("shellcheck")
TABLE = loaded("gpu_scenarios")
FAULTS = loaded("gpu_faults")
ACCEPTANCE = loaded("gpu_acceptance")


@pytest.mark.parametrize("row", TABLE.SCENARIOS, ids=lambda row: row.name)
def test_a_scenario_can_be_played(row: object) -> None:
    """Its fault, its probe and its ids exist, and its cause is complete."""
    assert isinstance(row, TABLE.Scenario)
    ids = [signature.id for signature in load_catalog().signatures]
    probes = {probe.name for probe in PROBES}

    assert row.fault in FAULTS.NAMES
    assert all(value.format(broken="", tools="") is not None for _, value in (*row.variables, *row.cured))
    assert bool(row.probe) == (row.cause is not TABLE.Cause.NONE)
    assert row.probe in probes | {""}
    assert all(any(one.startswith(wanted) for one in ids) for wanted in row.expects)
    assert (row.fault in FAULTS.STAGES) == (row.share > 0)
    assert row.cause is not TABLE.Cause.VARIABLE or row.variables or row.cured


def test_a_log_that_tells_who_holds_memory_is_made_alone() -> None:
    """Another fault beside it would be taken for a tenant."""
    ahead = {row.name for row in ACCEPTANCE.ahead()}
    out_of_memory = {row.name for row in TABLE.SCENARIOS if any(TABLE.OOM in wanted for wanted in row.expects)}

    assert len(out_of_memory) == 7
    assert not ahead & out_of_memory
    assert "killed rank" in ahead


def test_every_failure_asked_for_is_there() -> None:
    """One row each, with a name of its own."""
    names = [row.name for row in TABLE.SCENARIOS]

    assert len(set(names)) == len(names) == 24
    assert {row.cause for row in TABLE.SCENARIOS} == set(TABLE.Cause)
    assert set(TABLE.USUAL) <= {probe.name for probe in PROBES}


@pytest.mark.skipif(
    shutil.which("nvidia-smi") is not None, reason="a GPU may be here: the acceptance itself is run by hand"
)
def test_without_a_gpu_it_says_so(tmp_path: Path) -> None:
    """Every row is named, nothing is tried, and the exit status is 3."""
    variables = {"PYTHON": sys.executable, "TMPDIR": str(tmp_path), "OUT": str(tmp_path / "logs")}

    done = accepted(variables)

    assert done.returncode == 3, done.stderr
    assert done.stdout.startswith("no GPU is here (nvidia-smi lists none)")
    assert all(row.name in done.stdout for row in TABLE.SCENARIOS)
    assert [item.name for item in tmp_path.iterdir()] == ["logs"]
    assert sorted(item.name for item in (tmp_path / "logs").iterdir()) == ["logs.tar.gz", "table.txt"]


def test_without_the_package_s_needs_it_cannot_begin(tmp_path: Path) -> None:
    """It names the way out; nothing is fetched."""
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\nexec "$REAL_PYTHON" -S "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    variables = {
        "PYTHON": str(python),
        "REAL_PYTHON": sys.executable,
        "TMPDIR": str(tmp_path),
    }

    done = accepted(variables)

    assert done.returncode == 2
    assert "name it in WHEELS" in done.stderr


SMI = """#!/bin/sh
case "$1" in
  *compute-apps*) exit 0 ;;
esac
if [ -e "$0.asked" ]; then used={after}; else used=4; : >"$0.asked"; fi
[ -z "$used" ] || echo "0, GPU-aa, NVIDIA H200, 143771, $used, 0"
"""


@pytest.mark.parametrize(
    ("after", "row"),
    [
        ("4", "GPU 0 as before              holds  4 MiB () before, 4 MiB () after"),
        ("90000", "GPU 0 as before              FAILS  4 MiB () before, 90000 MiB () after"),
        ("''", "GPUs as before               FAILS  1 before, 0 after"),
    ],
)
def test_what_there_is_no_time_for_is_told(tmp_path: Path, after: str, row: str) -> None:
    """Nothing passes for want of time, and the cards are looked at in any case."""
    program = tmp_path / "nvidia-smi"
    program.write_text(SMI.replace("{after}", after), encoding="utf-8")
    program.chmod(0o755)
    variables = {
        "PATH": f"{tmp_path}:{os.defpath}",
        "PYTHONPATH": str(BENCH.parent),
        "LOGS": str(tmp_path / "logs"),
        "ALLOWED_S": "20",
    }
    command = [sys.executable, str(BENCH / "gpu_acceptance.py")]

    done = subprocess.run(command, capture_output=True, text=True, env=variables, check=False, timeout=120)

    assert done.returncode == 1, done.stderr
    assert row in done.stdout.splitlines()
    assert "cuda-alloc                   FAILS  out of time" in done.stdout.splitlines()
    assert "host-memory                  -      out of time" in done.stdout.splitlines()
    assert all(f"{scenario.name:28} FAILS  out of time" in done.stdout for scenario in TABLE.SCENARIOS)


@pytest.mark.skipif(SHELLCHECK is None, reason="shellcheck is not installed")
def test_the_shell_script_is_clean() -> None:
    """No warning of shellcheck."""
    assert SHELLCHECK is not None
    done = subprocess.run([SHELLCHECK, str(BENCH / "gpu_acceptance.sh")], capture_output=True, text=True, check=False)

    assert done.stdout == ""
