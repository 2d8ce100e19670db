"""Saves small blocks of a store until the disk has no inodes left."""

import sys
from pathlib import Path

for number in range(4096):
    (Path(sys.argv[1]) / f"block-{number:04d}.kv").write_bytes(b"kv")
