"""Which paths of a log are touched: not those where a look or a write does something."""

from __future__ import annotations

from pathlib import Path

import pytest

from logsleuth.model import Outcome
from logsleuth.probes import grounds
from logsleuth.probes.grounds import Ground, plain, refused, refused_as_written, told, why
from logsleuth.probes.probe import Subject
from logsleuth.probes.table import named
from logsleuth.probing import Prober, Terms

MOUNTS = """/dev/sda1 / ext4 rw 0 0
proc /proc proc rw 0 0
sysfs /sys sysfs rw 0 0
cgroup2 /sys/fs/cgroup cgroup2 rw 0 0
tmpfs /dev/shm tmpfs rw 0 0
udev /dev devtmpfs rw 0 0
-hosts /net autofs rw,indirect 0 0
/etc/auto.home /home autofs rw,indirect 0 0
AFS /afs afs rw 0 0
server:/export /mnt/a\\040b nfs4 rw 0 0
"""


@pytest.fixture
def mounts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A table of mounts."""
    table = tmp_path / "mounts"
    table.write_text(MOUNTS, encoding="ascii")
    monkeypatch.setattr(grounds, "MOUNTS", table)
    return table


@pytest.mark.parametrize(
    ("path", "ground"),
    [
        ("/data/kv", None),
        ("/dev/shm/x", None),
        ("/home/user/kv", None),
        ("/mnt/a b/c", None),
        ("/system", None),
        ("/proc/kmsg", Ground.KERNEL),
        ("/sys/fs/cgroup/x", Ground.KERNEL),
        ("/data/../sys/kernel", Ground.KERNEL),
        ("../../sys/kernel", Ground.KERNEL),
        ("/dev/watchdog", Ground.KERNEL),
        ("/net/evil.example.com/x", Ground.HOSTS),
        ("/afs/evil.example.com", Ground.HOSTS),
    ],
)
def test_a_path_as_it_is_written(mounts: Path, path: str, ground: Ground | None) -> None:
    """By the mount that it lies on, without a look at it."""
    assert mounts.is_file()
    assert refused_as_written(path) is ground


def test_links_are_followed(mounts: Path, tmp_path: Path) -> None:
    """A link may lead where the path does not."""
    (tmp_path / "link").symlink_to("/proc/self")

    assert mounts.is_file()
    assert refused(str(tmp_path / "link")) is Ground.KERNEL
    assert refused(str(tmp_path)) is None


def test_words() -> None:
    """Each ground has its reason; what a child tells otherwise has none."""
    assert why(told(Ground.KERNEL, "/sys")) != why(told(Ground.HOSTS, "/sys"))
    assert why({"path": "/sys"}) is None
    assert plain(r"a\040b") == "a b"


@pytest.mark.parametrize(
    "name", ["disk-space", "path-writable", "block-io", "store-round-trip", "read-speed", "nfs-stat", "model-files"]
)
def test_every_probe_of_a_path_leaves_the_kernel_alone(name: str) -> None:
    """The reason is what the user reads."""
    prober = Prober(lambda: pytest.fail("nothing was printed"), Terms(variables={}))

    found = prober.ask(named(name), Subject(given=(("path", "/proc/sys/kernel"),)))

    assert found.outcome is Outcome.SKIPPED
    assert "/proc/sys/kernel" in found.detail.en
