"""Fills the facts of a finding into the texts of a signature."""

from __future__ import annotations

import re
from collections.abc import Mapping

OPTIONAL = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
NAME = re.compile(r"\{([a-z][a-z0-9_.]*)\}")


def names(text: str) -> tuple[str, ...]:
    """The facts that `text` mentions, optional parts included, in order."""
    return tuple(dict.fromkeys(NAME.findall(text)))


def fill(text: str, facts: Mapping[str, str]) -> str | None:
    """`text` with its `{names}` replaced, or None where one is unknown.

    A part in double brackets, `[[ of {total}]]`, is left out when one of its facts is unknown.
    """
    shortened = OPTIONAL.sub(lambda part: _fill_all(part[1], facts) or "", text)
    return _fill_all(shortened, facts)


def _fill_all(text: str, facts: Mapping[str, str]) -> str | None:
    if any(name not in facts for name in NAME.findall(text)):
        return None
    return NAME.sub(lambda match: facts[match[1]], text)
