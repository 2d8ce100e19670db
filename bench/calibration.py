"""How often an answer of a given confidence is right, on folders of labelled cases.

    python bench/calibration.py FOLDER... [--markdown docs/calibration.md]

A case counts as right when the id of its first diagnosis is one that its label expects or accepts, or a child of one.
"""

from __future__ import annotations

import argparse
import itertools
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

import logsleuth

BEGIN, END = "<!-- table -->", "<!-- end of table -->"
BINS = (0.0, 0.4, 0.6, 0.7, 0.8, 0.85, 0.9, 1.01)


def fits(found: str, labels: list[str]) -> bool:
    return any(found == label or found.startswith(label + ".") for label in labels)


def judged(folder: Path) -> tuple[float, bool] | None:
    """The confidence of the first diagnosis of a case, and whether it is right; None for healthy ones."""
    case: dict[str, Any] = yaml.safe_load((folder / "case.yaml").read_text(encoding="utf-8"))
    if case.get("healthy") or "expect" not in case:
        return None
    report = logsleuth.analyze([str(folder / name) for name in case.get("logs") or ["log.txt"]])
    if not report.diagnoses:
        return 0.0, False
    first = report.diagnoses[0]
    return first.confidence, fits(first.id, [*case["expect"], *(case.get("accept") or [])])


def table(results: list[tuple[float, bool]]) -> str:
    rows = defaultdict(list)
    for confidence, is_right in results:
        rows[max(start for start in BINS if start <= confidence)].append((confidence, is_right))
    lines = ["| confidence | answers | mean confidence | right |", "|---|---|---|---|"]
    for start, end in itertools.pairwise(BINS):
        found = rows.get(start, [])
        if found:
            mean = sum(confidence for confidence, _ in found) / len(found)
            right = sum(is_right for _, is_right in found)
            lines.append(
                f"| {start:.2f} to {min(end, 1.0):.2f} | {len(found)} | {mean:.2f} | {right / len(found):.2f} |"
            )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--markdown", type=Path)
    given = parser.parse_args()
    cases = sorted(path.parent for folder in given.folders for path in folder.glob("*/case.yaml"))
    results = [result for case in cases if (result := judged(case)) is not None]
    print(table(results))
    if given.markdown:
        before, _, rest = given.markdown.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        given.markdown.write_text(f"{before}{BEGIN}\n{table(results)}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
