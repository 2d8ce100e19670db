"""What changed in the environment between two runs. In: the facts of both. Out: the settings that differ."""

from __future__ import annotations

from typing import Final

from logsleuth.model import Facts
from logsleuth.model.comparison import SettingChange

# figures that are measured: they differ a little between any two runs. (name, ratio from which on it is a change)
MEASURED: Final = {
    "available_kv_cache_gib": 1.1,
    "graph_memory_gib": 1.5,
    "kv_cache_tokens": 1.1,
    "max_concurrency": 1.1,
    "num_cpu_blocks": 1.1,
    "num_gpu_blocks": 1.1,
    "weights_gib": 1.05,
    "weights_load_s": 3.0,
}
# another one in every run
RANDOM: Final = frozenset({"ucm_device_id", "ucm_unique_id"})
# printed only once the start has come far enough: a run that failed before does not have another value
LATE: Final = frozenset(
    {
        "attention_backend",
        "compute_capability",
        "cuda",
        "driver",
        "driver_cuda",
        "gpu",
        "gpu_memory_gib",
        "nccl",
        "nccl_cuda",
        "platform",
        "torch",
        "ucm_commit",
        "ucm_patches",
        "ucm_store",
        "world_size",
    }
)


def changed_settings(good: Facts, bad: Facts) -> tuple[SettingChange, ...]:
    """The settings that differ, by name; nothing where one of the runs tells nothing of its environment."""
    before, now = dict(good), dict(bad)
    if not before or not now:
        return ()
    names = sorted((before.keys() | now.keys()) - RANDOM)
    changes = (SettingChange(name=name, good=before.get(name), bad=now.get(name)) for name in names)
    return tuple(change for change in changes if _is_change(change))


def _is_change(change: SettingChange) -> bool:
    if change.good is None or change.bad is None:
        return change.name not in MEASURED and change.name not in LATE
    if change.name in MEASURED:
        return _ratio(change.good, change.bad) >= MEASURED[change.name]
    return change.good != change.bad


def _ratio(left: str, right: str) -> float:
    """How many times one is the other; 1 where they are no positive numbers."""
    try:
        low, high = sorted((float(left), float(right)))
    except ValueError:
        return 1.0
    return high / low if low > 0 else 1.0
