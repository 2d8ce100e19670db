"""Shares a buffer between processes, as message queues do."""

import faulthandler
from multiprocessing import shared_memory

faulthandler.enable()
print("creating the message queue", flush=True)
queue = shared_memory.SharedMemory(create=True, size=64 * 1024**2)
try:
    queue.buf[:] = bytes(64 * 1024**2)
finally:
    queue.unlink()
