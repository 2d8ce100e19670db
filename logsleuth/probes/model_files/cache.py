"""Models in the cache of the hub's library. In: a name or a path. Out: the folder of the files, problems of the cache.

hub/models--org--name/{refs/main, snapshots/COMMIT/config.json -> ../../blobs/HASH, blobs/HASH, blobs/HASH.incomplete}
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from logsleuth.probes.model_files.problem import MISSING, TRUNCATED, Problems, problem
from logsleuth.probes.probe import Json

MODEL: Final = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(?:/[A-Za-z0-9][\w.-]{0,95})?")
COMMIT: Final = re.compile(r"[0-9a-f]{6,64}")
SHOWN: Final = 5


def measure(wishes: Mapping[str, Json]) -> dict[str, Json]:
    """The state of a model's folder in the cache."""
    folder = cached(str(wishes["model"]), str(wishes.get("cache") or ""))
    if folder is None or not folder.is_dir():
        return {"folder": str(folder or ""), "is_found": False, "problems": []}
    problems: list[Json] = [*_problems(folder)]
    snapshots: list[Json] = [path.name for path in sorted(folder.glob("snapshots/*"))]
    return {"folder": str(folder), "is_found": True, "problems": problems, "snapshots": snapshots}


def cached(model: str, cache: str = "") -> Path | None:
    """The folder that the cache has for a model, or None where `model` is no name of one."""
    if not MODEL.fullmatch(model) or ".." in model:
        return None
    return (Path(cache) if cache else _cache()) / f"models--{model.replace('/', '--')}"


def snapshot(model: str, cache: str = "") -> Path | None:
    """The folder with the files of the newest version in the cache."""
    folder = cached(model, cache)
    if folder is None:
        return None
    reference = folder / "refs" / "main"
    commit = reference.read_text(encoding="ascii", errors="replace").strip() if reference.is_file() else ""
    if COMMIT.fullmatch(commit) and (folder / "snapshots" / commit).is_dir():
        return folder / "snapshots" / commit
    return next(iter(sorted(folder.glob("snapshots/*"), reverse=True)), None)


def _cache() -> Path:
    variables = os.environ  # noqa: TID251  a child looks where the service would
    told = variables.get("HF_HUB_CACHE") or variables.get("HUGGINGFACE_HUB_CACHE")
    return Path(told).expanduser() if told else hub_home() / "hub"


def hub_home() -> Path:
    """The folder of the hub's library, as its constants.py finds it; a user without a home has one that is not here."""
    variables = os.environ  # noqa: TID251  as above
    cache = variables.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(os.path.expanduser(variables.get("HF_HOME") or f"{cache}/huggingface"))  # noqa: PTH111  it never raises


def _problems(folder: Path) -> Problems:
    reference = folder / "refs" / "main"
    commit = reference.read_text(encoding="ascii", errors="replace").strip() if reference.is_file() else ""
    if commit and not (folder / "snapshots" / commit).is_dir():
        yield problem(MISSING, "refs/main", f"it names snapshot {commit[:12]}, which is not here")
    if not any(folder.glob("snapshots/*/*")):
        yield problem(MISSING, "snapshots", "no file is here")
    broken = sorted(str(path.relative_to(folder)) for path in folder.glob("snapshots/**/*") if _is_broken(path))
    if broken:
        yield problem(MISSING, broken[0], f"{len(broken)} links lead nowhere: {', '.join(broken[:SHOWN])}")
    parts = sorted(path.name for path in folder.glob("blobs/*.incomplete"))
    if parts:
        yield problem(TRUNCATED, f"blobs/{parts[0]}", f"{len(parts)} downloads were not finished")


def _is_broken(path: Path) -> bool:
    return path.is_symlink() and not path.exists()
