"""Miners of templates as people use them, as a process of its own that can be measured.

    python bench/peers.py METHOD FILE [--from FOLDER] [--try]

drain3         TemplateMiner as it comes, one line at a time
drain3-masked  the same with the masks that logsleuth itself has, an instruction for each
drain3-five    the same with five masks as drain3's documentation shows them: UUID, address, 0x..., long hex, number
logparser      logparser3's Drain with four masks, on the whole file
--from         import them from this folder (`pip install --target FOLDER drain3 logparser3`) instead of the environment
--try          import what the method needs, and no more
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

BEFORE, AFTER = r"((?<=[^A-Za-z0-9])|^)", r"((?=[^A-Za-z0-9])|$)"
FIVE = (
    (r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", "UUID"),
    (r"(\d{1,3}(?:\.\d{1,3}){3})", "IP"),
    (r"(0x[0-9a-fA-F]+)", "HEX"),
    (r"([0-9a-f]{16,})", "HEX"),
    (r"([-+]?\d+)", "NUM"),
)
LOGPARSER = (r"0x[0-9a-f]+", r"[0-9a-f]{16,}", r"(\d+\.){3}\d+", r"\b\d+\b")


def masks(method: str) -> list[tuple[str, str]]:
    """The expressions to mask and what they are called."""
    if method == "drain3-five":
        return [(BEFORE + mask + AFTER, name) for mask, name in FIVE]
    if method == "drain3-masked":
        from logsleuth.masking import MASKS  # noqa: PLC0415  the peer alone is measured where it needs none of them

        return [(expression.decode(), "*") for _, expression in MASKS]
    return []


def miner(method: str) -> Any:  # noqa: ANN401  the peer has types only in some of its releases
    from drain3 import TemplateMiner  # noqa: PLC0415  from where, only the arguments tell
    from drain3.masking import MaskingInstruction  # noqa: PLC0415
    from drain3.template_miner_config import TemplateMinerConfig  # noqa: PLC0415

    config = TemplateMinerConfig()
    config.masking_instructions = [MaskingInstruction(expression, name) for expression, name in masks(method)]
    return TemplateMiner(config=config)


def drain3(method: str, log: Path) -> None:
    mined = miner(method)
    lines = 0
    with log.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            mined.add_log_message(line.rstrip("\n"))
            lines += 1
    print(lines, "lines,", len(mined.drain.clusters), "clusters")


def logparser(log: Path) -> None:
    from logparser.Drain import LogParser  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        parser = LogParser("<Content>", indir=str(log.parent), outdir=folder, rex=list(LOGPARSER), keep_para=False)
        parser.parse(log.name)


def attempt(method: str) -> None:
    """Import what a method needs."""
    if method == "logparser":
        import logparser.Drain  # noqa: F401, PLC0415
    else:
        miner(method)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("method", choices=("drain3", "drain3-masked", "drain3-five", "logparser"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--from", dest="folder", type=Path)
    parser.add_argument("--try", dest="is_trial", action="store_true")
    given = parser.parse_args()
    if given.folder:
        sys.path.insert(0, str(given.folder))
    if given.is_trial:
        attempt(given.method)
    elif given.method == "logparser":
        logparser(given.file)
    else:
        drain3(given.method, given.file)


if __name__ == "__main__":
    main()
