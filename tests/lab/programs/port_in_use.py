"""Serves on a port that something else has."""

import asyncio
import socket
import sys


async def serve(port: int) -> None:
    await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", port)


holder = socket.create_server(("127.0.0.1", 0))
sys.stdout.flush()
asyncio.run(serve(holder.getsockname()[1]))
