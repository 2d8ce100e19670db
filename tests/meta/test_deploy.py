"""What docs/deploy offers: it parses, asks for no rights it does not need, and starts what there is."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from typer.main import get_command

from logsleuth.cli.app import application

ROOT: Final = Path(__file__).parents[2]
DEPLOY: Final = ROOT / "docs" / "deploy"
UNIT: Final = DEPLOY / "logsleuth.service"


def manifests() -> dict[str, dict[str, Any]]:
    """The objects of Kubernetes by their kind."""
    found = {item["kind"]: item for item in yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text())}
    assert all(item["apiVersion"] and item["metadata"]["name"] for item in found.values())
    return found


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in order."""
    text = re.sub(r"\\\n\s*", "", (DEPLOY / "Dockerfile").read_text())
    return [
        (name, rest.strip()) for name, _, rest in (line.partition(" ") for line in text.splitlines()) if name.isupper()
    ]


def started() -> list[list[str]]:
    """What each of the three runs."""
    unit = next(line for line in UNIT.read_text().splitlines() if line.startswith("ExecStart="))
    image = yaml.safe_load(dict(instructions())["CMD"])
    pod = manifests()["Deployment"]["spec"]["template"]["spec"]["containers"][0]["args"]
    return [shlex.split(unit)[1:], image, pod]


@pytest.mark.parametrize("arguments", started(), ids=["unit", "image", "pod"])
def test_the_command_is_one_that_there_is(arguments: list[str]) -> None:
    """With options that it knows."""
    command, *options = arguments
    known = {name for param in get_command(application()).commands[command].params for name in param.opts}  # type: ignore[attr-defined]  # a group, which typer's types do not say

    assert {option for option in options if option.startswith("--")} <= known


def test_the_unit_is_sound(tmp_path: Path) -> None:
    """As systemd sees it, and with hardly anything exposed."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / "logsleuth.service"
    unit.write_text(UNIT.read_text().replace("/opt/logsleuth/bin/logsleuth", "/bin/true"))

    verified = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, check=False)
    secured = subprocess.run(
        [analyze, "security", "--offline=yes", "--threshold=20", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (verified.returncode, verified.stderr) == (0, "")
    assert secured.returncode == 0, secured.stdout


def test_the_pod_has_no_rights() -> None:
    """It meets the restricted standard, and writes only to its volumes."""
    pod = manifests()["Deployment"]["spec"]["template"]["spec"]
    container = pod["containers"][0]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    assert container["resources"]["limits"]["memory"]
    assert pod["terminationGracePeriodSeconds"] >= 20


def test_the_pod_is_asked_for_its_health() -> None:
    """Ready is not the same as alive: a full disk is no reason to start anew."""
    found = manifests()
    container = found["Deployment"]["spec"]["template"]["spec"]["containers"][0]

    assert container["livenessProbe"]["httpGet"]["path"] == container["startupProbe"]["httpGet"]["path"] == "/health"
    assert container["readinessProbe"]["httpGet"]["path"] == "/ready"
    assert found["Deployment"]["spec"]["replicas"] == 1
    assert found["Deployment"]["spec"]["strategy"] == {"type": "Recreate"}


def test_the_image_installs_as_ci_does() -> None:
    """CI has no container engine, and runs the same installation in a fresh virtual environment."""
    runs = [text for name, text in instructions() if name == "RUN"]
    install = next(text.partition("pip ")[2] for text in runs if "pip install" in text)

    assert f'/user/bin/pip" {install}' in (ROOT / ".ci" / "run").read_text()


def test_the_image_does_not_run_as_root() -> None:
    """And the process that it starts hears signals itself."""
    found = instructions()

    assert [text for name, text in found if name == "USER"] == ["10001:10001"]
    assert all(text.startswith("[") for name, text in found if name in {"ENTRYPOINT", "CMD"})
    assert [text for name, text in found if name == "FROM"] == ["${BASE} AS build", "${BASE}"]
