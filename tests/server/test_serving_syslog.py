"""Syslog as genuine clients send it, over listeners of their own."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from logsleuth.errors import UsageError
from logsleuth.server.serving import Fittings, serve
from logsleuth.server.settings import DATABASE, Address, ServeSettings, WorkerSettings
from logsleuth.server.store.chunks import unpack_data
from logsleuth.server.store.schema import open_database
from tests.server.lines import router
from tests.server.test_serving import process

LOGGER = shutil.which("logger")
OOM = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB."
PATIENCE_S = 30.0


def kept(folder: Path) -> list[str]:
    """Every line of the database."""
    with closing(open_database(folder / DATABASE)) as connection:
        rows = connection.execute("SELECT data FROM chunks").fetchall()
    return [line for (data,) in rows for line in unpack_data(data).decode().splitlines()]


def wait_for(folder: Path, count: int) -> list[str]:
    """The lines of the database, once there are so many."""
    until = time.monotonic() + PATIENCE_S
    while len(found := kept(folder)) < count and time.monotonic() < until:
        time.sleep(0.1)
    return found


def port_of(line: str) -> str:
    """The port in what the service says that it serves."""
    return line.split(",", maxsplit=1)[0].rpartition(":")[2]


@pytest.mark.skipif(LOGGER is None, reason="there is no logger(1)")
@pytest.mark.parametrize(("transport", "option"), [("tcp", "--tcp"), ("udp", "--udp")])
def test_what_logger_sends_is_analysed(tmp_path: Path, transport: str, option: str) -> None:
    """Every message once, the same one said twice as well."""
    with process(tmp_path, f"--syslog-{transport}", "127.0.0.1:0") as (started, _):
        assert started.stdout is not None
        port = port_of(started.stdout.readline())
        for form in ("--rfc3164", "--rfc5424", "--rfc5424"):
            command = [str(LOGGER), option, "-n", "127.0.0.1", "-P", port, form, "-t", "vllm", "-p", "user.err", OOM]
            subprocess.run(command, check=True, timeout=30)
        lines = wait_for(tmp_path, 3)
        with closing(open_database(tmp_path / DATABASE)) as connection:
            until = time.monotonic() + PATIENCE_S
            while not (found := connection.execute("SELECT class, count FROM incidents").fetchall()):
                assert time.monotonic() < until
                time.sleep(0.1)

    assert len(lines) == 3
    assert all(OOM in line for line in lines)
    assert [name for name, _ in found] == ["cuda.oom.device"]


def test_what_came_before_the_end_is_kept(tmp_path: Path) -> None:
    """Over UDP too, though nobody waits for an answer."""
    with process(tmp_path, "--syslog-udp", "127.0.0.1:0") as (started, _):
        assert started.stdout is not None
        port = int(port_of(started.stdout.readline()))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            for number in range(200):
                client.sendto(b"<14>vllm[7]: line %d" % number, ("127.0.0.1", port))
        wait_for(tmp_path, 1)
        started.send_signal(signal.SIGTERM)
        assert started.wait(timeout=30) == 0

    assert len(kept(tmp_path)) == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
def test_nobody_takes_syslog_from_the_network_by_accident(tmp_path: Path, host: str) -> None:
    """It has to be said, for syslog knows no tokens."""
    worker = WorkerSettings(folder=tmp_path)
    for settings in (
        ServeSettings(worker=worker, port=0, syslog_tcp=Address(host=host, port=0)),
        ServeSettings(worker=worker, port=0, syslog_udp=Address(host=host, port=0)),
    ):
        with pytest.raises(UsageError, match="--syslog-open"):
            serve(settings, Fittings(router=router), print)


def test_an_address_that_is_taken_is_told(tmp_path: Path) -> None:
    """In one line, with exit status 2."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        wish = f"127.0.0.1:{taken.getsockname()[1]}"
        with process(tmp_path, "--syslog-tcp", wish) as (started, _):
            _, said = started.communicate(timeout=30)

    assert started.returncode == 2
    assert "cannot listen for syslog" in said


@pytest.mark.parametrize("wish", ["5514", "127.0.0.1:", ":5514", "127.0.0.1:99999", "127.0.0.1:x"])
def test_what_is_no_address_is_told(tmp_path: Path, wish: str) -> None:
    """What is meant, too."""
    with process(tmp_path, "--syslog-udp", wish) as (started, _):
        _, said = started.communicate(timeout=30)

    assert started.returncode == 2
    assert "HOST:PORT" in said
