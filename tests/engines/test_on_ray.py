"""The command on Ray itself: two nodes on this machine, 64 files, a process and a node that die on the way."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

NODES = Path(__file__).with_name("nodes.py")
TASK = b"ray::read_task"  # how Ray names a process that runs one
HEALTHY = '(APIServer pid=1) INFO:     10.0.0.{}:3000{} - "POST /v1/completions HTTP/1.1" 200 OK\n'
WHERE = "(Worker_TP0 pid=9) ERROR 06-10 12:00:00 [multiproc_executor.py:596] "
FAILURE = (
    "Traceback (most recent call last):",
    '  File "/opt/vllm/v1/worker/gpu_worker.py", line 10, in run',
    "    step()",
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.",
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="the extra 'ray' is not installed"),
]


class Nodes:
    """Two nodes of Ray, each with one processor."""

    def __init__(self) -> None:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment = ours | {"RAY_USAGE_STATS_ENABLED": "0"}
        self._process = subprocess.Popen(
            [sys.executable, str(NODES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        self.address = self._said()

    def _said(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def remove_one(self) -> None:
        """Take a node away, as a machine goes that loses its power."""
        assert self._process.stdin is not None
        self._process.stdin.write("remove\n")
        self._process.stdin.flush()
        assert self._said() == "removed"

    def leave(self) -> None:
        """End both."""
        self._process.communicate(timeout=60)


@pytest.fixture
def nodes() -> Iterator[Nodes]:
    """Two nodes, for one test."""
    found = Nodes()
    yield found
    found.leave()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """64 files of 2 MB; one of them has what broke."""
    logs = tmp_path_factory.mktemp("logs")
    healthy = "".join(HEALTHY.format(number % 200, number % 10) for number in range(28_000))
    failure = "".join(f"{WHERE}{line}\n" for line in FAILURE)
    for rank in range(64):
        (logs / f"rank-{rank:02}.log").write_text(healthy + (failure if rank == 37 else ""), encoding="ascii")
    return logs


@pytest.fixture(scope="module")
def alone(folder: Path) -> bytes:
    """What one process says."""
    return analyze(folder, "--jobs", "1").stdout


def analyze(*arguments: object, address: str = "") -> subprocess.CompletedProcess[bytes]:
    """Run the command; `address` names a cluster."""
    command = [sys.executable, "-m", "logsleuth", "analyze", "--format", "json", *map(str, arguments)]
    environment = os.environ | ({"RAY_ADDRESS": address} if address else {})
    return subprocess.run(command, capture_output=True, env=environment, check=False, timeout=300)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket with eight objects, and an environment that says where."""
    pytest.importorskip("obstore", reason="needs the extra `objects`")
    server_module = pytest.importorskip("moto.server", reason="needs the extra `clients`")
    import boto3

    logging.getLogger("werkzeug").disabled = True
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in (
        ("ENDPOINT_URL", f"http://{host}:{port}"),
        ("ACCESS_KEY_ID", "anna"),
        ("SECRET_ACCESS_KEY", "hunter2"),
        ("REGION", "us-east-1"),
    ):
        monkeypatch.setenv(f"AWS_{name}", value)
    client = boto3.client("s3", region_name="us-east-1")
    client.create_bucket(Bucket="logs")
    for rank in range(8):
        text = HEALTHY.format(rank, rank) + ("".join(f"{WHERE}{line}\n" for line in FAILURE) if rank == 5 else "")
        client.put_object(Bucket="logs", Key=f"run/rank-{rank}.log", Body=text.encode())
    yield "s3://logs/run/"
    server.stop()


def running() -> list[int]:
    """The processes that read for Ray at this moment."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cmdline").read_bytes().startswith(TASK):
                found.append(int(entry.name))
        except OSError:
            continue  # it has ended since
    return found


def when_it_runs(act: Callable[[int], None]) -> threading.Thread:
    """Do something once, at the first task that is seen at work."""

    def wait() -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            if found := running():
                act(found[0])
                return
            time.sleep(0.002)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_a_cluster_gives_the_bytes_of_one_process(folder: Path, alone: bytes, nodes: Nodes) -> None:
    """64 files over two nodes, byte for byte."""
    done = analyze(folder, "--engine", "ray", address=nodes.address)
    assert b"cuda.oom" in alone
    assert (done.stdout, done.returncode) == (alone, 1), done.stderr.decode()


def test_a_process_that_is_killed_is_not_missed(folder: Path, alone: bytes, nodes: Nodes) -> None:
    """Its task runs again in another process."""
    killed: list[int] = []

    def kill(process: int) -> None:
        os.kill(process, signal.SIGKILL)
        killed.append(process)

    waiting = when_it_runs(kill)
    done = analyze(folder, "--engine", "ray", address=nodes.address)
    waiting.join()
    assert killed
    assert (done.stdout, done.returncode) == (alone, 1), done.stderr.decode()


def test_a_node_that_goes_away_is_not_missed(folder: Path, alone: bytes, nodes: Nodes) -> None:
    """Its tasks, and what they had read, are done again elsewhere."""
    removed: list[bool] = []

    def remove(_process: int) -> None:
        nodes.remove_one()
        removed.append(True)

    waiting = when_it_runs(remove)
    done = analyze(folder, "--engine", "ray", address=nodes.address)
    waiting.join()
    assert removed
    assert (done.stdout, done.returncode) == (alone, 1), done.stderr.decode()


def test_without_an_address_it_starts_processes_here(folder: Path, alone: bytes) -> None:
    """Ray on this machine needs no cluster."""
    done = analyze(folder, "--engine", "ray", "--jobs", "2")
    assert (done.stdout, done.returncode) == (alone, 1), done.stderr.decode()


def test_objects_of_a_store_are_read_by_the_cluster(bucket: str) -> None:
    """With the credentials and the endpoint of the environment, byte for byte."""
    alone = analyze(bucket, "--jobs", "1")
    done = analyze(bucket, "--engine", "ray", "--jobs", "2")

    assert b"cuda.oom" in alone.stdout
    assert (done.stdout, done.returncode) == (alone.stdout, 1), done.stderr.decode()
    assert done.stderr == b""


def test_nodes_without_credentials_are_named(bucket: str, nodes: Nodes) -> None:
    """They have the environment that Ray was started in, not that of the command; secrets do not travel."""
    done = analyze(bucket, "--engine", "ray", address=nodes.address)

    assert (done.stdout, done.returncode) == (b"", 2)
    assert b"with the environment that Ray has there: " in done.stderr.splitlines()[-1]
    assert b"hunter2" not in done.stderr


def test_a_cluster_that_is_not_there_is_one_line(folder: Path) -> None:
    """What is wrong, where, and no traceback."""
    done = analyze(folder, "--engine", "ray", address="127.0.0.1:1")
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"no cluster of Ray at 127.0.0.1:1" in done.stderr.splitlines()[-1]


def test_standard_input_is_refused() -> None:
    """No other machine can read it."""
    done = analyze("-", "--engine", "ray")
    assert done.returncode == 2
    assert b"no standard input" in done.stderr


def test_no_more_tasks_than_were_asked_for(folder: Path, alone: bytes, nodes: Nodes) -> None:
    """Though two processors are free."""
    seen: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.002):
            seen.append(len(running()))

    watching = threading.Thread(target=watch)
    watching.start()
    done = analyze(folder, "--engine", "ray", "--jobs", "1", address=nodes.address)
    over.set()
    watching.join()
    assert max(seen) == 1
    assert (done.stdout, done.returncode) == (alone, 1), done.stderr.decode()
