"""Clients that begin a request and never get to its end, by the thousand, in a process of their own."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import Final

from serve_load import HOST

ADDRESSES: Final = 40  # of this machine, all of them loopback: the service takes so many from each
HEADER: Final = b"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
BODY: Final = (
    b"POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
)


async def slowly(port: int, number: int, stop: asyncio.Event, begun: bytes) -> str:
    """Begins a request from one of many addresses, and adds a byte a second; how it ended."""
    reader, writer = await asyncio.open_connection(HOST, port, local_addr=(f"127.0.1.{number % ADDRESSES + 1}", 0))
    writer.write(begun)
    with suppress(OSError):
        while not stop.is_set():
            writer.write(b"a" if begun is HEADER else b" ")
            try:
                said = await asyncio.wait_for(reader.read(64), 1.0)
            except TimeoutError:
                continue
            writer.close()
            return said[9:12].decode() or "closed"
    writer.close()
    return "open"


async def crowd(port: int, *, headers: int, bodies: int, seconds: float) -> Counter[str]:
    """So many slow headers and slow bodies for a while; what became of them."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(slowly(port, n, stop, HEADER)) for n in range(headers)]
    tasks += [asyncio.create_task(slowly(port, n, stop, BODY)) for n in range(bodies)]
    await asyncio.sleep(seconds)
    stop.set()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    return Counter(type(end).__name__ if isinstance(end, BaseException) else end for end in ends)
