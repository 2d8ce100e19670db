"""SGLang's logger: a time and the ranks in one bracket, no level.

Samples (sglang/srt/utils configure_logger):
    [2026-01-01 10:00:00 TP0] MLA optimization is turned on. Use triton backend.
    [2026-01-01 10:00:00 DP1 TP8 EP8] Scheduler hit an exception: Traceback (most recent call last):
    [2026-01-01 10:00:00] server_args=ServerArgs(model_path='/models/DeepSeek-R1')
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.prefix import Format, Prefix
from logsleuth.records.times import FULL, iso

_RANKED: Final = lazy(
    r"\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:[.,]\d{1,6})?)((?: (?:ATTN_)?(?:DP|TP|PP|EP|CP)\d{1,5}){1,5})\](?: |$)"
)
_PLAIN: Final = lazy(rf"\[({FULL})\](?: |$)")


def parse(line: str) -> Prefix | None:
    """Time and ranks; the rank is the tensor-parallel one unless data or pipeline ranks stand beside it."""
    match = _RANKED.match(line)
    if match is None:
        return None
    parts = match[2].split()
    tensor = [part[2:] for part in parts if part.startswith("TP")]
    is_alone = not any(part.startswith(("DP", "PP")) for part in parts)
    return Prefix(
        end=match.end(),
        ts=iso(match[1]),
        process="_".join(parts),
        rank=int(tensor[0]) if tensor and is_alone else None,
    )


def parse_plain(line: str) -> Prefix | None:
    """A bracketed time alone."""
    match = _PLAIN.match(line)
    return Prefix(end=match.end(), ts=iso(match[1])) if match else None


FORMAT: Final = Format(name="sglang", starts="[", parse=parse, closer="] ", is_producer=True)
PLAIN: Final = Format(name="sglang", starts="[", parse=parse_plain, is_producer=True)
