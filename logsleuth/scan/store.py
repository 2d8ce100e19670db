"""Keeps compiled databases in the cache folder; what is damaged or foreign is treated as absent."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final

MAGIC: Final = b"logsleuth.scan/1\n"
DIGEST_BYTES: Final = 32


def load(path: Path) -> bytes | None:
    """The payload stored at `path`, or None where there is none that is whole."""
    try:
        stored = path.read_bytes()
    except OSError:
        return None
    digest, payload = stored[len(MAGIC) : len(MAGIC) + DIGEST_BYTES], stored[len(MAGIC) + DIGEST_BYTES :]
    if not stored.startswith(MAGIC) or sha256(payload).digest() != digest:
        return None
    return payload


def save(path: Path, payload: bytes) -> None:
    """Store `payload` at `path` in one step; a folder that cannot be written is no error, the cache is a comfort."""
    from tempfile import NamedTemporaryFile  # noqa: PLC0415  a database is kept once, and read many times

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
            file.write(MAGIC + sha256(payload).digest() + payload)
        Path(file.name).replace(path)
    except OSError:
        return
