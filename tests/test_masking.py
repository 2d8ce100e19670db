"""The masks: each row alone and inside a sentence, and the two engines against each other."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.masking import EXPRESSION, MASK, mask_bytes, mask_text

MASKED = [
    ("0x7f2c00", "<*>"),
    ("f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "<*>"),
    ("3fa9c0de1b2c", "<*>"),
    ("10.0.0.1:30000", "<*>"),
    ("2025-06-10", "<*>"),
    ("21:32:17.123", "<*>"),
    ("Worker_TP1", "Worker_TP<*>"),
    ("97.2s/it", "<*>s/it"),
]
KEPT = ["dead beef face", "cafe", "-", "", "Loading shards"]


@pytest.mark.parametrize(("token", "masked"), MASKED)
def test_a_volatile_token_is_masked_alone_and_in_a_sentence(token: str, masked: str) -> None:
    """Each kind of token, at the ends of a text and within."""
    assert mask_text(token) == masked
    assert mask_text(f"took {token} now") == f"took {masked} now"


@pytest.mark.parametrize("text", KEPT)
def test_words_are_kept(text: str) -> None:
    """Letters that could be hexadecimal are a word when no digit is among them."""
    assert mask_text(text) == text


@given(st.binary(max_size=300))
def test_the_native_engine_masks_like_the_portable_one(text: bytes) -> None:
    """The fallback may be slower, never different."""
    assert mask_bytes(text) == re.sub(EXPRESSION, MASK, text)


def test_a_long_line_of_joined_groups_is_masked_in_linear_time() -> None:
    """The line that took an earlier form of the mask minutes; a quadratic form would not end here."""
    line = b"11-aaaa-" * 400_000

    masked = mask_bytes(line)

    assert masked == b"<*>-"
