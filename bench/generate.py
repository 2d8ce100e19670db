"""Makes the logs that the measurements are run on: seeded, so that the same call gives the same bytes.

    python bench/generate.py KIND MEGABYTES FILE [--seed 1]

serving  a repetitive serving log: access lines, statistics, request ids, UCM, LMCache and NCCL lines, three lines in a
         thousand with a failure, now and then a traceback
diverse  hardly two lines alike: JSON, prompts, random paths and ids, one line in twenty with a failure
ranks    a folder of 64 files, 16 ranks on each of 4 nodes: rank 37 runs out of memory, the others wait for it in vain
flood    one exhausted GPU, then 93 ever longer repetitions of the engine's obituary (the size is not used)
"""

from __future__ import annotations

import argparse
import random
import string
from collections.abc import Callable, Iterator
from pathlib import Path

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
        return " ".join(self.random.choices(self.words, k=self.random.randint(2, most)))

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
        draw = self.random.random()
        if draw < 0.25:
            return f'{{"ts":"2025-{self.time()}","level":"info","user":"{self.sentence(2)}","trace_id":"{self.hex(32)}","msg":"{self.sentence(12)}","latency_ms":{self.random.random() * 999:.3f}}}'
        if draw < 0.45:
            return f"INFO {self.time()} [async_llm.py:269] Received request cmpl-{self.hex(32)}: prompt: '{self.sentence(25)}'"
        if draw < 0.65:
            return f"DEBUG {self.time()} open /mnt/{self.sentence(2).replace(' ', '/')}/{self.hex(6)}.bin took {self.random.random():.4f}s"
        if draw < 0.95:
            return f"INFO {self.time()} {self.sentence(2)}: {self.sentence(14)} {self.hex(self.random.randint(6, 40))} {self.number(10**9)}"
        return f"ERROR {self.time()} {self.sentence(2)} {self.random.choice(FAILURES)}"

    def lines(self, kind: str) -> Iterator[str]:
        share = {"serving": 0.0001, "diverse": 0.001}[kind]
        line = getattr(self, kind)
        while True:
            if self.random.random() < share:
                yield from self.traceback()
            yield line()


def flood(seed: int) -> Iterator[str]:
    """A rank out of memory, and what the server then says of it, again and again and longer each time."""
    writer = Writer(seed)
    worker = f"(Worker_TP2 pid={writer.pids[2]}) ERROR {writer.time()} [multiproc_executor.py:671] "
    yield worker + "WorkerProc hit an exception."
    yield worker + "Traceback (most recent call last):"
    for module, function in zip(MODULES, FUNCTIONS, strict=False):
        yield f'{worker}  File "/usr/lib/python3.12/site-packages/vllm/{module}.py", line 617, in {function}'
        yield f"{worker}    return func(*args, **kwargs)"
    yield worker + FAILURES[0]
    server = f"(APIServer pid={writer.pids[0]}) "
    dead = "vllm.v1.engine.exceptions.EngineDeadError: EngineCore encountered an issue. See stack trace (above) for the root cause."
    for repetition in range(93):
        head = f"{server}ERROR {writer.time()} [async_llm.py:480] "
        yield head + "AsyncLLM output_handler failed."
        for link in range(repetition + 1):
            if link:
                yield head
                yield head + "During handling of the above exception, another exception occurred:"
                yield head
            yield head + "Traceback (most recent call last):"
            for _ in range(4):
                yield f'{head}  File "/usr/lib/python3.12/site-packages/vllm/v1/engine/async_llm.py", line {440 + link}, in output_handler'
                yield f"{head}    outputs = await engine_core.get_output_async()"
            yield head + dead


def ranks(folder: Path, megabytes: float, seed: int) -> None:
    """One file a rank; the failure stands in the middle of the files."""
    folder.mkdir(parents=True, exist_ok=True)
    for rank in range(64):
        writer = Writer(seed + rank)
        with (folder / f"node{rank // 16}-rank{rank}.log").open("w", encoding="utf-8") as file:
            left, is_failed = megabytes * 1e6 / 64, False
            for line in writer.lines("serving"):
                if " ERROR " in line:
                    continue
                left -= file.write(line + "\n")
                if not is_failed and left < megabytes * 1e6 / 128:
                    is_failed = True
                    file.write("\n".join(last_words(rank, writer)) + "\n")
                if left <= 0:
                    break


def last_words(rank: int, writer: Writer) -> Iterator[str]:
    """What a rank prints when rank 37 has run out of memory."""
    head = f"[rank{rank}]: "
    if rank == 37:
        yield head + "Traceback (most recent call last):"
        yield (
            head
            + '  File "/usr/lib/python3.12/site-packages/vllm/v1/worker/gpu_model_runner.py", line 1500, in execute_model'
        )
        yield head + "    hidden_states = self.model("
        yield head + FAILURES[0]
        return
    yield (
        f"{head}[E601 {writer.number(24):02d}:10:11.061727749 ProcessGroupNCCL.cpp:683] [Rank {rank}] Watchdog caught collective operation timeout: "
        f"WorkNCCL(SeqNum=4711, OpType=ALLREDUCE, NumelIn=8192, NumelOut=8192, Timeout(ms)=600000) ran for 600{writer.number(99):02d} milliseconds before timing out."
    )


def write(kind: str, megabytes: float, path: Path, seed: int) -> None:
    """Write a log of about `megabytes` (10^6 bytes) to `path`."""
    lines = flood(seed) if kind == "flood" else Writer(seed).lines(kind)
    left = float("inf") if kind == "flood" else megabytes * 1e6
    with path.open("w", encoding="utf-8") as file:
        for line in lines:
            left -= file.write(line + "\n")
            if left <= 0:
                return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("serving", "diverse", "ranks", "flood"))
    parser.add_argument("megabytes", type=float)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.kind == "ranks":
        ranks(given.file, given.megabytes, given.seed)
        return
    write(given.kind, given.megabytes, given.file, given.seed)


if __name__ == "__main__":
    main()
