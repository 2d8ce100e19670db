"""One life of the service: opens the spool, listens, supervises the analysis, and drains when it is told to end."""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
import signal
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass
from email.utils import formatdate
from functools import partial
from typing import Final

import uvloop
from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.server import ServerState

from logsleuth.catalog.load import load_catalog
from logsleuth.errors import UsageError
from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.live.redaction import redacted_bytes
from logsleuth.server.api.application import Sights, create_pages, plain_pages
from logsleuth.server.app import Dispatch, router
from logsleuth.server.commit import Committer
from logsleuth.server.connection import Connections, DeadlineProtocol
from logsleuth.server.counters import Budget, Counters
from logsleuth.server.ingest import Guard, Ingest, Open, Parts
from logsleuth.server.intake import Redact
from logsleuth.server.metrics import Vitals
from logsleuth.server.outlet import webhook_of
from logsleuth.server.router import Router
from logsleuth.server.security import Guard as TokenGuard
from logsleuth.server.security import is_loopback
from logsleuth.server.seen import Seen
from logsleuth.server.segments import START, Position
from logsleuth.server.settings import ServeSettings
from logsleuth.server.spool import Machine, Spool
from logsleuth.server.store.schema import open_database
from logsleuth.server.store.sources import progress
from logsleuth.server.syslog import Listeners, SyslogSettings
from logsleuth.server.tokens import TOKENS, TokenBook, load_tokens
from logsleuth.server.worker import main
from logsleuth.server.workers import Supervisor, Work

BACKLOG: Final = 4096
SPARE_FILES: Final = 1_000  # beside connections: segments, the database, what analyses are uploaded
SWEEP_SECONDS: Final = 0.5

OPEN: Final = Open()

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fittings:
    """What the service is put together from beside its settings."""

    router: Callable[[], Router] = router
    pages: Callable[[Sights], ASGIApp] = plain_pages
    guard: Guard = OPEN
    redact: Redact = bytes
    work: Work | None = main  # None takes and keeps, and analyses nothing
    analysed: Position = START  # what the database knows; new segments are numbered behind it


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What a running service consists of."""

    settings: ServeSettings
    spool: Spool
    committer: Committer
    ingest: Ingest
    supervisor: Supervisor
    connections: Connections
    state: ServerState
    syslog: Listeners

    def problem(self) -> str | None:
        """Why nothing can be taken now, or None."""
        return "shutting down" if self.ingest.is_stopping else self.committer.trouble

    def sights(self, guard: Guard) -> Sights:
        """What the pages are told."""
        vitals = Vitals(counts=self.connections.counters.all, gauges=self._gauges)
        return Sights(guard=guard, readiness=self.problem, vitals=vitals)

    def _gauges(self) -> dict[str, float]:
        return {
            "spool_bytes": self.spool.size_bytes,
            "spool_lag_bytes": self.spool.behind(self.committer.analysed),
            "in_flight_bytes": self.ingest.in_flight_bytes,
            "connections_open": len(self.connections.open),
            "worker_up": self.supervisor.is_alive,
            "worker_restarts": self.supervisor.restarts,
            "commit_seconds": self.committer.last_s,
            "syslog_datagrams_lost": self.syslog.counts.datagrams_lost,
            "syslog_connections_refused": self.syslog.counts.connections_refused,
        }


def fittings_of(settings: ServeSettings) -> Fittings:
    """What a service with these settings is put together from; raises UsageError, CatalogError or StoreError.

    What the worker will need is tried here: there, a mistake of the settings would only be met again at each start.
    """
    for hook in settings.worker.hooks:
        webhook_of(hook)
    if settings.worker.patterns:
        load_catalog(settings.worker.patterns, cache=settings.worker.cache)
    with closing(open_database(settings.worker.database)) as connection:
        analysed = Position(*progress(connection))
    return Fittings(
        analysed=analysed,
        pages=partial(create_pages, settings.worker),
        guard=guard_of(settings),
        redact=redacted_bytes if settings.is_redacting else bytes,
    )


def guard_of(settings: ServeSettings) -> TokenGuard:
    """Tokens decide where there are any; else whoever can reach the service may use it. Raises UsageError."""
    path = settings.tokens or settings.worker.folder / TOKENS
    if load_tokens(path):
        return TokenGuard(TokenBook(path), is_open=False, hosts=None)
    if settings.tokens is not None:
        raise UsageError(f"{path}: no tokens in it: 'logsleuth token new NAME --tokens {path}' makes one")
    # whoever shows a certificate is no page that a browser was led to
    hosts = None if settings.client_authority else frozenset({settings.host, *settings.hosts})
    return TokenGuard(TokenBook(path), is_open=True, hosts=hosts)


def serve(settings: ServeSettings, fittings: Fittings, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; raises UsageError, or SpoolInUseError where the folder is served already."""
    _check_reach(settings, fittings)
    listening = bind(settings.host, settings.port)
    # what was imported lives as long as the service; what requests leave behind must be collected
    gc.freeze()
    gc.enable()
    _allow_files(settings.limits.connections + SPARE_FILES)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_signal(settings, fittings, listening, announce))


