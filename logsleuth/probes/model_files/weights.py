"""Weight files held against their own headers and index, without loading them. In: a folder. Out: problems.

8 bytes length of the header | JSON: {"name": {"dtype": "BF16", "shape": [2, 3], "data_offsets": [0, 12]}} | data
"""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from logsleuth.probes.model_files.problem import (
    HEADER,
    MISMATCH,
    MISSING,
    TEXT,
    TRUNCATED,
    Problems,
    problem,
    stand_in,
)

LENGTH_BYTES: Final = 8
HEADER_BYTES: Final = 100_000_000  # the limit of the safetensors library itself
BITS: Final = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
    "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "I64": 64, "U64": 64, "F64": 64,
    "C64": 64,
}  # fmt: skip
INDEX: Final = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
WEIGHTS: Final = ("*.safetensors", "*.bin", "*.pt", "*.pth", "*.gguf")
AUXILIARY: Final = ("training_args.bin", "optimizer.pt", "scheduler.pt", "optimizer.bin", "rng_state.pth")
ZIP: Final = b"PK\x03\x04"
GGUF: Final = b"GGUF"
SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """A weight file and the names of its tensors, as far as its header can be read."""

    path: Path
    tensors: frozenset[str] = frozenset()
    problem: tuple[str, str] = ("", "")  # class and reason


def weight_files(folder: Path) -> tuple[Path, ...]:
    """The weight files of a folder, broken links among them."""
    found = {path for pattern in WEIGHTS for path in folder.glob(pattern) if path.name not in AUXILIARY}
    return tuple(sorted(found))


def shard(path: Path) -> Shard:
    """What is in one weight file, or what is wrong with it."""
    if not path.exists():
        return Shard(
            path=path, problem=(MISSING, "the link leads nowhere: the download did not finish, or was removed")
        )
    instead = stand_in(path)
    if instead:
        return Shard(path=path, problem=(HEADER, instead))
    if path.suffix == ".safetensors":
        return _safetensors(path)
    return Shard(path=path, problem=_other(path))


def _safetensors(path: Path) -> Shard:
    size = path.stat().st_size
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(LENGTH_BYTES), "little")
        if size < LENGTH_BYTES or length > HEADER_BYTES:
            return Shard(
                path=path, problem=(HEADER, f"a header of {length} bytes cannot be: this is no safetensors file")
            )
        if LENGTH_BYTES + length > size:
            return Shard(path=path, problem=(TRUNCATED, f"it ends within its header: {size} bytes"))
        text = stream.read(length)
    try:
        header = json.loads(text)
    except (ValueError, RecursionError):
        return Shard(path=path, problem=(HEADER, "its header is no JSON"))
    if not isinstance(header, dict):
        return Shard(path=path, problem=(HEADER, "its header is no mapping"))
    tensors = {name: told for name, told in header.items() if name != "__metadata__"}
    return Shard(path=path, tensors=frozenset(tensors), problem=_covered(tensors, size - LENGTH_BYTES - length))


def _covered(tensors: Mapping[str, Any], data_bytes: int) -> tuple[str, str]:
    """What is wrong with the tensors of a header over this many bytes of data; two empty texts where nothing is."""
    spans: list[tuple[int, int]] = []
    for name, told in tensors.items():
        span = _span(told)
        if span is None:
            return HEADER, f"shape, type and offsets of '{name}' do not go together"
        spans.append(span)
    end = 0
    for first, last in sorted(spans):
        if first != end:
            return HEADER, f"there is a gap or an overlap at byte {min(first, end)} of the data"
        end = last
    if end > data_bytes:
        return TRUNCATED, f"{end - data_bytes} bytes of {end} are missing at its end"
    return (HEADER, f"{data_bytes - end} bytes follow its last tensor") if end < data_bytes else ("", "")


def _span(told: Any) -> tuple[int, int] | None:  # noqa: ANN401  foreign JSON
    """First and last byte of a tensor, or None where its header contradicts itself."""
    try:
        first, last = told["data_offsets"]
        numbers = (first, last, *told["shape"])
        bits = BITS.get(told["dtype"])
    except (KeyError, TypeError, ValueError):
        return None
    if any(not isinstance(number, int) or number < 0 for number in numbers) or last < first:
        return None
    if bits is not None and math.prod(told["shape"]) * bits != (last - first) * 8:
        return None
    return first, last


def _other(path: Path) -> tuple[str, str]:
    with path.open("rb") as stream:
        head = stream.read(4)
    if path.suffix == ".gguf" and head != GGUF:
        return HEADER, "it does not begin as a GGUF file"
    if head == ZIP and not zipfile.is_zipfile(path):
        return TRUNCATED, "the end of the archive is missing"
    return "", ""


def against_index(folder: Path, shards: tuple[Shard, ...]) -> Problems:
    """What an index says that the shards beside it do not."""
    for name in INDEX:
        path = folder / name
        if path.exists():
            weights, reason = _weight_map(path)
            if reason:
                yield problem(TEXT, name, reason)
            else:
                yield from _compared(name, weights, shards)


def _weight_map(path: Path) -> tuple[dict[str, str], str]:
    try:
        weights = json.loads(path.read_bytes())["weight_map"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        return {}, f"it is no index: {type(error).__name__}"
    if not isinstance(weights, dict):
        return {}, "its weight_map is no mapping"
    return {str(name): str(file) for name, file in weights.items()}, ""


def _compared(index: str, weights: Mapping[str, str], shards: tuple[Shard, ...]) -> Problems:
    here = {item.path.name: item for item in shards}
    absent = sorted(set(weights.values()) - set(here))
    if absent:
        yield problem(MISSING, index, f"{len(absent)} shards that it names are not here: {_some(absent)}")
    readable = {name: item for name, item in here.items() if item.tensors and not item.problem[0]}
    lost = sorted(name for name, file in weights.items() if file in readable and name not in readable[file].tensors)
    if lost:
        yield problem(MISMATCH, index, f"{len(lost)} tensors are not in the shard that it names: {_some(lost)}")
    yield from _repeated(readable)


def _repeated(shards: Mapping[str, Shard]) -> Problems:
    holders: dict[str, list[str]] = {}
    for name, item in shards.items():
        for tensor in item.tensors:
            holders.setdefault(tensor, []).append(name)
    twice = sorted(tensor for tensor, names in holders.items() if len(names) > 1)
    if twice:
        where = ", ".join(sorted(holders[twice[0]]))
        yield problem(
            f"{MISMATCH}.shard-conflict", where, f"{len(twice)} tensors are in several shards: {_some(twice)}"
        )


def _some(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (" ..." if len(names) > SHOWN else "")
