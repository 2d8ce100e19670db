"""Allocates a host cache of 6 GiB."""

import numpy as np

print("allocating the host cache", flush=True)
cache = np.zeros(6 * 1024**3, dtype=np.uint8)
