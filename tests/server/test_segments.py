"""The files of the spool: what is damaged costs what it covers, and nothing else."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from logsleuth.server.segments import (
    FRAME_BYTES,
    HEADER_BYTES,
    Codec,
    Damage,
    Frame,
    Header,
    Segment,
    numbers,
    path_of,
    read_header,
)

SALT = bytes(range(7, 23))


def written(folder: Path, payloads: list[bytes], number: int = 1) -> list[int]:
    """Write a segment; return where its frames begin, and its end."""
    codec = Codec(SALT)
    data = Header(previous=0, previous_end=0, salt=SALT).pack()
    starts = []
    for index, payload in enumerate(payloads):
        starts.append(len(data))
        data += codec.head(len(data), index.to_bytes(16, "big"), payload) + payload
    path_of(folder, number).write_bytes(data)
    return [*starts, len(data)]


def read(folder: Path, number: int = 1) -> tuple[list[bytes], list[Damage]]:
    """The payloads and the damage of a segment."""
    with Segment(folder, number) as segment:
        found = list(segment.frames(0, segment.size_bytes))
    return [item.payload for item in found if isinstance(item, Frame)], [
        item for item in found if isinstance(item, Damage)
    ]


def test_frames_come_back_with_their_keys_and_ends(tmp_path: Path) -> None:
    """In order, also empty ones and large ones."""
    payloads = [b"one", b"", b"x" * 3_000_000, b"last"]
    starts = written(tmp_path, payloads)

    with Segment(tmp_path, 1) as segment:
        found = list(segment.frames(0, segment.size_bytes))

    assert found == [
        Frame(end=end, key=index.to_bytes(16, "big"), payload=payload)
        for index, (end, payload) in enumerate(zip(starts[1:], payloads, strict=True))
    ]


@pytest.mark.parametrize("part", ["mark", "length", "key", "checksum", "payload"])
def test_a_damaged_frame_is_skipped_alone(tmp_path: Path, part: str) -> None:
    """Whatever in it is damaged, the next one is found."""
    starts = written(tmp_path, [b"first", b"second " * 50, b"third"])
    offset = {"mark": 0, "length": 5, "key": 9, "checksum": 26, "payload": FRAME_BYTES + 17}[part]
    data = bytearray(path_of(tmp_path, 1).read_bytes())
    data[starts[1] + offset] ^= 0x10
    path_of(tmp_path, 1).write_bytes(data)

    payloads, damages = read(tmp_path)

    assert payloads == [b"first", b"third"]
    assert damages == [Damage(segment=1, offset=starts[1], end=starts[2])]


def test_a_frame_inside_a_payload_is_not_believed(tmp_path: Path) -> None:
    """Even where who wrote it knew the salt, it stands at another place than it says."""
    forged = Codec(SALT).head(HEADER_BYTES, b"\0" * 16, b"forged") + b"forged"
    starts = written(tmp_path, [b"....." + forged + b".....", b"honest"])
    data = bytearray(path_of(tmp_path, 1).read_bytes())
    data[starts[0]] ^= 1
    path_of(tmp_path, 1).write_bytes(data)

    payloads, _ = read(tmp_path)

    assert payloads == [b"honest"]


def test_a_thousand_flipped_bits_cost_only_the_frames_they_hit(tmp_path: Path) -> None:
    """Each flip is tried alone."""
    rng = random.Random(5)
    expected = [bytes(rng.randrange(256) for _ in range(rng.randrange(200))) for _ in range(60)]
    starts = written(tmp_path, expected)
    whole = path_of(tmp_path, 1).read_bytes()

    for _ in range(1000):
        at = rng.randrange(HEADER_BYTES, len(whole))
        data = bytearray(whole)
        data[at] ^= 1 << rng.randrange(8)
        path_of(tmp_path, 1).write_bytes(data)
        payloads, damages = read(tmp_path)
        hit = max(index for index, start in enumerate(starts) if start <= at)

        assert payloads == expected[:hit] + expected[hit + 1 :]
        assert damages == [Damage(segment=1, offset=starts[hit], end=starts[hit + 1])]


@pytest.mark.slow
def test_every_byte_of_the_last_64_kib_may_be_the_last_or_damaged(tmp_path: Path) -> None:
    """What lies before it is there; behind a damaged byte, all other frames are."""
    expected = [b"%d " % index * 760 for index in range(40)]
    starts = written(tmp_path, expected)
    path = path_of(tmp_path, 1)
    whole = path.read_bytes()

    for at in range(len(whole) - 1, len(whole) - 64 * 1024, -1):
        hit = max(index for index, start in enumerate(starts) if start <= at)
        with path.open("r+b") as file:
            file.seek(at)
            file.write(bytes([whole[at] ^ 0xFF]))
        flipped = read(tmp_path)[0]
        os.truncate(path, at)
        cut = read(tmp_path)[0]
        with path.open("ab") as file:
            file.write(whole[at:])

        assert flipped == expected[:hit] + expected[hit + 1 :]
        assert cut == expected[:hit]


@pytest.mark.parametrize("copies", [(0,), (1,)])
def test_half_a_header_is_enough(tmp_path: Path, copies: tuple[int, ...]) -> None:
    """It is there twice."""
    written(tmp_path, [b"payload"])
    data = bytearray(path_of(tmp_path, 1).read_bytes())
    for copy in copies:
        data[copy * 44 + 20] ^= 1
    path_of(tmp_path, 1).write_bytes(data)

    assert read(tmp_path) == ([b"payload"], [])


@pytest.mark.parametrize("content", [b"", b"LSPOOL1\n", b"\0" * 5000, b"x" * 5000])
def test_a_file_without_a_header_is_damage(tmp_path: Path, content: bytes) -> None:
    """All of it."""
    path_of(tmp_path, 1).write_bytes(content)

    payloads, damages = read(tmp_path)

    assert read_header(path_of(tmp_path, 1)) is None
    assert payloads == []
    assert damages == ([Damage(segment=1, offset=0, end=len(content))] if content else [])


def test_other_files_are_no_segments(tmp_path: Path) -> None:
    """Only numbered ones are."""
    for name in ("lock", "12.keys", "notes.spool", "0000000000000003.spool"):
        (tmp_path / name).touch()

    assert numbers(tmp_path) == [3]
