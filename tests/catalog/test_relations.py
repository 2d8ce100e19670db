"""Two signatures may not explain, or lose to, one another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from logsleuth.catalog.load import read_folders
from logsleuth.catalog.relations import relation_problems

Write = Callable[..., Path]

RETIRED = "title: {en: Left, zh: 旧}\n  status: retired\n  severity: error\n"


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("explains: [cuda.fork]", "explains: [cuda.cudnn]", "explain"),
        ("explains: [cuda.fork]", "explained_by: [cuda.cudnn]", ""),
        ("explained_by: [cuda.fork]", "explained_by: [cuda.cudnn]", "explain"),
        ("explains: [cuda]", "explains: [cuda.cudnn]", "explain"),
        ("loses_to: [cuda.fork]", "loses_to: [cuda.cudnn]", "lose to"),
        ("loses_to: ['*']", "loses_to: [cuda.cudnn]", ""),
        ("explained_by: ['*']", "explained_by: [cuda.cudnn]", ""),
        ("explains: [cuda.fork]", "loses_to: [cuda.cudnn]", ""),
    ],
)
def test_only_pairs_that_name_one_another_are_told(write: Write, first: str, second: str, told: str) -> None:
    """One direction is a claim, both are a contradiction; `*` claims nothing."""
    text = f"- id: cuda.cudnn.one\n  {RETIRED}  {first}\n- id: cuda.fork.two\n  {RETIRED}  {second}\n"
    catalog = read_folders([write(text)], with_builtin=False).catalog

    problems = [problem.message for problem in relation_problems(catalog)]

    wanted = (
        f"cuda.fork.two: it and cuda.cudnn.one {told} one another; decide which one is the cause, and name single ids"
    )
    assert problems == ([wanted] if told else [])
