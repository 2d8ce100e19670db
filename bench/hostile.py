"""Bodies and requests that no sound client sends: bombs, ambiguous framing, damage."""

from __future__ import annotations

import gzip
import random
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cramjam
import zstandard

MIB: Final = 1024 * 1024


def zeros(engine: zlib._Compress, mebibytes: int) -> bytes:
    """A compressor's output for so many zeros."""
    return b"".join([*(engine.compress(bytes(MIB)) for _ in range(mebibytes)), engine.flush()])


def bombs() -> Iterator[tuple[str, str, bytes, str]]:
    """Bodies that open to more than anybody has: their name, encoding, bytes and path."""
    gzipped = zeros(zlib.compressobj(9, wbits=31), 2048)
    yield "gzip 2 GiB", "gzip", gzipped, "/ingest"
    yield "gzip in gzip", "gzip, gzip", gzip.compress(gzipped), "/ingest"
    yield "gzip undeclared", "", gzipped, "/ingest"
    yield "deflate", "deflate", zeros(zlib.compressobj(9), 1024), "/ingest"
    yield "gzip members", "gzip", gzip.compress(bytes(MIB)) * 2000, "/ingest"
    yield "gzip empty members", "gzip", gzip.compress(b"") * 1_000_000, "/ingest"
    engine = zstandard.ZstdCompressor(level=1).compressobj()
    yield (
        "zstd 1 GiB",
        "zstd",
        b"".join([*(engine.compress(bytes(MIB)) for _ in range(1024)), engine.flush()]),
        "/ingest",
    )
    wide = zstandard.ZstdCompressionParameters(window_log=31, compression_level=1)
    engine = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    yield "zstd window", "zstd", engine.compress(bytes(MIB)) + engine.flush(), "/ingest"
    yield "snappy claim", "snappy", b"\xff\xff\xff\xff\x0f" + bytes(1000), "/ingest"
    yield "snappy loki", "", b"\xff\xff\xff\xff\x0f" + bytes(1000), "/loki/api/v1/push"
    yield "snappy 512 MiB", "", bytes(cramjam.snappy.compress_raw(bytes(512 * MIB))), "/loki/api/v1/push"
    yield "lz4", "lz4", bytes(cramjam.lz4.compress(bytes(1024 * MIB))), "/ingest"
    yield "json brackets", "", b"[" * (20 * MIB), "/ingest"
    yield "json objects", "gzip", gzip.compress(b"[" + b"{}," * (20 * MIB)), "/loki/api/v1/push"
    yield "protobuf crowd", "gzip", gzip.compress(b"\x0a\x00" * (30 * MIB)), "/v1/logs"
    yield "msgpack claim", "", b"\xdd\xff\xff\xff\xff" + b"\x90" * 1000, "/ingest"
    yield "declared", "", b"", "/ingest"


BODY: Final = b'{"log":"smuggled"}'
SMUGGLING: Final = {
    "CL.TE": b"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX",
    "TE.CL": b"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n12\r\n"
    + BODY,
    "TE twice": b"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
    "TE unknown": b"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "TE with tab": b"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "CL twice": b"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "CL plus": b"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: +5\r\n\r\nabcde",
    "CL negative": b"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -5\r\n\r\nabcde",
    "CL list": b"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5, 5\r\n\r\nabcde",
    "obs-fold": b"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: b\r\n c\r\nContent-Length: 0\r\n\r\n",
    "space before colon": b"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length : 5\r\n\r\nabcde",
    "bare LF": b"POST /ingest HTTP/1.1\nHost: 127.0.0.1\nContent-Length: 0\n\n",
    "bare CR": b"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\rContent-Length: 5\r\n\r\nabcde",
    "NUL in header": b"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: a\0b\r\nContent-Length: 0\r\n\r\n",
    "long header": b"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: "
    + b"a" * 128 * 1024
    + b"\r\nContent-Length: 0\r\n\r\n",
    "many headers": b"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    + b"X-A: b\r\n" * 10_000
    + b"Content-Length: 0\r\n\r\n",
    "long line": b"GET /" + b"a" * 128 * 1024 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "chunk extension": b"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n5;"
    + b"a" * 1024 * 1024,
    "chunk size": b"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    "chunk sign": b"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nabcde\r\n0\r\n\r\n",
    "chunk bare LF": b"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n5\nabcde\n0\n\n",
    "no version": b"GET /ready\r\n\r\n",
    "version 9": b"GET /ready HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
    "rubbish": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
}


def mutated(rng: random.Random, body: bytes) -> bytes:
    """A body with some damage."""
    data = bytearray(body)
    for _ in range(rng.randint(1, 8)):
        at, kind = rng.randrange(len(data) + 1), rng.randrange(6)
        piece = rng.choice(
            (b"\0", b"{", b"[", b'"', b"\\u", b"1e999", b"NaN", b"\xff", b"\xed\xa0\x80", b"9" * 500, b"\n")
        )
        if kind == 0:
            data[at:at] = piece
        elif kind == 1:
            del data[at : at + rng.randint(1, 40)]
        elif kind == 2 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 3:
            data[at:at] = data[at : at + rng.randint(1, 200)] * rng.randint(1, 5)
        elif kind == 4:
            data[at:at] = piece * rng.randint(1, 300)
        else:
            data[at:at] = rng.randbytes(rng.randint(1, 16))
    return bytes(data)


def shapes() -> dict[str, tuple[str, bytes, dict[str, str]]]:
    """A sound request of each protocol."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.server.ways import WAYS  # noqa: PLC0415  the shapes that the tests send

    part = [(1_795_154_400_000_000_000 + n * 1000, f"ERROR 11-20 06:00:0{n} [core.py:1] line {n}") for n in range(5)]
    found = {}
    for name, way in WAYS.items():
        request = way(part, "vllm.log")
        found[name] = (request.path, request.body, dict(request.headers))
    return found
