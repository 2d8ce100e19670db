"""Whether the literals and expressions of a catalog are rare, valid, and quick on hostile text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import regex

from logsleuth.catalog.load import Catalog
from logsleuth.catalog.problems import LintProblem
from logsleuth.catalog.validity import invalid_parts
from logsleuth.lazy import lazy
from logsleuth.model import Pattern, SampleKind, Signature, Where

SHORTEST_LITERAL: Final = 6
HOSTILE_CHARS: Final = 100_000
HOSTILE_SECONDS: Final = 0.05
ATTEMPTS: Final = 12  # a busy machine may make several slow, one after another
COMMON: Final = frozenset(
    {
        "error", "error:", "errors", "failed", "failed:", "failure", "exception", "warning", "traceback", "timeout",
        "timed out", "not found", "killed", "aborted", "nccl warn", "runtimeerror", "runtimeerror:", "valueerror",
        "valueerror:", "typeerror", "typeerror:", "keyerror:", "assertionerror", "assertionerror:", "engine core",
        "traceback (most recent call last):", "out of memory", "enginecore", "shutting down", "shutdown",
    }
)  # fmt: skip
HEALTHY: Final = (
    "INFO 06-10 21:32:17 [loggers.py:116] Engine 000: Avg prompt throughput: 12.5, Avg generation throughput: 3",
    "Running: 3 reqs, Waiting: 0 reqs, GPU KV cache usage: 4.1%, Prefix cache hit rate: 51.0%",
    "INFO 06-10 21:32:17 [gpu_model_runner.py:1501] Starting to load model /models/Qwen2.5-7B-Instruct...",
    "INFO 06-10 21:32:17 [core.py:69] Initializing a V1 LLM engine (v0.10.2) with config: model='m', tokenizer='m',",
    "max_seq_len=32768, tensor_parallel_size=2, gpu_memory_utilization=0.9, kv_cache_dtype=auto, enforce_eager=False",
    "INFO 06-10 21:32:17 [kv_cache_utils.py:864] GPU KV cache size: 1,206,640 tokens",
    "INFO 06-10 21:32:17 [kv_cache_utils.py:868] Maximum concurrency for 32,768 tokens per request: 36.82x",
    "INFO 06-10 21:32:17 [gpu_worker.py:276] Available KV cache memory: 64.43 GiB",
    "INFO 06-10 21:32:17 [parallel_state.py:1165] rank 1 in world size 2 is assigned as DP rank 0, PP rank 0",
    'INFO:     10.0.0.7:52114 - "POST /v1/chat/completions HTTP/1.1" 200 OK',
    "INFO:     Application startup complete.",
    "node1:412:980 [0] NCCL INFO comm 0x55d8 rank 0 nranks 2 cudaDev 0 busId 1000 commId 0x7f - Init COMPLETE",
    "node1:412:980 [0] NCCL INFO NET/IB : Using [0]mlx5_0:1/RoCE [RO]; OOB eth0:10.0.0.1<0>",
    "Loading safetensors checkpoint shards: 100% Completed | 4/4 [00:02<00:00,  1.77it/s]",
    "Capturing CUDA graph shapes: 100%|##########| 67/67 [00:18<00:00,  3.61it/s]",
)
NESTED: Final = regex.compile(
    r"\((?:\?(?:P<\w+>|:|i:|s:))?(?:[^()\\\[]|\\.|\[(?:[^\]\\]|\\.)*\])*(?<!\\)[*+}]\)(?:[*+]|\{\d+,\d*\})(?!\+)"
)
BACKREFERENCE: Final = lazy(r"(?<!\\)(?:\\\\)*(?:\\[1-9]|\(\?P=\w+\)|\\g<)")


def expression_problems(catalog: Catalog) -> Iterator[LintProblem]:
    """What is wrong with the expressions themselves."""
    for signature in catalog.signatures:
        for pattern in signature.patterns:
            for code, message in _pattern_problems(signature, pattern):
                where = Where(source=signature.where.source, line=pattern.line)
                yield LintProblem(where=where, code=code, message=f"{signature.id}: {message}")


def _pattern_problems(signature: Signature, pattern: Pattern) -> Iterator[tuple[str, str]]:
    if pattern.literal:
        yield from _literal_problems(pattern.literal)
    invalid = tuple(invalid_parts(pattern))
    yield from invalid
    if pattern.regex and not invalid:
        unsafe = tuple(_regex_problems(pattern.regex))
        yield from unsafe or _speed_problems(signature, pattern)


def _literal_problems(literal: str) -> Iterator[tuple[str, str]]:
    if len(literal) < SHORTEST_LITERAL:
        yield "literal", f"literal '{literal}' is too short to be rare; {SHORTEST_LITERAL} characters at least"
    if literal.strip().lower() in COMMON:
        yield "literal", f"literal '{literal}' stands in half of all logs; take words of this failure alone"
    for line in HEALTHY:
        if literal in line:
            yield "literal", f"literal '{literal}' stands in the healthy line '{line[:80]}...'"


def _regex_problems(expression: str) -> Iterator[tuple[str, str]]:
    if found := NESTED.search(expression):
        yield "regex-nested", f"'{found[0]}' repeats a repetition; write it so that one of them is fixed"
    if BACKREFERENCE.search(expression):
        yield "regex-backreference", "a backreference cannot be matched in linear time; compare the captures instead"


def _speed_problems(signature: Signature, pattern: Pattern) -> Iterator[tuple[str, str]]:
    compiled = regex.compile(pattern.regex, regex.MULTILINE)
    for name, text in hostile_texts(signature, pattern):
        if not any(_is_quick(compiled, text) for _ in range(ATTEMPTS)):
            yield (
                "regex-slow",
                f"regex takes over {HOSTILE_SECONDS * 1000:.0f} ms on {HOSTILE_CHARS // 1000} KB of {name}",
            )


def _is_quick(compiled: regex.Pattern[str], text: str) -> bool:
    try:
        compiled.search(text, timeout=HOSTILE_SECONDS)
    except TimeoutError:
        return False
    return True


def hostile_texts(signature: Signature, pattern: Pattern) -> Iterator[tuple[str, str]]:
    """Texts that nearly match, again and again: (what they are, text)."""
    for sample in (sample for sample in signature.samples if sample.kind is SampleKind.HIT):
        beginning = sample.text[: max(1, len(sample.text) * 3 // 5)]
        yield "hit samples cut short", _repeated(beginning.replace("\n", " "))
        yield "hit samples cut short, in lines", _repeated(beginning + "\n")
        break  # one sample is enough: the others share its expression
    head = pattern.literal or "x"
    for filler in ("a", "1", " ", "1 ", "(", ".a"):
        yield f"'{filler}' after the literal", head + _repeated(filler)
    yield "the literal", _repeated(head)


def _repeated(text: str) -> str:
    return text * (HOSTILE_CHARS // len(text))
