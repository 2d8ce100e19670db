"""How many lines a second the whole service takes: acknowledged, and analysed.

    python bench/serve_load.py --seconds 10 --lines 500
    python bench/serve_load.py --form loki --clients 2

Client processes send a generated serving log, with a crash now and then, over connections that they keep. `acked` is
lines a second while they send; `analysed` is lines a second from the first byte until nothing is left to analyse;
`per_core` is lines by the processor time of one process. The clients share the cores with the service.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import cramjam
import generate

from logsleuth.server.settings import DATABASE
from logsleuth.server.store.schema import open_database

HOST: Final = "127.0.0.1"
JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
PROTOBUF: Final = "application/x-protobuf"
LONGEST_S: Final = 120.0
LOADED_MIB: Final = 40  # what the analysing process has once it is at work
Lines = Sequence[tuple[int, str]]  # each with its time


def ndjson(lines: Lines, node: str) -> bytes:
    """What Fluent Bit's http output sends as `json_lines`."""
    records = (json.dumps({"date": n / 1e9, "log": text, "host": node, "filename": "/vllm.log"}) for n, text in lines)
    return "".join(f"{record}\n" for record in records).encode()


def bulk(lines: Lines, node: str) -> bytes:
    """Actions with their documents, as Filebeat has them."""
    head = '{"create":{"_index":"vllm"}}\n'
    documents = (
        json.dumps(
            {
                "@timestamp": n // 1_000_000,
                "message": text,
                "host": {"name": node},
                "log": {"file": {"path": "/vllm.log"}},
            }
        )
        for n, text in lines
    )
    return "".join(f"{head}{document}\n" for document in documents).encode()


def varint(number: int) -> bytes:
    """As protobuf has it."""
    head = b""
    while number > 0x7F:
        head, number = head + bytes((number & 0x7F | 0x80,)), number >> 7
    return head + bytes((number,))


def piece(number: int, data: bytes) -> bytes:
    """A field with a length."""
    return varint(number << 3 | 2) + varint(len(data)) + data


