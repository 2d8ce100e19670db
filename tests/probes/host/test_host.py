"""The judges of the host's probes, on made samples; and what they read of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from logsleuth.model import Outcome, Words
from logsleuth.probes.host import HOST, segment
from logsleuth.probes.host.cpu import flags
from logsleuth.probes.host.disk import nearest_folder
from logsleuth.probes.host.kills import is_about
from logsleuth.probes.host.memory import meminfo
from logsleuth.probes.probe import Json, Probe, Sample, Subject
from logsleuth.probes.run import run
from logsleuth.probes.table import named

GIB = 1024**3
CONFIRMED, REFUTED, OPEN = Outcome.CONFIRMED, Outcome.REFUTED, Outcome.INCONCLUSIVE
DISK: dict[str, Json] = {"place": "/data", "free_bytes": 50 * GIB, "total_bytes": 100 * GIB, "needed_bytes": 0}
MEMORY: dict[str, Json] = {"available_bytes": 20 * GIB, "swap_free_bytes": 0, "needed_bytes": 6 * GIB, "mapped": True}
SHM: dict[str, Json] = {"place": "/dev/shm", "free_bytes": GIB, "total_bytes": GIB, "needed_bytes": GIB // 4}
FILES: dict[str, Json] = {"soft": 1024, "hard": 4096, "wanted": 4096, "opened": 4096}
THREADS: dict[str, Json] = {"wanted": 256, "started": 256}
LOCKED: dict[str, Json] = {"wanted_bytes": GIB, "errno": 0, "uid": 1000, "soft_bytes": 65536}
CPU: dict[str, Json] = {"machine": "x86_64", "wanted": [], "has": ["avx", "avx2"], "lacks": []}
KILLS: dict[str, Json] = {"kills": [], "mine": [], "kills_since_boot": 0, "uptime_s": 7200}
KILL = "kernel: Out of memory: Killed process 4211 (VLLM::Worker_TP) total-vm:1kB"

SMALL: dict[str, dict[str, Json]] = {
    "open-files": {"wanted": 20},
    "threads": {"wanted": 4},
    "memlock": {"wanted_bytes": 65536},
    "shared-memory": {"needed_bytes": 65536},
}
JUDGED: list[tuple[str, dict[str, Json], str, Outcome]] = [
    ("disk-space", DISK, "", REFUTED),
    ("disk-space", DISK | {"needed_bytes": 60 * GIB}, "", CONFIRMED),
    ("disk-space", DISK | {"free_bytes": 1024**2}, "", OPEN),
    ("disk-space", DISK | {"free_files": 3}, "", OPEN),
    ("disk-space", DISK | {"free_bytes": 0, "written": False}, "host.disk-full", CONFIRMED),
    ("disk-space", DISK | {"written": False}, "host.permission", OPEN),
    ("host-memory", MEMORY, "", REFUTED),
    ("host-memory", MEMORY | {"needed_bytes": 30 * GIB}, "", CONFIRMED),
    ("host-memory", MEMORY | {"memory_limit_bytes": 8 * GIB, "memory_used_bytes": 5 * GIB}, "", CONFIRMED),
    ("host-memory", MEMORY | {"needed_bytes": 0, "available_bytes": GIB}, "", OPEN),
    ("host-memory", MEMORY | {"mapped": False}, "host.memory", CONFIRMED),
    ("shared-memory", SHM | {"made_bytes": GIB // 4}, "", REFUTED),
    ("shared-memory", SHM, "", OPEN),
    ("shared-memory", SHM | {"free_bytes": 64 * 1024**2}, "", CONFIRMED),
    ("shared-memory", SHM | {"made_bytes": 0}, "host.disk-full", CONFIRMED),
    ("shared-memory", SHM | {"made_bytes": 0}, "host.permission", OPEN),
    ("open-files", FILES, "", REFUTED),
    ("open-files", FILES | {"opened": 1000}, "host.too-many-files", CONFIRMED),
    ("open-files", FILES | {"opened": 1000}, "", OPEN),
    ("threads", THREADS, "", REFUTED),
    ("threads", THREADS | {"started": 12}, "host.threads", CONFIRMED),
    ("threads", THREADS | {"started": 12}, "", OPEN),
    ("memlock", LOCKED, "", REFUTED),
    ("memlock", LOCKED | {"uid": 0}, "", REFUTED),
    ("memlock", LOCKED | {"errno": 12}, "host.memlock", CONFIRMED),
    ("memlock", LOCKED | {"errno": 12}, "", OPEN),
    ("cpu-flags", CPU, "", REFUTED),
    ("cpu-flags", CPU | {"lacks": ["avx2"]}, "", CONFIRMED),
    ("cpu-flags", CPU | {"lacks": ["avx512f"]}, "", OPEN),
    ("cpu-flags", CPU | {"machine": "aarch64"}, "", OPEN),
    ("cpu-flags", CPU | {"wanted": ["avx512f"], "lacks": ["avx512f"]}, "", CONFIRMED),
    ("cpu-flags", CPU | {"wanted": ["avx2"]}, "", REFUTED),
    ("oom-kills", KILLS, "", REFUTED),
    ("oom-kills", KILLS | {"kills_since_boot": 2, "kills": [KILL]}, "", OPEN),
    ("oom-kills", KILLS | {"kills_since_boot": 2, "kills": [KILL], "is_asked": False}, "", OPEN),
    ("oom-kills", KILLS | {"kills_since_boot": 1, "kills": [KILL], "mine": [KILL]}, "host.oom-killer", CONFIRMED),
]


@pytest.mark.parametrize(("name", "values", "provoked", "outcome"), JUDGED)
def test_a_verdict(name: str, values: dict[str, Json], provoked: str, outcome: Outcome) -> None:
    """Reproduced, passed, or undecided: by the failure that was met first, by figures where none was."""
    probe = named(name)
    sample = Sample(values=values, is_complete=True, exit_status=0, provoked=provoked)

    result = probe.judge(sample, Subject(diagnosis=probe.answers[0]))

    assert (result.outcome, result.provoked) == (outcome, provoked)


@pytest.mark.parametrize(
    ("name", "facts", "wished"),
    [
        ("disk-space", {"path": "/d/x", "needed": "4976.70 MB"}, {"path": "/d/x", "needed_bytes": 4_976_700_000}),
        ("host-memory", {"requested": "6.00 GiB"}, {"needed_bytes": 6 * GIB}),
        ("host-memory", {"anon_rss": "121099264kB"}, {"needed_bytes": 121_099_264 * 1024}),
        ("open-files", {"limit": "65536"}, {"wanted": 65_535}),
        ("threads", {"threads": "999999"}, {"wanted": 1024}),
        ("memlock", {"limit": "8192 kbytes"}, {"wanted_bytes": 128 * 1024**2}),
        ("cpu-flags", {"missing": "AVX512"}, {"wanted": ["avx512f"]}),
        ("oom-kills", {"pid": "7", "process": "x"}, {"pid": "7", "process": "x"}),
        ("shared-memory", {"requested": "1048640"}, {"place": "/dev/shm", "needed_bytes": 256 * 1024**2}),
    ],
)
def test_what_is_wished(name: str, facts: dict[str, str], wished: dict[str, Json]) -> None:
    """Sizes and paths of the log, within bounds."""
    assert named(name).wishes(Subject(facts=tuple(facts.items()))) == wished


@pytest.mark.parametrize(
    ("line", "pid", "process", "is_named"),
    [
        (KILL, "4211", "", True),
        (KILL, "421", "VLLM::Worker_TP", False),
        (KILL, "", "VLLM::Worker_TP0", True),
        (KILL, "", "python3", False),
        ("oom-kill:constraint=CONSTRAINT_MEMCG,task_memcg=/a,task=python3,pid=77,uid=0", "77", "", True),
        ("eth0: link up", "", "", False),
    ],
)
def test_whom_a_line_names(line: str, pid: str, process: str, *, is_named: bool) -> None:
    """A pid decides where one is known; the kernel cuts names."""
    assert is_about(line, pid=pid, process=process) is is_named


def test_what_is_read(tmp_path: Path) -> None:
    """The figures of /proc, and the folder above what is missing."""
    file = tmp_path / "meminfo"
    file.write_text("MemTotal:       24680 kB\nMemAvailable:    100 kB\nHugePages_Total: 0\n", encoding="ascii")

    assert meminfo(file) == {"total_bytes": 24680 * 1024, "available_bytes": 100 * 1024}
    assert nearest_folder(f"{tmp_path}/a/b") == tmp_path
    assert flags("processor : 0\nflags\t\t: fpu avx2\n") == {"fpu", "avx2"}
    assert flags("") == frozenset()


@pytest.mark.parametrize("probe", HOST, ids=lambda probe: probe.name)
def test_this_machine(probe: Probe, tmp_path: Path) -> None:
    """Asked for real with small figures, each comes to its end, tells what its judge reads, and leaves nothing."""
    subject = Subject(diagnosis=probe.answers[0], facts=(("path", str(tmp_path)), ("shm", str(tmp_path))))
    wishes = probe.wishes(subject)
    assert not isinstance(wishes, Words)

    sample = run(probe, {**wishes, **SMALL.get(probe.name, {})})
    result = probe.judge(sample, subject)

    assert sample.is_complete, sample.output
    assert result.outcome is not Outcome.SKIPPED
    assert result.facts
    assert list(tmp_path.iterdir()) == []


def test_path_that_is_not_here_is_told(tmp_path: Path) -> None:
    """The room is that of the nearest folder, and the reader learns so."""
    probe = named("disk-space")
    subject = Subject(diagnosis="host.disk-full", given=(("path", str(tmp_path / "none" / "x")),))
    wishes = probe.wishes(subject)
    assert isinstance(wishes, dict)

    found = probe.judge(run(probe, wishes), subject)

    assert f"{tmp_path} ({tmp_path}/none/x is not here)" in found.detail.en


def test_segment_that_would_leave_others_little_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service whose segment finds no page is killed by SIGBUS."""
    monkeypatch.setattr(segment, "meminfo", lambda _path: {"available_bytes": 100 * 1024**2})

    values = segment.measure({"place": "/dev/shm", "needed_bytes": 60 * 1024**2})

    assert "made_bytes" not in values
    assert segment.wishes(Subject(environment=(("shm", "/etc"),))) == segment.wishes(Subject())