async def _until_signal(
    settings: ServeSettings, fittings: Fittings, listening: socket.socket, announce: Callable[[str], None]
) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with serving(settings, fittings, listening) as running:
        for address in (_address(settings, listening), *running.syslog.addresses):
            announce(address)
        await stopped.wait()
        running.ingest.stop()


@asynccontextmanager
async def serving(settings: ServeSettings, fittings: Fittings, listening: socket.socket) -> AsyncIterator[Running]:
    """The service on a bound socket; it drains at the end."""
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(_started(settings, fittings))
        config = _config(Dispatch(running.ingest, fittings.pages(running.sights(fittings.guard))), settings)
        server = await stack.enter_async_context(_listening(config, running, listening))
        await stack.enter_async_context(_syslog(running.syslog))
        sweeping = asyncio.create_task(_sweep(running))
        try:
            yield running
        finally:
            await _drain(running, server)
            sweeping.cancel()


@asynccontextmanager
async def _started(settings: ServeSettings, fittings: Fittings) -> AsyncIterator[Running]:
    """Everything behind the socket, and its orderly end."""
    limits, clock = settings.limits, time.monotonic
    settings.worker.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    spool = Spool(settings.worker.spool, limits, Machine(clock_ns=time.time_ns), after=fittings.analysed)
    _tell_damage(spool)
    seen = Seen(limits, clock)
    seen.load(spool.recovery.kept, time.time_ns())
    counters = Counters()
    supervisor = Supervisor(fittings.work or main, settings.worker)
    committer = Committer(spool, seen, supervisor.publish, clock, analysed=fittings.analysed)
    parts = Parts(
        committer=committer,
        seen=seen,
        guard=fittings.guard,
        redact=fittings.redact,
        counters=counters,
        budget=Budget(limits.in_flight_bytes),
        limits=limits,
        clock_ns=time.time_ns,
    )
    ingest = Ingest(fittings.router(), parts)
    supervisor.publish(spool.end)
    if fittings.work:
        supervisor.start(committer.release)
    try:
        yield Running(
            settings=settings,
            spool=spool,
            committer=committer,
            ingest=ingest,
            supervisor=supervisor,
            connections=Connections(limits, counters, ingest.was_closed),
            state=ServerState(),
            syslog=Listeners(_syslog_settings(settings), ingest.take),
        )
    finally:
        await committer.close()
        await asyncio.to_thread(supervisor.stop, max(ingest.left_s(), 1.0))
        spool.close()


@asynccontextmanager
async def _listening(config: Config, running: Running, listening: socket.socket) -> AsyncIterator[asyncio.Server]:
    """Take connections; the application is told of its beginning and its end."""
    lifespan = config.lifespan_class(config)
    await lifespan.startup()
    if lifespan.should_exit:
        raise UsageError("the pages of the service could not be started")

    def connect() -> DeadlineProtocol:
        return DeadlineProtocol(config, running.state, lifespan.state, connections=running.connections)

    timeout_s = running.settings.limits.header_seconds if config.ssl else None
    server = await asyncio.get_running_loop().create_server(
        connect, sock=listening, ssl=config.ssl, backlog=BACKLOG, ssl_handshake_timeout=timeout_s
    )
    try:
        yield server
    finally:
        server.close()
        await lifespan.shutdown()


