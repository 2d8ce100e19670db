"""Folders and patterns in, the files in them that may be logs out, in natural order and whatever links loop."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from logsleuth.lazy import lazy

MAGIC: Final = lazy(r"[*?[]")
GONE: Final = frozenset({errno.ENOENT, errno.ELOOP})  # links to nowhere, files rotated away in between
DIGITS: Final = lazy(r"([0-9]+)")
NO_LOG_FOLDERS: Final = frozenset({"node_modules", "__pycache__", "site-packages", "dist-packages"})
# Weights, arrays, objects, archives of code, media, databases, profiles, and source code, which quotes error messages.
NO_LOG_NAME: Final = lazy(
    r"\.(?:"
    r"safetensors|bin|pt|pth|ckpt|onnx|gguf|ggml|tflite|npy|npz|pkl|pickle|joblib|h5|hdf5|parquet|arrow|feather"
    r"|so(?:\.[0-9.]+)?|o|a|pyc|pyo|pyd|dll|exe|class|jar|war|whl|egg|cubin|fatbin|ptx|deb|rpm|iso|img"
    r"|png|jpe?g|gif|webp|ico|svg|bmp|tiff?|pdf|mp[34]|wav|flac|mov|avi|mkv|ttf|otf|woff2?"
    r"|zip|7z|rar|db|sqlite3?|pcap|nsys-rep|qdrep|ncu-rep|prof|lock|swp"
    r"|py|pyi|ipynb|c|cc|cpp|cxx|cu|cuh|h|hh|hpp|rs|go|java|js|mjs|ts|tsx|jsx|css|scss|html?|ya?ml|toml|md|rst|patch|diff"
    r")\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file or folder that exists; `identity` (device, inode) is the same for all its names."""

    path: Path
    status: os.stat_result

    @property
    def identity(self) -> tuple[int, int]:
        """What two names of one file have in common."""
        return (self.status.st_dev, self.status.st_ino)

    @property
    def is_folder(self) -> bool:
        """Whether it can be entered."""
        return stat.S_ISDIR(self.status.st_mode)


def is_pattern(path: str) -> bool:
    """Whether `path` has a wildcard."""
    return MAGIC.search(path) is not None


def natural_key(name: str) -> tuple[list[tuple[str, int]], str]:
    """Orders names as people do: rank2 before rank10."""
    parts = DIGITS.split(name)
    numbers = [int(part) for part in parts[1::2]]
    return list(zip(parts[::2], [*numbers, -1], strict=True)), name


def may_be_log(name: str) -> bool:
    """Whether a file or folder of this name is worth opening when nobody named it."""
    return not (name.startswith(".") or name in NO_LOG_FOLDERS or NO_LOG_NAME.search(name))


def walk(root: Path) -> Iterator[Found | OSError]:
    """A file, or all files below a folder that may be logs; and what could not be opened."""
    for found in _tree(root):
        if isinstance(found, OSError) or (stat.S_ISREG(found.status.st_mode) and found.status.st_size):
            yield found


def matches(pattern: str) -> Iterator[Found | OSError]:
    """The files that a shell pattern means, `**` included, and those below the folders that it means."""
    path = Path(pattern)
    parts = path.parts[1:] if path.anchor else path.parts
    # `**/**` means no more than `**`, but would walk the tree once for each of its folders.
    parts = tuple(part for part, before in zip(parts, ("", *parts), strict=False) if (part, before) != ("**", "**"))
    for root in _resolve(Path(path.anchor), parts):
        yield from walk(root)


def _tree(root: Path) -> Iterator[Found | OSError]:
    """Everything below `root` and itself, in natural order; links are followed, but no folder is entered twice."""
    entered: set[tuple[int, int]] = set()
    pending = [root]
    while pending:
        path = pending.pop()
        try:
            found = Found(path=path, status=path.stat())
            is_new = found.identity not in entered
            if found.is_folder and is_new:
                pending.extend(reversed(_children(path)))
        except OSError as error:
            if error.errno not in GONE:
                yield error
            continue
        if is_new or not found.is_folder:
            yield found
        if found.is_folder:
            entered.add(found.identity)


def _children(folder: Path) -> list[Path]:
    """What a folder holds and may be a log or lead to one, in natural order."""
    return sorted((path for path in folder.iterdir() if may_be_log(path.name)), key=lambda path: natural_key(path.name))


def _resolve(path: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    """The paths below `path` that a pattern in parts means; those without wildcards need not exist."""
    if not parts:
        yield path
        return
    for candidate in _candidates(path, parts[0], is_final=len(parts) == 1):
        yield from _resolve(candidate, parts[1:])


def _candidates(path: Path, part: str, *, is_final: bool) -> Iterable[Path]:
    """What may stand for one part of a pattern below `path`."""
    if not is_pattern(part):
        return [path / part]
    if part == "**":
        return [path] if is_final else _folders(path)
    try:
        children = sorted(path.iterdir(), key=lambda child: natural_key(child.name))
    except OSError:
        return []
    is_wanted = not may_be_log(part)  # who asks for `.*` or `*.bin` gets them
    return [child for child in children if fnmatchcase(child.name, part) and (is_wanted or may_be_log(child.name))]


def _folders(path: Path) -> Iterator[Path]:
    """All folders below `path` and itself."""
    for found in _tree(path):
        if isinstance(found, Found) and found.is_folder:
            yield found.path
