"""Rust's tracing: TGI's router and launcher, NVIDIA Dynamo, and others.

Samples (tracing-subscriber's full format, with and without spans):
    2025-03-27T15:41:41.626604Z  INFO dynamo_run: Dynamo 0.1.0 starting: Input: text; Output: vllm
    2024-02-28T10:01:01.123456Z ERROR text_generation_launcher: Shard 0 failed to start
    2024-02-28T10:01:01.123456Z ERROR health:batch{id=1}: text_generation_client: router/src/lib.rs:33: Server error
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.prefix import Format, Prefix, level_of

_HEAD: Final = lazy(
    r"(?P<ts>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) {1,2}"
    r"(?P<level>TRACE|DEBUG|INFO|WARN|ERROR) "
    r"(?:ThreadId\(\d{1,6}\) )?(?:[\w:]{1,120}\{[^{}\n]{0,400}\}: ){0,4}"
    r"(?P<logger>[a-z_][\w.-]{0,80}(?:::[\w.<>-]{1,80}){0,12}):(?: (?P<code>[\w./-]{1,200}\.rs:\d{1,6}):)?(?: |$)"
)


def parse(line: str) -> Prefix | None:
    """Time, level and target."""
    match = _HEAD.match(line)
    if match is None:
        return None
    return Prefix(
        end=match.end(),
        ts=match["ts"],
        level=level_of(match["level"]),
        logger=match["logger"],
        code=match["code"],
    )


FORMAT: Final = Format(
    name="tracing", starts="12", parse=parse, is_producer=True, sign=r"\d{4}-\d\d-\d\dT\S{9,30} {1,2}[TDIWE]"
)
