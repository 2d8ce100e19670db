"""What a request takes: the lines of benchmarks and clients, and the stages of CacheBlend.

    Mean TTFT (ms):                          812.40
    request 7 TTFT: 0.81 s
    total_blocks_num: 32, req_stage: BlendStage.CACHE_BLEND, first chunk prefix hit: 1, chunks cache total hit: 28,
    [blend-attn] compute_mask time: 3.4512ms
    [blend-attn] reduce attn tokens from 4096 to 733
    KV 加载: 0.812s

UCM's CacheBlend prints the request and the tokens since 0.2.0, the time of its mask in 0.2.0 only
(ucm/integration/vllm/blend_connector.py, ucm/sparse/blend/blend.py); the last form is that of a guide's script.
"""

from __future__ import annotations

import re
from typing import Final

from logsleuth.events.sample import INTEGER, NUMBER, Group, Match, Metric, Reader, Values, named
from logsleuth.lazy import lazy

LONG_NUMBER: Final = rb"(\d{1,15}(?:\.\d{1,20})?)"  # as Python prints a float
BLENDING: Final = b"CACHE_BLEND"
SUMMARY: Final = lazy(rb"(mean|avg|average|median|max|min|p\d{2})[ _]?\(?$", re.IGNORECASE)
SUMMARY_BYTES: Final = 9
TYPICAL: Final = frozenset({b"mean", b"avg", b"average", b"median"})


def _benchmark(statistic: bytes) -> Reader:
    """A reader of a line of vLLM's serving benchmark."""
    return lambda match: (
        Metric.REQUEST,
        ((f"{statistic.decode()}_{match[1].decode()}_ms".lower(), float(match[2])),),
    )


def _client(match: Match) -> tuple[Metric, Values]:
    """The time to first token that a client measured: of one request, or what is typical of many."""
    milliseconds = float(match[1]) * (1 if match[2] == b"ms" else 1000)
    start = match.start()
    statistic = SUMMARY.search(match.string[max(start - SUMMARY_BYTES, 0) : start])
    if statistic is None:
        return Metric.REQUEST, (("ttft_ms", milliseconds),)
    name = "mean_ttft_ms" if statistic[1].lower() in TYPICAL else "extreme_ttft_ms"
    return Metric.REQUEST, ((name, milliseconds),)


def _blended(match: Match) -> tuple[Metric, Values]:
    """What the scheduler's side found for one request."""
    return Metric.BLEND, (
        ("blocks", float(match[1])),
        ("is_blended", float(BLENDING in match[2])),
        ("prefix_hits", float(match[3])),
        ("chunk_hits", float(match[4])),
    )


def _stage(name: str) -> Reader:
    """A reader of a stage's seconds."""
    return lambda match: (Metric.BLEND, ((name, float(match[1]) * 1000),))


REQUEST_GROUPS: Final = tuple(
    Group(anchor=anchor, expression=lazy(expression), read=read)
    for anchor, expression, read in (
        *(
            ("TTFT", rb"%b (TTFT|TPOT|ITL|E2EL) \(ms\): {1,40}%b" % (statistic, NUMBER), _benchmark(statistic))
            for statistic in (b"Mean", b"Median", b"P90", b"P95", b"P99")
        ),
        ("TTFT", rb"TTFT[:=] ?%b ?(ms|s)\b" % NUMBER, _client),
        (
            "iteration elapsed time: ",
            rb"iteration elapsed time: %b ?ms" % NUMBER,
            named(Metric.REQUEST, "iteration_ms"),
        ),
        (
            "chunks cache total hit: ",
            rb"total_blocks_num: %b, req_stage: ([\w.]{1,60}), first chunk prefix hit: %b, chunks cache total hit: %b"
            % (INTEGER, INTEGER, INTEGER),
            _blended,
        ),
        (
            "[blend-attn]",
            rb"\[blend-attn\] reduce attn tokens from %b to %b" % (INTEGER, INTEGER),
            named(Metric.BLEND, "tokens", "recomputed"),
        ),
        (
            "[blend-attn]",
            rb"\[blend-attn\] {1,2}compute_mask time \+ index time: %bms" % LONG_NUMBER,
            named(Metric.BLEND, "selection_ms"),
        ),
        ("KV 加载: ", "KV 加载: ".encode() + NUMBER + rb"s\b", _stage("load_ms")),
        ("HKVD 选择: ", "HKVD 选择: ".encode() + NUMBER + rb"s\b", _stage("selection_ms")),
        ("部分重计算: ", "部分重计算: ".encode() + NUMBER + rb"s\b", _stage("recompute_ms")),
        ("生成: ", "生成: ".encode() + NUMBER + rb"s\b", _stage("generation_ms")),
    )
)
