"""Kills the service at random moments under load and counts what became of acknowledged lines.

    python bench/kill.py --rounds 100
    python bench/kill.py --rounds 20 --analysed         the analysis runs too, and its database is counted
    python bench/kill.py --rounds 5 --broken lose       the count itself is tried: it must find this

Clients send numbered lines over Loki and OTLP until each body is acknowledged, and send the same body again after
whatever went wrong. In the end the spool must hold every acknowledged line once, every other one at most once, and
nothing else; with --analysed, the lines of the database must. The figures are printed as JSON; the exit status is 1 where something was lost or is there twice.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from logsleuth.limits import ServerLimits
from logsleuth.server import serving
from logsleuth.server.entry import decode
from logsleuth.server.reader import Reader
from logsleuth.server.seen import Seen
from logsleuth.server.segments import START, Position
from logsleuth.server.settings import DATABASE, SPOOL_FOLDER, ServeSettings, WorkerSettings
from logsleuth.server.store.chunks import unpack_data
from logsleuth.server.store.schema import open_database
from logsleuth.server.store.sources import progress

HOST: Final = "127.0.0.1"
LINES: Final = 40
GENTLE: Final = 0.2  # of the rounds end with SIGTERM
BEGIN_NS: Final = 1_795_154_400_000_000_000


@dataclass
class Count:
    """What the clients know."""

    acknowledged: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    resends: int = 0
    busy: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def loki(lines: list[str]) -> tuple[str, bytes]:
    """A push as JSON."""
    values = [[str(BEGIN_NS + index), line] for index, line in enumerate(lines)]
    return "/loki/api/v1/push", json.dumps({"streams": [{"stream": {"job": "kill"}, "values": values}]}).encode()


def otlp(lines: list[str]) -> tuple[str, bytes]:
    """An export as JSON."""
    records = [
        {"timeUnixNano": str(BEGIN_NS + index), "body": {"stringValue": line}} for index, line in enumerate(lines)
    ]
    return "/v1/logs", json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}).encode()


def bodies(client: int, stop: threading.Event) -> Iterator[tuple[list[str], str, bytes]]:
    """Numbered lines in bodies of both protocols."""
    number = 0
    while not stop.is_set():
        lines = [f"line {client}-{number}-{index} of a client" for index in range(LINES)]
        path, body = (loki, otlp)[(client + number) % 2](lines)
        yield lines, path, body
        number += 1


def send_all(port: int, client: int, count: Count, stop: threading.Event) -> None:
    """One client: every body until it is acknowledged."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    for lines, path, body in bodies(client, stop):
        with count.lock:
            count.sent.update(lines)
        is_first = True
        while not stop.is_set():
            status = post(connection, path, body)
            count.resends += not is_first
            is_first = False
            if 200 <= status < 300:
                with count.lock:
                    count.acknowledged.update(lines)
                break
            count.busy += status == 503
            if status == 0:
                connection.close()
            stop.wait(0.02)
    connection.close()


def post(connection: http.client.HTTPConnection, path: str, body: bytes) -> int:
    """The status, or 0 where there was none."""
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return 0
    return answer.status


def start(folder: Path, port: int, broken: str | None = None, *, is_analysed: bool = False) -> subprocess.Popen[str]:
    """Start the service and wait until it listens."""
    command = [sys.executable, __file__, "--serve", str(folder), "--port", str(port)]
    command += (["--broken", broken] if broken else []) + (["--analysed"] if is_analysed else [])
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    if process.stdout is None or not process.stdout.readline():
        raise SystemExit("the service did not start")
    return process


