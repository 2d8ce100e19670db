"""What a diagnosis is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from logsleuth.diagnosis.performance import Walk
from logsleuth.limits import Limits
from logsleuth.model import Facts, Finding, RankReport, Sight, Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything known about the input; `progress` maps a source's index to its last line of normal service.

    `began` maps it to the first one, `placed` to the last line at which a pod got its node, `walks` to the way to the
    bottleneck of a service that is slow.
    """

    findings: tuple[Finding, ...]
    signatures: Mapping[str, Signature]
    limits: Limits
    environment: Facts = ()
    progress: Mapping[int, int] = field(default_factory=dict)
    began: Mapping[int, int] = field(default_factory=dict)
    placed: Mapping[int, int] = field(default_factory=dict)
    walks: Mapping[int, Walk] = field(default_factory=dict)
    reports: tuple[RankReport, ...] = ()  # what flight-recorder dumps say
    sights: tuple[Sight, ...] = ()  # what several sources may have seen
