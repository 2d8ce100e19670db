"""The limits of the cgroups that a process stands in, versions 1 and 2. In: /proc and /sys. Out: figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

NO_LIMIT: Final = 2**60  # version 1 writes a number close to 2**63 where there is none
# name here: (controller, file of version 1, file of version 2)
FILES: Final[Mapping[str, tuple[str, str, str]]] = {
    "memory_limit_bytes": ("memory", "memory.limit_in_bytes", "memory.max"),
    "memory_used_bytes": ("memory", "memory.usage_in_bytes", "memory.current"),
    "pids_limit": ("pids", "pids.max", "pids.max"),
    "pids_used": ("pids", "pids.current", "pids.current"),
}
EVENTS: Final = {"memory.oom_control": "oom_kill", "memory.events": "oom_kill"}


def limits(proc: Path = Path("/proc/self"), root: Path = Path("/sys/fs/cgroup")) -> dict[str, int]:
    """The tightest limit of each kind, from the process's own cgroup to the root, with what is used of it."""
    found: dict[str, int] = {}
    for limit, used in (("memory_limit_bytes", "memory_used_bytes"), ("pids_limit", "pids_used")):
        pairs = [
            (bound, _number(folder / FILES[used][version]))
            for version, folder in _folders(proc, root, FILES[limit][0])
            if (bound := _number(folder / FILES[limit][version])) is not None and bound < NO_LIMIT
        ]
        if pairs:
            bound, taken = min(pairs, key=lambda pair: pair[0] - (pair[1] or 0))
            found |= {limit: bound, used: taken or 0}
    kills = [count for _, folder in _folders(proc, root, "memory") for count in _kills(folder)]
    return found | ({"cgroup_oom_kills": max(kills)} if kills else {})


def _folders(proc: Path, root: Path, controller: str) -> Iterator[tuple[int, Path]]:
    """(version, folder) of the process's cgroup and those above it, as far as they can be seen from here."""
    for line in _lines(proc / "cgroup"):
        hierarchy, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        version = 2 if hierarchy == "0" and not names else 1
        if version == 1 and controller not in names.split(","):
            continue
        mounts = (root, root / "unified") if version == 2 else (root / controller, root / names)
        relative = PurePosixPath(path.lstrip("/"))
        for mount in mounts:
            yield from ((version, mount / part) for part in (relative, *relative.parents) if (mount / part).is_dir())


def _kills(folder: Path) -> Iterator[int]:
    for file, name in EVENTS.items():
        for line in _lines(folder / file):
            key, _, value = line.partition(" ")
            if key == name and value.isdecimal():
                yield int(value)


def _number(path: Path) -> int | None:
    value = "".join(_lines(path)[:1])
    return int(value) if value.isdecimal() else None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return []
