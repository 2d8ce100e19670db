"""A parsed catalog as a file: plain data under a checksum, believed only when everything about it fits."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache as memoised
from pathlib import Path
from typing import Final

import msgspec

from logsleuth.model import Role, Signature
from logsleuth.version import __version__

FORMAT: Final = b"logsleuth-catalog-1\n"
_CHECKSUM_BYTES: Final = 16
_MAX_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What is kept of a catalog."""

    signatures: tuple[Signature, ...]
    classes: dict[str, Role]
    digest: str


def name(folders: Iterable[Path]) -> str:
    """What the catalog of these folders is called, whatever their state."""
    return hashlib.blake2b("\0".join(map(str, folders)).encode(errors="surrogateescape"), digest_size=6).hexdigest()


def key(paths: Iterable[Path]) -> str:
    """What changes with these files, as far as the file system tells, and with the version."""
    state = hashlib.blake2b(__version__.encode(), digest_size=16)
    for path in paths:
        state.update(f"{path}\0{_about(path)}\n".encode(errors="surrogateescape"))
    return state.hexdigest()


def _about(path: Path) -> tuple[int, ...]:
    try:
        stat = path.stat()
    except OSError:
        return ()
    return (stat.st_size, stat.st_mtime_ns, stat.st_ino)


def read(path: Path, key: str) -> Stored | None:
    """The catalog stored at `path` under `key`, or None where there is none that can be trusted."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            return None
        data = path.read_bytes()
    except OSError:
        return None
    head = FORMAT + bytes.fromhex(key)
    found, body = data[len(head) : len(head) + _CHECKSUM_BYTES], data[len(head) + _CHECKSUM_BYTES :]
    if not data.startswith(head) or checksum(body) != found:
        return None
    try:
        return _decoder().decode(body)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


def write(path: Path, key: str, stored: Stored) -> None:
    """Keep `stored` at `path` under `key`; a folder that cannot be written is no error, only slower the next time."""
    body = msgspec.msgpack.encode(stored)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, FORMAT + bytes.fromhex(key) + checksum(body) + body)


def _replace(path: Path, data: bytes) -> None:
    import tempfile  # noqa: PLC0415  a catalog is kept once, and read many times

    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def checksum(body: bytes) -> bytes:
    """What a stored body must hash to."""
    return hashlib.blake2b(body, digest_size=_CHECKSUM_BYTES).digest()


@memoised
def _decoder() -> msgspec.msgpack.Decoder[Stored]:
    return msgspec.msgpack.Decoder(Stored)
