"""Which paths of a log may be touched, as a look or a write may do something there. In: paths. Out: reasons."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from logsleuth.model.signature import Words
from logsleuth.probes.probe import Json

REFUSED: Final = "untouched"
MOUNTS: Final = Path("/proc/self/mounts")
# a folder made here is a cgroup, a gadget, an instance of the tracer; a file read here may be a register of a card
OF_KERNEL: Final = frozenset({
    "proc", "sysfs", "cgroup", "cgroup2", "configfs", "debugfs", "tracefs", "securityfs", "pstore", "bpf", "devpts",
    "devtmpfs", "mqueue", "efivarfs", "binfmt_misc", "fusectl", "resctrl", "selinuxfs", "smackfs", "rpc_pipefs", "nfsd",
    "nsfs", "functionfs", "hugetlbfs", "openpromfs", "xenfs",
})  # fmt: skip
# a look into them mounts what the next part of the path names: a host of the log's choice
OF_HOSTS: Final = ("-hosts", "/net")
CELLS: Final = frozenset({"afs", "yfs"})


class Ground(StrEnum):
    """Why a path is not touched."""

    KERNEL = "kernel"
    HOSTS = "hosts"


def refused(path: str) -> Ground | None:
    """Why `path` is left alone, first as it is written, so that nothing is mounted, then where its links lead."""
    return refused_as_written(path) or refused_as_written(str(Path(path).resolve()))


def refused_as_written(path: str) -> Ground | None:
    """The same without a look at the path itself: a dead mount would hold whoever looks."""
    place = os.path.normpath(Path("/") / path)
    above = ((len(mount), source, kind) for mount, source, kind in _mounts() if _is_below(place, mount))
    _, source, kind = max(above, default=(0, "", ""))
    if kind in OF_KERNEL:
        return Ground.KERNEL
    is_by_host = kind == "autofs" and (source in OF_HOSTS or place.startswith("/net/"))
    return Ground.HOSTS if is_by_host or kind in CELLS else None


def told(ground: Ground, path: str) -> dict[str, str]:
    """What a child tells instead of its values, for `why`."""
    return {REFUSED: ground, "path": path}


def why(values: Mapping[str, Json]) -> Words | None:
    """What was not touched and why, or None where the child touched what it was asked about."""
    ground, path = values.get(REFUSED), values.get("path")
    return _words(str(ground), str(path)) if ground in tuple(Ground) else None


def _words(ground: str, path: str) -> Words:
    if ground == Ground.KERNEL:
        return Words(
            en=f"{path} is of the kernel's own, where a look or a write may change something: it was not touched",
            zh=f"{path} 属于内核的伪文件系统，查看或写入都可能产生影响：没有触碰",
        )
    return Words(
        en=f"{path} is on a mount that connects to the host it names: it was not touched",
        zh=f"{path} 位于按主机名自动挂载的目录，查看即会连接该主机：没有触碰",
    )


def _is_below(place: str, mount: str) -> bool:
    return place == mount or place.startswith(f"{mount.rstrip('/')}/")


def _mounts() -> Iterator[tuple[str, str, str]]:
    """(mount point, what is mounted, type), the last of those at one point hides the others."""
    rows = (line.split() for line in MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines())
    found = {plain(row[1]): (row[0], row[2]) for row in rows if len(row) > 2}
    yield from ((mount, source, kind) for mount, (source, kind) in found.items())


def plain(text: str) -> str:
    """A path of /proc/mounts with its escapes undone."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
