"""Which bytes come out of a body, and which bodies are refused."""

from __future__ import annotations

import gzip
import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Protocol

import cramjam
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from logsleuth.limits import DEFAULT_BODY_LIMITS, BodyLimits
from logsleuth.server.wire.bodies import Decompressor, encodings
from logsleuth.server.wire.decoders import SNAPPY_START
from logsleuth.server.wire.protocol import RefusedError, Why

PLAIN = b'{"log":"INFO 06-10 21:32:17 [core.py:58] x"}\n' * 50
MIB = 1024 * 1024


class Compressor(Protocol):
    """What zlib and zstandard have in common."""

    def compress(self, data: bytes, /) -> bytes:
        """Some output."""
        ...

    def flush(self) -> bytes:
        """The rest."""
        ...


def raw_deflate(data: bytes) -> bytes:
    """Deflate without any frame."""
    engine = zlib.compressobj(wbits=-15)
    return engine.compress(data) + engine.flush()


def zstd(data: bytes, *, window_log: int = 21) -> bytes:
    """A frame without its size, as a stream writes it."""
    settings = zstandard.ZstdCompressionParameters(window_log=window_log, compression_level=1)
    engine = zstandard.ZstdCompressor(compression_params=settings).compressobj()
    return engine.compress(data) + engine.flush()


