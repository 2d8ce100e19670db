"""What may stand in a name."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.server.names import NAME_CHARS, part, source_name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vllm-0", "vllm-0"),
        ("a b\tc", "a_b_c"),
        ("节点 7", "_7"),
        ("", ""),
        ("..", "__"),
        (".", "_"),
        ("a..b", "a..b"),
        ("\x00\r\n", "_"),
        ("a/b", "a_b"),
        ("x" * 300, "x" * NAME_CHARS),
    ],
)
def test_a_part_keeps_only_what_is_harmless(text: str, expected: str) -> None:
    """Everything else becomes an underscore."""
    assert part(text) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("node-1", "vllm-0", "engine"), "node-1/vllm-0/engine"),
        (("gpu07", "/var/log/vllm/out.log"), "gpu07/var/log/vllm/out.log"),
        (("", "a", ""), "a"),
        ((), "unknown"),
        (("../../etc/passwd",), "__/__/etc/passwd"),
        (("///",), "unknown"),
        (("a" * 253, "..b"), "a" * 253),
    ],
)
def test_a_source_is_its_parts(parts: tuple[str, ...], expected: str) -> None:
    """Slashes part a name, never dots or control characters."""
    assert source_name(parts) == expected


@given(st.lists(st.text()))
def test_any_text_gives_a_name(parts: list[str]) -> None:
    """A name is never empty, too long or made of other characters."""
    name = source_name(parts)

    assert 0 < len(name) <= NAME_CHARS
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", piece) and not re.fullmatch(r"\.+", piece) for piece in name.split("/"))
