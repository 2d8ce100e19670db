"""Starts the threads of a large pool."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

release = Event()
with ThreadPoolExecutor(200) as pool:
    try:
        for _ in range(200):
            pool.submit(release.wait)
    finally:
        release.set()
