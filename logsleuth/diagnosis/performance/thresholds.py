"""Every bound that a performance rule or a step of the decision tree holds a figure against, each with its source.

"Guide" stands for the troubleshooting guides that the catalog's classes come from; a rule of thumb says so.
"""

from __future__ import annotations

from typing import Final

# --- generation and queues: vLLM's statistics lines, one every ten seconds ---
SLOW_DECODE_TPS: Final = 10.0  # of one request; guide, "inference is slow": under 10 tokens/s
FEW_REQUESTS: Final = 8  # above it, low speed for each is the price of batching; rule of thumb
FULL_KV_PERCENT: Final = 90.0  # rule of thumb: what is left holds no long prompt
IDLE_KV_PERCENT: Final = 50.0  # below it, memory is not what keeps requests waiting; rule of thumb
CAPPED_PERCENT: Final = 95.0  # of max_num_seqs: a request that has just ended leaves a gap
SILENT_INTERVALS: Final = 6  # a minute in which nothing moves
TREND_INTERVALS: Final = 3  # half a minute: one line may be a moment
PREFILL_RATIO: Final = 10.0  # prompt to generated tokens: beyond it, prompts are being read
PREFILL_TPS: Final = 50.0

# --- GPUs ---
# guide, "GPU utilisation is low": under 50 % while throughput is low. The driver counts the share of time in which any
# kernel ran (nvidia-smi(1), utilization.gpu), so a low value is telling: for half of the time there was none.
IDLE_GPU_PERCENT: Final = 50.0
# guide, the decision tree: over 80 %. A high value is not telling: a kernel that waits for memory, or for another GPU
# in a collective, counts as much as one that computes.
BUSY_GPU_PERCENT: Final = 80.0
IDLE_GPU_SHARE: Final = 0.9  # of the readings of the busiest GPU: a burst or two may be the end of the load
GPU_READINGS: Final = 3  # one table shows the last sixth of a second to one second (nvidia-smi(1))
HELD_BACK_SHARE: Final = 0.5  # of max_num_seqs: with so much room, the limit does not hold requests back
SMALLEST_MAX_NUM_SEQS: Final = 128.0  # the smallest default of any version: vllm/config/scheduler.py

# --- loading weights ---
SLOW_SHARD_S: Final = 30.0  # a shard is about 5 GB: under 170 MB/s, less than one local disk gives
SLOW_WEIGHTS_S: Final = 600.0  # rule of thumb

# --- KV caches outside the GPU ---
SLOW_LOOKUP_MS: Final = 10.0  # guide, UCM: a lookup over 10 ms
SLOW_TRANSFER_GBPS: Final = 1.0  # guide, UCM: load or save under 1 GB/s
SMALL_TRANSFER_BYTES: Final = 1e6  # below it, latency and not speed is measured
SMALL_TRANSFER_GB: Final = 0.05
LOW_HIT_RATE: Final = 0.5  # guide, UCM: an external hit rate under 50 %
COLD_REQUESTS: Final = 8  # that may miss because nothing was saved yet
JUDGED_REQUESTS: Final = 10

# --- prefix caching ---
# vLLM reckons its rates over the last 1,000 requests (vllm/v1/metrics/stats.py, CachingMetrics), so a zero is no moment
REPEATED_IMAGES_PERCENT: Final = 50.0  # hit rate of the multi-modal cache: most images were sent before
REPEATED_REQUESTS: Final = 3  # found in a cache outside the GPU: their prompts were computed before
LONG_INTERVALS: Final = 12  # two minutes with prompts

# --- time to first token ---
SLOW_TTFT_MS: Final = 5000.0  # guide, "TTFT too long": over 5 seconds
FIRST_TIMES: Final = 5.0  # the first request against the later median; rule of thumb, guides name no figure
FIRST_NEXT_TIMES: Final = 2.0  # and against the slowest of the later ones: else it is a tail, not a beginning
FIRST_MS: Final = 1000.0  # below a second nobody minds
LATER_REQUESTS: Final = 5

# --- CacheBlend ---
# the paper computes 5 to 18 % of the tokens again, UCM 20 % by default (arXiv 2405.16444, ucm/sparse/blend): at half
# the prefill that is saved no longer pays for the load
HIGH_RECOMPUTE_RATIO: Final = 0.5
DOMINANT_SHARE: Final = 0.5
BLENDED_REQUESTS: Final = 3
