"""What may stand in a name."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.server.names import NAME_CHARS, part, source_name
from logsleuth.server.wire.fields import labels_of_file


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


@pytest.mark.parametrize("named", [part, labels_of_file, lambda text: source_name((text, "x"))])
def test_what_is_remembered_of_long_names_is_short(named: Callable[[str], object]) -> None:
    """Thousands of names that nobody needs must not fill the memory."""
    tracemalloc.start()
    for number in range(200):
        named(f"{number}" + "x" * 100_000)
    kept_bytes = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    assert kept_bytes < 2_000_000