def zeros(engine: Compressor, size: int) -> bytes:
    """A compressor's output for so many zeros."""
    block = bytes(MIB)
    return b"".join([*(engine.compress(block) for _ in range(size // MIB)), engine.flush()])


def plain(layers: tuple[str, ...], data: bytes, limits: BodyLimits = DEFAULT_BODY_LIMITS, step: int = 4096) -> bytes:
    """The body read in steps."""
    engine = Decompressor(layers, limits)
    pieces = [engine.feed(data[at : at + step]) for at in range(0, len(data), step)]
    return b"".join([*pieces, engine.finish()])


def refusal(layers: tuple[str, ...], data: bytes, limits: BodyLimits = DEFAULT_BODY_LIMITS) -> Why | None:
    """Why a body is refused."""
    try:
        plain(layers, data, limits, step=64 * 1024)
    except RefusedError as error:
        return error.refusal.why
    return None


ENCODED: dict[str, tuple[tuple[str, ...], bytes]] = {
    "identity": ((), PLAIN),
    "gzip": (("gzip",), gzip.compress(PLAIN)),
    "gzip members": (("gzip",), gzip.compress(PLAIN[:100]) + gzip.compress(b"") + gzip.compress(PLAIN[100:])),
    "gzip padded": (("gzip",), gzip.compress(PLAIN) + bytes(500)),
    "zlib": (("deflate",), zlib.compress(PLAIN)),
    "raw deflate": (("deflate",), raw_deflate(PLAIN)),
    "zstd": (("zstd",), zstandard.compress(PLAIN)),
    "zstd without size": (("zstd",), zstd(PLAIN)),
    "zstd frames": (
        ("zstd",),
        zstd(PLAIN[:7]) + struct.pack("<II", 0x184D2A53, 3) + b"abc" + zstandard.compress(PLAIN[7:]),
    ),
    "snappy raw": (("snappy",), bytes(cramjam.snappy.compress_raw(PLAIN))),
    "snappy framed": (("snappy",), bytes(cramjam.snappy.compress(PLAIN))),
    "lz4": (("lz4",), bytes(cramjam.lz4.compress(PLAIN))),
    "lz4 frames": (("lz4",), bytes(cramjam.lz4.compress(PLAIN[:9])) + bytes(cramjam.lz4.compress(PLAIN[9:]))),
    "nested": (("gzip", "zstd"), zstd(gzip.compress(PLAIN))),
    "header forgotten": ((), gzip.compress(PLAIN)),
    "header of another": (("gzip",), zstd(PLAIN)),
    "zstd that is none": (("zstd",), PLAIN),
    "deflate that is none": (("deflate",), PLAIN),
    "gzip that is zlib": (("gzip",), zlib.compress(PLAIN)),
}


@pytest.mark.parametrize("step", [1, 7, 100_000])
@pytest.mark.parametrize("name", ENCODED)
def test_every_encoding_is_read(name: str, step: int) -> None:
    """However the bytes are cut, and whatever the header forgot."""
    layers, data = ENCODED[name]

    assert plain(layers, data, step=step) == PLAIN


@pytest.mark.parametrize("layers", [(), ("gzip",), ("deflate",), ("zstd",), ("snappy",), ("lz4",)])
def test_an_empty_body_is_empty(layers: tuple[str, ...]) -> None:
    """Clients that keep a connection alive send nothing, with all their headers."""
    assert plain(layers, b"") == b""


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ()),
        ("identity", ()),
        ("gzip", ("gzip",)),
        ("X-GZip", ("gzip",)),
        ("deflate, gzip", ("deflate", "gzip")),
        ("gzip,identity", ("gzip",)),
        ("x-snappy-framed", ("snappy",)),
    ],
)
def test_the_header_names_layers(header: str, expected: tuple[str, ...]) -> None:
    """In any case, and several of them."""
    assert encodings(header) == expected


@pytest.mark.parametrize("header", ["br", "aws-chunked", "gzip, br", "x" * 10_000])
def test_an_unknown_encoding_is_unsupported(header: str) -> None:
    """The client is told which."""
    with pytest.raises(RefusedError) as caught:
        encodings(header)

    assert caught.value.refusal.why is Why.UNSUPPORTED
    assert len(caught.value.refusal.reason) < 100


def test_too_many_layers_are_unsupported() -> None:
    """Nobody means more than a few."""
    most = DEFAULT_BODY_LIMITS.layers
    data = b"x"
    for _ in range(most):
        data = gzip.compress(data)

    assert plain(("gzip",) * most, data) == b"x"
    with pytest.raises(RefusedError, match="layers"):
        Decompressor(("gzip",) * (most + 1), DEFAULT_BODY_LIMITS)


@pytest.mark.parametrize("name", [name for name, (layers, data) in ENCODED.items() if data is not PLAIN])
def test_a_truncated_body_is_malformed(name: str) -> None:
    """Half a body is no body."""
    layers, data = ENCODED[name]

    assert refusal(layers, data.rstrip(b"\0")[: len(data.rstrip(b"\0")) // 2]) is Why.MALFORMED


@pytest.mark.parametrize(
    ("layers", "data"),
    [
        (("gzip",), b"\x80\x81\x82garbage"),
        (("gzip",), gzip.compress(PLAIN) + b"rubbish"),
        (("gzip",), gzip.compress(PLAIN)[:-8] + bytes(8)),
        (("deflate",), zlib.compress(PLAIN) + b"rubbish"),
        (("deflate",), b"\xff" * 20),
        (("zstd",), b"\x28\xb5\x2f\xfd" + b"\xff" * 20),
        (("zstd",), zstd(PLAIN, window_log=24)),
        (("snappy",), b"\xff" * 20),
        (("snappy",), b"\xff\xff\xff\x07abc"),
        (("snappy",), bytes(cramjam.snappy.compress(PLAIN)) + b"\x02\x01\x00\x00x"),
        (("snappy",), bytes(cramjam.snappy.compress(PLAIN))[:-1] + b"\x7f"),
        (("lz4",), b"\x04\x22\x4d\x18" + b"\xff" * 20),
        (("lz4",), b"garbage"),
    ],
)
def test_damage_is_malformed(layers: tuple[str, ...], data: bytes) -> None:
    """A body that no decoder understands, or whose window is larger than allowed."""
    assert refusal(layers, data) is Why.MALFORMED


def boundary(name: str, size: int) -> bytes:
    """So many bytes that hardly compress, encoded."""
    data = b"".join(index.to_bytes(4, "big") for index in range(size // 4 + 1))[:size]
    encoders: dict[str, Callable[[bytes], bytes]] = {
        "identity": bytes,
        "gzip": gzip.compress,
        "zstd": zstd,
        "snappy": lambda plain: bytes(cramjam.snappy.compress_raw(plain)),
        "lz4": lambda plain: bytes(cramjam.lz4.compress(plain)),
    }
    return encoders[name](data)


@pytest.mark.parametrize("name", ["identity", "gzip", "zstd", "snappy", "lz4"])
@pytest.mark.parametrize(("size", "expected"), [(49_999, None), (50_000, None), (50_001, Why.TOO_LARGE)])
def test_the_decompressed_size_is_bounded(name: str, size: int, expected: Why | None) -> None:
    """To the byte."""
    limits = BodyLimits(decompressed_bytes=50_000)

    assert refusal(() if name == "identity" else (name,), boundary(name, size), limits) is expected


@pytest.mark.parametrize("name", ["gzip", "zstd", "snappy", "lz4"])
@pytest.mark.parametrize(("spare", "expected"), [(1, None), (0, None), (-1, Why.TOO_LARGE)])
def test_the_compressed_size_is_bounded(name: str, spare: int, expected: Why | None) -> None:
    """To the byte."""
    data = boundary(name, 50_000)

    assert refusal((name,), data, BodyLimits(compressed_bytes=len(data) + spare)) is expected


@pytest.mark.parametrize(("spare", "expected"), [(1, None), (0, None), (-1, Why.TOO_LARGE)])
def test_the_ratio_is_bounded(spare: int, expected: Why | None) -> None:
    """Once enough has come out to tell."""
    data = gzip.compress(bytes(200_000))
    ratio = 200_000 // len(data) + 1
    limits = BodyLimits(ratio_after_bytes=1000, ratio=ratio + spare * (1 if spare > 0 else 2))

    assert refusal(("gzip",), data, limits) is expected
    assert refusal(("gzip",), data, BodyLimits(ratio_after_bytes=200_000, ratio=1)) is None


@pytest.mark.parametrize(("count", "expected"), [(4, None), (5, None), (6, Why.TOO_LARGE)])
def test_the_parts_are_bounded(count: int, expected: Why | None) -> None:
    """Millions of empty members would cost minutes; the first is not counted."""
    limits = BodyLimits(members=5)
    chunks = SNAPPY_START * count

    assert refusal(("gzip",), gzip.compress(b"") * (count + 1), limits) is expected
    assert refusal(("zstd",), zstd(b"") * (count + 1), limits) is expected
    assert refusal(("snappy",), chunks, limits) is expected


BOMBS: dict[str, tuple[tuple[str, ...], Callable[[], bytes]]] = {
    "gzip": (("gzip",), lambda: zeros(zlib.compressobj(9, wbits=31), 512 * MIB)),
    "gzip undeclared": ((), lambda: zeros(zlib.compressobj(9, wbits=31), 512 * MIB)),
    "gzip in gzip": (("gzip", "gzip"), lambda: gzip.compress(zeros(zlib.compressobj(9, wbits=31), 512 * MIB))),
    "deflate": (("deflate",), lambda: zeros(zlib.compressobj(9, wbits=-15), 512 * MIB)),
    "zstd": (("zstd",), lambda: zeros(zstandard.ZstdCompressor(level=1).compressobj(), 1024 * MIB)),
    "snappy": (("snappy",), lambda: bytes(cramjam.snappy.compress_raw(bytes(300 * MIB)))),
    "snappy framed": (("snappy",), lambda: bytes(cramjam.snappy.compress(bytes(300 * MIB)))),
    "snappy claim": (("snappy",), lambda: b"\xff\xff\xff\xff\x0f" + b"x" * 100),
    "lz4": (("lz4",), lambda: bytes(cramjam.lz4.compress(bytes(300 * MIB)))),
    "members": (("gzip",), lambda: gzip.compress(b"") * 500_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_at_once(name: str) -> None:
    """In less than a second of processor time, and without the memory that it asks for."""
    layers, build = BOMBS[name]
    data = build()
    tracemalloc.start()
    began = time.process_time()

    why = refusal(layers, data)
    spent, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert why is Why.TOO_LARGE
    assert spent < 1
    assert peak < 300 * MIB


def test_an_endless_body_has_no_size() -> None:
    """But it stays within the ratio."""
    limits = BodyLimits(decompressed_bytes=100, compressed_bytes=100, ratio_after_bytes=10_000, ratio=100)
    engine = Decompressor(("gzip",), limits, is_endless=True)

    assert engine.feed(gzip.compress(PLAIN)) == PLAIN
    assert engine.feed(gzip.compress(PLAIN)) == PLAIN
    assert engine.taken == 2 * len(gzip.compress(PLAIN))
    with pytest.raises(RefusedError, match="times its size"):
        engine.feed(gzip.compress(bytes(100_000), 9))


def test_bytes_come_out_as_they_come_in() -> None:
    """A stream that is flushed is not held back."""
    writer = zlib.compressobj(wbits=31)
    engine = Decompressor(("gzip",), DEFAULT_BODY_LIMITS)
    parts = [writer.compress(b"a\n") + writer.flush(zlib.Z_SYNC_FLUSH), writer.compress(b"b\n") + writer.flush()]

    assert [engine.feed(part) for part in parts] == [b"a\n", b"b\n"]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(["gzip", "deflate", "zstd", "snappy", "lz4"]), max_size=3),
    st.sampled_from([b"", *(data for _, data in ENCODED.values())]),
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=5),
    st.integers(1, 3000),
)
def test_any_bytes_are_read_or_refused(
    layers: list[str], data: bytes, changes: list[tuple[int, int]], step: int
) -> None:
    """Never another exception."""
    hostile = bytearray(data)
    for at, value in changes:
        if hostile:
            hostile[at % len(hostile)] = value
    limits = BodyLimits(decompressed_bytes=MIB)

    try:
        found = plain(tuple(layers), bytes(hostile), limits, step)
    except RefusedError as error:
        found = error.refusal.reason.encode()

    assert len(found) <= MIB
