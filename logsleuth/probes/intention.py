"""What a probe would do: its figures and its command. In: a probe, a subject. Out: an intention, for --dry-run."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from logsleuth.model.signature import Words
from logsleuth.probes.probe import Json, Probe, Subject
from logsleuth.probes.run import command


@dataclass(frozen=True, slots=True, kw_only=True)
class Intention:
    """What a probe would do; instead of wishes, why there is nothing to do."""

    probe: Probe
    wishes: Mapping[str, Json] | Words
    command: str


def intention(probe: Probe, subject: Subject, *, python: str = "") -> Intention:
    """What `probe` would do about `subject`, without doing it."""
    wishes = probe.wishes(subject)
    if isinstance(wishes, Words):
        return Intention(probe=probe, wishes=wishes, command="")
    piped = f"echo {shlex.quote(json.dumps(wishes))} | {shlex.join(command(probe, python=python))}"
    return Intention(probe=probe, wishes=wishes, command=piped)
