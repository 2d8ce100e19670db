"""Settings from the environment and configuration files; the only reader of the environment.

Order of precedence: what the caller says, LOGSLEUTH_* variables, ./logsleuth.toml, ~/.config/logsleuth/config.toml.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from logsleuth.errors import ConfigError

LANGUAGES: Final = ("en", "zh")
KEYS: Final = ("patterns", "language", "cache")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a run needs to know beside its inputs."""

    patterns: tuple[Path, ...] = ()
    language: str = "en"
    cache: Path | None = None


def load_settings(environment: Mapping[str, str] | None = None, *, folder: Path | None = None) -> Settings:
    """The settings in force; raises ConfigError with the file or variable that holds a bad value."""
    variables = os.environ if environment is None else environment  # noqa: TID251  this module is the reader
    home = Path(variables.get("XDG_CONFIG_HOME") or Path(variables.get("HOME", "~")) / ".config")
    values: dict[str, Any] = {}
    for path in (home / "logsleuth" / "config.toml", (folder or Path.cwd()) / "logsleuth.toml"):
        values |= _from_file(path)
    values |= _from_variables(variables)
    return Settings(
        patterns=tuple(Path(item).expanduser() for item in values.get("patterns", ())),
        language=_language(values.get("language", "en")),
        cache=_cache(values.get("cache"), variables),
    )


def is_color_wanted(environment: Mapping[str, str] | None = None) -> bool:
    """Whether NO_COLOR and TERM allow colours."""
    variables = os.environ if environment is None else environment  # noqa: TID251  this module is the reader
    return not variables.get("NO_COLOR") and variables.get("TERM") != "dumb"


def _from_file(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    unknown = sorted(set(values) - set(KEYS))
    if unknown:
        raise ConfigError(f"{path}: unknown setting '{unknown[0]}', known are {', '.join(KEYS)}")
    patterns = values.get("patterns", [])
    if not isinstance(patterns, list) or not all(isinstance(item, str) for item in patterns):
        raise ConfigError(f"{path}: 'patterns' is a list of folders")
    values["patterns"] = [str(path.parent / item) for item in patterns]
    return values if patterns else {name: value for name, value in values.items() if name != "patterns"}


def _from_variables(variables: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if variables.get("LOGSLEUTH_PATTERNS"):
        values["patterns"] = [item for item in variables["LOGSLEUTH_PATTERNS"].split(os.pathsep) if item]
    if variables.get("LOGSLEUTH_LANG"):
        values["language"] = variables["LOGSLEUTH_LANG"]
    if "LOGSLEUTH_CACHE" in variables:
        values["cache"] = variables["LOGSLEUTH_CACHE"]
    return values


def _language(value: object) -> str:
    if value not in LANGUAGES:
        raise ConfigError(f"language '{value}' is not known, choose one of {', '.join(LANGUAGES)}")
    return str(value)


def _cache(value: object, variables: Mapping[str, str]) -> Path | None:
    """The cache folder; an empty setting turns the cache off."""
    if value is not None:
        return Path(str(value)).expanduser() if value else None
    base = variables.get("XDG_CACHE_HOME") or (f"{variables['HOME']}/.cache" if variables.get("HOME") else "")
    return Path(base) / "logsleuth" if base else None
