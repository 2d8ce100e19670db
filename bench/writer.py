"""Seeded lines as servers print them. In: a seed. Out: single lines of many kinds, and endless logs of them.

This module imports nothing of its folder, so that tests can load it by its path.
"""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable, Iterator

FAILURES = (
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 1 has a total capacity of 23.70 GiB of which 310.00 MiB is free.",
    "RuntimeError: CUDA error: an illegal memory access was encountered",
    "OSError: [Errno 28] No space left on device",
    "ValueError: Unsupported connector type: UCMConnector",
    "torch.distributed.DistNetworkError: The client socket has timed out after 600000ms while trying to connect to (10.0.0.9, 29500).",
    "ImportError: libcudart.so.12: cannot open shared object file: No such file or directory",
    "ValueError: Total number of attention heads (40) must be divisible by tensor parallel size (3).",
    "RuntimeError: Failed to infer device type",
)
MODULES = ("v1/engine/core", "v1/executor/multiproc_executor", "v1/worker/gpu_worker", "v1/worker/gpu_model_runner")
FUNCTIONS = ("execute_model", "forward", "step", "run_busy_loop", "_call_impl")


class Writer:
    """Lines of one seeded log."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.seconds = 0.0
        self.pids = [self.random.randint(1000, 4_000_000) for _ in range(8)]
        self.words = [
            "".join(self.random.choices(string.ascii_lowercase, k=self.random.randint(3, 9))) for _ in range(3000)
        ]

    def hex(self, digits: int) -> str:
        return f"{self.random.getrandbits(4 * digits):0{digits}x}"

    def time(self) -> str:
        self.seconds += self.random.random() / 100
        second = int(self.seconds)
        return f"06-{1 + second // 86400 % 28:02d} {second // 3600 % 24:02d}:{second // 60 % 60:02d}:{second % 60:02d}"

    def sentence(self, most: int) -> str:
        return " ".join(self.random.choices(self.words, k=self.random.randint(min(2, most), most)))

    def number(self, most: int) -> int:
        return self.random.randrange(most)

    def traceback(self) -> Iterator[str]:
        head = f"(EngineCore_DP0 pid={self.pids[1]}) ERROR {self.time()} [core.py:700] "
        yield head + "EngineCore encountered a fatal error."
        yield head + "Traceback (most recent call last):"
        for _ in range(self.random.randint(4, 20)):
            module, function = self.random.choice(MODULES), self.random.choice(FUNCTIONS)
            yield f'{head}  File "/usr/lib/python3.12/site-packages/vllm/{module}.py", line {self.number(2000)}, in {function}'
            yield f"{head}    output = self.{self.random.choice(self.words)}(scheduler_output)"
        yield head + self.random.choice(FAILURES)

    def serving(self) -> str:
        kinds: tuple[tuple[float, Callable[[], str]], ...] = (
            (0.36, self.access), (0.52, self.added), (0.57, self.received), (0.66, self.statistics), (0.73, self.nccl),
            (0.83, self.ucm), (0.93, self.lmcache), (0.96, self.shards), (0.997, self.warning),
        )  # fmt: skip
        draw = self.random.random()
        for bound, kind in kinds:
            if draw < bound:
                return kind()
        return f"(EngineCore_DP0 pid={self.pids[1]}) ERROR {self.time()} [core.py:700] {self.random.choice(FAILURES)}"

    def access(self) -> str:
        path = self.random.choice(("/v1/chat/completions", "/v1/completions", "/health", "/metrics"))
        host = f"10.{self.number(8)}.{self.number(256)}.{self.number(256)}:{30000 + self.number(30000)}"
        return f'(APIServer pid={self.pids[0]}) INFO:     {host} - "POST {path} HTTP/1.1" 200 OK'

    def added(self) -> str:
        return f"(APIServer pid={self.pids[0]}) INFO {self.time()} [async_llm.py:269] Added request chatcmpl-{self.hex(32)}."

    def received(self) -> str:
        return (
            f"(APIServer pid={self.pids[0]}) INFO {self.time()} [logger.py:41] Received request cmpl-{self.hex(32)}-0: params: "
            f"SamplingParams(n=1, temperature={self.random.random():.2f}, top_p={self.random.random():.2f}, max_tokens={self.number(4096)}), lora_request: None."
        )

    def statistics(self) -> str:
        return (
            f"(APIServer pid={self.pids[0]}) INFO {self.time()} [loggers.py:123] Engine 00{self.number(4)}: Avg prompt throughput: "
            f"{self.random.random() * 9000:.1f} tokens/s, Avg generation throughput: {500 + self.random.random() * 3000:.1f} tokens/s, Running: "
            f"{16 + self.number(16)} reqs, Waiting: 0 reqs, GPU KV cache usage: {self.random.random() * 80:.1f}%, Prefix cache hit rate: {self.random.random() * 100:.1f}%"
        )

    def nccl(self) -> str:
        a, b = self.number(8), self.number(8)
        return f"gpu{a:02d}:{self.pids[a]}:{self.pids[b]} [{a}] NCCL INFO Channel {self.number(32):02d}/0 : {a}[{a}] -> {b}[{b}] via P2P/CUMEM/read"

    def ucm(self) -> str:
        return (
            f"[2025-{self.time()}.{self.number(10**6):06d}][UC][I] Posix task({self.number(10**6)},Load,{self.number(512)},{self.number(10**9)}) finished, "
            f"cost {self.random.random() * 20:.3f}ms. [{self.pids[4]},{self.pids[5]}][posix_queue.cc:71,Worker]"
        )

    def lmcache(self) -> str:
        return (
            f"[2025-{self.time()},{self.number(1000):03d}] LMCache INFO: Reqid: {self.hex(16)}, Total tokens {self.number(32000)}, "
            f"LMCache hit tokens: {self.number(32000)}, need to load: {self.number(9999)} (vllm_v1_adapter.py:803:lmcache.integration.vllm.vllm_v1_adapter)"
        )

    def shards(self) -> str:
        done = self.number(30)
        return f"Loading safetensors checkpoint shards: {done * 100 // 30:3d}% Completed | {done}/30 [00:{self.number(60):02d}<00:{self.number(60):02d},  {self.random.random() * 3:.2f}s/it]"

    def warning(self) -> str:
        return f"(EngineCore_DP0 pid={self.pids[1]}) WARNING {self.time()} [scheduler.py:1057] request {self.number(99999)} waited {self.number(9999)} ms in queue"

    def diverse(self) -> str:
        kinds: tuple[tuple[float, Callable[[], str]], ...] = (
            (0.25, self.record), (0.45, self.prompt), (0.60, self.opened), (0.70, self.token), (0.95, self.remark),
        )  # fmt: skip
        draw = self.random.random()
        for bound, kind in kinds:
            if draw < bound:
                return kind()
        return f"ERROR {self.time()} {self.sentence(2)} {self.random.choice(FAILURES)}"

    def record(self) -> str:
        return (
            f'{{"ts":"2025-{self.time()}","level":"info","user":"{self.sentence(2)}","trace_id":"{self.hex(32)}",'
            f'"msg":"{self.sentence(12)}","latency_ms":{self.random.random() * 999:.3f}}}'
        )

    def prompt(self) -> str:
        return (
            f"INFO {self.time()} [logger.py:41] Received request cmpl-{self.hex(32)}-0: prompt: '{self.sentence(25)}', "
            f"params: SamplingParams(n=1, temperature={self.random.random():.2f}, max_tokens={self.number(4096)}), lora_request: None."
        )

    def opened(self) -> str:
        return f"DEBUG {self.time()} open /mnt/{self.sentence(2).replace(' ', '/')}/{self.hex(6)}.bin took {self.random.random():.4f}s"

    def token(self) -> str:
        secret = base64.b64encode(self.random.randbytes(self.random.randint(15, 60))).decode()
        return f"INFO {self.time()} session {self.sentence(1)} resumed, token={secret}"

    def remark(self) -> str:
        return f"INFO {self.time()} {self.sentence(2)}: {self.sentence(14)} {self.hex(self.random.randint(6, 40))} {self.number(10**9)}"

    def lines(self, kind: str) -> Iterator[str]:
        share = {"serving": 0.0001, "diverse": 0.001}[kind]
        line = getattr(self, kind)
        while True:
            if self.random.random() < share:
                yield from self.traceback()
            yield line()

    def tracebacks(self) -> Iterator[str]:
        while True:
            yield from self.traceback()
