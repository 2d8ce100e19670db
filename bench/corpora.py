"""The logs that are measured, made where they are missing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from generate import write

SEED = 1


def corpus(kind: str, megabytes: float, folder: Path) -> Path:
    """The log of this kind and size in `folder`; one that was made before is used again."""
    path = folder / f"{kind}-{megabytes:g}-{SEED}.log"
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        write(kind, megabytes, unfinished, SEED)
        unfinished.replace(path)
    return path


@contextmanager
def workplace(folder: Path | None) -> Iterator[Path]:
    """`folder`, or a temporary one that is gone afterwards."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="logsleuth-bench-") as temporary:
        yield Path(temporary)
