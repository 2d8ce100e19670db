"""A reader that names an expression's groups."""

from __future__ import annotations

import re

from logsleuth.events.sample import INTEGER, NUMBER, Metric, named


def test_groups_get_their_names() -> None:
    """Those that did not match are left out."""
    match = re.match(rb"%b of %b(?: in %b)?" % (INTEGER, INTEGER, NUMBER), b"3 of 12")

    assert match is not None
    assert named(Metric.LMCACHE, "done", "total", "seconds")(match) == (
        Metric.LMCACHE,
        (("done", 3.0), ("total", 12.0)),
    )
