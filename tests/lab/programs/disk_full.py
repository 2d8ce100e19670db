"""Saves blocks of a store until the disk is full."""

import logging
import sys
from pathlib import Path

logging.basicConfig(format="%(asctime)s %(levelname)s [%(name)s] %(message)s", level=logging.INFO)
logger = logging.getLogger("store")


def save(folder: Path) -> None:
    for number in range(4096):
        block = folder / f"block-{number:04d}.kv"
        block.write_bytes(bytes(16 * 1024))
        logger.info("saved %s", block)


save(Path(sys.argv[1]))
