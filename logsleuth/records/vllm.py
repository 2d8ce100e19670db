"""vLLM's own logger, both eras.

Samples (vllm/logging_utils/formatter.py; DEBUG shortens the path from 0.10):
    INFO 06-10 21:32:17 core.py:58] Initializing a V0 LLM engine                             (up to 0.7.3)
    ERROR 06-10 21:32:17 [core.py:634] EngineCore failed to start.                           (from 0.8.0)
    DEBUG 06-10 21:32:17 [v1/engine/core.py:58] EngineCore loop active.
    DEBUG 06-10 21:32:17 [model_executor/.../utils/fp8_utils.py:9] x
    engine.py:400]   File "/home/worker/venv/lib/python3.12/site-packages/vllm/worker/worker.py"   (behind `VLLM: `)
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.prefix import ALPHANUMERIC, LEVEL_WORDS, Format, Prefix

_HEAD: Final = lazy(
    r"(DEBUG|INFO|WARNING|ERROR|CRITICAL) {1,4}(\d\d-\d\d) (\d\d:\d\d:\d\d(?:[.,]\d{1,6})?) "
    r"(?:\[(?P<new>[^\]\s]{1,250}:\d{1,6})\]|(?P<old>[^\]\[\s]{1,250}:\d{1,6})\])(?: |$)"
)
_SIGN: Final = (
    r"[A-Z]{4,8} {1,4}\d\d-\d\d [\d:.,]{8,15} (?:\[[^\]\s]{1,250}:\d{1,6}\]|[^\]\[\s]{1,250}:\d{1,6}\])(?: |$)"
)
_REMNANT: Final = lazy(r"(\w{1,80}\.py:\d{1,6})\](?: |$)")


def parse(line: str) -> Prefix | None:
    """Level, time and place."""
    match = _HEAD.match(line)
    if match is None:
        return None
    clock = match[3].replace(",", ".")
    code = match["new"] or match["old"]
    return Prefix(end=match.end(), level=LEVEL_WORDS[match[1]], ts=f"{match[2]}T{clock}", code=code)


def parse_remnant(line: str) -> Prefix | None:
    """What a parent program left of the old form: the place alone."""
    match = _REMNANT.match(line)
    return Prefix(end=match.end(), code=match[1]) if match else None


FORMAT: Final = Format(
    name="vllm", starts="DIWEC", parse=parse, closer="] ", is_producer=True, may_nest=True, sign=_SIGN
)
REMNANT: Final = Format(
    name="vllm", starts=ALPHANUMERIC + "_", parse=parse_remnant, is_producer=True, sign=r"\w{1,80}\.py:\d"
)
