"""Logs in which something has failed: the flood of an obituary, and a folder of ranks of which one breaks.

In: a seed. Out: lines, or files.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from writer import FAILURES, FUNCTIONS, MODULES, Writer


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
