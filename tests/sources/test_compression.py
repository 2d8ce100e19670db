"""Decompression: recognised by content, any number of members, nothing lost before damage, bounded output."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
from collections.abc import Callable

import pytest
import zstandard

from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import NoticeKind
from logsleuth.sources.compression import Unpacked, codec_of
from logsleuth.sources.readers import ChunkReader, Reader, Trouble

TEXT = b"".join(b"INFO line %d value %d\n" % (n, n * 7919 % 1000) for n in range(20_000))
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
}
EVERY = pytest.mark.parametrize("name", sorted(COMPRESS))


def unpack(data: bytes, *, chunk_bytes: int = 10_000, limits: Limits = DEFAULT_LIMITS) -> tuple[bytes, Trouble | None]:
    """All that compressed bytes give, and what ended them."""
    chunks = (data[at : at + chunk_bytes] for at in range(0, len(data), chunk_bytes))
    return drain(ChunkReader(chunks), data, limits=limits)


def drain(upstream: Reader, head: bytes, *, limits: Limits = DEFAULT_LIMITS) -> tuple[bytes, Trouble | None]:
    """The same for any reader of bytes that begin with `head`."""
    codec = codec_of(head)
    assert codec
    reader = Unpacked(upstream, codec, limits=limits)
    parts = list(iter(lambda: reader.read(50_000), b""))
    assert max(map(len, parts), default=0) <= 50_000
    return b"".join(parts), reader.trouble


@EVERY
def test_formats_are_recognised_by_their_first_bytes(name: str) -> None:
    """Even when they hold nothing."""
    results = [codec_of(COMPRESS[name](data)) for data in (b"", b"a", TEXT)]

    assert [codec.name if codec else None for codec in results] == [name] * 3


def test_text_is_no_format() -> None:
    """Nor is a beginning that only resembles one."""
    results = [codec_of(head) for head in (b"", b"BZh9 is a header", b"\x1f\x8b", b"INFO ready\n")]

    assert results == [None] * 4


@EVERY
@pytest.mark.parametrize("chunk_bytes", [1, 1000, 10**7])
def test_what_was_compressed_comes_back(name: str, chunk_bytes: int) -> None:
    """However the bytes arrive."""
    text = TEXT[: 20 * min(chunk_bytes, len(TEXT)) + 5000]

    result = unpack(COMPRESS[name](text), chunk_bytes=chunk_bytes)

    assert result == (text, None)


@EVERY
@pytest.mark.parametrize("chunk_bytes", [1, 10**7])
def test_members_follow_one_another(name: str, chunk_bytes: int) -> None:
    """Empty ones and padding included."""
    compress = COMPRESS[name]
    padding = b"" if name in {"bzip2", "zstd"} else bytes(8)

    result = unpack(compress(b"one\n") + compress(b"") + compress(b"two\n") + padding, chunk_bytes=chunk_bytes)

    assert result == (b"one\ntwo\n", None)


@EVERY
def test_a_missing_end_keeps_the_beginning(name: str) -> None:
    """What could be read is given, and that something is missing is told."""
    noise = random.Random(3).randbytes(2_000_000)
    data = COMPRESS[name](noise)

    text, trouble = unpack(data[: len(data) * 3 // 4])

    assert noise.startswith(text)
    assert len(text) > len(noise) // 3
    assert trouble == Trouble(
        kind=NoticeKind.SOURCE_TRUNCATED, detail=f"the {name} data end early; what stands before was read"
    )


@EVERY
def test_damage_keeps_the_beginning(name: str) -> None:
    """Bytes that cannot be decompressed are the end."""
    noise = random.Random(3).randbytes(4_000_000)
    data = bytearray(COMPRESS[name](noise))
    data[len(data) * 3 // 4 :] = b"\xff" * (len(data) - len(data) * 3 // 4)

    text, trouble = unpack(bytes(data))

    assert len(text) > len(noise) // 4
    assert text[: len(noise) // 4] == noise[: len(noise) // 4]
    assert trouble
    assert trouble.kind == NoticeKind.SOURCE_TRUNCATED
    assert f"the {name} data are damaged" in trouble.detail


def test_a_wrong_checksum_costs_nothing() -> None:
    """The text of a short gzip file survives."""
    data = gzip.compress(b"all of it\n", mtime=0)

    text, trouble = unpack(data[:-8] + b"\1\2\3\4" + data[-4:])

    assert text == b"all of it\n"
    assert trouble
    assert "incorrect data check" in trouble.detail


@EVERY
def test_what_follows_is_said_to_be_ignored(name: str) -> None:
    """Text behind compressed data belongs to nothing."""
    result = unpack(COMPRESS[name](b"one\n") + b"not compressed")

    assert result == (
        b"one\n",
        Trouble(
            kind=NoticeKind.SOURCE_SKIPPED,
            detail=f"ignored what follows the end of the {name} data; what stands before was read",
        ),
    )


def test_the_trouble_beneath_is_the_one_to_tell() -> None:
    """A failing disk is not a truncated file."""
    upstream = ChunkReader([COMPRESS["gzip"](TEXT)[:1000]])
    upstream.trouble = Trouble(kind=NoticeKind.SOURCE_UNREADABLE, detail="reading failed")

    _, trouble = drain(upstream, b"\x1f\x8b\x08")

    assert trouble == upstream.trouble


def test_a_window_beyond_the_limit_is_refused() -> None:
    """Memory follows the limit, whatever a header asks for."""
    limits = Limits(window_bytes=64 * 1024)
    frame = zstandard.ZstdCompressor(
        compression_params=zstandard.ZstdCompressionParameters(window_log=25)
    ).compressobj()
    zstd = frame.compress(TEXT) + frame.flush()

    results = [unpack(data, limits=limits) for data in (lzma.compress(TEXT), zstd)]

    assert [text for text, _ in results] == [b"", b""]
    assert all(trouble and "damaged" in trouble.detail for _, trouble in results)
