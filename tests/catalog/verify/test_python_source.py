"""The messages of Python files, with what becomes of them."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.catalog.verify.python_source import python_templates


def messages(source: str) -> list[tuple[str, str, str]]:
    """(kind, exception, text) of every template."""
    found = python_templates("a.py", dedent(source).encode())
    assert found is not None
    return [(str(one.kind), one.exception, one.text) for one in found]


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ('raise ValueError("no such " "file")', [("raise", "ValueError", "no such file")]),
        ('raise a.B(f"rank {rank} of {n:.2f} died") from e', [("raise", "B", "rank {} of {} died")]),
        ('raise E("one " + x + " two %d" % 3)', [("raise", "E", "one {} two {}")]),
        ('raise E("{} is {}".format(a, b))', [("raise", "E", "{} is {}")]),
        ('raise E("yes it is" if x else "no not")', [("raise", "E", "yes it is"), ("raise", "E", "no not")]),
        ('raise E(message="by keyword")', [("raise", "E", "by keyword")]),
        ('raise E("".join(["one part", "two parts"]))', [("raise", "E", "one part"), ("raise", "E", "two parts")]),
        ('logger.warning_once("slow %s", x)', [("warning", "", "slow {}")]),
        ('self._log.exception("it broke")', [("error", "", "it broke")]),
        ('logging.getLogger("x").critical("dead")', [("critical", "", "dead")]),
        ('warnings.warn("old way")', [("warning", "", "old way")]),
        ('parser.error("not a logger")', [("text", "", "not a logger")]),
        ('logger.info("all is well")', [("text", "", "all is well")]),
        ('assert x, "must be x"', [("assert", "AssertionError", "must be x")]),
        ("x = f\"outer {f('inner text')}.\"", [("text", "", "outer {}."), ("text", "", "inner text")]),
        ("raise ValueError", []),
        ("raise error", []),
        ("x = 1 + 2; y = 3 % 2; z = a.format(b)", []),
        ("x: int; x += 1", []),
    ],
)
def test_messages(source: str, wanted: list[tuple[str, str, str]]) -> None:
    """Every way to build a text, and every use."""
    assert messages(source) == wanted


def test_docstrings_are_no_messages() -> None:
    """Nor are texts that nobody uses."""
    source = '''
        """Of the module."""
        class A:
            """Of the class."""
            def f(self):
                """Of the function."""
                "nobody uses this"
                raise ValueError("but this")
    '''

    assert messages(source) == [("raise", "ValueError", "but this")]


def test_a_variable_that_is_raised() -> None:
    """`message = ...; raise ValueError(message)`, within its function; constants from everywhere."""
    source = """
        TOO_LATE = "it is too late"
        def f():
            message: str = "this one is raised"
            def g():
                text = "this one is logged"
                logger.error(text)
            raise ValueError(message)
        def h():
            message = "this one is not"
            raise OSError(TOO_LATE)
    """

    assert messages(source) == [
        ("raise", "OSError", "it is too late"),
        ("raise", "ValueError", "this one is raised"),
        ("error", "", "this one is logged"),
        ("text", "", "this one is not"),
    ]


def test_lines_are_told() -> None:
    """Where the literal begins."""
    found = python_templates("a.py", b'\nraise E(\n  "two " \n "lines")\n')

    assert found is not None
    assert [str(one.where) for one in found] == ["a.py:3"]


@pytest.mark.parametrize(
    "data", [b"def (", b"\0", b"\xff\xfe", b"(" * 5000, b"-" * 50_000 + b"1", b"x" + b"+1" * 30_000]
)
def test_what_does_not_parse_is_said(data: bytes) -> None:
    """No exception leaves the function."""
    assert python_templates("a.py", data) is None


def test_a_long_sum_is_read() -> None:
    """Its length is bounded."""
    source = "x = " + " + ".join('"some text "' for _ in range(150))

    assert [text for _, _, text in messages(source)] == ["some text " * 150]


@given(st.text(alphabet="fr\"'{}%s+() \nraiseE:=", max_size=60))
def test_any_text_gives_a_result(text: str) -> None:
    """Templates, or None."""
    found = python_templates("a.py", text.encode())

    assert found is None or all(one.parts for one in found)
