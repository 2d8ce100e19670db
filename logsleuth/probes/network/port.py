"""Probe `port-owner`: is the port taken here, and by which process."""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts
from logsleuth.probes.answers import answer, text_of, texts_of
from logsleuth.probes.judging import from_failure
from logsleuth.probes.network.places import place
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject

NAME: Final = "port-owner"
PROC: Final = Path("/proc")
LISTENING: Final = "0A"  # of /proc/net/tcp: enum in include/net/tcp_states.h
OWNERS: Final = 8


def measure(wishes: Mapping[str, Json]) -> dict[str, Json]:
    """Whether `port` can be bound on `address` as a server would, and which processes listen on it."""
    port = wishes["port"]
    number = port if isinstance(port, int) else 0
    owners: list[Json] = [*_owners(number)]
    return {
        "port": number,
        "address": wishes["address"],
        "error": _bind(str(wishes["address"]), number),
        "owners": owners,
    }


def _bind(address: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind((address, port))
            server.listen(1)  # two sockets may be bound to one port as long as none listens
    except OSError as failure:
        return errno.errorcode.get(failure.errno or 0, str(failure))
    return ""


def _owners(port: int) -> Iterator[str]:
    inodes = set(_inodes(port))
    if not inodes:
        return
    found = 0
    for folder in sorted(PROC.glob("[0-9]*"), key=lambda path: int(path.name)):
        if found < OWNERS and _holds(folder, inodes):
            found += 1
            yield f"{_name(folder)} (pid {folder.name})"


def _inodes(port: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        try:
            lines = (PROC / "net" / table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if len(fields) > 9 and fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]


def _holds(folder: Path, inodes: set[str]) -> bool:
    try:
        links = [str(entry.readlink()) for entry in (folder / "fd").iterdir()]
    except OSError:
        return False  # another user's process, or one that has just ended
    return any((found := re.fullmatch(r"socket:\[(\d+)\]", link)) and found[1] in inodes for link in links)


def _name(folder: Path) -> str:
    try:
        return (folder / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "?"


def _wishes(subject: Subject) -> Mapping[str, Json] | Words:
    host, port = place(subject.get("address"))
    text = subject.get("port")
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else port
    if not 0 < number <= 65535:
        return Words(
            en="The diagnosis names no port; give one as port=PORT.", zh="诊断没有给出端口；请用 port=端口 指定。"
        )
    is_numeric = bool(re.fullmatch(r"[0-9.]{7,15}|[0-9a-fA-F:]{2,45}", host))
    return {"port": number, "address": host if is_numeric else "0.0.0.0"}  # noqa: S104  what servers bind by default


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """Confirmed where the port is taken, refuted where a server could have it."""
    failed = from_failure(NAME, sample, subject)
    if failed is not None:
        return failed
    port, error = text_of(sample.values, "port"), text_of(sample.values, "error")
    owners = ", ".join(texts_of(sample.values, "owners"))
    facts: Facts = (("port", port), ("owners", owners or "-"))
    if error == "EADDRINUSE":
        by = owners or "a process of another user or of another network namespace"
        detail = Words(
            en=f"Port {port} is taken by {by}. End it, or choose another port.",
            zh=f"端口 {port} 已被占用：{owners or '属于其他用户或其他网络命名空间的进程'}。请结束它，或改用其他端口。",
        )
        return answer(NAME, Outcome.CONFIRMED, detail, sample, facts=facts, provoked="dist.address-in-use")
    if error:
        address = text_of(sample.values, "address")
        detail = Words(
            en=f"{address}:{port} cannot be bound here for another reason: {error}.",
            zh=f"本机因其他原因无法绑定 {address}:{port}：{error}。",
        )
        provoked = "dist.wrong-host-ip.bind" if error == "EADDRNOTAVAIL" else ""
        return answer(NAME, Outcome.INCONCLUSIVE, detail, sample, facts=facts, provoked=provoked)
    detail = Words(en=f"Port {port} is free now.", zh=f"端口 {port} 现在空闲。")
    return answer(NAME, Outcome.REFUTED, detail, sample, facts=facts)


PORT_OWNER: Final = Probe(
    name=NAME,
    title=Words(en="Port in use, and by whom", zh="端口是否被占用、被谁占用"),
    hypothesis=Words(
        en="Another process listens on the port. It may have ended since the log was written.",
        zh="有其他进程在监听该端口。写下日志之后它可能已经结束。",
    ),
    answers=("dist.address-in-use",),
    predictions=(
        Prediction(
            diagnosis="dist.address-in-use", says=Words(en="EADDRINUSE, with its owner", zh="EADDRINUSE 及占用者")
        ),
        Prediction(
            diagnosis="dist.wrong-host-ip.bind",
            says=Words(en="the address is not of this machine", zh="该地址不属于本机"),
        ),
        Prediction(diagnosis="healthy", says=Words(en="the port can be bound", zh="可以绑定该端口")),
    ),
    measure="network.port:measure",
    wishes=_wishes,
    judge=judge,
    limit_s=15.0,
)
