"""A sample's text in, the same text as other collectors and terminals would have printed it out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from logsleuth.lazy import lazy

BEFORE: Final = (
    "Loading safetensors checkpoint shards:  50% Completed | 2/4 [00:01<00:01,  1.71it/s]",
    "Loading safetensors checkpoint shards: 100% Completed | 4/4 [00:02<00:00,  1.77it/s]",
)
AFTER: Final = (
    "INFO 06-10 21:32:59 [launcher.py:36] Route: /health, Methods: GET",
    'INFO:     10.0.0.7:52114 - "GET /metrics HTTP/1.1" 200 OK',
)
_TIME: Final = "2025-06-10T21:32:17.123456789Z"
_COLLECTED: Final = lazy(r"\(|\[rank\d|\d{4}-\d\d-\d\dT|[A-Z][a-z]{2} [ \d]\d \d\d:|\{|\[ *\d+\.\d+\]|\x1b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One change of dress; `needs_pipeline` where only the stages that read prefixes can undo it."""

    name: str
    apply: Callable[[str], str]
    needs_pipeline: bool = True


def _on_each_line(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: "\n".join(change(line) for line in text.rstrip("\n").split("\n")) + "\n"


def _crlf(text: str) -> str:
    return text.rstrip("\n").replace("\r\n", "\n").replace("\n", "\r\n") + "\r\n"


def _surrounded(text: str) -> str:
    return "\n".join((*BEFORE, text.rstrip("\n"), *AFTER)) + "\n"


def _docker_json(line: str) -> str:
    return json.dumps({"log": f"{line}\n", "stream": "stderr", "time": _TIME}, ensure_ascii=False)


MUTATIONS: Final = (
    Mutation(name="crlf", apply=_crlf, needs_pipeline=False),
    Mutation(name="surrounded", apply=_surrounded, needs_pipeline=False),
    Mutation(name="process", apply=_on_each_line("(EngineCore_DP0 pid=4711) {}".format), needs_pipeline=False),
    Mutation(name="cri", apply=_on_each_line(f"{_TIME} stderr F {{}}".format)),
    Mutation(name="docker", apply=_on_each_line(f"{_TIME} {{}}".format)),
    Mutation(name="docker-json", apply=_on_each_line(_docker_json)),
    Mutation(name="syslog", apply=_on_each_line("Jun 10 21:32:17 node1 vllm[4711]: {}".format)),
    Mutation(name="ansi", apply=_on_each_line("\x1b[0;31m{}\x1b[0m".format)),
)


def mutated(text: str, *, with_pipeline: bool) -> tuple[tuple[str, str], ...]:
    """(name, text) of every mutation that makes sense for a sample; one that has a collector's prefix keeps it."""
    is_collected = any(_COLLECTED.match(line) for line in text.split("\n"))
    return tuple(
        (mutation.name, mutation.apply(text))
        for mutation in MUTATIONS
        if (with_pipeline or not mutation.needs_pipeline)
        and (mutation.name in {"crlf", "surrounded"} or not is_collected)
    )


def cut_after(text: str, line: int) -> str:
    """The text without what stands after `line`, which counts from 1."""
    return "\n".join(text.split("\n")[:line]) + "\n"
