"""The table of versions that go together."""

from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet

from logsleuth.probes.software.pairs import PAIRS, misfits


@pytest.mark.parametrize(
    ("versions", "wanted"),
    [
        ({"ucm": "0.4.0", "vllm": "0.11.0"}, []),
        ({"ucm": "0.4.0", "vllm": "0.9.2"}, ["ucm 0.4.0 needs vllm ==0.11.0, found 0.9.2"]),
        ({"ucm": "0.1.2", "vllm": "0.9.2"}, []),
        ({"ucm": "0.7.0", "vllm": "0.28.0"}, []),
        ({"ucm": "0.5.0", "vllm": "0.20.2"}, []),
        ({"torch": "2.8.0+cu128", "torchvision": "0.23.0+cu128"}, []),
        ({"torch": "2.8.0", "torchvision": "0.22.1"}, ["torch 2.8.0 needs torchvision ==0.23.*, found 0.22.1"]),
        ({"vllm": "0.9.2", "torch": "2.7.1"}, ["vllm 0.9.2 needs torch ==2.7.0, found 2.7.1"]),
        ({"vllm": "0.9.1", "transformers": "4.55.0"}, ["vllm 0.9.1 needs transformers <4.54.0, found 4.55.0"]),
        ({"vllm": "a build of mine", "torch": "2.7.1"}, []),
        ({}, []),
    ],
    ids=range(11),
)
def test_versions_against_the_table(versions: dict[str, str], wanted: list[str]) -> None:
    """What fits is silent; what is no version is passed over."""
    assert [str(misfit) for misfit in misfits(versions)] == wanted


def test_old_ucm_on_new_vllm_is_known_to_fail() -> None:
    """The constructor is another one since vLLM 0.21: more than a pair that nobody documented."""
    found = [misfit for misfit in misfits({"ucm": "0.5.0rc1", "vllm": "0.21.0"}) if misfit.pair.is_broken]

    assert [misfit.pair.class_id for misfit in found] == ["ucm.version.constructor"]


def test_rows_are_sound() -> None:
    """Every row can be read and tells where it is from."""
    for pair in PAIRS:
        assert SpecifierSet(pair.versions) is not None
        assert all(SpecifierSet(fits) for fits in pair.fits)
        assert pair.source.startswith("https://")
