"""Where a log says to connect to. In: facts of a diagnosis. Out: host and port."""

from __future__ import annotations

import re
from typing import Final

from logsleuth.probes.answers import is_of
from logsleuth.probes.probe import Subject

NFS_PORT: Final = 2049
HTTP_PORTS: Final = {"http": 80, "https": 443}
# tcp://10.0.0.1:29500, [fd00::1]:29500, 10.0.0.1<43211>, https://host/path, host
PLACE: Final = re.compile(
    r"(?:(?P<scheme>[a-z0-9+]{1,10})://)?(?:\[(?P<v6>[0-9a-fA-F:.%]{2,60})\]|(?P<host>[A-Za-z0-9_.-]{1,253}))"
    r"(?:[:<](?P<port>\d{1,5})>?)?(?:/.*)?"
)
BARE_V6: Final = re.compile(r"[0-9a-fA-F:]{2,45}(?:<(?P<port>\d{1,5})>)?")
NAMES: Final = ("address", "peer", "server", "endpoint", "url", "node_ip", "master_addr")


def place(text: str) -> tuple[str, int]:
    """Host and port that `text` names; an empty host where it names none, port 0 where it tells none."""
    found = PLACE.fullmatch(text.strip())
    if found is not None:
        port = int(found["port"] or HTTP_PORTS.get(found["scheme"] or "", 0))
        return (found["v6"] or found["host"] or "", port) if port <= 65535 else ("", 0)
    bare = BARE_V6.fullmatch(text.strip())
    if bare is not None and bare[0].count(":") >= 2:
        return bare[0].partition("<")[0], int(bare["port"] or 0)
    return "", 0


def endpoint(subject: Subject) -> tuple[str, int]:
    """Host and port that the subject's facts name, those of the user alone where there are any."""
    given = [name for name in NAMES if subject.said(name)]
    for name in given or NAMES:
        host, port = place(subject.get(name))
        if host:
            return host, port or _port(subject)
    return "", 0


def _port(subject: Subject) -> int:
    text = subject.get("port") or subject.get("master_port")
    if text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535:
        return int(text)
    return NFS_PORT if is_of(subject.diagnosis, "storage.nfs-timeout") else 0
