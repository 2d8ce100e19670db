"""How fast a model can generate at most. In: bytes and operations of one step. Out: tokens per second, and what bounds.

Every step of decoding reads all weights that it uses and the KV of every running sequence; memory and arithmetic work
at the same time, and the slower of the two sets the pace. https://arxiv.org/abs/2402.16363
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from logsleuth.probes.speed.models import Shape

GIGA: Final = 1e9
TERA: Final = 1e12


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step of decoding needs of one GPU; `batch` tokens come out of it."""

    batch: int
    weight_bytes: float
    kv_bytes: float = 0.0
    operations: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """The most that a step of `batch` tokens allows."""

    tokens_per_s: float
    each_per_s: float  # of one sequence
    step_ms: float
    bound: str  # memory | compute


def step_of(shape: Shape, *, batch: int, weight: float, context: int = 0, kv_bytes: float = 2.0, gpus: int = 1) -> Step:
    """One step of `batch` sequences of `context` tokens each, split evenly over `gpus` (tensor parallel).

    `weight` and `kv_bytes` are the bytes of one weight and of one value of the cache. The embeddings, which
    quantisation leaves alone, take two bytes each.
    """
    others = shape.read(batch) - shape.vocabulary
    return Step(
        batch=batch,
        weight_bytes=(others * weight + shape.vocabulary * max(weight, 2.0)) / gpus,
        kv_bytes=batch * context * shape.layers * shape.kv_values * kv_bytes / gpus,
        operations=2.0 * shape.active() * batch / gpus,
    )


def ceiling(step: Step, *, gbps: float, tflops: float = 0.0) -> Ceiling:
    """The most tokens per second at this bandwidth, and at this rate of operations if it is known (not 0)."""
    reading = (step.weight_bytes + step.kv_bytes) / (gbps * GIGA)
    computing = step.operations / (tflops * TERA) if tflops else 0.0
    seconds = max(reading, computing)
    return Ceiling(
        tokens_per_s=step.batch / seconds,
        each_per_s=1 / seconds,
        step_ms=1e3 * seconds,
        bound="compute" if computing > reading else "memory",
    )
