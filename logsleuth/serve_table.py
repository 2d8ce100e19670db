"""The table `[serve]` of the user's configuration file. In: what TOML gives; out: checked values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from logsleuth.errors import ConfigError
from logsleuth.limits import DEFAULT_SERVER_LIMITS, BodyLimits, ServerLimits

BODY: Final = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeTable:
    """What the file says of the service; what it leaves out is None."""

    host: str | None = None
    port: int | None = None
    data: Path | None = None
    tokens: Path | None = None
    hosts: tuple[str, ...] = ()
    cert: Path | None = None
    key: Path | None = None
    client_ca: Path | None = None
    redact: bool | None = None
    retention_days: float | None = None
    retention_gb: float | None = None
    webhooks: tuple[str, ...] = ()
    webhook_format: str | None = None
    webhook_secret: Path | None = None
    syslog_tcp: str | None = None
    syslog_udp: str | None = None
    syslog_open: bool | None = None
    limits: ServerLimits = DEFAULT_SERVER_LIMITS


_PATHS: Final = frozenset({"data", "tokens", "cert", "key", "client_ca", "webhook_secret"})
_TEXTS: Final = frozenset({"host", "webhook_format", "syslog_tcp", "syslog_udp"})
_LISTS: Final = frozenset({"webhooks", "hosts"})
_FLAGS: Final = frozenset({"redact", "syslog_open"})
_NUMBERS: Final = frozenset({"retention_days", "retention_gb"})


def read_serve(value: object, origin: str, *, folder: Path) -> ServeTable:
    """The table; paths are meant from `folder`. Raises ConfigError."""
    if not isinstance(value, Mapping):
        raise ConfigError(f"{origin}: 'serve' must be a table: [serve]")
    known = sorted(field.name for field in fields(ServeTable))
    for name in value:
        if name not in known:
            raise ConfigError(f"{origin}: unknown setting 'serve.{name}', known are {', '.join(known)}")
    return ServeTable(**{name: _checked(name, item, origin, folder) for name, item in value.items()})


def _checked(name: str, value: object, origin: str, folder: Path) -> Any:  # noqa: ANN401  foreign data, checked here
    if name == "limits":
        return _limits(value, origin)
    if name in _LISTS:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ConfigError(f"{origin}: 'serve.{name}' must be a list of texts")
        return tuple(value)
    if name in _PATHS or name in _TEXTS:
        if not isinstance(value, str):
            raise ConfigError(f"{origin}: 'serve.{name}' must be a text in quotes")
        return folder / Path(value).expanduser() if name in _PATHS else value
    if name in _FLAGS:
        if not isinstance(value, bool):
            raise ConfigError(f"{origin}: 'serve.{name}' must be true or false")
        return value
    return _number(f"serve.{name}", value, origin, is_whole=name not in _NUMBERS)


def _limits(value: object, origin: str) -> ServerLimits:
    """The table `[serve.limits]`: bounds of the service and of bodies by their names."""
    if not isinstance(value, Mapping):
        raise ConfigError(f"{origin}: 'serve.limits' must be a table: [serve.limits]")
    server = {field.name: field.default for field in fields(ServerLimits) if field.name != BODY}
    body = {field.name: field.default for field in fields(BodyLimits)}
    for name in value:
        if name not in server and name not in body:
            raise ConfigError(f"{origin}: unknown limit '{name}', known are {', '.join(sorted({*server, *body}))}")
    checked = {
        name: _number(f"serve.limits.{name}", item, origin, is_whole=isinstance({**server, **body}[name], int))
        for name, item in value.items()
    }
    bodies: dict[str, Any] = {name: item for name, item in checked.items() if name in body}
    others: dict[str, Any] = {name: item for name, item in checked.items() if name not in body}
    return replace(DEFAULT_SERVER_LIMITS, body=replace(DEFAULT_SERVER_LIMITS.body, **bodies), **others)


def _number(name: str, value: object, origin: str, *, is_whole: bool) -> float:
    kinds = int if is_whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not value >= 0:
        raise ConfigError(f"{origin}: '{name}' must be a {'whole ' if is_whole else ''}number, not less than 0")
    return value
