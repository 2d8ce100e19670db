"""Which hosts of a log may be asked: it may come from a stranger who wants this machine to knock at a door.

In: a host, its addresses, the leave that the user gave. Out: the reason not to, or none. A host that the user names is
always asked.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from logsleuth.model.signature import Words
from logsleuth.probes.network.links import interfaces
from logsleuth.probes.probe import Json, Subject

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
RESOLVER: Final = Path("/etc/resolv.conf")
HOSTS: Final = Path("/etc/hosts")
# ends of names that no public server answers for: RFC 6762, 6761, 8375, 9476, ICANN's .internal, Kubernetes
LOCAL: Final = (
    "localhost",
    "local",
    "internal",
    "home.arpa",
    "lan",
    "intranet",
    "corp",
    "private",
    "svc",
    "test",
    "invalid",
)
# where clouds answer with a machine's own credentials: AWS, GCP and Azure, then Alibaba, Oracle, Azure's wire server
METADATA: Final = tuple(
    map(ipaddress.ip_network, ("169.254.0.0/16", "100.100.100.200/32", "192.0.0.192/32", "168.63.129.16/32"))
) + tuple(map(ipaddress.ip_network, ("fd00:ec2::/32", "fe80::a9fe:a9fe/128", "fd20:ce::254/128")))
SHARED: Final = ipaddress.ip_network("100.64.0.0/10")  # RFC 6598: neither private nor public to Python
EMBEDDING: Final = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052


class Leave(StrEnum):
    """Whose word a connection rests on."""

    USER = "user"  # who runs this named the host
    PUBLIC = "public"  # the log did, and the user lets it name public ones
    NEAR = "near"  # the log did


class Refusal(StrEnum):
    """Why a host is not asked."""

    NAME = "name"
    PUBLIC = "public"
    SPECIAL = "special"


def leave(subject: Subject, *names: str) -> Leave:
    """Whose word a host rests on that one of these facts tells; where the user gave any, the log's are not read."""
    if any(subject.said(name) for name in names):
        return Leave.USER
    return Leave.PUBLIC if subject.may_connect else Leave.NEAR


def refused_name(host: str, wishes: Mapping[str, Json]) -> Refusal | None:
    """Why `host` is not even looked up: a public server of names would learn who reads the log."""
    if _leave(wishes) is not Leave.NEAR or _address(host) is not None or _is_near(host):
        return None
    return Refusal.NAME


def refused(addresses: Iterable[str], wishes: Mapping[str, Json]) -> Refusal | None:
    """Why none of these addresses is connected to; of several one that may not be asked is enough."""
    given = _leave(wishes)
    if given is Leave.USER:
        return None
    found = [address for text in addresses if (address := _address(text)) is not None]
    if any(_is_special(address) for address in found):
        return Refusal.SPECIAL
    if given is Leave.NEAR and any(address.is_global and not _is_attached(address) for address in found):
        return Refusal.PUBLIC
    return None


def why(refusal: str, host: str, *, fact: str = "address") -> Words:
    """What was not done, why, and what to say so that it is."""
    if refusal == Refusal.SPECIAL:
        return Words(
            en=f"the log names {host}, a link-local, metadata or multicast address: it is connected to only where you "
            f"name it (--fact {fact}={host})",
            zh=f"日志指定了 {host}，属于链路本地、元数据或组播地址：只有由您指定时才会连接（--fact {fact}={host}）",
        )
    return Words(
        en=f"{host} is public and only the log names it: give --connect, or name it yourself (--fact {fact}={host})",
        zh=f"{host} 是公网主机，且仅由日志指定：请加 --connect，或由您指定（--fact {fact}={host}）",
    )


def _leave(wishes: Mapping[str, Json]) -> Leave:
    return Leave(str(wishes.get("leave") or Leave.NEAR))


def _address(text: str) -> Address | None:
    """The address itself, also where it stands inside one of version 6."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in EMBEDDING:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or ipaddress.IPv6Address(int(address))


def _is_special(address: Address) -> bool:
    is_in = any(address.version == network.version and address in network for network in METADATA)
    is_nowhere = address.is_multicast or address.is_unspecified
    return is_in or is_nowhere or (address.is_reserved and address.version == 4)


def _is_attached(address: Address) -> bool:
    """Whether it is of a network that this machine itself stands in."""
    if address.version == SHARED.version and address in SHARED:
        return True
    return any(address in network for network in _networks() if network.prefixlen)


def _networks() -> Iterator[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    for row in interfaces():
        told = row.get("addresses") if isinstance(row, dict) else None
        for text in told if isinstance(told, list) else ():
            yield ipaddress.ip_interface(str(text)).network


def _is_near(host: str) -> bool:
    """Whether a name is of this machine's own network."""
    name = host.rstrip(".").casefold()
    if "." not in name:
        return True
    ends = (*LOCAL, *_domains())
    return any(name == end or name.endswith(f".{end}") for end in ends) or name in _listed()


def _domains() -> Iterator[str]:
    """The domains in which this machine looks names up; one of a single part would hold half the world."""
    for line in _lines(RESOLVER):
        key, *words = line.split()
        if key in {"search", "domain"}:
            yield from (word.strip(".").casefold() for word in words if "." in word.strip("."))
    own = socket.gethostname().partition(".")[2].casefold()
    if "." in own:
        yield own


def _listed() -> frozenset[str]:
    """The names in /etc/hosts."""
    rows = (line.partition("#")[0].split()[1:] for line in _lines(HOSTS))
    return frozenset(name.casefold() for row in rows for name in row)


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if line.split()]
