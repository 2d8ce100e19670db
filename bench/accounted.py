"""Whether a report accounts for every line of a log of the kind `diverse`.

    python bench/accounted.py LOG REPORT.json

Prints one JSON object: lines of the log, uncounted ones, those in coarse groups (and errors among them), kinds of errors
that have no template of their own, and whether a notice says how many lines are in coarse groups.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from writer import FAILURES

BLOCK = 1 << 20
COARSE = " ..."
VARIES = re.compile(r"[0-9(/]")


def line_count(log: Path) -> int:
    """Lines of a file that ends with one."""
    with log.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(BLOCK), b""))


def main() -> None:
    log, report = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_bytes())
    lines = line_count(log)
    templates, bucketed = report["templates"], report["stats"]["overflow_lines"]
    exact = [item["template"] for item in templates if not item["template"].endswith(COARSE)]
    coarse = [item for item in templates if item["template"].endswith(COARSE)]
    is_error = [item["count"] for item in coarse if item["level"] == "ERROR" or item["template"].startswith("ERROR")]
    # up to the first part that is masked
    kinds = {VARIES.split(failure)[0].rstrip() for failure in FAILURES}
    said = any(str(bucketed) in notice["detail"] for notice in report["notices"])
    account = {
        "lines": lines,
        "uncounted": lines - sum(item["count"] for item in templates),
        "bucketed": bucketed,
        "bucketed_errors": sum(is_error),
        "crowded_out": sum(not any(kind in text for text in exact) for kind in kinds),
        "is_said": int(said or not bucketed),
    }
    print(json.dumps(account))


if __name__ == "__main__":
    main()
