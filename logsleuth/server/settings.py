"""What the service and its worker need to know; the worker's part travels to another process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logsleuth.limits import DEFAULT_SERVER_LIMITS, ServerLimits
from logsleuth.server.trials import FIRST, Course

DEFAULT_PORT: Final = 8514  # the syslog port, above those that need root
SPOOL_FOLDER: Final = "spool"
DATABASE: Final = "logsleuth.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to listen; port 0 takes any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long what was taken is kept; `None` bounds nothing."""

    bytes: int | None = 20_000_000_000
    seconds: float | None = 30 * 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Where incidents are posted, in which form, signed with which key."""

    url: str
    form: str = "json"
    secret: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """What the analysing process needs, pickled on its way there."""

    folder: Path
    retention: Retention = Retention()
    language: str = "en"
    hooks: tuple[Hook, ...] = ()
    patterns: tuple[Path, ...] = ()
    cache: Path | None = None
    limits: ServerLimits = DEFAULT_SERVER_LIMITS
    course: Course = FIRST

    @property
    def spool(self) -> Path:
        """Where acknowledged batches wait for their analysis."""
        return self.folder / SPOOL_FOLDER

    @property
    def database(self) -> Path:
        """Where everything that was found is kept."""
        return self.folder / DATABASE


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """What the serving process needs beside: where it listens, and who may talk to it."""

    worker: WorkerSettings
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    tokens: Path | None = None
    hosts: tuple[str, ...] = ()  # further names under which a service without tokens may be addressed
    certificate: Path | None = None
    key: Path | None = None
    client_authority: Path | None = None
    is_redacting: bool = True
    syslog_tcp: Address | None = None
    syslog_udp: Address | None = None
    is_syslog_open: bool = False  # to other machines, none of which can show a token

    @property
    def limits(self) -> ServerLimits:
        """The bounds of both processes."""
        return self.worker.limits
