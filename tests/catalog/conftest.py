"""A small catalog of its own, so that these tests stay true while the built-in signatures change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from logsleuth.catalog.load import read_folders
from logsleuth.model import Signature

EXAMPLE = dedent(
    """\
    id: vllm.kv-cache-too-small.request
    title: {en: One request does not fit, zh: 一个请求放不下}
    status: test
    role: root
    severity: critical
    component: vllm
    versions: '>=0.7.3'
    match:
      - literal: KV cache is needed, which is larger than
        regex: 'max seq len \\((?P<max_model_len>\\d+)\\), (?P<needed>[\\d.]+ GiB) KV cache is needed, which is larger than the (?P<available>[\\d.]+ GiB)'
    derive: {missing: 'ceil(needed - available, 1)'}
    summary:
      en: '{max_model_len} tokens need {needed}, {available} is left[[; {missing} GiB too little]].'
      zh: '{max_model_len} 个 token 需要 {needed}，只剩 {available}[[，缺 {missing} GiB]]。'
    causes:
      - {en: The context is long., zh: 上下文很长。}
    remedies:
      - text: {en: Lower --max-model-len., zh: 调低 --max-model-len。}
        command: vllm serve {env.model} --max-model-len 8192
    references: ['https://docs.vllm.ai/en/latest/usage/troubleshooting.html']
    samples:
      hit:
        - text: 'ERROR 06-10 21:32:17 [core.py:396] max seq len (40960), 2.50 GiB KV cache is needed, which is larger than the 1.20 GiB'
          captures: {max_model_len: '40960', missing: '1.3'}
        - text: 'ValueError: max seq len (8), 0.50 GiB KV cache is needed, which is larger than the 0.25 GiB'
      miss:
        - {text: 'INFO 06-10 21:32:17 [core.py:396] 2.50 GiB KV cache is needed', because: it fits}
        - {text: 'INFO 06-10 21:32:17 [x.py:1] max seq len (8), 0.50 GiB KV cache is needed, which is larger than the 0.25 GiB', because: said at INFO}
    """
)


@pytest.fixture
def example_text() -> str:
    """The YAML of one signature in which everything is right."""
    return EXAMPLE


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes files of signatures and gives their folder."""

    def written(*texts: str, name: str = "{}.yaml") -> Path:
        for at, text in enumerate(texts):
            path = tmp_path / "mine" / name.format(at)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path / "mine"

    return written


@pytest.fixture
def signature(write: Callable[..., Path]) -> Signature:
    """The example, read."""
    loaded = read_folders([write(EXAMPLE)], with_builtin=False)
    return loaded.catalog.signatures[0]
