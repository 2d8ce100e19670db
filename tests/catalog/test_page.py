"""A signature's page says everything a reader needs, in one language."""

from __future__ import annotations

import json
from dataclasses import replace

from logsleuth.catalog.page import page, row, row_json
from logsleuth.model import Probing, Remedy, Sample, SampleKind, Signature, Words


def test_the_page_in_english(signature: Signature) -> None:
    """Title, look, causes, remedies, references and what it is not."""
    text = page(signature)

    assert text.startswith(
        "# One request does not fit\n\n`vllm.kv-cache-too-small.request` · root · critical · vllm >=0.7.3\n\n"
        "{max_model_len} tokens need {needed}, {available} is left; {missing} GiB too little."
    )
    assert [line for line in text.split("\n") if line.startswith("## ")] == [
        "## What it looks like",
        "## Causes",
        "## What to do",
        "## References",
        "## What it is not",
    ]
    assert "1. The context is long." in text
    assert "   ```sh\n   vllm serve {env.model} --max-model-len 8192\n   ```" in text
    assert text.endswith("```\n\nsaid at INFO\n")


def test_the_page_in_chinese(signature: Signature) -> None:
    """The same in the other language."""
    text = page(signature, "zh")

    assert text.startswith("# 一个请求放不下\n")
    assert "## 怎么办\n\n1. 调低 --max-model-len。" in text
    assert "What" not in text


def test_notes_and_fences(signature: Signature) -> None:
    """A dangerous remedy says so; a text with a fence gets a longer one."""
    remedy = Remedy(text=Words(en="Delete it.", zh="删除。"), applies="vllm>=1", is_destructive=True)
    sample = Sample(kind=SampleKind.HIT, text="a ``` b")
    text = page(replace(signature, remedies=(remedy,), samples=(sample,), check_next=("a `b`", "c")))

    assert "1. Delete it. (with vllm>=1; deletes or stops something)" in text
    assert "````text\na ``` b\n````" in text
    assert "## Where to look next\n\n- `` a `b` ``\n- `c`" in text


def test_relations_and_probes(signature: Signature) -> None:
    """What it is explained by, and what can confirm it."""
    related = replace(
        signature,
        explained_by=("cuda.oom.device", "host"),
        probes=(Probing(name="p2p", expects="fails"), Probing(name="x")),
    )

    text = page(related)

    assert "## Probes\n\n- `p2p` → fails\n- `x`\n" in text
    assert "## Related\n\n- explained by: `cuda.oom.device`, `host`\n" in text


def test_signs_of_markdown(signature: Signature) -> None:
    """In prose they are text; in code they stay."""
    words = Words(en="Set <name> to *, as in `a <b>`.", zh="把 <name> 设为 *。")

    assert "Set \\<name> to \\*, as in `a <b>`." in page(replace(signature, summary=words))


def test_rows(signature: Signature) -> None:
    """One line for a list, for people and for programs."""
    assert row(signature).split() == [
        "vllm.kv-cache-too-small.request",
        "root",
        "test",
        "One",
        "request",
        "does",
        "not",
        "fit",
    ]
    assert json.loads(row_json(signature))["class"] == "vllm.kv-cache-too-small"
