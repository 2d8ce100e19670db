"""TensorRT-LLM and its Python side.

Samples (cpp/tensorrt_llm/common/logger.h, tensorrt_llm/logger.py):
    [TensorRT-LLM][ERROR] CUDA runtime error in cudaMalloc: out of memory
    [05/01/2024-10:00:00] [TRT-LLM] [RANK 3] [E] Failed to build engine
    [TRT-LLM] [W] Found pynvml==11.5.0
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.prefix import LEVEL_LETTERS, LEVELS, Format, Prefix, level_of, number_of

_HEAD: Final = lazy(
    r"(?:\[(\d\d)/(\d\d)/(\d{4})-(\d\d:\d\d:\d\d)\] )?\[(?:TensorRT-LLM|TRT-LLM|TensorRT|TRT)\] ?"
    rf"(?:\[(?:RANK )?(\d{{1,6}})\] ?)?\[(?:([VDIWEF])|({LEVELS}))\](?: |$)"
)


def parse(line: str) -> Prefix | None:
    """Time, rank and level."""
    match = _HEAD.match(line)
    if match is None:
        return None
    month, day, year, clock = match.group(1, 2, 3, 4)
    return Prefix(
        end=match.end(),
        ts=f"{year}-{month}-{day}T{clock}" if year else None,
        rank=number_of(match[5]),
        level=LEVEL_LETTERS[match[6]] if match[6] else level_of(match[7]),
    )


FORMAT: Final = Format(name="trtllm", starts="[", parse=parse, is_producer=True)
