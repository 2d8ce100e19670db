"""How lines travel: each container as a function from lines with their times to the lines that come out of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime

Stamped = Iterable[tuple[datetime, bytes]]
PARTIAL_BYTES = 16384
COLOURED = re.compile(rb"((?:\([^)]*\) ?)*)(DEBUG|INFO|WARNING|ERROR|CRITICAL)\b")


def stamp(time: datetime) -> str:
    """As Kubernetes and docker print it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


def pieces(line: bytes) -> Iterator[tuple[bytes, bool]]:
    """The parts of a line as a container runtime cuts it, and whether each is the last one."""
    starts = range(0, max(len(line), 1), PARTIAL_BYTES)
    yield from ((line[start : start + PARTIAL_BYTES], start == starts[-1]) for start in starts)


def encoded(**fields: object) -> bytes:
    """A JSON record."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def text(line: bytes) -> str:
    """A line as JSON can hold it."""
    return line.decode("utf-8", "replace")


def cri(stamped: Stamped) -> Iterator[bytes]:
    """Lines of more than 16 KiB come in parts."""
    for time, line in stamped:
        yield from (f"{stamp(time)} stdout {'F' if last else 'P'} ".encode() + part for part, last in pieces(line))


def docker_json(stamped: Stamped) -> Iterator[bytes]:
    """The same, the parts without their newline."""
    for time, line in stamped:
        for part, last in pieces(line):
            yield encoded(log=text(part) + ("\n" if last else ""), stream="stderr", time=stamp(time))


def docker_stamps(stamped: Stamped) -> Iterator[bytes]:
    """`docker logs --timestamps`."""
    yield from (f"{stamp(time)} ".encode() + line for time, line in stamped)


def kubectl(stamped: Stamped) -> Iterator[bytes]:
    """`kubectl logs --prefix`."""
    yield from (b"[pod/vllm-6d4f/vllm] " + line for _, line in stamped)


def journald(stamped: Stamped) -> Iterator[bytes]:
    """`journalctl -o json`."""
    for time, line in stamped:
        moment = str(int((time - datetime(1970, 1, 1)).total_seconds() * 1e6))  # noqa: DTZ001
        fields = {"__REALTIME_TIMESTAMP": moment, "_HOSTNAME": "gpu-7", "_PID": "4711", "PRIORITY": "6"}
        yield encoded(**fields, SYSLOG_IDENTIFIER="vllm", MESSAGE=text(line))


def syslog(stamped: Stamped) -> Iterator[bytes]:
    """Without a year."""
    yield from (f"{time:%b %d %H:%M:%S} gpu-7 vllm[4711]: ".encode() + line for time, line in stamped)


def compose(stamped: Stamped) -> Iterator[bytes]:
    """`docker compose logs`."""
    yield from (b"vllm-1  | " + line for _, line in stamped)


def srun(stamped: Stamped) -> Iterator[bytes]:
    """`srun -l`."""
    yield from (b"0: " + line for _, line in stamped)


def gcp(stamped: Stamped) -> Iterator[bytes]:
    """Google's Cloud Logging, where everything on stderr is an error."""
    resource = {"type": "k8s_container", "labels": {"pod_name": "vllm-0", "container_name": "vllm"}}
    for time, line in stamped:
        yield encoded(resource=resource, severity="ERROR", textPayload=text(line), timestamp=stamp(time))


def crlf(stamped: Stamped) -> Iterator[bytes]:
    """Through Windows."""
    yield from (line + b"\r" for _, line in stamped)


def coloured(stamped: Stamped) -> Iterator[bytes]:
    """Processes and levels as vLLM colours them."""
    for _, line in stamped:
        match = COLOURED.match(line)
        if match is None:
            yield line
        else:
            process = b"\x1b[1;36m" + match[1] + b"\x1b[0;0m" if match[1] else b""
            yield process + b"\x1b[31m" + match[2] + b"\x1b[0m" + line[match.end() :]


CONTAINERS = (cri, docker_json, docker_stamps, kubectl, journald, syslog, compose, srun, gcp, crlf, coloured)
