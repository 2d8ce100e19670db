"""Parts as bytes: the same again, and hostile bytes are refused and never get into a report."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from logsleuth.errors import StateError
from logsleuth.part import Part
from logsleuth.pieces import Fold, decode, encode, read_sources
from logsleuth.plan import Plan
from logsleuth.sources.files import in_bytes
from tests.pieces.conftest import TINY, serving

FIGURE: dict[str, object] = {"metric": "serving", "source": "log", "source_index": 0, "line": 1, "raw": ""}


@pytest.fixture(scope="module")
def parts(plan: Plan) -> list[Part]:
    """Three pieces of a log with failures."""
    data = serving(150, failures=(3, 90, 149))
    return list(read_sources(in_bytes("log", data, limits=TINY), plan, limits=TINY))


def test_there_and_back(parts: list[Part]) -> None:
    """The same part, and events that findings share are still shared."""
    for part in parts:
        back = decode(encode(part))

        assert repr(back) == repr(part)  # shapes are told apart by identity
        assert encode(back) == encode(part)


@pytest.mark.parametrize(
    "data", [b"", b"\xc1", b"\x90", b"\x94\x01\x01\x90\x90", b"\x91" * 5000, b"\xdd\xff\xff\xff\xff", b"not a part"]
)
def test_what_is_no_part(data: bytes) -> None:
    """Truncated, of another shape, nested without end."""
    with pytest.raises(StateError, match="damaged"):
        decode(data)


def test_another_version(parts: list[Part]) -> None:
    """Is named."""
    raw: list[Any] = msgspec.msgpack.decode(encode(parts[0]))
    raw[0] = 99

    with pytest.raises(StateError, match="version 99"):
        decode(msgspec.msgpack.encode(raw))


def test_changed_bytes_are_refused_or_harmless(parts: list[Part], plan: Plan) -> None:
    """Whoever forges a part gets a refusal or a report, never an exception."""
    chance = random.Random(7)
    whole = encode(parts[0])
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            part = decode(bytes(data))
        except StateError:
            continue
        fold = Fold(plan, limits=TINY)
        fold.absorb(part)
        fold.report()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((2,), []),  # no events
        ((3, 0, 0, 1), -1),
        ((3, 0, 0, 2), 999),
        ((3, 0, 0, 3), -2),
        ((3, 0, 0, 5), 77),
        ((3, 0, 0, 6), -(10**12)),
        ((3, 0, 2), 0),
        ((1, "learnt", "shapes", "shapes", 0, 1, "count"), -5),
        ((2, 0, 2), []),
        ((1, "counts", "lines"), -1),
        ((1, "counts", "line_ends"), 2**60),
        ((1, "learnt", "series"), [{"points": (), "stride": 0}]),
        ((1, "learnt", "series"), [{"points": (FIGURE | {"values": (("x", float("inf")),)},), "stride": 1}]),
        ((1, "learnt", "shapes", "shapes", 0, 1, "first", 1), -(2**63)),
        ((1, "learnt", "shapes", "shapes", 0, 1, "last", 1), 2**63),
        ((3, 0, 0, 2), 1),  # behind its last line
    ],
)
def test_forged_values(path: tuple[int | str, ...], value: object, parts: list[Part], plan: Plan) -> None:
    """Findings without their lines, numbers out of range, signatures that nobody knows."""
    raw: Any = msgspec.msgpack.decode(encode(parts[0]))
    at = raw
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value

    with pytest.raises(StateError):
        Fold(plan, limits=TINY).absorb(decode(msgspec.msgpack.encode(raw)))


def test_a_part_of_another_program_is_refused(parts: list[Part]) -> None:
    """A field of another type."""
    with pytest.raises(StateError):
        decode(msgspec.msgpack.encode([1, msgspec.to_builtins(replace(parts[0], notices=())) | {"source": 5}, [], []]))


def test_a_source_that_is_a_log_and_a_dump(parts: list[Part], plan: Plan) -> None:
    """Which nobody writes; it counts as both."""
    fold = Fold(plan, limits=TINY)
    for number, part in enumerate(parts):
        fold.absorb(replace(part, is_dump=number == 0))

    assert fold.report().stats.sources == 2
