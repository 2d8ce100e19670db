"""What hostile and broken clients do to a running service, beside good traffic.

    python bench/attack.py slow --headers 10000 --bodies 2000
    python bench/attack.py bombs
    python bench/attack.py smuggling
    python bench/attack.py malformed --cases 3000
    python bench/attack.py stopped

Every attack prints one JSON object; the exit status is 1 where it shows what must not be.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import serve_load
from hostile import MIB, SMUGGLING, bombs, mutated, shapes
from kill import post
from serve_load import HOST, start, worker_of
from slow_clients import crowd

PAGE: Final = os.sysconf("SC_PAGE_SIZE")
GOOD: Final = b'{"log":"INFO 11-20 06:00:00 [loggers.py:123] good traffic %012d"}\n'


def rss_mib(pid: int) -> float:
    """The memory of a process and its children."""
    total = 0
    for each in {pid, *children(pid)}:
        with suppress(OSError):
            total += int(Path(f"/proc/{each}/statm").read_text(encoding="ascii").split()[1]) * PAGE
    return total / MIB


def children(pid: int) -> Iterator[int]:
    """The processes that a process has started."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        yield from map(int, (task / "children").read_text(encoding="ascii").split())


def quantile(times: list[float], share: float) -> float:
    """In milliseconds."""
    return round(sorted(times)[int(len(times) * share)] * 1e3, 1) if times else 0.0


def good_traffic(port: int, seconds: float, rate: float, found: dict[str, list[float]]) -> None:
    """One client that behaves; its times, and how often it was not served."""
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    until, number = time.monotonic() + seconds, threading.get_ident() % 10**6 * 10**6
    while time.monotonic() < until:
        began = time.monotonic()
        status = post(connection, "/ingest", GOOD % number)
        found["times" if status == 200 else "failures"].append(time.monotonic() - began)
        number += 1
        time.sleep(max(1 / rate - (time.monotonic() - began), 0))


def slow(port: int, pid: int, options: argparse.Namespace) -> tuple[dict[str, object], bool]:
    """Slow headers and slow bodies; good traffic from a process of its own."""
    before = rss_mib(pid)
    command = [sys.executable, __file__, "crowd", "--port", str(port), "--seconds", str(options.seconds)]
    command += ["--headers", str(options.headers), "--bodies", str(options.bodies)]
    attacker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    found: dict[str, list[float]] = {"times": [], "failures": []}
    peak = before
    clients = [threading.Thread(target=good_traffic, args=(port, options.seconds, 50.0, found)) for _ in range(4)]
    for client in clients:
        client.start()
    while any(client.is_alive() for client in clients):
        peak = max(peak, rss_mib(pid))
        time.sleep(0.2)
    ends = json.loads(attacker.communicate()[0])
    figures = {
        "good": len(found["times"]),
        "failures": len(found["failures"]),
        "p50_ms": quantile(found["times"], 0.5),
        "p99_ms": quantile(found["times"], 0.99),
        "rss_growth_mib": round(peak - before),
        "ends": ends,
    }
    return figures, not found["failures"]


def bomb(port: int, pid: int, options: argparse.Namespace) -> tuple[dict[str, object], bool]:
    """One after the other; how each was answered, how fast, and how much memory the service took meanwhile."""
    del options
    found: dict[str, object] = {}
    is_well = True
    for name, encoding, body, path in bombs():
        before = peak = rss_mib(pid)
        connection = http.client.HTTPConnection(HOST, port, timeout=60)
        said: list[tuple[int, float]] = []
        sender = threading.Thread(target=explode, args=(connection, path, encoding, body, said, name))
        sender.start()
        while sender.is_alive():
            peak = max(peak, rss_mib(pid))
            sender.join(0.01)
        status, took = said[0]
        found[name] = [status, round(took, 2), round(peak - before)]
        is_well = is_well and status in {200, 400, 413, 415} and took < 1.0 and peak - before < 300
    status = post(http.client.HTTPConnection(HOST, port, timeout=10), "/ingest", GOOD % 1)
    return {"bombs": found, "after": status}, is_well and status == 200


def explode(
    connection: http.client.HTTPConnection,
    path: str,
    encoding: str,
    body: bytes,
    said: list[tuple[int, float]],
    name: str,
) -> None:
    """Send one; an answer may come before the body has gone."""
    headers = {"Content-Encoding": encoding} if encoding else {}
    headers["Content-Length"] = str(10**12 if name == "declared" else len(body))
    began = time.monotonic()
    status = 0
    with suppress(OSError):
        connection.request("POST", path, body, headers)
    with suppress(OSError, http.client.HTTPException):
        status = connection.getresponse().status
    said.append((status, time.monotonic() - began))


