"""The facts of a diagnosis: what its own lines say, then who said it, what followed, and the settings that matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from logsleuth.diagnosis.edges import fits
from logsleuth.diagnosis.flow import stage
from logsleuth.diagnosis.groups import Group
from logsleuth.model import Facts, Role

MOST: Final = 24
# of these, every value seen is worth knowing: with whom a rank lost touch, and where
PLURAL: Final = frozenset({"peer", "address", "node", "interface"})
VALUES: Final = 8
# what belongs to the failure itself and must not be taken from its consequences
OWN: Final = frozenset(
    {"fingerprint", "exception", "message", "function", "file", "line", "process", "pid", "rank", "stage", "error"}
)
# (classes, settings that a reader wants beside them)
SETTINGS: Final = (
    (("vllm", "model"), ("model",)),
    (
        ("cuda.oom", "vllm.no-cache-blocks", "vllm.kv-cache-too-small", "vllm.startup-memory"),
        ("gpu_memory_utilization", "max_model_len", "max_num_seqs", "num_gpu_blocks", "num_cpu_blocks"),
    ),
    (
        ("nccl", "dist", "cuda.fork", "vllm.multiprocessing", "vllm.tp-divisibility", "cuda.oom.device"),
        ("tensor_parallel_size", "pipeline_parallel_size"),
    ),
)
# a setting that is the very thing a failure is about: (class, setting, fact)
NAMED: Final = (
    ("nccl.no-interface", "nccl_socket_ifname", "interface"),
    ("nccl.connect", "nccl_socket_ifname", "interface"),
    ("dist.gloo", "gloo_socket_ifname", "interface"),
)


def facts_of(group: Group, led_to: Sequence[Group], environment: Mapping[str, str]) -> Facts:
    """The facts of `group`, completed; the first value under a name stands."""
    facts = dict(_own(group))
    for name, value in (*_origin(group), *_settings(group.id, environment)):
        facts.setdefault(name, value)
    for other in led_to:
        for name, value in other.facts:
            if name not in OWN and len(facts) < MOST:
                facts.setdefault(name, value)
    return tuple(facts.items())


def _own(group: Group) -> Iterable[tuple[str, str]]:
    """What the group's lines say; of a peril met by several peers, all of them."""
    for name, value in group.facts:
        yield name, ", ".join(_values(group, name)) if name in PLURAL else value


def _values(group: Group, name: str) -> list[str]:
    found = (value for finding in group.findings for key, value in finding.facts if key == name)
    return list(dict.fromkeys(found))[:VALUES]


def _origin(group: Group) -> Iterable[tuple[str, str]]:
    """Who said so, where the text itself does not tell."""
    if group.role in (Role.PERF, Role.NOTICE):
        return
    origin = group.first.event.origin
    known = (("rank", origin.rank), ("process", origin.process), ("pid", origin.pid), ("node", origin.node))
    yield from ((name, str(value)) for name, value in known if value is not None)
    step = stage(group.first)
    if step is not None:
        yield "stage", step


def _settings(id_: str, environment: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for class_id, setting, name in NAMED:
        if fits(id_, class_id) and setting in environment:
            yield name, environment[setting]
    for classes, names in SETTINGS:
        if any(fits(id_, class_id) for class_id in classes):
            yield from ((name, environment[name]) for name in names if name in environment)
