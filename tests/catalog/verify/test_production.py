"""Which stretch of a message a template would have printed."""

from __future__ import annotations

import pytest

from logsleuth.catalog.verify.production import MAX_HOLE, produced


@pytest.mark.parametrize(
    ("parts", "message", "stretch"),
    [
        (("rank ", " of ", " died"), "x: rank 3 of 8 died now", "rank 3 of 8 died"),
        (("died of ", ""), "it died of old age\nnext", "died of old age"),
        (("", " died"), "the rank died", "rank died"),
        (("a ", " b ", " c"), "a 1 b 2 c 3", "a 1 b 2 c"),
        (("lost in", "there"), "lost in 1 here, lost in 2 there", "lost in 1 here, lost in 2 there"),
        (("x", " died", ""), "nobody died", None),
        (("one", "three"), f"one{'-' * (MAX_HOLE + 1)}three", None),
        (("one", "three"), "three one", None),
        (("", ""), "anything", None),
        (("ab", "c"), "ab " * 20, None),
    ],
)
def test_stretches(parts: tuple[str, ...], message: str, stretch: str | None) -> None:
    """From the first part to the last, with short values between them."""
    span = produced(parts, message)

    assert (message[slice(*span)] if span else None) == stretch
