"""The header of a structured record's lines: written, read back, and proof against its own content."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from logsleuth.model import Level
from logsleuth.records.header import Envelope, encode, parse
from logsleuth.records.prefix import Prefix


def test_header_is_read_back() -> None:
    """All fields survive."""
    header = encode(
        Envelope(layer="json", ts="2026-01-01T10:00:00Z", level="ERROR", logger="a", node="n", process="p", pid="7")
    )

    assert parse(header + "x") == Prefix(
        end=len(header),
        layer="json",
        key="json\x1fERROR\x1fa\x1fn\x1fp\x1f7",
        ts="2026-01-01T10:00:00Z",
        level=Level.ERROR,
        logger="a",
        node="n",
        process="p",
        pid=7,
        is_producer=True,
    )


@given(st.text(), st.text(), st.text(max_size=300))
def test_content_cannot_forge_a_header(logger: str, node: str, process: str) -> None:
    """Brackets, commas and line ends in a field do not end it."""
    header = encode(Envelope(layer="json", logger=logger, node=node, process=process))

    assert header.count("\x1e") == 2
    assert header.count("\x1f") == 6
    assert "\n" not in header


def test_anything_else_is_no_header() -> None:
    """Wrong counts of fields and missing ends are refused."""
    lines = ("", "x", "\x1e", "\x1ea\x1fb\x1e", "\x1e" + "\x1f" * 7 + "\x1e", "\x1e" + "\x1f" * 6)

    assert [parse(line) for line in lines] == [None] * 6
