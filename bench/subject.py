"""logsleuth with a catalog of another size, or without templates, as a process of its own that can be measured.

    python bench/subject.py FILE [--signatures N] [--no-templates]

Everything else is what `logsleuth analyze --format json -j 1` does. The cache is that of the environment
(LOGSLEUTH_CACHE).
"""

from __future__ import annotations

import argparse
import gc
import sys
from dataclasses import replace

from catalogs import sized

from logsleuth.config import load_settings
from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.pieces import Fold, list_units, read_unit
from logsleuth.plan import plan
from logsleuth.report.document import document, encode


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--signatures", type=int, default=0, help="0: as many as there are")
    parser.add_argument("--no-templates", action="store_true")
    given = parser.parse_args()
    gc.disable()  # as the command does
    cache = load_settings().cache
    found = plan(sized(given.signatures, cache=cache), cache=cache)
    limits = replace(DEFAULT_LIMITS, shapes=0) if given.no_templates else DEFAULT_LIMITS
    fold = Fold(found, limits=limits)
    for unit in list_units([given.file], limits=limits).units:
        for part in read_unit(unit, found, limits=limits):
            fold.absorb(part)
    sys.stdout.buffer.write(encode(document(fold.report())))


if __name__ == "__main__":
    main()
