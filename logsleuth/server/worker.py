"""The analysing process."""

from __future__ import annotations

from contextlib import suppress
from multiprocessing.connection import Connection

from logsleuth.server.settings import WorkerSettings


def main(settings: WorkerSettings, positions: Connection) -> None:
    """Work until the connection ends: `Position`s that may be read come in, those that are committed go out."""
    del settings
    with suppress(EOFError, OSError):
        while True:
            positions.recv()
