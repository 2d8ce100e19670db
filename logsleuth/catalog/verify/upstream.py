"""A wheel, an sdist or a folder of sources in, its files out, read as a stream: nothing is ever written to disk.

An archive is hostile until proven otherwise: names that leave it, more members or more bytes than any real release has,
and sizes that are out of all proportion refuse the whole of it.
"""

from __future__ import annotations

import gzip
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO, Final, NamedTuple

from logsleuth.errors import UsageError

MAX_MEMBERS: Final = 100_000
MAX_BYTES: Final = 8 << 30  # unpacked: the largest wheel known, torch with CUDA, has 2 GiB
MAX_SDIST_BYTES: Final = 256 << 20
MAX_RATIO: Final = 200  # compiled kernels reach 20
RATIO_FROM: Final = 16 << 20
CHUNK_BYTES: Final = 1 << 20
BROKEN: Final = (zipfile.BadZipFile, zlib.error, tarfile.TarError, EOFError, NotImplementedError, RuntimeError)


class SourceFile(NamedTuple):
    """One file: its path within the upstream, its size, and its bytes, to be read before the next file is asked for."""

    path: str
    size: int
    chunks: Iterable[bytes]


def files_of(upstream: Path, suffixes: tuple[str, ...]) -> Iterator[SourceFile]:
    """The files with these suffixes, sorted by path in a folder and as stored in an archive.

    Raises UsageError for what cannot be read and for archives that are broken or hostile.
    """
    try:
        if upstream.is_dir():
            yield from _from_folder(upstream, suffixes)
        elif upstream.name.endswith((".whl", ".zip")):
            yield from _from_zip(upstream, suffixes)
        elif upstream.name.endswith((".tar.gz", ".tgz")):
            yield from _from_tar(upstream, suffixes)
        else:
            raise UsageError(f"{upstream}: neither a folder nor a .whl, .zip or .tar.gz file")
    except BROKEN as error:
        raise UsageError(f"{upstream}: broken archive: {error}") from None
    except OSError as error:
        raise UsageError(f"{upstream}: cannot be read: {error.strerror or error}") from None


def _from_folder(folder: Path, suffixes: tuple[str, ...]) -> Iterator[SourceFile]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if name.endswith(suffixes) and stat.S_ISREG((found := path.lstat()).st_mode):
                with path.open("rb") as stream:
                    yield SourceFile(path.relative_to(folder).as_posix(), found.st_size, _chunks(stream))


def _from_zip(path: Path, suffixes: tuple[str, ...]) -> Iterator[SourceFile]:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        _refuse_if_hostile(path, ((one.filename, one.file_size) for one in members), MAX_BYTES)
        for member in members:
            if member.file_size > RATIO_FROM and member.file_size > MAX_RATIO * member.compress_size:
                raise UsageError(f"{path}: '{member.filename}' unpacks to {member.file_size} bytes: refused")
        for member in members:
            if member.filename.endswith(suffixes):
                with archive.open(member) as stream:
                    yield SourceFile(member.filename, member.file_size, _chunks(stream))


def _from_tar(path: Path, suffixes: tuple[str, ...]) -> Iterator[SourceFile]:
    with tarfile.open(fileobj=BytesIO(_unpacked(path)), mode="r:") as archive:
        members = tuple(islice(archive, MAX_MEMBERS + 1))
        _refuse_if_hostile(path, ((one.name, one.size) for one in members), MAX_SDIST_BYTES)
        for member in members:
            stream = archive.extractfile(member) if member.isreg() and member.name.endswith(suffixes) else None
            if stream is not None:
                yield SourceFile(member.name, member.size, _chunks(stream))


def _unpacked(path: Path) -> bytes:
    """The whole tar file, which for a source distribution is small."""
    with gzip.open(path) as stream:
        data = stream.read(MAX_SDIST_BYTES + 1)
    if len(data) > MAX_SDIST_BYTES:
        raise UsageError(f"{path}: unpacks to more than {MAX_SDIST_BYTES >> 20} MiB: refused")
    return data


def _refuse_if_hostile(path: Path, members: Iterable[tuple[str, int]], max_bytes: int) -> None:
    total = 0
    for count, (name, size) in enumerate(members, start=1):
        total += size
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if ".." in parts or name.startswith(("/", "\\")) or "\0" in name:
            raise UsageError(f"{path}: the member '{name[:200]!a}' leaves the archive: refused")
        if count > MAX_MEMBERS or total > max_bytes:
            raise UsageError(f"{path}: unpacks to more than any release: refused")


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK_BYTES):
        yield chunk
