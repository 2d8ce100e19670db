"""How many lines a second the service acknowledges, and how much processor time of its own they take.

    python bench/ingest.py --seconds 5 --lines 100

One process sends over several connections, each waiting for its answers; the service runs without its analysis.
`per_core` is what one core of the service acknowledges: lines by seconds of its processor time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from kill import HOST, free_port, kill, loki, otlp, start

LINE = "(EngineCore_DP0 pid=269) INFO 11-20 06:00:00 [loggers.py:123] Engine 000: Avg prompt throughput: 812.4 tokens/s, %s"


def ndjson(lines: list[str]) -> tuple[str, bytes]:
    """What Fluent Bit's http output sends as `json_lines`."""
    records = (f'{{"date":1795154400.{index:06d},"log":{json.dumps(line)}}}\n' for index, line in enumerate(lines))
    return "/ingest", "".join(records).encode()


FORMS = {"loki": loki, "otlp": otlp, "ndjson": ndjson}


async def client(port: int, form: str, lines: int, number: int, until: float) -> tuple[int, list[float]]:
    """One connection; the lines that were acknowledged, and how long each answer took."""
    reader, writer = await asyncio.open_connection(HOST, port)
    path, body = FORMS[form]([LINE % f"mark-{'0' * 12}" for _ in range(lines)])
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    taken, times = 0, []
    for turn in range(10**9):
        if (began := time.perf_counter()) > until:
            break
        writer.write(head.encode() + body.replace(b"0" * 12, b"%03d%09d" % (number, turn)))
        answer = await reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 20"):
            raise SystemExit(answer.decode())
        if b"content-length: " in answer:
            await reader.readexactly(int(answer.split(b"content-length: ")[1].split(b"\r")[0]))
        times.append(time.perf_counter() - began)
        taken += lines
    writer.close()
    return taken, times


def cpu_seconds(pid: int) -> float:
    """The processor time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(port: int, pid: int, form: str, options: argparse.Namespace) -> dict[str, float | str]:
    """One form for a while."""
    before, began = cpu_seconds(pid), time.perf_counter()
    clients = (client(port, form, options.lines, n, began + options.seconds) for n in range(options.clients))
    results = await asyncio.gather(*clients)
    lines, seconds, spent = sum(taken for taken, _ in results), time.perf_counter() - began, cpu_seconds(pid) - before
    times = sorted(took for _, found in results for took in found)
    return {
        "form": form,
        "lines_per_second": round(lines / seconds),
        "per_core": round(lines / max(spent, 0.01)),
        "p50_ms": round(times[len(times) // 2] * 1e3, 1),
        "p99_ms": round(times[len(times) * 99 // 100] * 1e3, 1),
    }


def main() -> int:
    """Parse, measure each form, print a JSON object for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--lines", type=int, default=100, help="in one request")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--form", choices=sorted(FORMS), action="append")
    options = parser.parse_args()
    for form in options.form or sorted(FORMS):
        port = free_port()
        with tempfile.TemporaryDirectory(prefix="ingest-") as folder:
            process = start(Path(folder), port)
            print(json.dumps(asyncio.run(measure(port, process.pid, form, options))))
            kill(process)
    return 0


if __name__ == "__main__":
    sys.exit(main())
