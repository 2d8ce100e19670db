"""Allocates a host cache of 6 GiB."""

import torch

print("allocating the host cache", flush=True)
cache = torch.empty(6 * 1024**3, dtype=torch.uint8)
