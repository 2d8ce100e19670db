r"""Bytes of one line -> the JSON objects it holds, whoever wrote them.

Samples (one object, an array in one line, objects without a separator, NaN as Python writes it):
    {"log":"INFO 06-10 21:32:17 [core.py:58] x\n","stream":"stderr","time":"2026-03-09T09:53:39.798629403Z"}
    [{"date":1795154400.123457,"log":"a"},{"date":1795154401.0,"log":"b"}]
    {"message":"a"}{"message":"b"}
    {"msg":"loss","value":NaN}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

import orjson

Object = Mapping[str, object]

_DECODER: Final = json.JSONDecoder(strict=False)
_MARK: Final = "\ufeff"


def objects(line: bytes, *, most: int) -> tuple[Object, ...] | None:
    """The objects of a line, `most` at the utmost, or None where it is anything else than objects."""
    try:
        found: object = orjson.loads(line)
    except orjson.JSONDecodeError:
        return _tolerant(line, most)
    return _as_objects(found, most)


def nested(text: str) -> Object | None:
    """The object that a string holds, or None."""
    if not text.startswith("{") or not text.rstrip().endswith("}"):
        return None
    found = objects(text.encode("utf-8", "replace"), most=2)
    return found[0] if found and len(found) == 1 else None


def _as_objects(found: object, most: int) -> tuple[Object, ...] | None:
    if isinstance(found, dict):
        return (found,)
    if isinstance(found, list) and found and all(isinstance(item, dict) for item in found):
        return tuple(found[:most])
    return None


def _tolerant(line: bytes, most: int) -> tuple[Object, ...] | None:
    """What the strict reader refuses: NaN, lone surrogates, damaged UTF-8, several objects in a row."""
    text = line.decode("utf-8", "replace").strip().removeprefix(_MARK)
    found: list[Object] = []
    at = 0
    while at < len(text) and len(found) < most:
        try:
            item, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return None
        parts = _as_objects(item, most)
        if parts is None:
            return None
        found.extend(parts)
        at += len(text[at : at + 64]) - len(text[at : at + 64].lstrip())
    return tuple(found[:most]) or None
