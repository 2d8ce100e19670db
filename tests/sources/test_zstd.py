"""Zstandard: frames of every layout, block by block."""

from __future__ import annotations

import random
import tracemalloc

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.sources.zstd import ZstdDecoder

MIXED = random.Random(1).randbytes(300_000) + bytes(300_000) + b"text " * 60_000


def unpack(data: bytes, *, chunk_bytes: int = 1000) -> tuple[bytes, bytes]:
    """The content of the first frame and what was given beyond it."""
    decoder = ZstdDecoder(DEFAULT_LIMITS)
    parts, at = [], 0
    while not decoder.eof and (at < len(data) or not decoder.needs_input):
        chunk = data[at : at + chunk_bytes] if decoder.needs_input else b""
        at += len(chunk)
        parts.append(decoder.decompress(chunk, 1000))
    assert max(map(len, parts)) <= 128 * 1024
    return b"".join(parts), decoder.unused_data + data[at:]


@pytest.mark.parametrize("text", [b"", b"a", b"a" * 300, MIXED[:70_000], MIXED])
@pytest.mark.parametrize("write_checksum", [False, True])
@pytest.mark.parametrize("write_content_size", [False, True])
def test_every_frame_layout(text: bytes, *, write_checksum: bool, write_content_size: bool) -> None:
    """Content sizes of any width, raw, run and compressed blocks, with and without a checksum."""
    compressor = zstandard.ZstdCompressor(write_checksum=write_checksum, write_content_size=write_content_size)

    result = unpack(compressor.compress(text) + b"rest")

    assert result == (text, b"rest")


def test_a_stream_of_unknown_length() -> None:
    """Flushed in the middle, as a logger does."""
    frame = zstandard.ZstdCompressor().compressobj()
    data = (
        frame.compress(b"one\n")
        + frame.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
        + frame.compress(b"two\n")
        + frame.flush()
    )

    result = unpack(data, chunk_bytes=1)

    assert result == (b"one\ntwo\n", b"")


@pytest.mark.parametrize("size", [0, 5, 200_000])
def test_skippable_frames_hold_nothing(size: int) -> None:
    """They are passed over."""
    result = unpack(b"\x52\x2a\x4d\x18" + size.to_bytes(4, "little") + bytes(size) + b"rest")

    assert result == (b"", b"rest")


def test_a_bomb_goes_off_in_small_steps() -> None:
    """64 KiB of run blocks stand for 2 GiB, which never are in memory together."""
    header = b"\x28\xb5\x2f\xfd\x00\x58"  # a window of 2 MiB
    run = (128 * 1024 << 3 | 1 << 1).to_bytes(3, "little") + b"a"
    decoder = ZstdDecoder(DEFAULT_LIMITS)
    tracemalloc.start()

    total = len(decoder.decompress(header + run * 16_000, 1000))
    for _ in range(100):
        total += len(decoder.decompress(b"", 1000))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == 101 * 128 * 1024
    assert peak < 2**21


@given(st.binary(max_size=300))
def test_any_bytes_end_or_raise_its_own_error(data: bytes) -> None:
    """Damage is always an error that the caller knows."""
    try:
        text, rest = unpack(b"\x28\xb5\x2f\xfd" + data)
    except zstandard.ZstdError:
        return

    assert len(rest) <= len(data)
    assert len(text) <= 128 * 1024 * len(data)