@asynccontextmanager
async def _syslog(listeners: Listeners) -> AsyncIterator[None]:
    """Take syslog, where that is wanted; raises UsageError."""
    try:
        await listeners.start()
    except OSError as error:
        await listeners.close()
        raise UsageError(f"cannot listen for syslog: {error.strerror or error}") from None
    try:
        yield
    finally:
        await listeners.close()


def _syslog_settings(settings: ServeSettings) -> SyslogSettings:
    most = settings.limits.address_connections
    return SyslogSettings(limits=DEFAULT_LIMITS, tcp=settings.syslog_tcp, udp=settings.syslog_udp, connections=most)


async def _sweep(running: Running) -> None:
    """Close connections that take too long, and keep the date of answers right."""
    loop = asyncio.get_running_loop()
    while True:
        running.state.default_headers[:] = [(b"date", formatdate(time.time_ns() / 1e9, usegmt=True).encode())]
        running.connections.sweep(loop.time())
        await asyncio.sleep(SWEEP_SECONDS)


async def _drain(running: Running, server: asyncio.Server) -> None:
    """Refuse what is new, finish what was begun, close what is left when the time is over."""
    running.ingest.stop()
    await running.ingest.finish()
    server.close()
    for connection in [*running.connections.open]:
        connection.shutdown()
    await running.ingest.finish()
    for task in [*running.state.tasks]:
        task.cancel()
    await asyncio.gather(*running.state.tasks, return_exceptions=True)
    for connection in [*running.connections.open]:
        connection.end()


def _config(app: ASGIApp, settings: ServeSettings) -> Config:
    has_authority = settings.client_authority is not None
    config = Config(
        app,
        interface="asgi3",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=int(settings.limits.keep_alive_seconds),
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.key,
        ssl_ca_certs=str(settings.client_authority) if has_authority else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if has_authority else ssl.CERT_NONE,
    )
    try:
        config.load()
    except OSError as error:  # that of TLS is one too
        files = ", ".join(str(path) for path in (settings.certificate, settings.key, settings.client_authority) if path)
        raise UsageError(f"TLS cannot be served with {files}: {error.strerror or error}") from None
    # a log line for each malformed request would be for whoever sends them to write
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    return config


def _check_reach(settings: ServeSettings, fittings: Fittings) -> None:
    """Nobody serves the network by accident."""
    if fittings.guard.is_open and settings.client_authority is None and not is_loopback(settings.host):
        raise UsageError(
            f"'{settings.host}' can be reached from other machines: "
            "make a token with 'logsleuth token new', or give --client-ca with --cert and --key, or serve 127.0.0.1"
        )
    for address in (settings.syslog_tcp, settings.syslog_udp):
        if address is not None and not settings.is_syslog_open and not is_loopback(address.host):
            raise UsageError(
                f"syslog on '{address}' can be written to by whoever reaches it, for it knows no tokens: "
                "say --syslog-open, or listen on 127.0.0.1"
            )


def bind(host: str, port: int) -> socket.socket:
    """A socket on an address, port 0 for any; raises UsageError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror}") from None
    listening.settimeout(0)
    return listening


def _address(settings: ServeSettings, listening: socket.socket) -> str:
    scheme = "https" if settings.certificate else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{scheme}://{host}:{listening.getsockname()[1]}"


def _allow_files(wanted: int) -> None:
    """As many open files as connections need, as far as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _tell_damage(spool: Spool) -> None:
    if spool.recovery.damaged:
        _LOG.error("%s places of the spool are damaged, and skipped", spool.recovery.damaged)
    if spool.recovery.torn_bytes:
        _LOG.warning("%s bytes at the end of the spool were never acknowledged", spool.recovery.torn_bytes)
