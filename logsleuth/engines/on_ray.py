"""Reads units in tasks of Ray, on one machine or a cluster. In: units. Out: their parts, in the order of the units.

A task reads a unit and packs its parts; a second one joins what neighbouring tasks have packed, where it lies, so that
the machine that adds up fetches a few objects and not thousands. Ray runs a task again whose process or machine is
gone: parts depend on the bytes read alone, so the answer is the same.
"""

from __future__ import annotations

import functools
import logging
import os
import re
import socket
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import zstandard

from logsleuth.errors import LogsleuthError, SourceError, UsageError
from logsleuth.limits import Limits
from logsleuth.part import Part
from logsleuth.pieces import Unit, decode, encode, read_unit
from logsleuth.pieces.ahead import ahead
from logsleuth.pieces.work import tasks_of
from logsleuth.plan import Plan, Recipe
from logsleuth.sources.locations import Location, locate

RETRIES: Final = 3  # of a task whose process or machine is gone
FAN_IN: Final = 16  # tasks whose parts travel together
AHEAD: Final = 3  # tasks for each core, before the one that is waited for
ANSWER_S: Final = 10.0
ADDRESS: Final = re.compile(r"(?:ray://)?\[?(?P<host>[^/\s\]]+)\]?:(?P<port>[0-9]{1,5})")
LOGIN: Final = "; one that asks for a token needs RAY_AUTH_MODE=token here, and the token in ~/.ray/auth_token"
_reached: Final[set[str]] = set()  # stores that this process has had an answer of
_Task = tuple[Unit, ...]
_Group = tuple[_Task, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Where to read: the address of a cluster, or none for the one that Ray finds, or starts on this machine."""

    recipe: Recipe
    digest: str  # of the catalog here, which every machine must have
    limits: Limits
    address: str | None = None
    jobs: int = 0  # tasks at one time, 0: as many as there are cores


def read_units(units: Sequence[Unit], cluster: Cluster) -> Iterator[tuple[Unit, Part]]:
    """The parts of `units`, in their order; UsageError without Ray or its cluster, SourceError for what was lost."""
    if not all(unit.is_shared for unit in units):
        raise UsageError("--engine ray reads files that every machine can open: no standard input and no pipes")
    with _connected(cluster) as ray:
        crew = _Crew(ray, cluster)
        waiting = deque(_groups(tasks_of(units), crew.fan_in))
        started: deque[tuple[_Group, Any]] = deque()
        while waiting or started:
            while waiting and (not started or sum(len(group) for group, _ in started) + crew.fan_in <= crew.most):
                started.append((waiting[0], crew.start(waiting.popleft())))
            group, reference = started.popleft()
            yield from _parts(group, crew.fetched(reference))


def read_task(units: Sequence[Unit], cluster: Cluster) -> bytes:
    """What a task does: the packed parts of its units."""
    plan = _plan(cluster.recipe)
    if plan.catalog.digest != cluster.digest:
        raise UsageError(f"{_here()} has other signatures: install the same logsleuth, and the same --patterns, there")
    for unit in units:
        _check_shared(unit)
    return _pack([[encode(part) for part in read_unit(unit, plan, limits=cluster.limits)] for unit in ahead(units)])


def join_task(*packed: bytes) -> bytes:
    """What joins neighbours: their packed parts in one object."""
    return _pack([parts for one in packed for parts in _unpack(one)])


class _Crew:
    """Starts tasks, and fetches what comes of them."""

    def __init__(self, ray: Any, cluster: Cluster) -> None:  # noqa: ANN401  Ray is not there when types are checked
        self._ray = ray
        self._cluster = ray.put(cluster)
        options = {"num_cpus": 1, "max_retries": RETRIES, "scheduling_strategy": "SPREAD"}
        self._read = ray.remote(**options)(read_task)
        self._join = ray.remote(num_cpus=0.1, max_retries=RETRIES)(join_task)
        cores = int(ray.cluster_resources().get("CPU", 1))
        # of the tasks that were asked for, one half goes on while the other is added up
        self.fan_in = min(FAN_IN, max(cluster.jobs // 2, 1)) if cluster.jobs else FAN_IN
        self.most = cluster.jobs or AHEAD * max(cores, FAN_IN)  # tasks before the one that is waited for

    def start(self, group: _Group) -> Any:  # noqa: ANN401  a reference of Ray
        """Have the tasks of a group read, and what they pack joined."""
        return self._join.remote(*(self._read.remote(task, self._cluster) for task in group))

    def fetched(self, reference: Any) -> bytes:  # noqa: ANN401
        """What a group came to; raises SourceError or what its task raised."""
        exceptions = self._ray.exceptions
        try:
            packed: bytes = self._ray.get(reference)
        except exceptions.RayTaskError as error:
            raise _own(error) from None
        except exceptions.RayError as error:
            raise SourceError(f"the cluster gave up reading: {_first_line(error)}") from None
        return packed


def _own(error: Any) -> LogsleuthError:  # noqa: ANN401
    """The error of ours that a task raised, or one that says which other it was."""
    cause = error.cause
    if isinstance(cause, LogsleuthError):
        return cause
    return SourceError(f"a task of the cluster failed: {type(cause).__name__}: {_first_line(cause)}")


def _first_line(error: object) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _groups(tasks: Sequence[_Task], size: int) -> Iterator[_Group]:
    """Tasks whose parts travel together."""
    for first in range(0, len(tasks), size):
        yield tuple(tasks[first : first + size])


def _parts(group: _Group, packed: bytes) -> Iterator[tuple[Unit, Part]]:
    units = (unit for task in group for unit in task)
    for unit, parts in zip(units, _unpack(packed), strict=True):
        for part in parts:
            yield unit, decode(part)


def _pack(parts: list[list[bytes]]) -> bytes:
    return zstandard.ZstdCompressor(level=1).compress(msgspec.msgpack.encode(parts))


def _unpack(packed: bytes) -> list[list[bytes]]:
    return msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(packed), type=list[list[bytes]])


@functools.lru_cache(maxsize=1)
def _plan(recipe: Recipe) -> Plan:
    """The compiled catalog, once for each process of Ray."""
    return recipe.prepare()


def _check_shared(unit: Unit) -> None:
    """Raise SourceError where this machine cannot see what the one that asked has listed."""
    if unit.remote is not None:
        _check_store(locate(unit.remote.url))
    elif not Path(unit.path).exists():
        raise SourceError(f"{_here()} has no {unit.path}: every machine must see the logs, in a shared folder or s3://")


def _check_store(place: Location) -> None:
    """Raise SourceError where this machine has no way to the store, of which it is asked once for each process."""
    from logsleuth.sources.objects import RefusedError, find  # noqa: PLC0415  an extra

    if place.root in _reached:
        return
    try:
        find(place)
    except RefusedError:
        pass  # a matter of this object, of which its part tells
    except SourceError as error:
        raise SourceError(
            f"{_here()} cannot read {place.root}, with the environment that Ray has there: {error}"
        ) from None
    _reached.add(place.root)


def _here() -> str:
    return os.uname().nodename


@contextmanager
def _connected(cluster: Cluster) -> Iterator[Any]:
    """Ray, connected to a cluster for as long as it is needed."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # noqa: TID251  Ray asks nowhere else whether it may tell
    try:
        import ray  # noqa: PLC0415  an extra that most do not have
    except ImportError:
        raise UsageError("--engine ray needs Ray: pip install 'logsleuth[ray]'") from None
    is_ours = not ray.is_initialized()
    if is_ours:
        _join_cluster(ray, cluster.address)
    try:
        with redirect_stdout(sys.stderr):  # where Ray would tell of dead workers, in the middle of the report
            yield ray
    finally:
        if is_ours:
            ray.shutdown()


def _join_cluster(ray: Any, address: str | None) -> None:  # noqa: ANN401
    """Connect to the cluster named, or to the one that runs here, or start one on this machine."""
    _check_answers(address)
    logging.getLogger("ray").setLevel(logging.ERROR)  # which Ray itself sets too late for what it says of tokens
    options = {"logging_level": logging.ERROR, "log_to_driver": False, "configure_logging": False}
    try:
        ray.init(address=address, **options)
    except (ray.exceptions.RayError, ConnectionError, TimeoutError, ValueError, RuntimeError) as error:
        raise _no_cluster(address, f"{_first_line(error)}{LOGIN if address else ''}") from None


def _check_answers(address: str | None) -> None:
    """Raise UsageError where nothing listens: Ray itself would go on trying for minutes."""
    match = ADDRESS.fullmatch(address or "")
    if match is None:
        return
    try:
        socket.create_connection((match["host"], int(match["port"])), timeout=ANSWER_S).close()
    except (OSError, OverflowError) as error:
        raise _no_cluster(address, str(error)) from None


def _no_cluster(address: str | None, why: str) -> UsageError:
    return UsageError(f"no cluster of Ray {f'at {address}' if address else 'on this machine'}: {why}")
