"""Interfaces and addresses of this machine. In: the kernel's own tables. Out: JSON values."""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from logsleuth.probes.probe import Json

NETWORKS: Final = Path("/sys/class/net")
# rtnetlink(7): a dump of all addresses
HEADER: Final = struct.Struct("=IHHII")  # length, type, flags, sequence, port
ADDRESS: Final = struct.Struct("=BBBBI")  # family, prefix length, flags, scope, index of the interface
ATTRIBUTE: Final = struct.Struct("=HH")  # length, type
GET_ADDRESSES: Final = 22
NEW_ADDRESS: Final = 20
DONE: Final = 3
ERROR: Final = 2
DUMP: Final = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
IFA_ADDRESS: Final = 1
IFA_LOCAL: Final = 2
IS_UP: Final = 1  # IFF_UP
REPLY_BYTES: Final = 1 << 16
REPLIES: Final = 1000


def interfaces() -> list[Json]:
    """Every interface with whether it is up, has a carrier, and its addresses as `10.0.0.2/24`."""
    by_index: dict[int, list[Json]] = {}
    for index, address in _addresses():
        by_index.setdefault(index, []).append(address)
    return [
        {
            "name": name,
            "is_up": bool(int(_read(name, "flags") or "0", 16) & IS_UP),
            "has_carrier": _read(name, "carrier") == "1",
            "addresses": by_index.get(index, []),
        }
        for index, name in socket.if_nameindex()
    ]


def source_towards(address: str) -> str:
    """The address that the kernel would send from, or an empty text without a route; nothing is sent."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))
            return str(probe.getsockname()[0])
    except OSError:
        return ""


def _read(name: str, attribute: str) -> str:
    try:
        return (NETWORKS / name / attribute).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""  # the carrier of an interface that is down cannot be read


def _addresses() -> Iterator[tuple[int, str]]:
    for kind, body in _messages():
        if kind == NEW_ADDRESS:
            _, prefix, _, _, index = ADDRESS.unpack_from(body)
            attributes = dict(_attributes(body[ADDRESS.size :]))
            packed = attributes.get(IFA_LOCAL) or attributes.get(IFA_ADDRESS)
            if packed:
                yield index, f"{ipaddress.ip_address(packed)}/{prefix}"


def _messages() -> Iterator[tuple[int, bytes]]:
    request = ADDRESS.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as kernel:
        kernel.settimeout(5.0)
        kernel.sendto(HEADER.pack(HEADER.size + len(request), GET_ADDRESSES, DUMP, 1, 0) + request, (0, 0))
        for _ in range(REPLIES):
            data = kernel.recv(REPLY_BYTES)
            while len(data) >= HEADER.size:
                length, kind, *_rest = HEADER.unpack_from(data)
                if kind in {DONE, ERROR}:
                    return
                yield kind, data[HEADER.size : length]
                data = data[(length + 3) & ~3 :]


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= ATTRIBUTE.size:
        length, kind = ATTRIBUTE.unpack_from(data)
        yield kind, data[ATTRIBUTE.size : length]
        data = data[max((length + 3) & ~3, ATTRIBUTE.size) :]
