"""Evidence with the lines around it."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from logsleuth.server.api.database import read_only
from logsleuth.server.pages.excerpts import AROUND, Excerpt, excerpts
from tests.server.site import Site


def shown(site: Site, *evidence: tuple[str, int, int]) -> tuple[Excerpt, ...]:
    """The excerpts of a diagnosis with this evidence."""
    items: list[dict[str, Any]] = [
        {"source": source, "line": line, "end_line": end, "text": f"text {line}"} for source, line, end in evidence
    ]
    with closing(read_only(site.database)) as connection:
        return excerpts(connection, "default", {"evidence": items})


def test_lines_stand_around_the_proof(site: Site) -> None:
    """Which is marked."""
    found = shown(site, ("node1/vllm.log", 53, 54))[0]

    assert [row.number for row in found.rows] == list(range(53 - AROUND, 54 + AROUND + 1))
    assert [row.number for row in found.rows if row.is_proof] == [53, 54]


def test_proofs_that_are_close_stand_together(site: Site) -> None:
    """In the place of the most decisive one."""
    found = shown(site, ("node1/vllm.log", 53, 53), ("router", 5, 5), ("node1/vllm.log", 58, 58))

    assert [(each.source, each.line) for each in found] == [("node1/vllm.log", 53), ("router", 5)]
    assert [row.number for row in found[0].rows if row.is_proof] == [53, 58]


def test_what_is_not_kept_is_told_by_the_evidence(site: Site) -> None:
    """Alone, and without a link."""
    found = shown(site, ("gone", 3, 3), ("node1/vllm.log", 100_000, 100_000))

    assert [[row.text for row in each.rows] for each in found] == [["text 3"], ["text 100000"]]
    assert [each.source_id for each in found] == [None, None]
