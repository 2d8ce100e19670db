"""logsleuth with a catalog of another size, or without templates, as a process of its own that can be measured.

    python bench/subject.py FILE [--signatures N] [--no-templates]

Everything else is what `logsleuth analyze --format json` does. The cache is that of the environment (LOGSLEUTH_CACHE).
"""

from __future__ import annotations

import argparse
import gc
import sys

from catalogs import sized

from logsleuth.api import read_paths
from logsleuth.config import load_settings
from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.model import Text
from logsleuth.pipeline import Analysis
from logsleuth.plan import plan
from logsleuth.report.document import document, encode


class Nothing:
    """Counts no lines."""

    def count(self, text: Text, source_index: int) -> None:
        """Leave them uncounted."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--signatures", type=int, default=0, help="0: as many as there are")
    parser.add_argument("--no-templates", action="store_true")
    given = parser.parse_args()
    gc.disable()  # as the command does
    cache = load_settings().cache
    analysis = Analysis(plan(sized(given.signatures, cache=cache), cache=cache))
    if given.no_templates:
        # the constructor's `counter` would make the analysis one without an end, which gathers nothing for a report
        analysis._counter = Nothing()  # noqa: SLF001
    analysis.add(read_paths([given.file], limits=DEFAULT_LIMITS))
    sys.stdout.buffer.write(encode(document(analysis.report())))


if __name__ == "__main__":
    main()
