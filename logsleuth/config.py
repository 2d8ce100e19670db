"""Settings from the environment and configuration files; the only reader of the environment.

Order of precedence: what the caller says, LOGSLEUTH_* variables, ./logsleuth.toml, ~/.config/logsleuth/config.toml.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from logsleuth.errors import ConfigError
from logsleuth.lazy import lazy
from logsleuth.wording import Language

if TYPE_CHECKING:
    from logsleuth.serve_table import ServeTable

PROJECT_KEYS: Final = ("patterns", "language")
# a folder that someone else filled must not name the cache: compiled patterns are read from it
USER_KEYS: Final = (*PROJECT_KEYS, "cache", "serve")
ENVIRONMENT: Final = {"LOGSLEUTH_LANG": "language", "LOGSLEUTH_CACHE": "cache"}
# what changes how the software that is probed behaves
PROBE_NAMES: Final = lazy(
    r"(PATH|HOME|USER|LANG|LC_\w+|TMPDIR|TZ|VIRTUAL_ENV|PYTHONPATH|LD_LIBRARY_PATH|LD_PRELOAD|CONDA_PREFIX|NO_PROXY|no_proxy"
    r"|MASTER_ADDR|MASTER_PORT|RANK|LOCAL_RANK|WORLD_SIZE|PLATFORM|ENABLE_SPARSE|XDG_\w+"
    r"|(CUDA|NVIDIA|NCCL|GLOO|TORCH|PYTORCH|TORCHINDUCTOR|TRITON|UCX|VLLM|UCM|UNIFIEDCACHE|LMCACHE|HF|TRANSFORMERS"
    r"|SAFETENSORS|OMP|MKL|OPENBLAS|RAY|FLASHINFER|SGLANG|LOGSLEUTH)_\w+)$"
)
SECRET: Final = lazy(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH", re.IGNORECASE)
OFF: Final = ("", "0")
KAFKA: Final = "LOGSLEUTH_KAFKA_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a run needs to know beside its inputs."""

    patterns: tuple[Path, ...] = ()
    language: str = "en"
    cache: Path | None = None
    serve: ServeTable | None = None  # where no file says anything of the service


def load_settings(environment: Mapping[str, str] | None = None, *, folder: Path | None = None) -> Settings:
    """The settings in force; raises ConfigError with the file or variable that holds a bad value."""
    variables = os.environ if environment is None else environment  # noqa: TID251  this module is the reader
    values: dict[str, Any] = {}
    home = _home(variables, "XDG_CONFIG_HOME", ".config")
    if home is not None:
        values |= _from_file(home / "logsleuth" / "config.toml", USER_KEYS)
    values |= _from_file((folder or Path()) / "logsleuth.toml", PROJECT_KEYS)
    values |= _from_variables(variables)
    return Settings(
        patterns=tuple(values.get("patterns", ())),
        language=values.get("language", "en"),
        cache=_cache(values.get("cache"), variables),
        serve=values.get("serve"),
    )


def state_folder(environment: Mapping[str, str] | None = None) -> Path | None:
    """Where the user's programs keep what they must not lose, or None where the environment tells of no home."""
    variables = os.environ if environment is None else environment  # noqa: TID251  this module is the reader
    base = _home(variables, "XDG_STATE_HOME", ".local/state")
    return base / "logsleuth" if base else None


def ray_address(environment: Mapping[str, str] | None = None) -> str | None:
    """The cluster of Ray that the environment names."""
    variables = os.environ if environment is None else environment  # noqa: TID251  this module is the reader
    return variables.get("RAY_ADDRESS") or None


