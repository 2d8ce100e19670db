"""The whole chain, for real: a failure is provoked, its log analysed, the machine asked: confirmed; cured: refuted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from logsleuth import Settings, analyze
from tests.lab.failures import FAILURES, HERE, KILLED, PLACE, Failure, clear, killed, obstacle, provoked, words

pytestmark = [pytest.mark.lab, pytest.mark.skipif(sys.platform != "linux", reason="provokes failures of Linux")]
TOLD = [failure for failure in FAILURES if not failure.probe]
PROBED = [failure for failure in FAILURES if failure.probe]


def name(failure: Failure) -> str:
    """What the test is called."""
    return failure.name


@pytest.fixture(autouse=True)
def cleared() -> Iterator[None]:
    """No cgroup of the lab is left."""
    yield
    clear()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder of the failure's own."""
    folder = tmp_path / "kv"
    folder.mkdir()
    return folder


def probed(before: list[str], *arguments: str, cache: str) -> tuple[int, dict[str, str]]:
    """The exit status of `logsleuth probe`, run behind these words, and its first result."""
    done = subprocess.run(
        [*before, sys.executable, "-m", "logsleuth", "probe", "--json", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "LOGSLEUTH_CACHE": cache, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)["results"][0]


def is_recognised(failure: Failure, log: Path, cache: str) -> bool:
    """Whether the first diagnosis is the class that was provoked."""
    first = analyze(log, settings=Settings(cache=Path(cache))).diagnoses[0].id
    return any(f"{first}.".startswith(f"{one}.") for one in (failure.expect, *failure.accept))


@pytest.mark.parametrize("failure", TOLD, ids=name)
def test_a_provoked_failure_is_recognised(failure: Failure, place: Path, tmp_path: Path, cache: str) -> None:
    """What the program prints here and now gets the answer that the stored case has."""
    if reason := obstacle(failure, place):
        pytest.skip(reason)
    log = tmp_path / "service.log"
    log.write_bytes(provoked(failure, place).stdout)

    assert is_recognised(failure, log, cache)


@pytest.mark.parametrize("failure", PROBED, ids=name)
def test_the_probe_confirms_and_refutes(failure: Failure, place: Path, tmp_path: Path, cache: str) -> None:
    """Where the cause is, the probe meets the same failure; where it is not, the machine passes."""
    if reason := obstacle(failure, place):
        pytest.skip(reason)
    log = tmp_path / "service.log"
    log.write_bytes(provoked(failure, place).stdout)
    told = [
        word for key, value in failure.told.items() for word in ("--fact", f"{key}={value.replace(PLACE, str(place))}")
    ]
    asked = (failure.probe, "--log", str(log), *told)

    status, broken = probed(words(failure, place), *asked, cache=cache)
    status_cured, cured = probed([], *asked, cache=cache)

    assert is_recognised(failure, log, cache)
    assert (status, broken["outcome"]) == (1, "confirmed"), broken
    assert (status_cured, cured["outcome"]) == (0, "refuted"), cured


def test_a_path_that_is_missing(place: Path, tmp_path: Path, cache: str) -> None:
    """Confirmed while it is not there, refuted when it has been made."""
    program = str(HERE / "programs" / "storage_path.py")
    done = subprocess.run(
        [sys.executable, program, str(place)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    log = tmp_path / "service.log"
    log.write_bytes(done.stdout)

    before = probed([], "path-writable", "--fact", f"path={place}/kv", cache=cache)
    (place / "kv").mkdir()
    after = probed([], "path-writable", "--fact", f"path={place}/kv", cache=cache)

    assert b"FileNotFoundError" in done.stdout
    assert [(status, result["outcome"]) for status, result in (before, after)] == [(1, "confirmed"), (0, "refuted")]


@pytest.fixture
def stuck(place: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A mount at the place that does not answer, while its process lives."""
    serving = subprocess.Popen([sys.executable, str(HERE / "stuck_mount.py"), str(place)], stdout=subprocess.PIPE)
    assert serving.stdout is not None
    is_mounted = serving.stdout.readline() == b"mounted\n"
    yield serving
    serving.kill()
    serving.wait()
    serving.stdout.close()
    if is_mounted:
        subprocess.run(["umount", "-l", str(place)], check=False)


@pytest.mark.skipif(os.geteuid() != 0 or not Path("/dev/fuse").exists(), reason="mounting needs root and /dev/fuse")
def test_a_mount_that_hangs(stuck: subprocess.Popen[bytes], place: Path, cache: str) -> None:
    """The child waits inside the kernel, where no signal ends it; the parent answers all the same."""
    if stuck.poll() is not None:
        pytest.skip("not allowed to mount here")

    status, broken = probed([], "nfs-stat", "--fact", f"path={place}", cache=cache)
    stuck.kill()
    stuck.wait()
    subprocess.run(["umount", "-l", str(place)], check=False)
    status_cured, cured = probed([], "nfs-stat", "--fact", f"path={place}", cache=cache)

    assert (status, broken["outcome"]) == (1, "confirmed"), broken
    assert "stat hangs" in broken["detail"]
    assert (status_cured, cured["outcome"]) == (0, "refuted"), cured


def test_a_kill_for_memory(place: Path, tmp_path: Path, cache: str) -> None:
    """The kernel kills within a cgroup, says so in its log, and the probe finds the same process there."""
    if reason := obstacle(KILLED, place):
        pytest.skip(reason)
    log = tmp_path / "kernel.log"
    log.write_text(killed(KILLED, place), encoding="utf-8")
    if not log.stat().st_size:
        pytest.skip("the kernel does not say whom it killed")
    asked = ("--log", str(log), "--fact", "anon_rss=95000kB")

    _, kill = probed([], "oom-kills", *asked, cache=cache)
    _, within = probed(words(KILLED, place), "host-memory", *asked, cache=cache)
    _, outside = probed([], "host-memory", *asked, cache=cache)

    assert is_recognised(KILLED, log, cache)
    assert [kill["outcome"], within["outcome"], outside["outcome"]] == ["confirmed", "confirmed", "refuted"]
