r"""The bytes of a request's body -> plain bytes, within bounds, whatever its headers say about them.

Samples (what the header says, what comes):
    Content-Encoding: gzip          \x1f\x8b\x08...           one member or several (Fluent Bit, every collector)
    Content-Encoding: deflate       \x78\x9c... or raw        RFC 9110 means zlib; half of the clients send it raw
    Content-Encoding: zstd          \x28\xb5\x2f\xfd\x00...   often without the size (Fluent Bit)
    Content-Encoding: snappy        raw block (Fluent Bit, Prometheus) or \xff\x06\x00\x00sNaPpY (older collectors)
    Content-Encoding: gzip          {"log":...                a proxy has decompressed it and kept the header
    (none)                          \x1f\x8b\x08...           a client that forgot the header
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from logsleuth.limits import BodyLimits
from logsleuth.server.wire.decoders import (
    GZIP_BITS,
    RAW_BITS,
    SNAPPY_START,
    ZLIB_BITS,
    Decoder,
    Inflater,
    Plain,
    Unlz4,
    Unsnappy,
    UnsnappyFrames,
    Unzstd,
    too_large,
)
from logsleuth.server.wire.protocol import RefusedError, Why

IDENTITY: Final = "identity"

_GZIP: Final = b"\x1f\x8b\x08"
_ZSTD: Final = (b"\x28\xb5\x2f\xfd", *(bytes((0x50 + low, 0x2A, 0x4D, 0x18)) for low in range(16)))
_NAMES: Final = {
    "": IDENTITY,
    "identity": IDENTITY,
    "gzip": "gzip",
    "x-gzip": "gzip",
    "deflate": "deflate",
    "zlib": "deflate",
    "zstd": "zstd",
    "snappy": "snappy",
    "x-snappy-framed": "snappy",
    "lz4": "lz4",
}
_HEAD_BYTES: Final = len(SNAPPY_START)
_TEXT: Final = frozenset(b"\t\n\r") | frozenset(range(0x20, 0x7F))


def encodings(header: str) -> tuple[str, ...]:
    """The layers that a `Content-Encoding` names, in the order in which they were put on; raises RefusedError."""
    names = tuple(name.strip().lower() for name in header.split(","))
    for name in names:
        if name not in _NAMES:
            raise RefusedError(Why.UNSUPPORTED, f"unknown Content-Encoding {name[:40]!r}")
    return tuple(_NAMES[name] for name in names if _NAMES[name] != IDENTITY)


class Decompressor:
    """Takes all layers off one body as its bytes come; of an endless body, the ratio is bounded but not the size."""

    def __init__(self, layers: tuple[str, ...], limits: BodyLimits, *, is_endless: bool = False) -> None:
        if len(layers) > limits.layers:
            raise RefusedError(Why.UNSUPPORTED, f"more than {limits.layers} layers of Content-Encoding")
        self._limits = limits
        self._is_endless = is_endless
        self._layers = tuple(_Layer(name, limits) for name in reversed(layers or (IDENTITY,)))
        self._taken = 0

    @property
    def taken(self) -> int:
        """How many compressed bytes have come."""
        return self._taken

    def feed(self, data: bytes) -> bytes:
        """The plain bytes that these complete; raises RefusedError."""
        self._taken += len(data)
        return b"".join(self._through(data, is_last=False))

    def finish(self) -> bytes:
        """The plain bytes that the end completes; raises RefusedError where the end is missing."""
        return b"".join(self._through(b"", is_last=True))

    def _through(self, data: bytes, *, is_last: bool) -> Iterator[bytes]:
        """Piece by piece through all layers, so that no layer holds more than a piece."""
        pieces: Iterator[bytes] = iter((data,) if data else ())
        for layer in self._layers:
            pieces = self._bounded(layer, pieces, is_last=is_last)
        return pieces

    def _bounded(self, layer: _Layer, pieces: Iterator[bytes], *, is_last: bool) -> Iterator[bytes]:
        for piece in pieces:
            for plain in layer.feed(piece):
                self._check(layer, plain)
                yield plain
        for plain in layer.finish() if is_last else ():
            self._check(layer, plain)
            yield plain

    def _check(self, layer: _Layer, plain: bytes) -> None:
        limits = self._limits
        layer.given += len(plain)
        if not self._is_endless and layer.is_compressed and self._taken > limits.compressed_bytes:
            raise RefusedError(Why.TOO_LARGE, f"the compressed body is larger than {limits.compressed_bytes} bytes")
        if not self._is_endless and layer.given > limits.decompressed_bytes:
            raise too_large(limits.decompressed_bytes)
        if layer.given > max(limits.ratio_after_bytes, limits.ratio * self._taken):
            raise RefusedError(Why.TOO_LARGE, f"the body grows to more than {limits.ratio} times its size")


class _Layer:
    """One layer; what it is decided by its first bytes, for headers lie."""

    def __init__(self, name: str, limits: BodyLimits) -> None:
        self.given = 0
        self._name = name
        self._limits = limits
        self._head = b""
        self._decoder: Decoder | None = None

    @property
    def is_compressed(self) -> bool:
        """Whether there is anything to take off."""
        return not isinstance(self._decoder, Plain)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The plain bytes that these complete."""
        if self._decoder is None:
            self._head += data
            if len(self._head) < _HEAD_BYTES:
                return
            data, self._head = self._head, b""
            self._decoder = _decoder(self._name, data, self._limits)
        yield from self._decoder.feed(data)

    def finish(self) -> Iterator[bytes]:
        """The plain bytes that the end completes."""
        if self._decoder is None:
            self._decoder = _decoder(self._name, self._head, self._limits)
            yield from self._decoder.feed(self._head)
        yield from self._decoder.finish()


def _decoder(name: str, head: bytes, limits: BodyLimits) -> Decoder:
    """The decoder that the first bytes ask for; no two encodings begin alike, so magic bytes outrank the header."""
    if not head:
        return Plain()
    if head.startswith(_GZIP):
        return Inflater(limits, wbits=GZIP_BITS)
    if head.startswith(_ZSTD):
        return Unzstd(limits)
    if name == "snappy":
        return UnsnappyFrames(limits) if head.startswith(SNAPPY_START) else Unsnappy(limits)
    if name == "lz4":
        return Unlz4(limits)
    return _undeclared(name, head, limits)


def _undeclared(name: str, head: bytes, limits: BodyLimits) -> Decoder:
    """What stands behind a header whose magic bytes are missing."""
    is_zlib = len(head) > 1 and head[0] & 0x0F == 8 and (head[0] << 8 | head[1]) % 31 == 0
    if name != IDENTITY and is_zlib:
        return Inflater(limits, wbits=ZLIB_BITS)
    if name == "deflate" and not _is_json(head):
        return Inflater(limits, wbits=RAW_BITS)
    if name == IDENTITY or _TEXT.issuperset(head):
        return Plain()
    raise RefusedError(Why.MALFORMED, f"the body is not {name}, as its Content-Encoding says")


def _is_json(head: bytes) -> bool:
    """Whether a proxy took the layer off; raw deflate has no magic bytes, so only JSON is believed."""
    return head[:2] in {b'{"', b"[{", b'["'} and _TEXT.issuperset(head)
