"""The child of a probe: whatever it does, the parent gets a sample."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from logsleuth.limits import ProbeLimits
from logsleuth.model import Outcome, ProbeResult, Words
from logsleuth.probes.family import members
from logsleuth.probes.probe import Json, Need, Probe, Sample, Subject, Touch
from logsleuth.probes.run import address_space, command, run

QUICK = ProbeLimits(grace_s=2.0, reap_s=1.0)
# each behaves in its own way; they are run by the child's own name for a measurement, module:function
BEHAVIOURS = """
import ctypes, os, signal, subprocess, sys, time

def answers(wishes):
    print("said")
    return {"wished": wishes}

def steps(wishes):
    yield {"stage": "one"}
    yield {"stage": "two", "done": 1}
    time.sleep(60)

def hangs(wishes):
    time.sleep(60)

def deaf(wishes):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    time.sleep(60)

def crashes(wishes):
    ctypes.string_at(0)

def raises(wishes):
    raise RuntimeError("CUDA error: out of memory")

def leaves(wishes):
    os._exit(3)

def killed(wishes):
    os.kill(os.getpid(), signal.SIGKILL)

def eats(wishes):
    held = []
    while True:
        held.append(b"x" * 4_000_000)
        time.sleep(0.005)

def maps(wishes):
    return {"bytes": len(bytearray(8 << 30))}

def floods(wishes):
    while True:
        sys.stdout.write("x" * 10_000)

def tells_much(wishes):
    for number in range(100_000):
        yield {str(number): "x" * 100}

def variables(wishes):
    return {"names": sorted(os.environ), "open": sorted(os.listdir("/proc/self/fd")), "session": os.getsid(0) == os.getpid()}

def leaves_a_process(wishes):
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    return {"pid": left.pid}

def leaves_a_daemon(wishes):
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    return {"pid": left.pid}

def slow_in_a_folder(wishes):
    import tempfile
    with tempfile.TemporaryDirectory(dir=wishes["place"]) as folder:
        yield {"folder": folder}
        time.sleep(60)

def strange(wishes):
    os.write(int(sys.argv[sys.argv.index("--values-fd") + 1]), b"\\xff not json\\n[1, 2\\n")
    return {}
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Variables with which the child finds the behaviours."""
    folder = tmp_path_factory.mktemp("behaviours")
    (folder / "behaviours.py").write_text(BEHAVIOURS, encoding="utf-8")
    start = "import sys\nsys.path.insert(0, {!r})\nimport behaviours, logsleuth.probes\n"
    hook = start.format(str(folder)) + "sys.modules['logsleuth.probes.behaviours'] = behaviours\n"
    (folder / "sitecustomize.py").write_text(hook, encoding="utf-8")
    package = Path(__file__).parents[2]
    return {"PYTHONPATH": f"{folder}{os.pathsep}{package}"}


def probe(behaviour: str, *, limit_s: float = 20.0, memory_bytes: int = 1024**3) -> Probe:
    """A probe that only measures."""
    words = Words(en="", zh="")
    return Probe(
        name=behaviour,
        title=words,
        hypothesis=words,
        answers=(),
        predictions=(),
        measure=f"behaviours:{behaviour}",
        wishes=lambda _subject: {},
        judge=judge,
        limit_s=limit_s,
        memory_bytes=memory_bytes,
    )


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """Nothing."""
    return ProbeResult(name="x", outcome=Outcome.INCONCLUSIVE, detail=Words(en="", zh=""))


def ended(sample: Sample) -> tuple[bool, int | None, int | None, bool, bool]:
    """How a child ended."""
    return (sample.is_complete, sample.exit_status, sample.signal, sample.is_timed_out, sample.is_out_of_memory)


def test_values_and_output(environment: Mapping[str, str]) -> None:
    """Wishes go in, values come out beside what was printed."""
    wishes: dict[str, Json] = {"path": "/数据", "sizes": [1, 2]}

    sample = run(probe("answers"), wishes, environment=environment)

    assert (sample.values, sample.output) == ({"wished": wishes}, "said\n")
    assert ended(sample) == (True, 0, None, False, False)


@pytest.mark.parametrize(
    ("behaviour", "end", "printed"),
    [
        ("crashes", (False, None, int(signal.SIGSEGV), False, False), "Segmentation fault"),
        ("raises", (False, 1, None, False, False), "RuntimeError: CUDA error: out of memory"),
        ("leaves", (False, 3, None, False, False), ""),
        ("killed", (False, None, int(signal.SIGKILL), False, False), ""),
        ("maps", (False, 1, None, False, False), "MemoryError"),
        ("absent", (False, 1, None, False, False), "AttributeError"),
    ],
)
def test_an_end_without_values(
    behaviour: str, end: tuple[object, ...], printed: str, environment: Mapping[str, str]
) -> None:
    """A crash, an exception, a signal and a refused allocation are samples."""
    sample = run(probe(behaviour), {}, environment=environment)

    assert ended(sample) == end
    assert printed in sample.output


@pytest.mark.parametrize(
    ("behaviour", "values", "status", "by"),
    [
        ("steps", {"stage": "two", "done": 1}, 128 + signal.SIGTERM, None),
        ("hangs", {}, 128 + signal.SIGTERM, None),
        ("deaf", {}, None, int(signal.SIGKILL)),
    ],
)
def test_a_hang(
    behaviour: str, values: dict[str, Json], status: int | None, by: int | None, environment: Mapping[str, str]
) -> None:
    """It is asked to end, then made to; what was told before counts."""
    sample = run(probe(behaviour, limit_s=1.0), {}, environment=environment, limits=QUICK)

    assert (sample.values, ended(sample)) == (values, (False, status, by, True, False))
    assert sample.seconds < 10


def test_where_it_hangs(environment: Mapping[str, str]) -> None:
    """The child's last words are its stack."""
    sample = run(probe("hangs", limit_s=1.0), {}, environment=environment, limits=QUICK)

    assert "in hangs" in sample.output


