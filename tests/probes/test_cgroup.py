"""Limits of cgroups of both versions."""

from __future__ import annotations

from pathlib import Path

import pytest

from logsleuth.probes.cgroup import limits


def tree(root: Path, files: dict[str, str]) -> tuple[Path, Path]:
    """A /proc/self and a /sys/fs/cgroup."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")
    return root / "proc", root / "cgroup"


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (
            {
                "proc/cgroup": "0::/pod/box\n",
                "cgroup/pod/box/memory.max": "max\n",
                "cgroup/pod/memory.max": "8589934592\n",
                "cgroup/pod/memory.current": "1073741824\n",
                "cgroup/pod/box/pids.max": "100\n",
                "cgroup/pod/box/pids.current": "7\n",
                "cgroup/pod/box/memory.events": "low 0\noom 3\noom_kill 2\n",
            },
            {
                "memory_limit_bytes": 2**33,
                "memory_used_bytes": 2**30,
                "pids_limit": 100,
                "pids_used": 7,
                "cgroup_oom_kills": 2,
            },
        ),
        (
            {
                "proc/cgroup": "9:name=systemd:/\n4:memory:/docker/3c2f\n8:pids:/x\n",
                "cgroup/memory/memory.limit_in_bytes": "536870912\n",
                "cgroup/memory/memory.usage_in_bytes": "1000\n",
                "cgroup/memory/memory.oom_control": "oom_kill_disable 0\noom_kill 1\n",
                "cgroup/pids/x/pids.max": "9223372036854775807\n",
            },
            {"memory_limit_bytes": 2**29, "memory_used_bytes": 1000, "cgroup_oom_kills": 1},
        ),
        ({"proc/cgroup": "0::/\nnonsense\n", "cgroup/memory.max": "x"}, {}),
        ({"proc/other": ""}, {}),
    ],
)
def test_limits(files: dict[str, str], found: dict[str, int], tmp_path: Path) -> None:
    """The tightest on the way to the root; a container sees its own folder as the root."""
    assert limits(*tree(tmp_path, files)) == found
