"""Makes the logs that the measurements are run on: seeded, so that the same call gives the same bytes.

    python bench/generate.py KIND MEGABYTES FILE [--seed 1]

serving      a repetitive serving log: access lines, statistics, request ids, UCM, LMCache and NCCL lines, three lines in a
             thousand with a failure, now and then a traceback
diverse      hardly two lines alike: JSON, prompts, base64, random paths and ids, one line in twenty with a failure
storm        every line is a hit of a signature: the samples of the catalog itself
tracebacks   nothing but tracebacks, each line with vLLM's prefix
startup      one start of a server after another
nccl         what NCCL says with NCCL_DEBUG=INFO
templates-N  N templates, each as often as the others
short        thirty lines: a start that fails (the size is not used)
flood        one exhausted GPU, then 93 ever longer repetitions of the engine's obituary (the size is not used)
ranks        a folder of 64 files, 16 ranks on each of 4 nodes: rank 37 runs out of memory, the others wait for it in vain
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from failing import flood, ranks
from floods import nccl, storm, templates
from starting import short, starts
from writer import Writer

KINDS: dict[str, Callable[[int], Iterator[str]]] = {
    "serving": lambda seed: Writer(seed).lines("serving"),
    "diverse": lambda seed: Writer(seed).lines("diverse"),
    "storm": storm,
    "tracebacks": lambda seed: Writer(seed).tracebacks(),
    "startup": starts,
    "nccl": nccl,
    "short": short,
    "flood": flood,
}
ENDING = ("short", "flood")
NUMBERED = re.compile(r"templates-([1-9]\d{0,6})")


def lines(kind: str, seed: int) -> Iterator[str]:
    """The lines of a log of this kind; most have no end."""
    numbered = NUMBERED.fullmatch(kind)
    return templates(seed, int(numbered[1])) if numbered else KINDS[kind](seed)


def write(kind: str, megabytes: float, path: Path, seed: int) -> None:
    """Write a log of about `megabytes` (10^6 bytes) to `path`."""
    left = float("inf") if kind in ENDING else megabytes * 1e6
    with path.open("w", encoding="utf-8") as file:
        for line in lines(kind, seed):
            left -= file.write(line + "\n")
            if left <= 0:
                return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind")
    parser.add_argument("megabytes", type=float)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.kind == "ranks":
        ranks(given.file, given.megabytes, given.seed)
    elif given.kind in KINDS or NUMBERED.fullmatch(given.kind):
        write(given.kind, given.megabytes, given.file, given.seed)
    else:
        parser.error(f"no such kind: {given.kind} (there are {', '.join(KINDS)}, ranks and templates-N)")


if __name__ == "__main__":
    main()