def loki(lines: Lines, node: str) -> bytes:
    """Promtail's push: protobuf in a raw block of snappy."""
    entries = b"".join(
        piece(2, piece(1, b"\x08" + varint(n // 10**9) + b"\x10" + varint(n % 10**9)) + piece(2, text.encode()))
        for n, text in lines
    )
    labels = f'{{filename="/vllm.log", host="{node}", job="vllm"}}'.encode()
    return bytes(cramjam.snappy.compress_raw(piece(1, piece(1, labels) + entries)))


def attribute(name: str, value: str) -> bytes:
    """A pair of OTLP."""
    return piece(1, name.encode()) + piece(2, piece(1, value.encode()))


def otlp(lines: Lines, node: str) -> bytes:
    """An export of a Collector that reads files."""
    path = piece(6, attribute("log.file.path", "/vllm.log"))
    records = b"".join(
        piece(2, b"\x09" + n.to_bytes(8, "little") + piece(5, piece(1, text.encode())) + path) for n, text in lines
    )
    return piece(1, piece(1, piece(1, attribute("host.name", node))) + piece(2, records))


FORMS: Final[dict[str, tuple[str, str, Callable[[Lines, str], bytes]]]] = {
    "ndjson": ("/ingest", NDJSON, ndjson),
    "loki": ("/loki/api/v1/push", PROTOBUF, loki),
    "otlp": ("/v1/logs", PROTOBUF, otlp),
    "bulk": ("/_bulk", JSON, bulk),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one client does."""

    port: int
    form: str
    number: int
    lines: int
    seconds: float
    bodies: int


def bodies_of(task: Task) -> list[bytes]:
    """Bodies that are made before the clock runs; no two are the same."""
    build = FORMS[task.form][2]
    lines = generate.Writer(task.number + 1).lines("serving")
    at_ns, node = time.time_ns(), f"gpu-{task.number:02d}"
    found = []
    for _ in range(task.bodies):
        texts = list(islice(lines, task.lines))
        found.append(build([(at_ns + index * 1000, text) for index, text in enumerate(texts)], node))
        at_ns += task.lines * 1000
    return found


def send(task: Task, gate: object, acked: object) -> None:
    """One client: bodies one after the other until the time is over or all are sent."""
    bodies = bodies_of(task)
    path, media, _ = FORMS[task.form]
    connection = http.client.HTTPConnection(HOST, task.port, timeout=30)
    gate.wait()
    until, taken = time.monotonic() + task.seconds, 0
    for body in bodies:
        while True:
            connection.request("POST", path, body, {"Content-Type": media})
            answer = connection.getresponse()
            answer.read()
            if answer.status < 300:
                break
            if answer.status != 503:
                raise SystemExit(f"{answer.status} {answer.reason}")
            time.sleep(0.2)
        taken += task.lines
        if time.monotonic() > until:
            break
    acked.put(taken)


def cpu_seconds(pid: int) -> float:
    """The processor time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid: int) -> int:
    """The most memory that a process ever held."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def worker_of(pid: int) -> int:
    """The analysing process: the child that uses the most memory."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    children = [int(child) for task in tasks for child in (task / "children").read_text(encoding="ascii").split()]
    found = max(children, key=peak_mib, default=None)
    if found is not None and peak_mib(found) > LOADED_MIB:
        return found
    time.sleep(0.1)
    return worker_of(pid)


def analysed(folder: Path) -> int:
    """How many lines the database has."""
    with closing(open_database(folder / DATABASE)) as connection:
        row = connection.execute("SELECT value FROM counters WHERE name = 'lines'").fetchone()
        return int(row[0]) if row else 0


def start(folder: Path) -> tuple[subprocess.Popen[str], int]:
    """The service, and its port."""
    command = [sys.executable, "-m", "logsleuth", "serve", "--data", str(folder), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    said = process.stdout.readline() if process.stdout else ""
    return process, int(said.split(",")[0].rpartition(":")[2])


def measure(form: str, options: argparse.Namespace, folder: Path) -> dict[str, float | str]:
    """One form on a service of its own."""
    process, port = start(folder)
    context = multiprocessing.get_context("spawn")
    gate, acked = context.Barrier(options.clients + 1), context.Queue()
    for number in range(options.clients):
        task = Task(
            port=port, form=form, number=number, lines=options.lines, seconds=options.seconds, bodies=options.bodies
        )
        context.Process(target=send, args=(task, gate, acked), daemon=True).start()
    gate.wait()
    worker = worker_of(process.pid)
    before, began = [cpu_seconds(pid) for pid in (process.pid, worker)], time.monotonic()
    lines = sum(acked.get() for _ in range(options.clients))
    acked_s = time.monotonic() - began
    while (done := analysed(folder)) < lines and time.monotonic() < began + LONGEST_S:
        time.sleep(0.1)
    analysed_s = time.monotonic() - began
    spent = [cpu_seconds(pid) - at for pid, at in zip((process.pid, worker), before, strict=True)]
    peaks = [peak_mib(pid) for pid in (process.pid, worker)]
    disk = sum(path.stat().st_size for path in folder.glob(f"{DATABASE}*"))
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=60)
    return {
        "form": form,
        "lines": lines,
        "left": lines - done,
        "acked_per_second": round(lines / acked_s),
        "analysed_per_second": round(done / analysed_s),
        "service_lines_per_core": round(lines / max(spent[0], 0.01)),
        "worker_lines_per_core": round(done / max(spent[1], 0.01)),
        "service_peak_mib": peaks[0],
        "worker_peak_mib": peaks[1],
        "database_bytes_per_line": round(disk / max(done, 1), 1),
    }


def main() -> int:
    """Parse, measure each form, print a JSON object for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--lines", type=int, default=500, help="in one request")
    parser.add_argument("--clients", type=int, default=2)
    parser.add_argument("--bodies", type=int, default=1000, help="the most that a client sends")
    parser.add_argument("--form", choices=sorted(FORMS), action="append")
    options = parser.parse_args()
    for form in options.form or sorted(FORMS):
        with tempfile.TemporaryDirectory(prefix="load-") as folder:
            print(json.dumps(measure(form, options, Path(folder))), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
