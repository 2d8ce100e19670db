"""The masks: each row alone and inside a sentence, and the two engines against each other."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.masking import EXPRESSION, MASK, key_bytes, mask_bytes, mask_text

MASKED = [
    ("0x7f2c00", "<*>"),
    ("0x5", "<*>"),
    ("0xdead", "<*>"),
    ("8x80", "<*>"),
    ("1920x1080", "<*>x<*>"),
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


PIECES = [
    "0",
    "1",
    "9",
    "7f",
    "a",
    "be",
    "f00d",
    "g",
    "x",
    "X",
    "-",
    ":",
    ".",
    ",",
    " ",
    "_",
    "0x",
    "3x",
    "12345",
    "\n",
]
IDS = ["c0ffee5b", "7f20f1b01acfe2bf", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "ab0cdef1", "12abcdef"]


@given(st.lists(st.sampled_from([*PIECES, *IDS]), max_size=25).map("".join))
def test_a_key_has_the_mask_of_its_line(text: str) -> None:
    """Else lines of different shapes would be counted as one."""
    line = text.encode()

    assert mask_bytes(key_bytes(line)) == mask_bytes(line)


def test_lines_that_differ_in_numbers_and_ids_alone_have_one_key() -> None:
    """That is what keys are for: few of them, however many lines."""
    lines = (
        b"INFO 10:31 took 17 ms, request cmpl-7f20f1b01acfe2bf",
        b"INFO 09:58 took 25 ms, request cmpl-3b8e64340e13306b",
    )

    assert len({key_bytes(line) for line in lines}) == 1


@pytest.mark.parametrize("piece", [b"0aaaaa-", b"0aaaaa", b"-0aaaaag", b"0x0a", b"aaaa0", b"0" * 14 + b"a"])
def test_keys_of_long_lines_are_made_in_linear_time(piece: bytes) -> None:
    """Whatever looks like the beginning of an id, on a line of megabytes."""
    line = piece * (3_000_000 // len(piece)) + b"g"

    assert mask_bytes(key_bytes(line)) == mask_bytes(line)


def test_a_long_line_of_joined_groups_is_masked_in_linear_time() -> None:
    """The line that took an earlier form of the mask minutes; a quadratic form would not end here."""
    line = b"11-aaaa-" * 400_000

    masked = mask_bytes(line)

    assert masked == b"<*>-"
