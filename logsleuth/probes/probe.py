"""What a probe is: a question to this machine, what it needs, how it is asked in a child, how the answer is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from logsleuth.model.probe import ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts

Json = str | int | float | bool | list["Json"] | dict[str, "Json"] | None


class Need(StrEnum):
    """What has to be here for a probe to run; what is missing makes it `skipped`, with what to install."""

    TORCH = "torch"
    GPU = "gpu"
    GPUS = "gpus"  # two at least
    TRITON = "triton"
    NVML = "nvml"
    KERNEL_LOG = "kernel-log"


class Touch(StrEnum):
    """What a probe does to the machine, for `--dry-run` and for the guard of a GPU in use."""

    READS = "reads"  # files, figures, names
    GPU = "gpu"  # allocates or computes on a GPU: never on a busy one without --force
    NETWORK = "network"  # connects to an address that the log or the user named
    DISK = "disk"  # writes within a folder that it makes itself, and removes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a probe is asked about: a diagnosis and what its log says of the environment, or nothing at all.

    `facts` are those of the diagnosis, `environment` those of the log (model, versions, sizes, paths, addresses): who
    wrote the log chose them. `given` are those of the user, and `may_connect` is the user's leave to connect to public
    hosts that only the log names.
    """

    diagnosis: str = ""
    facts: Facts = ()
    environment: Facts = ()
    given: Facts = ()
    may_connect: bool = False

    def get(self, name: str, default: str = "") -> str:
        """The fact called `name`, of the user first, then of the diagnosis."""
        return dict((*self.environment, *self.facts, *self.given)).get(name, default)

    def each(self, *names: str) -> tuple[str, ...]:
        """These facts in this order, those that the user gave before all others; an empty text for one not told."""
        return tuple(self.get(name) for name in sorted(names, key=lambda name: not self.said(name)))

    def said(self, name: str) -> str:
        """The fact called `name` where the user gave it."""
        return dict(self.given).get(name, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What came back from a child: its values, or how it ended without any.

    `is_complete` says that values came. `signal`, `exit_status`, `is_timed_out` and `is_out_of_memory` (killed by the
    memory guard) tell how it ended; `output` is the end of what it printed, `provoked` the class that the catalog sees
    in that output.
    """

    values: Mapping[str, Json] = field(default_factory=dict)
    is_complete: bool = False
    exit_status: int | None = None
    signal: int | None = None
    is_timed_out: bool = False
    is_out_of_memory: bool = False
    output: str = ""
    provoked: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What the sample looks like if `diagnosis` (a class, or `healthy`) is true: rivals predict different things."""

    diagnosis: str
    says: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One probe.

    `answers` are the classes (or prefixes of ids) that it can confirm or refute. `measure` is "module:function" below
    `logsleuth.probes`: it runs in the child, takes the wishes as a mapping and returns JSON values; whatever it raises
    or prints is part of the answer. `wishes` says from a subject what the child is to do (sizes, paths, addresses), or
    why there is nothing to do. `judge` is pure.
    """

    name: str
    title: Words
    hypothesis: Words
    answers: tuple[str, ...]
    predictions: tuple[Prediction, ...]
    measure: str
    wishes: Callable[[Subject], Mapping[str, Json] | Words]
    judge: Callable[[Sample, Subject], ProbeResult]
    needs: tuple[Need, ...] = ()
    touches: tuple[Touch, ...] = (Touch.READS,)
    limit_s: float = 30.0
    memory_bytes: int = 4 * 1024**3  # of the host, beside what the GPU's driver maps
    environment: tuple[str, ...] = ()  # variables beyond those of every child: credentials, where it needs them
    limits_address_space: bool = True  # beside what stays resident; off where mapping much is the question itself
