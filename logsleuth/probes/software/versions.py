"""Probe `version-pair`: do the versions installed here go together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts
from logsleuth.probes.answers import Values, answer, is_of, text_of, texts_of
from logsleuth.probes.judging import from_failure, result
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject
from logsleuth.probes.software.installed import NAMES
from logsleuth.probes.software.pairs import misfits

NAME: Final = "version-pair"
SHOWN: Final = 6
FULL: Final = ("0.0.", "0.1.", "0.2.", "0.3.", "0.4.", "0.5.", "0.6.")  # of uc-manager, with modules of their own
# the packages that a class is about; the others are about what their facts name
PACKAGES: Final = {
    "ucm.version": ("ucm", "uc-manager"),
    "ucm.native-missing": ("ucm", "uc-manager"),
    "deps.vllm-api": ("vllm", "ucm", "lmcache", "uc-manager"),
    "deps.transformers": ("transformers", "tokenizers", "huggingface-hub"),
    "deps.triton": ("triton",),
    "deps.flash-attn": ("flash-attn", "flashinfer", "flashinfer-python", "torch"),
    "deps.numpy": ("numpy",),
    "deps.version-conflict.torchvision": ("torchvision", "torchaudio"),
    "deps.version-conflict.protobuf": ("protobuf",),
    "build.abi-mismatch": ("torch",),
    "lmcache.config": ("lmcache",),
}
# what versions alone decide; whether an import works they do not
DECIDED: Final = (
    "deps.version-conflict",
    "deps.transformers.version",
    "deps.flash-attn.flashinfer-version",
    "ucm.version",
    "ucm.native-missing.several-wheels",
)
UNDECIDED: Final = (
    "deps.version-conflict.import",
    "deps.version-conflict.metadata",
    "deps.version-conflict.no-match",
    "deps.version-conflict.resolution",
    "ucm.version.attribute",
)
FACTS: Final = ("name", "other", "module", "library")


def conflicts(values: Values) -> tuple[tuple[str, str], ...]:
    """(class, what does not fit) of all that is installed: known pairs, requirements, packages in each other's way."""
    return tuple(dict.fromkeys((*_pairs(values), *_requirements(values), *_several(values))))


def _pairs(values: Values) -> Iterator[tuple[str, str]]:
    for misfit in misfits(versions_of(values)):
        if misfit.pair.is_broken:
            yield misfit.pair.class_id, str(misfit)


def undocumented(values: Values) -> tuple[str, ...]:
    """The pairs that may work but are not among what is documented."""
    return tuple(str(misfit) for misfit in misfits(versions_of(values)) if not misfit.pair.is_broken)


def versions_of(values: Values) -> dict[str, str]:
    """The versions of the packages that matter, by the name that the environment of a log has for them."""
    return _texts(values.get("versions"))


def cuda_of(torch: str) -> str:
    """The CUDA that a torch is built for, as its version tells (2.9.0+cu128: 12.8), or an empty text."""
    local = torch.partition("+cu")[2]
    return f"{local[:-1]}.{local[-1]}" if local.isdecimal() and len(local) >= 3 else ""


def _texts(value: Json) -> dict[str, str]:
    return {name: str(text) for name, text in value.items()} if isinstance(value, dict) else {}


def _requirements(values: Values) -> Iterator[tuple[str, str]]:
    """What packages say themselves that they require, as `pip check` reads it."""
    every, python = _texts(values.get("all")), text_of(values, "python")
    stated = values.get("requirements")
    for name, requirements in sorted(stated.items()) if isinstance(stated, dict) else ():
        for text in requirements if isinstance(requirements, list) else ():
            wanted = _requirement(str(text), python)
            found = every.get(wanted.name.lower().replace("_", "-")) if wanted else None
            if wanted and found and not wanted.specifier.contains(found, prereleases=True):
                yield "deps.version-conflict", f"{name} needs {wanted.name}{wanted.specifier}, found {found}"


def _requirement(text: str, python: str) -> Requirement | None:
    """The requirement, where it holds for this interpreter without extras."""
    try:
        wanted = Requirement(text)
    except InvalidRequirement:
        return None
    told = {"extra": "", "python_full_version": python, "python_version": ".".join(python.split(".")[:2])}
    return wanted if wanted.marker is None or wanted.marker.evaluate(told) else None


def _several(values: Values) -> Iterator[tuple[str, str]]:
    """UCM packages that overwrite each other; from 0.7 on `uc-manager` itself is empty and only names one of them."""
    packages = [package for package in texts_of(values, "ucm_packages") if not _is_empty(package)]
    if len(packages) > 1:
        yield "ucm.native-missing.several-wheels", f"several UCM packages overwrite each other: {', '.join(packages)}"


