"""Shippers of the distribution, extracted into a folder: how they are started with a configuration of the page."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from tests.clients.crash import LINES, LOG
from tests.clients.snippets import SNIPPETS

LIBRARIES: Final = (
    "usr/lib/x86_64-linux-gnu",
    "lib/x86_64-linux-gnu",
    "usr/lib/aarch64-linux-gnu",
    "usr/lib/syslog-ng",
)
STARTS: Final = 5
BOOT: Final = "0123456789abcdef0123456789abcdef"
HOST: Final = "gpu-07"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a shipper lies, where it may work, and where it sends to."""

    root: Path
    folder: Path
    port: int

    def start(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start a program with the libraries that came with it."""
        libraries = os.pathsep.join(str(self.root / path) for path in LIBRARIES)
        with (self.folder / "stderr").open("ab") as stderr:
            return subprocess.Popen(
                [str(self.root / command[0]), *command[1:]],
                env={**os.environ, "LD_LIBRARY_PATH": libraries},
                cwd=self.folder,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )

    def configured(self, name: str) -> str:
        """The path of a configuration of the page."""
        for part in ("log", "state"):
            (self.folder / part).mkdir(exist_ok=True)
        (self.folder / "log" / "vllm.log").write_bytes(LOG.read_bytes())
        path = self.folder / f"{name}.conf"
        path.write_text(SNIPPETS[name].placed(self.port, self.folder))
        return str(path)


@contextmanager
def running(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """While it runs; it is ended in order."""
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def rsyslog(place: Place, is_over: Callable[[], bool]) -> None:
    """Follows the file until all of it has arrived."""
    modules = next(place.root.glob("usr/lib/*/rsyslog"))
    arguments = ["-n", "-f", place.configured("rsyslog"), "-i", str(place.folder / "pid"), "-M", str(modules)]
    with running(place.start(["usr/sbin/rsyslogd", *arguments])):
        _wait(is_over)


def syslog_ng(place: Place, is_over: Callable[[], bool]) -> None:
    """The same."""
    modules = next(place.root.glob("usr/lib/syslog-ng/[0-9]*"))
    files = [f"--{name}={place.folder / name}" for name in ("persist-file", "pidfile", "control")]
    arguments = ["-F", "--no-caps", "-f", place.configured("syslog-ng"), f"--module-path={modules}", *files]
    with running(place.start(["usr/sbin/syslog-ng", *arguments])):
        _wait(is_over)


def journal_upload(place: Place, is_over: Callable[[], bool]) -> None:
    """Sends a journal, and is started again as the page has it, until all of it has arrived."""
    journal, url = place.folder / "vllm.journal", _url(place)
    (place.folder / "export").write_bytes(_exported())
    made = place.start(["lib/systemd/systemd-journal-remote", f"--output={journal}", str(place.folder / "export")])
    assert made.wait(timeout=30) == 0
    arguments = [f"--url={url}", f"--file={journal}", f"--save-state={place.folder / 'state'}"]
    for _ in range(STARTS):
        with running(place.start(["lib/systemd/systemd-journal-upload", *arguments])) as process:
            _wait(partial(_has_ended, process, is_over))
        if is_over():
            break


def _has_ended(process: subprocess.Popen[bytes], is_over: Callable[[], bool]) -> bool:
    return is_over() or process.poll() is not None


def _url(place: Place) -> str:
    text = SNIPPETS["journal-upload"].placed(place.port, place.folder)
    return next(line.partition("=")[2] for line in text.splitlines() if line.startswith("URL="))


def _exported() -> bytes:
    """The lines as entries of a journal."""
    begin_us = time.time_ns() // 1000
    entries = []
    for index, line in enumerate(LINES):
        fields = {
            "__REALTIME_TIMESTAMP": str(begin_us + index),
            "__MONOTONIC_TIMESTAMP": str(index + 1),
            "_BOOT_ID": BOOT,
            "_MACHINE_ID": BOOT,
            "_HOSTNAME": HOST,
            "_TRANSPORT": "stdout",
            "_SYSTEMD_UNIT": "vllm.service",
            "_PID": "8707",
            "PRIORITY": "6",
            "SYSLOG_IDENTIFIER": "vllm",
            "MESSAGE": line,
        }
        entries.append("".join(f"{name}={value}\n" for name, value in fields.items()))
    return "\n".join((*entries, "")).encode()


def _wait(is_over: Callable[[], bool], seconds: float = 45.0) -> None:
    until = time.monotonic() + seconds
    while not is_over() and time.monotonic() < until:
        time.sleep(0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """A shipper: the folder that its packages are in, a file of them, and how it is run."""

    folder: str
    program: str
    run: Callable[[Place, Callable[[], bool]], None]


DAEMONS: Final = {
    "rsyslog": Daemon(folder="rsyslog", program="usr/sbin/rsyslogd", run=rsyslog),
    "syslog-ng": Daemon(folder="syslog-ng", program="usr/sbin/syslog-ng", run=syslog_ng),
    "journal-upload": Daemon(folder="journal", program="lib/systemd/systemd-journal-upload", run=journal_upload),
}
