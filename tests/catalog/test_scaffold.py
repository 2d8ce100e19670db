"""A log line becomes a draft that lint accepts and that matches the line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logsleuth.catalog.lint import lint_folders
from logsleuth.catalog.load import Catalog, catalog_of, read_folders
from logsleuth.catalog.samples import findings
from logsleuth.catalog.scaffold import TODO, covering, scaffold
from logsleuth.errors import UsageError
from logsleuth.model import Role, Signature

NOTHING = catalog_of([], {"host.memory": Role.ROOT})
LINES = (
    "The frobnicator broke for good",
    "ERROR 06-10 21:32:17 [core.py:396] The frobnicator on rank 3 ran out after 12.5 GiB at /data/x/y (10.0.0.1:80)",
    "INFO 06-10 21:32:17 [core.py:396] The frobnicator is (maybe) tired: load=0.97 [a] {b} c|d ^e$ f*g+h?",
    "RuntimeError: it's the frobnicator's 'second' failure, code -5, errno: 12, pid 3, pid 4",
    'weird\\path C:\\temp and "quotes" # not a comment: yes',
    "frobnicator 3fa9c0de-7dec-11d0-a765-00a0c91e6bf6 lost at 0x7f2c, 12MB of 3 MiB",
    'Traceback (most recent call last):\n  File "/a/b.py", line 3, in f\n    g()\nValueError: the frobnicator 12 is lost',
    "\x1b[31mred\tfrobnicator alarm\x1b[0m\r\n",
    "the frobnicator " + "went on and on for 3 seconds " * 60,
    "显存不足，frobnicator 无法分配 3 个缓冲区",
    "y" * 200,
)


@pytest.mark.parametrize("line", LINES)
def test_the_draft_holds(line: str, tmp_path: Path) -> None:
    """It loads, lints clean and matches its own sample, with the captures that it promises."""
    (tmp_path / "a.yaml").write_text(scaffold(line, NOTHING, signature_id="host.memory.made"), encoding="utf-8")

    assert lint_folders([tmp_path], with_builtin=False) == ()
    signature = read_folders([tmp_path], with_builtin=False).catalog.signatures[0]
    assert findings(signature, signature.samples[0].text)


def test_what_is_proposed() -> None:
    """The longest fixed text, a capture for each value, named by the word before it."""
    draft = scaffold(LINES[1], NOTHING, signature_id="host.memory.made")

    assert draft.startswith("id: host.memory.made\n")
    assert "  literal: 'The frobnicator on rank'\n" in draft
    assert (
        r"  regex: 'The frobnicator on rank (?P<rank>\d+) ran out after (?P<size>[\d.]+ ?[KMGT]i?B) at "
        r"""(?P<path>[^\s''\",)]{1,300}) \((?P<address>[\d.:]{7,40})\)'""" + "\n"
    ) in draft
    assert "captures: {rank: '3', size: '12.5 GiB', path: '/data/x/y', address: '10.0.0.1:80'}\n" in draft
    assert "severity: error\n" in draft
    assert "levels" not in draft


def test_levels_and_severity() -> None:
    """A line at INFO counts at any level; a warning is one."""
    assert "  levels: any\n" in scaffold(LINES[2], NOTHING)
    assert "severity: warning\n" in scaffold("WARNING 06-10 21:32:17 [a.py:1] frobnicator is tired", NOTHING)


def test_a_traceback_gives_its_exception() -> None:
    """What it says, without its type."""
    draft = scaffold(LINES[6], NOTHING)

    assert r"  regex: 'the frobnicator (?P<number>\d+) is lost'" in draft
    assert "    - text: |-\n        Traceback (most recent call last):\n" in draft


def test_the_same_value_twice() -> None:
    """Gets a second name."""
    assert "(?P<pid>" in scaffold(LINES[3], NOTHING)
    assert "(?P<pid_2>" in scaffold(LINES[3], NOTHING)


def test_the_nearest_class_is_proposed(signature: Signature) -> None:
    """With a note; where none is near, lint asks for one."""
    catalog = catalog_of([signature], {"vllm.kv-cache-too-small": Role.ROOT})

    near = scaffold("max seq len (7), 3.50 GiB KV cache is needed, which is larger than all", catalog)
    named = scaffold("something else altogether", catalog, signature_id="vllm.kv-cache-too-small.other")

    assert near.startswith("id: vllm.kv-cache-too-small.todo  # the class of the nearest signature")
    assert "component: vllm\n" in near
    assert "component: vllm\n" in named
    assert scaffold("something else altogether", catalog).startswith("id: todo.class  # a class of")


@pytest.mark.parametrize("line", ["", "\n \n", "a 1", "12:30:45 1 2 3"])
def test_nothing_to_look_for(line: str) -> None:
    """Is said, with what to do."""
    with pytest.raises(UsageError, match=r"nothing to start from|no fixed text"):
        scaffold(line, NOTHING)


def test_signatures_that_match_already(signature: Signature) -> None:
    """The author should know them."""
    catalog: Catalog = catalog_of([signature], {})

    assert covering(signature.samples[0].text, catalog) == (signature,)
    assert covering("something else", catalog) == ()


@given(st.text(min_size=12, max_size=120))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_any_line_gives_a_draft_that_loads(write: Callable[..., Path], line: str) -> None:
    """Or an error that says why not."""
    try:
        draft = scaffold(line, NOTHING, signature_id="host.memory.made")
    except UsageError:
        return

    loaded = read_folders([write(draft)], with_builtin=False)

    assert loaded.problems == ()
    assert TODO in draft