def probe_variables(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables that may matter to a probe's child; what holds a secret is left to the probes that name it."""
    variables = os.environ if environment is None else environment  # noqa: TID251  this module is the reader
    return {name: value for name, value in variables.items() if PROBE_NAMES.match(name) and not SECRET.search(name)}


def probe_secrets(names: tuple[str, ...], environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables that a probe names, as far as they are set; `AWS_*` stands for all that begin so."""
    variables = os.environ if environment is None else environment  # noqa: TID251  this module is the reader
    return {name: value for name, value in variables.items() if any(fnmatchcase(name, asked) for asked in names)}


def kafka_properties(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The client's settings that stand in LOGSLEUTH_KAFKA_*: SASL_PASSWORD there is sasl.password."""
    variables = os.environ if environment is None else environment  # noqa: TID251  this module is the reader
    found = {name.removeprefix(KAFKA): value for name, value in variables.items() if name.startswith(KAFKA)}
    return {name.lower().replace("_", "."): value for name, value in found.items() if name}


def is_color_wanted(environment: Mapping[str, str] | None = None, *, is_terminal: bool) -> bool:
    """Whether to use colours: NO_COLOR forbids, CLICOLOR_FORCE demands, else a terminal that can show them decides."""
    variables = os.environ if environment is None else environment  # noqa: TID251  this module is the reader
    if variables.get("NO_COLOR"):
        return False
    if variables.get("CLICOLOR_FORCE", "") not in OFF:
        return True
    return is_terminal and is_terminal_able(variables) and variables.get("CLICOLOR") != "0"


def is_terminal_able(environment: Mapping[str, str] | None = None) -> bool:
    """Whether the terminal, if there is one, understands control sequences."""
    variables = os.environ if environment is None else environment  # noqa: TID251  this module is the reader
    return variables.get("TERM") != "dumb"


def _from_file(path: Path, keys: tuple[str, ...]) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return {}
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    values = _table(text, path)
    unknown = sorted(set(values) - set(keys))
    if unknown:
        raise ConfigError(f"{path}: unknown setting '{unknown[0]}', known here are {', '.join(keys)}")
    return {key: _checked(value, key, str(path), folder=path.parent) for key, value in values.items()}


def _table(text: str, path: Path) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415  most have no file of settings

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None


def _from_variables(variables: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if variables.get("LOGSLEUTH_PATTERNS"):
        named = [item for item in variables["LOGSLEUTH_PATTERNS"].split(os.pathsep) if item]
        values["patterns"] = _checked(named, "patterns", "LOGSLEUTH_PATTERNS", folder=Path())
    for name, key in ENVIRONMENT.items():
        if name in variables and (variables[name] or key == "cache"):
            values[key] = _checked(variables[name], key, name, folder=Path())
    return values


def _checked(value: object, key: str, origin: str, *, folder: Path) -> object:
    """The value of one setting, or a ConfigError that names its origin."""
    if key == "patterns":
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ConfigError(f"{origin}: 'patterns' must be a list of folders")
        return [folder / _expanded(item) for item in value]
    if key == "serve":
        from logsleuth.serve_table import read_serve  # noqa: PLC0415  an analysis has no use for the service's bounds

        return read_serve(value, origin, folder=folder)
    if not isinstance(value, str):
        raise ConfigError(f"{origin}: '{key}' must be a text in quotes")
    if key == "language" and value not in tuple(Language):
        raise ConfigError(f"{origin}: language '{value}' is not known, choose one of {', '.join(Language)}")
    return value


def _cache(value: str | None, variables: Mapping[str, str]) -> Path | None:
    """The cache folder; an empty setting turns the cache off."""
    if value is not None:
        return _expanded(value) if value else None
    base = _home(variables, "XDG_CACHE_HOME", ".cache")
    return base / "logsleuth" if base else None


def _home(variables: Mapping[str, str], name: str, folder: str) -> Path | None:
    """The user's folder of one kind, or None where the environment tells of none."""
    if variables.get(name):
        return Path(variables[name])
    return Path(variables["HOME"]) / folder if variables.get("HOME") else None


def _expanded(text: str) -> Path:
    """The path with `~` replaced, as far as the system knows whose home is meant."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)
