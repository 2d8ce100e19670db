"""Which versions go together, as data with their sources. In: names and versions. Out: the rows that do not hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

VLLM_RELEASES: Final = "https://vllm.ai/releases"
UCM: Final = "https://github.com/ModelEngine-Group/unified-cache-management"
TORCHVISION: Final = "https://github.com/pytorch/vision#installation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Where `name` is within `versions`, `other` has to be within one of `fits`.

    `is_broken` says that it fails otherwise; else it is only not among what is documented. `class_id` is the class of
    the failure.
    """

    name: str
    versions: str
    other: str
    fits: tuple[str, ...]
    class_id: str
    source: str
    is_broken: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """A pair that does not hold with these versions."""

    pair: Pair
    version: str
    other_version: str

    def __str__(self) -> str:
        """`ucm 0.5.0 needs vllm >=..., found 0.21.0`."""
        fits = " or ".join(self.pair.fits)
        return f"{self.pair.name} {self.version} needs {self.pair.other} {fits}, found {self.other_version}"


def _ucm(versions: str, *fits: str) -> Pair:
    # get_supported_versions in ucm/integration/vllm/patch/apply_patch.py of each release
    return Pair(
        name="ucm", versions=versions, other="vllm", fits=fits, class_id="ucm.version", source=UCM, is_broken=False
    )


def _torch(vllm: str, torch: str) -> Pair:
    # the exact pin in vLLM's requirements/cuda.txt of that release
    return Pair(
        name="vllm",
        versions=f"=={vllm}",
        other="torch",
        fits=(f"=={torch}",),
        class_id="deps.version-conflict",
        source=f"https://github.com/vllm-project/vllm/blob/v{vllm}/requirements/cuda.txt",
    )


def _vision(torch: str, vision: str) -> Pair:
    return Pair(
        name="torch",
        versions=f"=={torch}.*",
        other="torchvision",
        fits=(f"=={vision}.*",),
        class_id="deps.version-conflict.torchvision",
        source=TORCHVISION,
    )


def _audio(torch: str) -> Pair:
    return Pair(
        name="torch",
        versions=f"=={torch}.*",
        other="torchaudio",
        fits=(f"=={torch}.*",),
        class_id="deps.version-conflict.torchvision",
        source="https://docs.pytorch.org/audio/stable/installation.html",
    )


PAIRS: Final = (
    _ucm("<0.3.0", "==0.9.1", "==0.9.2"),
    _ucm(">=0.3.0,<0.4.0", "==0.9.1", "==0.9.2", "==0.11.0"),
    _ucm(">=0.4.0,<0.5.0rc1", "==0.11.0"),
    _ucm(">=0.5.0rc1,<0.7.0", ">=0.11.0,<0.21.0"),
    _ucm(">=0.7.0,<0.9.0rc1", ">=0.11.0,<=0.28.0"),
    _ucm(">=0.9.0rc1", ">=0.11.0,<=0.30.0"),
    # vllm kv_connector/factory.py 0.21 refuses constructors without kv_cache_config; UCM has it since 0.5.0
    Pair(
        name="ucm",
        versions="<=0.5.0rc1",
        other="vllm",
        fits=("<0.21.0",),
        class_id="ucm.version.constructor",
        source=f"{UCM}/pull/955",
    ),
    _torch("0.9.2", "2.7.0"),
    _torch("0.11.0", "2.8.0"),
    _torch("0.11.2", "2.9.0"),
    _torch("0.13.0", "2.9.0"),
    Pair(
        name="vllm",
        versions=">=0.9.0,<0.10.0",
        other="transformers",
        fits=("<4.54.0",),
        class_id="deps.transformers.too-new",
        source=VLLM_RELEASES,
    ),
    # the triton that torch is built with
    Pair(
        name="torch",
        versions="==2.7.0",
        other="triton",
        fits=("==3.3.0",),
        class_id="deps.triton",
        source="https://github.com/pytorch/pytorch/blob/v2.7.0/.ci/docker/triton_version.txt",
    ),
    # the table in the plugin's own documentation
    Pair(
        name="lmcache_ascend",
        versions=">=0.5.6",
        other="vllm",
        fits=(">=0.23.0",),
        class_id="lmcache.config",
        source="https://github.com/LMCache/LMCache-Ascend/wiki",
    ),
    Pair(
        name="lmcache_ascend",
        versions=">=0.5.6,<0.6",
        other="lmcache",
        fits=("==0.5.6.*", "==0.5.6"),
        class_id="lmcache.config",
        source="https://github.com/LMCache/LMCache-Ascend/wiki",
    ),
    *(_vision(f"2.{minor}", f"0.{minor + 15}") for minor in range(4, 11)),
    *(_audio(f"2.{minor}") for minor in range(4, 11)),
)


def misfits(versions: Mapping[str, str], *, pairs: tuple[Pair, ...] = PAIRS) -> Iterator[Misfit]:
    """The pairs that these versions break, in the order of the table; a version that is none is passed over."""
    for pair in pairs:
        version, other = _version(versions.get(pair.name, "")), _version(versions.get(pair.other, ""))
        if version is None or other is None or not _is_within(version, pair.versions):
            continue
        if not any(_is_within(other, fits) for fits in pair.fits):
            yield Misfit(pair=pair, version=str(version), other_version=str(other))


def _version(text: str) -> Version | None:
    try:
        return Version(Version(text).public)  # 2.7.0+cu126 is a 2.7.0
    except InvalidVersion:
        return None


def _is_within(version: Version, specifiers: str) -> bool:
    return SpecifierSet(specifiers).contains(version, prereleases=True)