def kill(process: subprocess.Popen[str], *, is_whole: bool = True) -> None:
    """No chance to end in order: for the whole of it, or for the process that listens alone."""
    with suppress(ProcessLookupError):
        (os.killpg if is_whole else os.kill)(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def stored(folder: Path) -> Counter[str]:
    """How often each line is in the spool."""
    found: Counter[str] = Counter()
    reader = Reader(folder / SPOOL_FOLDER)
    for _, payload in reader.read(START, Position(1 << 40, 0), 1 << 50):
        found.update(entry.text.decode() for entry in decode(payload).entries)
    return found


def analysed(folder: Path) -> Counter[str]:
    """How often each line is in the database."""
    found: Counter[str] = Counter()
    with closing(open_database(folder / DATABASE)) as connection:
        for (data,) in connection.execute("SELECT data FROM chunks"):
            found.update(unpack_data(data).decode().splitlines())
    return found


def is_behind(folder: Path) -> bool:
    """Whether there is more than the lines of the database: in the spool, or held back for late ones."""
    with closing(open_database(folder / DATABASE)) as connection:
        done = Position(*progress(connection))
        if connection.execute("SELECT 1 FROM tenants WHERE held IS NOT NULL").fetchone():
            return True
    return any(Reader(folder / SPOOL_FOLDER).read(done, Position(1 << 40, 0), 1))


def catch_up(folder: Path, port: int) -> None:
    """Let the analysis come to the end."""
    while is_behind(folder):
        process = start(folder, port, is_analysed=True)
        time.sleep(5)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        kill(process)


def _is_lucky(_: Seen, key: bytes) -> bool:
    return key[0] < 3


def _is_never(_: Seen, __: bytes) -> bool:
    return False


def serve(folder: Path, port: int, broken: str | None, *, is_analysed: bool) -> None:
    """The service; without its analysis the spool keeps everything."""
    if broken == "lose":
        Seen.__contains__ = _is_lucky
    if broken == "repeat":
        Seen.__contains__ = _is_never
    limits = ServerLimits(segment_bytes=4 * 1024 * 1024, address_connections=100)
    settings = ServeSettings(worker=WorkerSettings(folder=folder, cache=folder / "cache", limits=limits), port=port)
    fittings = serving.fittings_of(settings) if is_analysed else serving.Fittings(work=None)
    serving.serve(settings, fittings, lambda address: print(address, flush=True))


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def run(options: argparse.Namespace, folder: Path) -> dict[str, float]:
    """All rounds; the figures."""
    rng = random.Random(options.seed)
    port, count, stop = free_port(), Count(), threading.Event()
    threads = [threading.Thread(target=send_all, args=(port, n, count, stop)) for n in range(options.clients)]
    restarts: list[float] = []
    failed = 0
    process = start(folder, port, options.broken, is_analysed=options.analysed)
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for _ in range(options.rounds):
        time.sleep(rng.uniform(0.02, 0.6))
        if rng.random() < GENTLE:
            process.send_signal(signal.SIGTERM)
            failed += process.wait(timeout=60) != 0
        kill(process, is_whole=not options.analysed or rng.random() < 0.5)
        before = time.monotonic()
        process = start(folder, port, options.broken, is_analysed=options.analysed)
        restarts.append(time.monotonic() - before)
    time.sleep(0.5)
    stop.set()
    for thread in threads:
        thread.join()
    process.send_signal(signal.SIGTERM)
    status = process.wait(timeout=30)
    seconds = time.monotonic() - began
    kill(process)
    if options.analysed:
        catch_up(folder, port)
    found = analysed(folder) if options.analysed else stored(folder)
    return {
        "rounds": options.rounds,
        "acknowledged": len(count.acknowledged),
        "lost": len(count.acknowledged - found.keys()),
        "duplicated": sum(times > 1 for times in found.values()),
        "unknown": len(found.keys() - count.sent),
        "resends": count.resends,
        "busy": count.busy,
        "lines_per_second": round(len(count.acknowledged) / seconds),
        "restart_seconds_worst": round(max(restarts, default=0.0), 2),
        "failed_ends": failed + (status != 0),
    }


def main() -> int:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--analysed", action="store_true", help="with the analysis; its database is counted")
    parser.add_argument("--broken", choices=["lose", "repeat"], help="break the service, to see that it is noticed")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.port, options.broken, is_analysed=options.analysed)
        return 0
    with tempfile.TemporaryDirectory(prefix="kill-") as folder:
        figures = run(options, Path(folder))
    print(json.dumps(figures))
    return 1 if figures["lost"] or figures["duplicated"] or figures["unknown"] else 0


if __name__ == "__main__":
    sys.exit(main())
