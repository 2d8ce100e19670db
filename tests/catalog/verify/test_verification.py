"""The result as text, JSON and Markdown."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from logsleuth.catalog.load import Catalog
from logsleuth.catalog.verify.literals import Upstream
from logsleuth.catalog.verify.verification import as_json, as_markdown, as_text, verify

ALIVE = 'raise ValueError(f"{n} widgets left on rank {r}")'
OTHER = 'logger.error("no\\x1b such %s gadget")'


def test_the_text(catalog: Catalog, upstream: Callable[..., Upstream]) -> None:
    """Figures first, then what nothing covers; control characters are shown, not obeyed."""
    found = verify(catalog, upstream(ALIVE, OTHER))

    assert as_text(found) == (
        "vllm-1.0.whl: 2 messages in 1 files\n"
        "1 signatures: 1 alive, 0 below, 0 reworded, 0 gone, 0 unclear\n"
        "1 of 2 error messages in engine, worker, executor, distributed, model_loader, config are covered (50.0%)\n"
        "\n"
        "not covered:\n"
        "  vllm/engine/a.py:2 error: no\\x1b such {} gadget\n"
    )


def test_surprises_and_losses(catalog: Catalog, upstream: Callable[..., Upstream]) -> None:
    """What differs from the signature's claim, and what was not read."""
    found = replace(upstream("pass"), unread=("x.py",), is_cut=True)

    text = as_text(verify(catalog, found, parts=("worker",)))

    assert "not read: 1 files that do not parse or are too large, such as x.py\n" in text
    assert "the rest was left out\n" in text
    assert "0 of 0 error messages in worker are covered (0.0%)\n" in text
    assert "differs from its `versions`:\n  host.killed.made                             gone\n" in text


def test_the_json(catalog: Catalog, upstream: Callable[..., Upstream]) -> None:
    """Everything, for a program."""
    found = json.loads(as_json(verify(catalog, upstream(ALIVE, OTHER, "x = 'words alone'"))))

    assert (found["component"], found["version"], found["messages"]) == ("vllm", "1.0", 3)
    assert found["signatures"] == [
        {
            "id": "host.killed.made",
            "state": "alive",
            "expected": True,
            "template": {
                "where": "vllm/engine/a.py:1",
                "kind": "raise",
                "exception": "ValueError",
                "text": "{} widgets left on rank {}",
            },
        }
    ]
    assert [one["signature"] for one in found["coverage"]["covered"]] == ["host.killed.made"]
    assert [one["where"] for one in found["coverage"]["uncovered"]] == ["vllm/engine/a.py:2"]


def test_the_markdown(catalog: Catalog, upstream: Callable[..., Upstream]) -> None:
    """Shares, then one table for each component with a column for each version."""
    old, new = upstream("pass", version="0.9"), upstream(ALIVE, OTHER)
    claimed = replace(catalog.signatures[0], versions=">=1")
    narrowed = replace(catalog, signatures=(claimed,))

    text = as_markdown([verify(narrowed, old), verify(narrowed, new)])

    parts = "engine, worker, executor, distributed, model_loader, config"
    assert f"| vllm | 0.9 | {parts} | 0 | – |\n| vllm | 1.0 | {parts} | 2 | 1 (50%) |\n" in text
    assert text.endswith("## vllm\n\n| Signature | 0.9 | 1.0 |\n|---|---|---|\n| `host.killed.made` | – | alive |\n")
