"""Remedies with their facts filled in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from logsleuth.diagnosis.advice import advice, applies
from logsleuth.diagnosis.unknown import SIGNATURE
from logsleuth.model import Advice, Remedy, Words


def remedy(text: str = "Look at {path}.", **changes: str) -> Remedy:
    """A remedy that says the same in both languages."""
    return Remedy(text=Words(en=text, zh=text), **changes)  # type: ignore[arg-type]  # a test names texts only


def given(path: str, *remedies: Remedy) -> tuple[Advice, ...]:
    """The advice where the log tells of `path` and of vLLM 0.9.1."""
    return advice(replace(SIGNATURE, remedies=remedies), {"path": path}, {"vllm": "0.9.1"})


def test_facts_are_filled_in() -> None:
    """Into the words as they are, into the command as one shell word."""
    assert given("/a b", remedy(command="ls {path}", applies="vllm>=0.9")) == (
        Advice(text=Words(en="Look at /a b.", zh="Look at /a b."), command="ls '/a b'", applies="vllm>=0.9"),
    )


def test_a_command_that_cannot_be_made_safe_is_withheld() -> None:
    """The words stay."""
    assert given("$(reboot)", remedy(command='ls "{path}"')) == (
        Advice(text=Words(en="Look at $(reboot).", zh="Look at $(reboot)."), command=""),
    )


def test_what_cannot_be_said_is_left_out() -> None:
    """A fact is unknown, or the version is another."""
    unsaid = (remedy("Look at {file}."), remedy(command="ls {file}"), remedy(applies="vllm<0.9"))

    assert given("/a", *unsaid) == ()


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("", True),
        ("vllm>=0.9", True),
        ("vllm>=0.9.2", False),
        ("vllm>=0.9, torch<2.8", True),
        ("torch<2.8; vllm<0.9", False),
        ("vllm>=x", True),
        ("some words", True),
    ],
)
def test_versions_rule_out(condition: str, *, expected: object) -> None:
    """Only those that the log tells; what is unknown or unreadable rules nothing out."""
    assert applies(condition, {"vllm": "0.9.1"}) is expected
