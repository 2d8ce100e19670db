"""One life of the service as a process: it starts with a folder, and ends in order."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from logsleuth.errors import UsageError
from logsleuth.server.serving import Fittings, bind, serve
from logsleuth.server.settings import ServeSettings, WorkerSettings
from tests.server.lines import router

PUSH = b'{"streams":[{"stream":{"job":"t"},"values":[["1795154400000000000","hello"]]}]}'


@contextmanager
def process(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`logsleuth serve`, and its address."""
    command = [sys.executable, "-m", "logsleuth", "serve", "--data", str(folder), "--port", "0", *options]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with started:
        try:
            assert started.stdout is not None
            line = started.stdout.readline()
            yield started, line.split(",")[0].removeprefix("logsleuth serves ")
        finally:
            started.kill()


def status(url: str, body: bytes | None = None) -> int:
    """What a request is answered with."""
    method = "GET" if body is None else "POST"
    return httpx.request(method, url, content=body, headers={"content-type": "application/json"}).status_code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_and_ends_in_order(tmp_path: Path, number: signal.Signals) -> None:
    """With nothing but a folder, and exit status 0."""
    folder = tmp_path / "new"
    with process(folder) as (started, url):
        statuses = [status(f"{url}/ready"), status(f"{url}/loki/api/v1/push", PUSH)]
        started.send_signal(number)
        ended = started.wait(timeout=20)

    assert url.startswith("http://127.0.0.1:")
    assert statuses == [200, 204]
    assert ended == 0
    assert {str(path) for path in (folder, *folder.rglob("*")) if path.stat().st_mode & 0o077} == set()


def test_a_second_service_on_the_same_folder_is_told(tmp_path: Path) -> None:
    """In one line, with exit status 2."""
    with process(tmp_path), process(tmp_path) as (second, _):
        _, said = second.communicate(timeout=20)

    assert second.returncode == 2
    assert said.startswith(f"logsleuth: {tmp_path}")
    assert said.endswith("another logsleuth serves from this folder\n")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "logs.example"])
def test_nobody_serves_the_network_by_accident(tmp_path: Path, host: str) -> None:
    """Not without saying who may come."""
    settings = ServeSettings(worker=WorkerSettings(folder=tmp_path), host=host, port=0)

    with pytest.raises(UsageError, match="can be reached from other machines"):
        serve(settings, Fittings(router=router), print)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--webhook", "nowhere"), "no address to post to"),
        (("--webhook", "http://127.0.0.1:9/x", "--webhook-secret", "/no/key"), "/no/key: the key cannot be read"),
        (("--patterns", "/no/folder"), "/no/folder: no such folder of signatures"),
    ],
)
def test_what_the_worker_could_not_use_is_told_at_the_start(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    """With exit status 2, and not again and again by a process that cannot live."""
    with process(tmp_path, *options) as (started, _):
        _, told = started.communicate(timeout=20)

    assert started.returncode == 2
    assert said in told
    assert len(told.splitlines()) == 1


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    """With the reason."""
    taken = bind("127.0.0.1", 0)
    taken.listen()
    port = taken.getsockname()[1]
    settings = ServeSettings(worker=WorkerSettings(folder=tmp_path), port=port)

    with taken, pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1:{port}: Address already in use"):
        serve(settings, Fittings(router=router), print)


def lag(url: str) -> float:
    """How many bytes are not analysed yet, as the service says."""
    lines = httpx.get(f"{url}/metrics").text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("logsleuth_spool_lag_bytes "))


def test_after_a_start_nothing_is_behind_that_was_analysed(tmp_path: Path) -> None:
    """What an earlier life has analysed does not count."""
    with process(tmp_path) as (started, url):
        assert status(f"{url}/loki/api/v1/push", PUSH) == 204
        until = time.monotonic() + 30
        while lag(url) and time.monotonic() < until:
            time.sleep(0.1)
        assert lag(url) == 0
        started.send_signal(signal.SIGTERM)
        started.wait(timeout=20)
    with process(tmp_path) as (_, url):
        found = lag(url)

    assert found == 0