def _is_empty(package: str) -> bool:
    name, _, version = package.partition(" ")
    return name == "uc-manager" and not version.startswith(FULL)


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """Confirmed where packages that the diagnosis is about do not fit, refuted where they do."""
    failed = from_failure(NAME, sample, subject)
    if failed is not None:
        return failed
    versions = versions_of(sample.values)
    found = conflicts(sample.values)
    relevant = [row for row in found if _is_about(row, subject)]
    shown = ", ".join(f"{name} {version}" for name, version in versions.items())
    facts: Facts = (("installed", shown or "-"), ("conflicts", "; ".join(text for _, text in found[:SHOWN]) or "-"))
    if relevant:
        said = "; ".join(text for _, text in relevant[:SHOWN])
        detail = Words(en=f"Installed here: {said}.", zh=f"本机安装的版本不匹配：{said}。")
        return answer(NAME, Outcome.CONFIRMED, detail, sample, facts=facts, provoked=_class(relevant, subject))
    if not versions.get("vllm") and not versions.get("torch"):
        return result(NAME, Outcome.SKIPPED, NO_SERVICE, sample, facts)
    return _fitting(sample, subject, versions, facts)


NO_SERVICE: Final = Words(
    en="neither vllm nor torch is installed for this interpreter: name that of the service with --python",
    zh="此解释器没有安装 vllm 或 torch：请用 --python 指定服务所用的解释器",
)


def _fitting(sample: Sample, subject: Subject, versions: Mapping[str, str], facts: Facts) -> ProbeResult:
    other = _differs(versions, subject)
    if other:
        detail = Words(
            en=f"No conflict here, but this is not the software of the log: {other}.",
            zh=f"此处没有冲突，但这不是日志中的软件环境：{other}。",
        )
        return answer(NAME, Outcome.INCONCLUSIVE, detail, sample, facts=facts)
    unsure = [text for text in undocumented(sample.values) if _is_about(("", text), subject)]
    if unsure:
        said = "; ".join(unsure)
        detail = Words(en=f"Not among the documented pairs: {said}.", zh=f"不在文档所列的组合之内：{said}。")
        return answer(NAME, Outcome.INCONCLUSIVE, detail, sample, facts=facts)
    detail = Words(en="No conflict among the versions installed here.", zh="此处安装的版本之间没有冲突。")
    is_decided = is_of(subject.diagnosis, *DECIDED) and not is_of(subject.diagnosis, *UNDECIDED)
    outcome = Outcome.REFUTED if is_decided or not subject.diagnosis else Outcome.INCONCLUSIVE
    return answer(NAME, outcome, detail, sample, facts=facts)


def _class(rows: list[tuple[str, str]], subject: Subject) -> str:
    """The class of the conflicts: that of the diagnosis where one of them is about its packages."""
    return next(
        (class_id for class_id, _ in rows if is_of(subject.diagnosis, class_id)), subject.diagnosis or rows[0][0]
    )


def _is_about(row: tuple[str, str], subject: Subject) -> bool:
    class_id, text = row
    if not subject.diagnosis or (class_id and is_of(subject.diagnosis, class_id)):
        return True
    named = {name for of, names in PACKAGES.items() if is_of(subject.diagnosis, of) for name in names}
    for fact in FACTS:
        named.add(subject.get(fact).partition(".")[0].replace("_", "-").lower())
    words = {word.rstrip(",:;").lower() for part in text.split() for word in (part, part.partition("=")[0])}
    return any(name and any(word.startswith(name) for word in words) for name in named)


def _differs(versions: Mapping[str, str], subject: Subject) -> str:
    told = dict(subject.environment)
    pairs = [(name, told[name], versions.get(name, "")) for name in (*NAMES.values(), "ucm") if name in told]
    return ", ".join(
        dict.fromkeys(
            f"{name} {in_log} in the log, {here or 'none'} here"
            for name, in_log, here in pairs
            if here.partition("+")[0] != in_log.partition("+")[0]
        )
    )


VERSION_PAIR: Final = Probe(
    name=NAME,
    title=Words(en="Versions that go together", zh="版本是否匹配"),
    hypothesis=Words(
        en="Packages installed here require other versions of each other, or are known not to go together. It reads "
        "metadata only: what was built from source may say otherwise than it is.",
        zh="此处安装的软件包要求彼此的其他版本，或已知不能搭配。它只读取元数据：从源码构建的包可能名不副实。",
    ),
    answers=(
        "deps.vllm-api",
        "deps.version-conflict",
        "deps.transformers",
        "deps.triton",
        "deps.flash-attn",
        "deps.numpy",
        "ucm.version",
        "ucm.native-missing.several-wheels",
        "build.abi-mismatch",
    ),
    predictions=(
        Prediction(
            diagnosis="deps.version-conflict",
            says=Words(en="a requirement is not met, with the versions", zh="有依赖要求未满足，并给出版本"),
        ),
        Prediction(
            diagnosis="ucm.version",
            says=Words(en="UCM and vLLM are no pair of the table", zh="UCM 与 vLLM 不在版本表内"),
        ),
        Prediction(diagnosis="healthy", says=Words(en="all requirements are met", zh="所有依赖要求都满足")),
    ),
    measure="software.installed:measure",
    wishes=lambda _subject: {},
    judge=judge,
    limit_s=30.0,
)
