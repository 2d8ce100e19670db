"""The logs that are measured, made where they are missing."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SEED = 1
GENERATE = Path(__file__).resolve().parent / "generate.py"


def corpus(kind: str, megabytes: float, folder: Path) -> Path:
    """The log of this kind and size in `folder`; one that was made before is used again."""
    path = folder / (f"{kind}-{megabytes:g}-{SEED}" + (".d" if kind == "ranks" else ".log"))
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        # in a process of its own: the memory of this one counts as that of the jobs it measures
        command = [sys.executable, str(GENERATE), kind, str(megabytes), str(unfinished), "--seed", str(SEED)]
        subprocess.run(command, check=True)
        unfinished.replace(path)
    return path


def megabytes_of(path: Path) -> float:
    """The size of a log, or of all files of a folder."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files) / 1e6


@contextmanager
def workplace(folder: Path | None) -> Iterator[Path]:
    """`folder`, or a temporary one that is gone afterwards."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="logsleuth-bench-") as temporary:
        yield Path(temporary)
