"""Remedies with their facts filled in, and only those that the version at hand understands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from logsleuth.diagnosis.commands import command
from logsleuth.lazy import lazy
from logsleuth.model import Advice, Remedy, Signature, Words
from logsleuth.wording import fill

APPLIES: Final = lazy(r"([A-Za-z][\w.-]*?)\s*([<>=!~].*)")


def advice(signature: Signature, known: Mapping[str, str], versions: Mapping[str, str]) -> tuple[Advice, ...]:
    """The remedies of `signature` whose facts are known and which the versions in the log do not rule out."""
    return advised(signature.remedies, known, versions)


def advised(remedies: Iterable[Remedy], known: Mapping[str, str], versions: Mapping[str, str]) -> tuple[Advice, ...]:
    """`remedies` whose facts are known and which the versions in the log do not rule out."""
    filled = (_filled(remedy, known) for remedy in remedies if applies(remedy.applies, versions))
    return tuple(item for item in filled if item is not None)


def applies(condition: str, versions: Mapping[str, str]) -> bool:
    """Whether `condition` (`vllm>=0.6, torch<2.8`) holds; an unknown version rules nothing out."""
    for part in filter(None, (part.strip() for part in re.split(r",\s*(?=[A-Za-z])|;", condition))):
        match = APPLIES.fullmatch(part)
        if match and not _holds(versions.get(match[1].lower().replace("-", "_")), match[2]):
            return False
    return True


def _holds(version: str | None, specifier: str) -> bool:
    if version is None:
        return True
    # rare, and dear to import: most remedies hold for every version, most logs name none
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415

    try:
        return SpecifierSet(specifier).contains(Version(version), prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return True


def _filled(remedy: Remedy, known: Mapping[str, str]) -> Advice | None:
    en, zh, filled = fill(remedy.text.en, known), fill(remedy.text.zh, known), command(remedy.command, known)
    if en is None or zh is None or filled is None:
        return None
    return Advice(
        text=Words(en=en, zh=zh), command=filled, applies=remedy.applies, is_destructive=remedy.is_destructive
    )
