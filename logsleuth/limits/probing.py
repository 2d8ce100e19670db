"""What a probe's child may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeLimits:
    """Bounds of one probe's child, beside the time and memory that the probe itself names."""

    output_bytes: int = 64 * 1024  # the end of what it prints
    values_bytes: int = 1024 * 1024
    grace_s: float = 2.0  # between SIGTERM, at which it prints where it stands, and SIGKILL
    reap_s: float = 2.0  # after SIGKILL; a process that the kernel holds longer is left behind
    poll_s: float = 0.05
    overhead_bytes: int = 1024**3  # of address space for the interpreter and its libraries


DEFAULT_PROBE_LIMITS = ProbeLimits()
