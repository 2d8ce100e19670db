"""Catalogs of any size. In: how many signatures. Out: a catalog of so many, with kinds in the proportions of the real one.

A smaller one is a seeded choice. A larger one has copies beside all that there are: their texts are looked for in other
words of the same lengths, which hardly any log holds.
"""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

from logsleuth.catalog.load import Catalog, catalog_of, load_catalog
from logsleuth.model import Pattern, Signature, Status

# whole words: what an escape or the name of a group consists of stays as it is
WORD = re.compile(r"(?<![\\A-Za-z<])[A-Za-z]{4,}(?!>)")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SEED = 1


def sized(count: int, *, cache: Path | None = None) -> Catalog:
    """`count` signatures that are looked for; 0: the catalog as it is."""
    catalog = load_catalog(cache=cache)
    if not count:
        return catalog
    used = [one for one in catalog.signatures if one.patterns and one.status is not Status.RETIRED]
    draw = random.Random(SEED)
    chosen = draw.sample(used, min(count, len(used)))
    while len(chosen) < count:
        chosen.append(_copy(draw.choice(used), len(chosen)))
    return catalog_of(chosen, catalog.classes)


def _copy(signature: Signature, number: int) -> Signature:
    patterns = tuple(_other(pattern, number) for pattern in signature.patterns)
    return replace(signature, id=f"{signature.id}.copy-{number}", patterns=patterns)


def _other(pattern: Pattern, number: int) -> Pattern:
    return replace(pattern, literal=_shifted(pattern.literal, number), scan=_shifted(pattern.scan, number))


def _shifted(text: str, number: int) -> str:
    """`text` with the letters of its words replaced by others."""
    by = 1 + number % 25
    shifted = LETTERS[by:] + LETTERS[:by]
    table = str.maketrans(LETTERS + LETTERS.upper(), shifted + shifted.upper())
    return WORD.sub(lambda match: match[0].translate(table), text)
