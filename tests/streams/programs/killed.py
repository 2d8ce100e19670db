"""`logsleuth` that is killed at a moment that matters: killed.py MOMENT ARGUMENT..."""

from __future__ import annotations

import os
import signal
import sys

from logsleuth.cli.app import main
from logsleuth.live.state import State, Store
from logsleuth.streams.kafka import Client

moment = sys.argv.pop(1)
save, commit = Store.save, Client.commit


def save_or_die(self: Store, state: State) -> None:
    """The state holds what was read, and dies with it."""
    if state.stream and state.stream.offsets != FIRST.setdefault("offsets", state.stream.offsets):
        os.kill(os.getpid(), signal.SIGKILL)
    save(self, state)


def commit_or_die(self: Client, offsets: dict[object, int], *, is_waiting: bool = False) -> None:
    """The state is written, and the group never hears of it."""
    if offsets:
        os.kill(os.getpid(), signal.SIGKILL)
    commit(self, offsets, is_waiting=is_waiting)  # type: ignore[arg-type]


FIRST: dict[str, object] = {}
if moment == "before-state":
    Store.save = save_or_die  # type: ignore[method-assign]
elif moment == "before-commit":
    Client.commit = commit_or_die  # type: ignore[method-assign, assignment]
main()
