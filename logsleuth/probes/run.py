"""One probe's child process, held within limits of time and memory. In: a probe, wishes. Out: a sample."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, monotonic_ns, sleep
from typing import Final

from logsleuth.limits import DEFAULT_PROBE_LIMITS, ProbeLimits
from logsleuth.probes import family
from logsleuth.probes.probe import Json, Need, Probe, Sample, Touch

CHILD: Final = Path(__file__).with_name("child.py")
# a driver or an allocator of its own maps far more addresses than it uses: there only the resident size tells
MAPS_WIDELY: Final = (Need.TORCH, Need.GPU, Need.GPUS, Need.TRITON)
CHUNK: Final = 64 * 1024
NOTHING: Final[Mapping[str, str]] = {}


def run(
    probe: Probe,
    wishes: Mapping[str, Json],
    *,
    environment: Mapping[str, str] = NOTHING,
    python: str = "",
    limits: ProbeLimits = DEFAULT_PROBE_LIMITS,
) -> Sample:
    """Ask `probe` in a child; a hang, a crash or too much memory is a sample like any other.

    The child inherits no descriptors and no variables but `environment`. `python` is the interpreter that holds the
    software asked about, this one if empty.
    """
    started = monotonic()
    mark = f"{os.getpid()}.{monotonic_ns()}"
    with ExitStack() as stack:
        reader, writer = os.pipe()
        stack.callback(os.close, reader)
        words = command(probe, python=python, values_fd=writer, limits=limits)
        try:
            process = _started(words, wishes, {**environment, family.MARK: mark}, writer)
        except OSError as error:
            return Sample(output=f"the child could not be started: {error}", seconds=_since(started))
        finally:
            os.close(writer)
        stack.callback(_closed, process)
        stack.callback(family.end_marked, mark)
        watch = _Watch(deadline=started + probe.limit_s, memory_bytes=probe.memory_bytes, limits=limits)
        _follow(process, reader, watch)
        return _sample(process, watch, _since(started))


def command(
    probe: Probe, *, python: str = "", values_fd: int = 1, limits: ProbeLimits = DEFAULT_PROBE_LIMITS
) -> list[str]:
    """The words of the child's command; its wishes are JSON on standard input."""
    words = [python or sys.executable, "-P", str(CHILD), probe.measure]
    words += ["--values-fd", str(values_fd)] if values_fd != 1 else []
    space = address_space(probe, limits=limits)
    return [*words, "--address-space", str(space)] if space else words


def address_space(probe: Probe, *, limits: ProbeLimits = DEFAULT_PROBE_LIMITS) -> int:
    """The bytes that the child may map, or 0 for no limit."""
    is_wide = Touch.GPU in probe.touches or any(need in MAPS_WIDELY for need in probe.needs)
    return 0 if is_wide or not probe.limits_address_space else probe.memory_bytes + limits.overhead_bytes


@dataclass(slots=True)
class _Watch:
    """What is known of a running child."""

    deadline: float
    memory_bytes: int
    limits: ProbeLimits
    output: bytearray = field(default_factory=bytearray)
    values: bytearray = field(default_factory=bytearray)
    is_timed_out: bool = False
    is_out_of_memory: bool = False

    def keep_output(self, data: bytes) -> None:
        """Keep the end of what was printed."""
        self.output += data
        del self.output[: -self.limits.output_bytes]

    def keep_values(self, data: bytes) -> None:
        """Keep the beginning of what was told: what follows the bound has no place in it."""
        self.values += data[: max(0, self.limits.values_bytes - len(self.values))]


def _started(
    words: Sequence[str], wishes: Mapping[str, Json], environment: Mapping[str, str], writer: int
) -> subprocess.Popen[bytes]:
    with _in_memory(json.dumps(wishes).encode()) as wished:
        return subprocess.Popen(
            words,
            stdin=wished,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={"PATH": os.defpath, "PYTHONUNBUFFERED": "1", **environment},
            pass_fds=(writer,),
            start_new_session=True,
        )


@contextmanager
def _in_memory(content: bytes) -> Iterator[int]:
    """A descriptor from which `content` is read: no pipe that a deaf child lets fill up, no file on a full disk."""
    descriptor = os.memfd_create("wishes")
    try:
        os.write(descriptor, content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)


