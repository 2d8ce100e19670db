"""Settings out of configuration files of UCM and vLLM. In: paths. Out: facts, named as those of a log."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from logsleuth.errors import UsageError
from logsleuth.model import Facts

FILE_BYTES: Final = 1024 * 1024
DEPTH: Final = 8
ALIASES: Final = 20
VALUE_CHARS: Final = 300
# keys that hold further settings
NESTED: Final = ("kv_transfer_config", "kv_connector_extra_config", "ucm_connectors", "ucm_connector_config")
# UCM's names that vLLM uses for something else
OWN: Final = ("block_size",)


def read_settings(path: Path) -> Facts:
    """The settings of a YAML or JSON file; raises UsageError with the place of what is wrong."""
    try:
        with path.open("rb") as stream:
            data = stream.read(FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > FILE_BYTES:
        raise UsageError(f"{path}: larger than {FILE_BYTES} bytes: not a configuration file")
    try:
        if _aliases(data) > ALIASES:
            raise UsageError(f"{path}: too many YAML aliases for a configuration file")
        value = yaml.load(data, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not valid YAML: {' '.join(str(error).split())[:300]}") from None
    if not isinstance(value, dict):
        raise UsageError(f"{path}: holds no settings, but {type(value).__name__}")
    is_ucm = any(str(name) in value for name in ("ucm_connectors", "ucm_connector_name", "ucm_sparse_config"))
    return tuple(dict(_settings(value, is_ucm=is_ucm, depth=0)).items())


def _aliases(data: bytes) -> int:
    """How many aliases a text has: each level of them multiplies what a small file unfolds to."""
    if b"&" not in data or b"*" not in data:
        return 0
    return sum(isinstance(token, yaml.AliasToken) for token in yaml.scan(data, Loader=yaml.CSafeLoader))


def _settings(values: Mapping[Any, Any], *, is_ucm: bool, depth: int) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        name = str(key).strip().lower().replace("-", "_")
        if name in NESTED and depth < DEPTH:
            inner = name.startswith("ucm") or is_ucm
            for part in _parts(value):
                yield from _settings(part, is_ucm=inner, depth=depth + 1)
        elif value is not None:
            yield (f"ucm_{name}" if is_ucm and name in OWN else name), _shown(value)


def _parts(value: Any) -> Iterator[Mapping[Any, Any]]:  # noqa: ANN401  foreign YAML
    """The mappings in a nested setting: one, a list of them, or one that is written as JSON."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, dict):
            yield part


def _shown(value: Any) -> str:  # noqa: ANN401  foreign YAML
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)[:VALUE_CHARS]
    return str(value)[:VALUE_CHARS]
