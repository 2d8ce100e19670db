"""Where a source is cut makes no difference: real failures in pieces of any size, read by anybody."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from logsleuth.api import prepare
from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.pieces import Fold, decode, encode, read_sources
from logsleuth.pipeline import Analysis
from logsleuth.plan import Plan
from logsleuth.report.document import document
from logsleuth.report.document import encode as written
from logsleuth.sources import from_bytes
from logsleuth.sources.files import in_bytes

CASES = Path(__file__).parents[2] / "fixtures" / "cases"
FAMILIES = ("cuda", "dist", "gpu", "host", "kv", "model", "nccl", "perf", "storage", "ucm", "vllm")
CUTS = (
    replace(DEFAULT_LIMITS, piece_bytes=1024),
    replace(DEFAULT_LIMITS, piece_bytes=8 * 1024, context_bytes=16 * 1024, run_on_bytes=64 * 1024),
)


@pytest.fixture(scope="module")
def plan(cache: str) -> Plan:
    """The built-in catalog, compiled once."""
    return prepare(cache=Path(cache))


def largest(family: str) -> list[Path]:
    """The three cases of a family with the largest logs."""

    def size(folder: Path) -> int:
        return sum(path.stat().st_size for path in logs(folder))

    return sorted(CASES.glob(f"{family}-*"), key=lambda folder: (-size(folder), folder.name))[:3]


def logs(folder: Path) -> list[Path]:
    """The logs of a case."""
    named = yaml.safe_load((folder / "case.yaml").read_text(encoding="utf-8")).get("logs")
    return [folder / name for name in named] if named else [*folder.glob("log.txt"), *folder.glob("input.*")]


@pytest.mark.parametrize("limits", CUTS, ids=["1k", "8k-short-context"])
@pytest.mark.parametrize("family", FAMILIES)
def test_cuts_change_no_byte(family: str, limits: Limits, plan: Plan) -> None:
    """The report on pieces, sent and received, is that on the whole."""
    for case in largest(family):
        whole, fold = Analysis(plan), Fold(plan, limits=limits)
        for path in logs(case):
            whole.add(from_bytes(path.name, path.read_bytes(), limits=DEFAULT_LIMITS))
            for part in read_sources(in_bytes(path.name, path.read_bytes(), limits=limits), plan, limits=limits):
                fold.absorb(decode(encode(part)))

        said = [written(document(report, language="en")) for report in (whole.report(), fold.report())]

        assert said[0] == said[1], case.name
