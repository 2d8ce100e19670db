r"""The labels of a stream in the form of Prometheus -> their names and values.

Samples (Alloy, winston-loki):
    {filename="/var/log/vllm.log", host="gpu-07", job="varlogs"}
    {level="error",job="a \"quoted\" job"}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

_PAIR: Final = re.compile(r'([^\s=,{}"]{1,256})\s{0,8}=\s{0,8}"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_PLAIN: Final = {"n": "\n", "t": "\t", "r": "\r"}
_LABELS: Final = 64
_CHARS: Final = 16 * 1024


def parse(text: str) -> Mapping[str, str]:
    """The labels, the first of each name; total."""
    return _parsed(text[:_CHARS])


@lru_cache(maxsize=512)
def _parsed(text: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for match in _PAIR.finditer(text):
        found.setdefault(match[1], _ESCAPE.sub(_character, match[2]) if "\\" in match[2] else match[2])
        if len(found) >= _LABELS:
            break
    return found


def _character(match: re.Match[str]) -> str:
    return _PLAIN.get(match[1], match[1])