def _follow(process: subprocess.Popen[bytes], reader: int, watch: _Watch) -> None:
    """Read what the child says until it has ended; end it where it oversteps a limit."""
    assert process.stdout is not None  # noqa: S101  a pipe was asked for
    printed = process.stdout.fileno()
    with selectors.DefaultSelector() as selector:
        for descriptor, keep in ((printed, watch.keep_output), (reader, watch.keep_values)):
            os.set_blocking(descriptor, False)
            selector.register(descriptor, selectors.EVENT_READ, keep)
        _until_end(process, selector, watch)
        family.end(process.pid)  # whatever it left behind in its session
        _read_rest(selector)
        process.poll()


def _until_end(process: subprocess.Popen[bytes], selector: selectors.BaseSelector, watch: _Watch) -> None:
    while not _has_ended(process):
        _read_for(selector, watch.limits.poll_s)
        watch.is_timed_out = monotonic() > watch.deadline
        watch.is_out_of_memory = family.resident_bytes(process.pid) > watch.memory_bytes
        if watch.is_timed_out or watch.is_out_of_memory:
            _end(process, selector, watch)
            return


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether the child has ended; its status is not taken yet, so that its pid stays the name of its session."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end(process: subprocess.Popen[bytes], selector: selectors.BaseSelector, watch: _Watch) -> None:
    """Ask the child to end, then make it end; one that waits inside the kernel is left behind."""
    if not watch.is_out_of_memory:  # it might take more while it is being asked
        family.end(process.pid, signal.SIGTERM)
        _wait(process, selector, watch.limits.grace_s)
    family.end(process.pid)
    _wait(process, selector, watch.limits.reap_s)


def _wait(process: subprocess.Popen[bytes], selector: selectors.BaseSelector, seconds: float) -> None:
    until = monotonic() + seconds
    while not _has_ended(process) and monotonic() < until:
        _read_for(selector, 0.02)


def _read_for(selector: selectors.BaseSelector, seconds: float) -> None:
    """Keep what comes within this time; returns earlier where a pipe was closed, which may be the end."""
    until = monotonic() + seconds
    while (left := until - monotonic()) > 0:
        if not selector.get_map():
            sleep(left)
            return
        if not _read_ready(selector, left):
            return


def _read_rest(selector: selectors.BaseSelector) -> None:
    """Keep what waits in the pipes: 1 MiB each at most, where something may still be writing to them."""
    for _ in range(64):
        if not selector.get_map() or not selector.select(0):
            return
        _read_ready(selector, 0)


def _read_ready(selector: selectors.BaseSelector, timeout_s: float) -> bool:
    """Keep one chunk of each pipe that has one; whether all pipes are still open."""
    is_open = True
    for key, _mask in selector.select(timeout_s):
        data = os.read(key.fd, CHUNK)
        key.data(data)
        if not data:
            selector.unregister(key.fileobj)
            is_open = False
    return is_open


def _closed(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None  # noqa: S101  a pipe was asked for
    process.stdout.close()
    if process.poll() is None:  # held by the kernel, past SIGKILL: somebody has to take its status one day
        threading.Thread(target=process.wait, name=f"reaper of {process.pid}", daemon=True).start()


def _sample(process: subprocess.Popen[bytes], watch: _Watch, seconds: float) -> Sample:
    values, is_complete = _values(bytes(watch.values))
    status = process.returncode
    return Sample(
        values=values,
        is_complete=is_complete,
        exit_status=status if status is not None and status >= 0 else None,
        signal=-status if status is not None and status < 0 else None,
        is_timed_out=watch.is_timed_out and not is_complete,
        is_out_of_memory=watch.is_out_of_memory,
        output=bytes(watch.output).decode("utf-8", "replace"),
        seconds=seconds,
    )


def _values(told: bytes) -> tuple[dict[str, Json], bool]:
    """The mappings that were told, joined, and whether the child came to its end."""
    values: dict[str, Json] = {}
    for line in told.splitlines():
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            return values, False
        if value is None:
            return values, True
        values |= value if isinstance(value, dict) else {}
    return values, False


def _since(started: float) -> float:
    return round(monotonic() - started, 3)
