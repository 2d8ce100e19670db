"""drain3 as people use it, one line at a time, as a process of its own that can be measured.

    python bench/peers.py METHOD FILE [--from FOLDER]

drain3         TemplateMiner as it comes
drain3-masked  the same with five masks as drain3's documentation shows them: UUID, address, 0x..., long hex, number
--from         import drain3 from this folder (`pip install --target FOLDER drain3`) instead of the environment's
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

BEFORE, AFTER = r"((?<=[^A-Za-z0-9])|^)", r"((?=[^A-Za-z0-9])|$)"
MASKS = (
    (r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", "UUID"),
    (r"(\d{1,3}(?:\.\d{1,3}){3})", "IP"),
    (r"(0x[0-9a-fA-F]+)", "HEX"),
    (r"([0-9a-f]{16,})", "HEX"),
    (r"([-+]?\d+)", "NUM"),
)


def miner(*, is_masked: bool) -> Any:  # noqa: ANN401  the peer has types only in some of its releases
    from drain3 import TemplateMiner  # noqa: PLC0415  from where, only the arguments tell
    from drain3.masking import MaskingInstruction  # noqa: PLC0415
    from drain3.template_miner_config import TemplateMinerConfig  # noqa: PLC0415

    config = TemplateMinerConfig()
    if is_masked:
        config.masking_instructions = [MaskingInstruction(BEFORE + mask + AFTER, name) for mask, name in MASKS]
    return TemplateMiner(config=config)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("method", choices=("drain3", "drain3-masked"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--from", dest="folder", type=Path)
    given = parser.parse_args()
    if given.folder:
        sys.path.insert(0, str(given.folder))
    mined = miner(is_masked=given.method == "drain3-masked")
    lines = 0
    with given.file.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            mined.add_log_message(line.rstrip("\n"))
            lines += 1
    print(lines, "lines,", len(mined.drain.clusters), "clusters")


if __name__ == "__main__":
    main()
