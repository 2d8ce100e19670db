"""The keys of a sealed segment in a small file beside it: they outlive the segment, and make a start fast."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import Final

SUFFIX: Final = ".keys"

_HEAD: Final = struct.Struct("<8sQI")
_MAGIC: Final = b"LSKEYS1\n"


def path_of(folder: Path, segment: int) -> Path:
    """The file of a segment's keys."""
    return folder / f"{segment:016d}{SUFFIX}"


def save(path: Path, keys: bytes, sealed_ns: int) -> None:
    """Write the keys, whole or not at all; raises OSError."""
    head = _HEAD.pack(_MAGIC, sealed_ns, zlib.crc32(keys, zlib.crc32(sealed_ns.to_bytes(8, "little"))))
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        file.write(head + keys)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def load(path: Path) -> tuple[bytes, int] | None:
    """The keys and when their segment was sealed, or None where the file is missing or damaged."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    if len(data) < _HEAD.size:
        return None
    magic, sealed_ns, checksum = _HEAD.unpack_from(data)
    keys = data[_HEAD.size :]
    is_whole = magic == _MAGIC and checksum == zlib.crc32(keys, zlib.crc32(sealed_ns.to_bytes(8, "little")))
    return (keys, sealed_ns) if is_whole else None
