"""What more signatures cost: CPU time of one analysis with 90 of them and with all, in turn.

python bench/catalog_cost.py FILE [--rounds 5]
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import process_time

from logsleuth.catalog.load import load_catalog
from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.pipeline import Analysis
from logsleuth.plan import plan
from logsleuth.sources import expand, read

FEW = 90


def measure(file: str, count: int) -> None:
    """Analyse `file` with `count` signatures (0: all) and print the CPU seconds and the number of signatures."""
    catalog = load_catalog()
    if count:
        kept = tuple(sorted(random.Random(1).sample(catalog.signatures, count), key=lambda signature: signature.id))
        catalog = replace(catalog, signatures=kept, by_id={signature.id: signature for signature in kept})
    analysis = Analysis(plan(catalog))
    started = process_time()
    for item in expand([file], limits=DEFAULT_LIMITS)[0]:
        analysis.add(read(item, limits=DEFAULT_LIMITS))
    analysis.report()
    print(json.dumps([process_time() - started, len(catalog.signatures)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=None)
    given = parser.parse_args()
    if given.count is not None:
        measure(given.file, given.count)
        return
    ratios, sizes = [], set()
    for _ in range(given.rounds):
        seconds = []
        for count in (FEW, 0):
            command = [sys.executable, str(Path(__file__)), given.file, "--count", str(count)]
            spent, size = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
            seconds.append(spent)
            sizes.add(size)
        ratios.append(seconds[1] / seconds[0])
        print(f"{seconds[0]:.2f} s with {FEW}, {seconds[1]:.2f} s with all: {ratios[-1]:.2f}")
    print(f"{max(sizes)} signatures cost {median(ratios):.2f} times {FEW} [{min(ratios):.2f}..{max(ratios):.2f}]")


if __name__ == "__main__":
    main()
