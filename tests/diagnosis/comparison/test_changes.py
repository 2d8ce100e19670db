"""Settings that differ between two runs."""

from __future__ import annotations

import pytest

from logsleuth.diagnosis.comparison.changes import changed_settings
from logsleuth.model import Facts
from logsleuth.model.comparison import SettingChange

BOTH = (("model", "m"), ("vllm", "0.9.1"))


@pytest.mark.parametrize(
    ("good", "bad", "expected"),
    [
        ((), (), ()),
        (BOTH, BOTH, ()),
        (BOTH, (), ()),
        ((), BOTH, ()),
        (BOTH, (("vllm", "0.11.0"), ("model", "m")), (("vllm", "0.9.1", "0.11.0"),)),
        (BOTH, (*BOTH, ("enforce_eager", "True")), (("enforce_eager", None, "True"),)),
        ((*BOTH, ("kv_connector", "X")), BOTH, (("kv_connector", "X", None),)),
        ((*BOTH, ("nccl", "2.27.5")), BOTH, ()),
        ((*BOTH, ("nccl", "2.27.5")), (*BOTH, ("nccl", "2.21.5")), (("nccl", "2.27.5", "2.21.5"),)),
        ((*BOTH, ("kv_cache_tokens", "1000")), (*BOTH, ("kv_cache_tokens", "1050")), ()),
        (
            (*BOTH, ("kv_cache_tokens", "1000")),
            (*BOTH, ("kv_cache_tokens", "500")),
            (("kv_cache_tokens", "1000", "500"),),
        ),
        ((*BOTH, ("kv_cache_tokens", "many")), (*BOTH, ("kv_cache_tokens", "0")), ()),
        ((*BOTH, ("ucm_unique_id", "a")), (*BOTH, ("ucm_unique_id", "b")), ()),
    ],
)
def test_what_counts_as_a_change(good: Facts, bad: Facts, expected: tuple[tuple[str, ...], ...]) -> None:
    """Another value; not what is measured, random, or told late in a start."""
    changes = tuple(SettingChange(name=name, good=before, bad=now) for name, before, now in expected)

    assert changed_settings(good, bad) == changes
