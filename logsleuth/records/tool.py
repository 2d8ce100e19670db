"""Parent programs that pass an engine's output on with a word in front.

Samples (Unsloth, NVIDIA Dynamo, VLLM_LOGGING_PREFIX, home-made supervisors):
    vLLM STDOUT: ERROR 07-15 17:15:30 [core.py:400] EngineCore failed to start.
    VLLM: engine.py:400]   File "/home/worker/venv/lib/python3.12/site-packages/vllm/worker/worker.py", line 306
    [stderr] RuntimeError: Engine core initialization failed.
    node-3> INFO 06-10 21:32:17 [core.py:58] Initializing a V1 LLM engine
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.prefix import ALPHANUMERIC, Format, Prefix

_WORD: Final = lazy(
    r"(?:(?:vLLM|VLLM|vllm|SGLang|sglang)(?: (?:STDOUT|STDERR|stdout|stderr))?|STDOUT|STDERR|stdout|stderr):(?: |$)"
)
_BRACKET: Final = lazy(r"\[(?:stdout|stderr|STDOUT|STDERR|vllm|vLLM|sglang|engine|server)\] ")
# Any short text but a quotation is accepted where vLLM's own prefix, which cannot be mistaken, stands behind it.
_GLUED: Final = lazy(
    r"[A-Za-z0-9\[(<#*\-_@][^\"'`{}=\n]{0,39}?"
    r"(?=(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) \d\d-\d\d \d\d:\d\d:\d\d \[?[\w./-]{1,200}:\d{1,6}\])"
)


def parse(line: str) -> Prefix | None:
    """A word that says whose output follows."""
    match = _WORD.match(line) or _BRACKET.match(line)
    return Prefix(end=match.end()) if match else None


def parse_glued(line: str) -> Prefix | None:
    """Whatever was glued in front of vLLM's prefix."""
    if "] " not in line[:300]:
        return None
    match = _GLUED.match(line)
    return Prefix(end=match.end()) if match else None


FORMAT: Final = Format(
    name="tool", starts="vVsS[", parse=parse, may_nest=True, sign=r"\[|(?i:vllm|sglang|stdout|stderr)[ :]"
)
GLUED: Final = Format(name="tool", starts=ALPHANUMERIC + "[(<#*-_@", parse=parse_glued, sign=r"[^\]]{1,298}+\]")
