"""UCM's connector and patches, of packages that are laid out as its releases are."""

from __future__ import annotations

from pathlib import Path

import pytest

from logsleuth.model import Outcome, ProbeResult
from logsleuth.probes.probe import Json, Sample, Subject
from logsleuth.probes.run import run
from logsleuth.probes.software.ucm import UCM_PATCHES, judge

BOTH = "class UCMConnector: ...\nclass UCMDirectConnector: ..."


def ucm(folder: Path, version: str, connector: str = BOTH, *, package: str = "", has_pth: bool = True) -> None:
    """An installed UCM, and a vLLM beside it."""
    inner = folder / "ucm" / "integration" / "vllm"
    inner.mkdir(parents=True)
    (folder / "ucm" / "__init__.py").write_text(package, encoding="utf-8")
    (inner / "ucm_connector.py").write_text(connector, encoding="utf-8")
    (folder / "vllm").mkdir()
    told = folder / f"uc_manager-{version}.dist-info"
    told.mkdir()
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: uc-manager\nVersion: {version}\n", encoding="utf-8")
    if has_pth:
        (folder / "ucm_patch.pth").write_text("", encoding="utf-8")


def asked(folder: Path, diagnosis: str) -> ProbeResult:
    """The probe, for real."""
    sample = run(UCM_PATCHES, {}, environment={"PYTHONPATH": str(folder)})
    return judge(sample, Subject(diagnosis=diagnosis))


def test_connector_that_is_imported_refutes(tmp_path: Path) -> None:
    """Then only the module path of the configuration is left."""
    ucm(tmp_path, "0.5.0")

    found = asked(tmp_path, "ucm.connector-unknown.module")

    assert found.outcome is Outcome.REFUTED
    assert dict(found.facts)["ucm"] == "0.5.0"
    # the connector may be there, and the configuration still not name its module
    assert asked(tmp_path, "ucm.connector-unknown").outcome is Outcome.INCONCLUSIVE
    assert asked(tmp_path, "ucm.native-missing").outcome is Outcome.INCONCLUSIVE


def test_connector_that_fails_says_so(tmp_path: Path) -> None:
    """The traceback is in the output, for the catalog to read."""
    ucm(tmp_path, "0.5.0", "from ucm.store.cache import ucmcachestore")

    found = asked(tmp_path, "ucm.connector-unknown")

    assert found.outcome is Outcome.INCONCLUSIVE
    assert "ModuleNotFoundError: No module named 'ucm.store'" in found.output


@pytest.mark.parametrize(
    ("version", "has_pth", "package", "outcome"),
    [
        ("0.5.0", False, "", Outcome.CONFIRMED),
        ("0.5.0", True, "", Outcome.INCONCLUSIVE),
        ("0.3.0", True, "", Outcome.CONFIRMED),
        ("0.3.0", False, "import builtins\ndef f(*a, o=builtins.__import__, **k): return o(*a, **k)\nbuiltins.__import__ = f", Outcome.INCONCLUSIVE),
    ],
    ids=["no-hook", "hook", "old-unwrapped", "old-wrapped"],
)  # fmt: skip
def test_hook_as_the_version_has_it(
    tmp_path: Path, *, version: str, has_pth: bool, package: str, outcome: Outcome
) -> None:
    """A file for every interpreter from 0.4 on, a wrapped import before."""
    ucm(tmp_path, version, has_pth=has_pth, package=package)

    assert asked(tmp_path, "ucm.patch-not-applied").outcome is outcome


@pytest.mark.parametrize(
    ("diagnosis", "servers", "outcome"),
    [
        ("ucm.patch-not-applied", [{"pid": 1, "enable_ucm_patch": ""}], Outcome.CONFIRMED),
        ("ucm.patch-not-applied", [{"pid": 1, "enable_ucm_patch": "1"}], Outcome.REFUTED),
        ("ucm.patch-not-applied.sparse", [{"pid": 1, "enable_ucm_patch": "1"}], Outcome.CONFIRMED),
        ("ucm.patch-not-applied.sparse", [{"pid": 1, "enable_ucm_patch": "1", "enable_sparse": "1"}], Outcome.REFUTED),
    ],
)
def test_variables_of_running_servers(diagnosis: str, servers: list[Json], outcome: Outcome) -> None:
    """They decide from 0.4 on."""
    values: dict[str, Json] = {
        "ucm": "0.7.0",
        "is_installed": True,
        "has_service": True,
        "has_pth": True,
        "missing": [],
        "servers": servers,
    }

    assert judge(Sample(is_complete=True, values=values), Subject(diagnosis=diagnosis)).outcome is outcome


def test_interpreter_without_either_is_skipped() -> None:
    """That of the tests."""
    assert judge(run(UCM_PATCHES, {}), Subject(diagnosis="ucm.connector-unknown")).outcome is Outcome.SKIPPED