def smuggle(port: int, data: bytes) -> tuple[str, bool]:
    """The statuses of the answers, and whether the connection is closed then."""
    with closing(socket.create_connection((HOST, port), timeout=8)) as client:
        answers, is_closed = b"", False
        with suppress(OSError):
            client.sendall(data + b"GET /ready HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        try:
            while piece := client.recv(65536):
                answers += piece
                client.settimeout(1.5)
            is_closed = True
        except ConnectionError:
            is_closed = True
        except TimeoutError:
            pass
        return " ".join(
            line[9:12].decode() for line in answers.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")
        ), is_closed


def smuggling(port: int, pid: int, options: argparse.Namespace) -> tuple[dict[str, object], bool]:
    """Requests of which two programs could think differently: refused and closed."""
    del pid, options
    found = {name: smuggle(port, data) for name, data in SMUGGLING.items()}
    bad = {name: end for name, end in found.items() if end[0] not in {"400", "408", "413", "431"} or not end[1]}
    return {"cases": len(found), "others": bad}, not bad


def malformed(port: int, pid: int, options: argparse.Namespace) -> tuple[dict[str, object], bool]:
    """Damaged bodies of every protocol: no answer but 2xx, 4xx and 503, and none that fails to come."""
    rng, found, slowest = random.Random(options.seed), {}, 0.0
    before = rss_mib(pid)
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    for name, (path, body, headers) in shapes().items():
        statuses: Counter[str] = Counter()
        for _ in range(options.cases):
            began = time.monotonic()
            try:
                connection.request("POST", path, mutated(rng, body), headers)
                answer = connection.getresponse()
                answer.read()
                status = answer.status
            except (OSError, http.client.HTTPException):
                connection.close()
                status = 0
            statuses["503" if status == 503 else f"{status // 100}xx" if status else "none"] += 1
            slowest = max(slowest, time.monotonic() - began)
        found[name] = dict(statuses)
    bad = sum(count for each in found.values() for kind, count in each.items() if kind in {"5xx", "none"})
    growth = round(rss_mib(pid) - before)
    return {"answers": found, "bad": bad, "slowest_ms": round(slowest * 1e3), "rss_growth_mib": growth}, not bad


def stopped(port: int, pid: int, options: argparse.Namespace) -> tuple[dict[str, object], bool]:
    """The analysing process, then all of the service, stands still for a while under load."""
    worker, peak = worker_of(pid), 0.0
    found: dict[str, list[float]] = {"times": [], "failures": []}
    clients = [threading.Thread(target=good_traffic, args=(port, 3 * options.seconds, 100.0, found)) for _ in range(4)]
    for client in clients:
        client.start()
    for pids in ((worker,), (pid, worker)):
        for each in pids:
            os.kill(each, signal.SIGSTOP)
        time.sleep(options.seconds)
        for each in pids:
            os.kill(each, signal.SIGCONT)
        peak = max(peak, rss_mib(pid))
    for client in clients:
        client.join()
    figures = {"taken": len(found["times"]), "failures": len(found["failures"]), "rss_mib": round(peak)}
    return {**figures, "is_same_worker": worker == worker_of(pid)}, True


ATTACKS: Final[dict[str, Callable[[int, int, argparse.Namespace], tuple[dict[str, object], bool]]]] = {
    "slow": slow,
    "bombs": bomb,
    "smuggling": smuggling,
    "malformed": malformed,
    "stopped": stopped,
}


def wait_for_analysis(folder: Path, lines: int) -> int:
    """How many lines are analysed, once they are that many or time is up."""
    until = time.monotonic() + 60
    while (found := serve_load.analysed(folder)) < lines and time.monotonic() < until:
        time.sleep(0.2)
    return found


def main() -> int:
    """Parse, attack, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("attack", choices=[*ATTACKS, "crowd"])
    parser.add_argument("--headers", type=int, default=10_000)
    parser.add_argument("--bodies", type=int, default=2_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--cases", type=int, default=3_000, help="of each protocol")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    if options.attack == "crowd":
        print(
            json.dumps(
                asyncio.run(
                    crowd(options.port, headers=options.headers, bodies=options.bodies, seconds=options.seconds)
                )
            )
        )
        return 0
    with tempfile.TemporaryDirectory(prefix="attack-") as folder:
        process, port = start(Path(folder))
        worker_of(process.pid)
        figures, is_well = ATTACKS[options.attack](port, process.pid, options)
        if options.attack == "stopped":
            figures["analysed"] = wait_for_analysis(Path(folder), int(str(figures["taken"])))
            is_well = figures["analysed"] >= figures["taken"]
        process.send_signal(signal.SIGTERM)
        figures["exit"] = process.wait(timeout=60)
    print(json.dumps({"attack": options.attack, **figures}))
    return 0 if is_well and figures["exit"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