def test_too_much_memory(environment: Mapping[str, str]) -> None:
    """The guard ends it, before the kernel has to."""
    sample = run(probe("eats", memory_bytes=128 * 1024**2), {}, environment=environment)

    assert ended(sample) == (False, None, int(signal.SIGKILL), False, True)


def test_a_flood(environment: Mapping[str, str]) -> None:
    """The end of the output is kept, the beginning of the values."""
    flood = run(probe("floods", limit_s=1.0), {}, environment=environment, limits=QUICK)
    values = run(probe("tells_much"), {}, environment=environment, limits=ProbeLimits(values_bytes=10_000))

    assert len(flood.output) <= QUICK.output_bytes
    assert (len(values.values) in range(50, 150), values.is_complete) == (True, False)


def test_nothing_is_inherited(environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """No token, no descriptor of the parent, a session of its own."""
    monkeypatch.setenv("HF_TOKEN", "secret")
    held = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(held, True)

    sample = run(probe("variables"), {}, environment=environment)
    os.close(held)

    names, opened = sample.values["names"], sample.values["open"]
    assert isinstance(names, list)
    assert isinstance(opened, list)
    assert "HF_TOKEN" not in names
    assert len(opened) <= 5  # standard ones, the values, the listing itself
    assert sample.values["session"] is True


@pytest.mark.parametrize("behaviour", ["leaves_a_process", "leaves_a_daemon"])
def test_what_it_leaves_is_ended(environment: Mapping[str, str], behaviour: str) -> None:
    """A process that outlives the child does not outlive the probe, in its session or in one of its own."""
    sample = run(probe(behaviour), {}, environment=environment)

    pid = sample.values["pid"]
    assert isinstance(pid, int)
    assert has_ended(pid)


def has_ended(pid: int) -> bool:
    """Whether it ends within the seconds that a kill may take."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], 5.0)[0])
    finally:
        os.close(descriptor)


def test_strange_values(environment: Mapping[str, str]) -> None:
    """What is no JSON ends the values."""
    sample = run(probe("strange"), {}, environment=environment)

    assert (sample.values, sample.is_complete, sample.exit_status) == ({}, False, 0)


def test_no_interpreter() -> None:
    """The failure to start is the output."""
    sample = run(probe("answers"), {}, python="/nowhere/python")

    assert (sample.is_complete, sample.exit_status) == (False, None)
    assert "could not be started" in sample.output


def test_the_command() -> None:
    """What a dry run shows is what is run, with a limit of addresses where no driver maps widely."""
    wide = Probe(**{name: getattr(probe("x"), name) for name in Probe.__slots__} | {"needs": (Need.TORCH,)})
    gpu = Probe(**{name: getattr(probe("x"), name) for name in Probe.__slots__} | {"touches": (Touch.GPU,)})

    words = command(probe("x"), values_fd=7)

    assert words[:2] == [sys.executable, "-P"]
    assert words[3:] == ["behaviours:x", "--values-fd", "7", "--address-space", str(2 * 1024**3)]
    assert (address_space(wide), address_space(gpu)) == (0, 0)
    assert "--address-space" not in command(wide)


def test_its_own_session_is_empty() -> None:
    """A session that does not exist has no members."""
    assert members(2**22 + 1) == ()


def test_folder_of_a_probe_that_ran_out_of_time_is_removed(environment: Mapping[str, str], tmp_path: Path) -> None:
    """A slow disk, of all, must not keep what was written to it."""
    asked = probe("slow_in_a_folder", limit_s=2.0)

    sample = run(asked, {"place": str(tmp_path)}, environment=environment, limits=QUICK)

    assert sample.is_timed_out
    assert str(sample.values["folder"]).startswith(str(tmp_path))
    assert list(tmp_path.iterdir()) == []
