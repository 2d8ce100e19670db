"""The messages of C, C++ and CUDA files, and of compiled libraries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.catalog.verify.native_source import library_templates, native_templates


def messages(source: str) -> list[tuple[str, str]]:
    """(kind, text) of every template."""
    return [(str(one.kind), one.text) for one in native_templates("a.cc", source.encode())]


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ('WARN("Call to %s failed" " : %d", x, y);', [("warning", "Call to {} failed : {}")]),
        ('UC_ERROR("Failed({}) to open({}).", s, f);', [("error", "Failed({}) to open({}).")]),
        ('return Status::Error(fmt::format("bad id({})", i));', [("raise", "bad id({})")]),
        ('return Status::OK("all is well");', [("text", "all is well")]),
        ('throw std::runtime_error{"no memory"};', [("raise", "no memory")]),
        ('throw std::runtime_error("no " /* why */ "memory");', [("raise", "no memory")]),
        ('TORCH_CHECK(a == b, "got ", a, " wanted ", b);', [("raise", "got {} wanted ")]),
        ('LOG(ERROR) << "rank " << r << " died";', [("error", "rank {} died")]),
        ('LOG(INFO) << "all is well";', [("text", "all is well")]),
        ('std::cerr << "it is " << x; f("other text");', [("text", "it is "), ("text", "other text")]),
        ('WARN("Call to " name " failed");', [("warning", "Call to {} failed")]),
        ('WARN("%" PRIu64 " bytes lost");', [("warning", "{} bytes lost")]),
        ('WARN("say \\"it\\"\\tnow\\x41");', [("warning", 'say "it"\tnow')]),
        ('auto x = R"sql(raw "text" here)sql";', [("text", 'raw "text" here')]),
        ('char c = \'"\'; // "not a text"', []),
        ('#include "some_file.h"', []),
        ('if (x) { WARN("one failed"); } y = "some text";', [("warning", "one failed"), ("text", "some text")]),
        ('f("first text", "second text");', [("text", "first text"), ("text", "second text")]),
        ('CHECK(x) ; assert(x && "never so");', [("assert", "never so")]),
    ],
)
def test_messages(source: str, wanted: list[tuple[str, str]]) -> None:
    """Formats, streams, macros and what they mean."""
    assert messages(source) == wanted


def test_lines_are_told() -> None:
    """Counted across comments and line ends within tokens."""
    found = native_templates("a.cc", b'/* a\nb */\nWARN("it is\\\n bad");\nWARN("again bad");')

    assert [(str(one.where), one.text) for one in found] == [("a.cc:3", "it is bad"), ("a.cc:5", "again bad")]


@given(st.text(alphabet="\"\\'()R<>/*{};, aWARN\n", max_size=80))
def test_any_text_gives_a_result(text: str) -> None:
    """And never an exception."""
    assert all(one.parts for one in native_templates("a.cc", text.encode()))


@pytest.mark.parametrize("text", ['R"(' * 100_000, "/*" * 100_000, '"' + "\\" * 200_000, "(" * 200_000, "'" * 200_000])
def test_hostile_text_takes_linear_time(text: str) -> None:
    """Unclosed comments and literals end with the file."""
    assert len(native_templates("a.cc", text.encode())) <= 1


DATA = (
    b"\x00\x01_ZN3foo3barE\x00Failed to open %s: %d\x00ok\x00no_words_here\x00(0oGr(ny\x00RuntimeError: bad thing\n\x7f"
)


@pytest.mark.parametrize("size", [1, 7, 16, 1000])
def test_texts_of_a_library(size: int) -> None:
    """Phrases, wherever the chunks are cut."""
    chunks = (DATA[at : at + size] for at in range(0, len(DATA), size))

    assert [one.text for one in library_templates("a.so", chunks)] == [
        "Failed to open {}: {}",
        "RuntimeError: bad thing\n",
    ]


def test_a_library_that_ends_in_a_text() -> None:
    """It is not lost."""
    assert [one.text for one in library_templates("a.so", [b"\0cannot open", b" the file"])] == ["cannot open the file"]


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_any_bytes_give_a_result(chunks: list[bytes]) -> None:
    """And never an exception."""
    assert all(one.parts for one in library_templates("a.so", chunks))
