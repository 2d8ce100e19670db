"""Endings that native code prints: which lines go on with which beginnings.

terminate called after throwing an instance of 'c10::DistBackendError'
  what():  [PG ID 2 PG GUID 3 Rank 3] Process group watchdog thread terminated with exception: CUDA error: ...
Exception raised from c10_cuda_check_implementation at /pytorch/c10/CUDAException.cpp:42 (most recent call first):
frame #0: c10::Error::Error(...) + 0x80 (0x7fde705798bb in /usr/lib/torch/lib/libc10.so)

*** SIGSEGV received at time=1721904360 on cpu 140 ***
PC: @     0x7f17f832d44a  (unknown)  addProxyOpIfNeeded()
    @     0x7f1bc25d8090   36407536  (unknown)

gpu-3:903:1103 [2] misc/socket.cc:50 NCCL WARN socketProgress: Connection closed by remote peer
gpu-3:903:1103 [2] NCCL INFO transport/net_socket.cc:474 -> 6
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from logsleuth.lazy import lazy


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A kind of block: what begins it, and which lines go on with it."""

    name: str
    begins: re.Pattern[str]
    goes_on: re.Pattern[str]


def block(name: str, begins: str, goes_on: str) -> Block:
    """A row of `BLOCKS`; `begins` is searched for, `goes_on` matches from the line's start."""
    return Block(name=name, begins=lazy(begins), goes_on=lazy(rf"(?:[ \t]*$|{goes_on})"))


CUDA_NOTES: Final = (
    r"CUDA kernel errors might|For debugging consider|Compile with `TORCH|Device-side assert|Search for `cudaError"
)
CXX_STACK: Final = rf"Exception raised from |frame #\d{{1,4}}: |{CUDA_NOTES}"
ABSEIL_STACK: Final = r"(?:\[[^\]]{1,60}\] [\w.]{1,40}:\d{1,6}: )?(?:PC: @|[ \t]*@ |\*\*\* )"
FAULTHANDLER: Final = (
    r"(?:Current t|T)hread 0x|Stack \(most recent|Extension modules: |Current thread's C stack|Python runtime state"
    r"|[ \t]+(?:File |Binary file |<no Python frame>|\.\.\.)"
)
UCX_FRAME: Final = r"[ \t>]*\d{1,3} +(?:0x|/)|={3,}"

BLOCKS: Final = (
    block("terminate", r"^(?:terminate called|libc\+\+abi: terminating)", rf"[ \t]+what\(\):|{CXX_STACK}|\*\*\* "),
    block(
        "cxx-exception",
        r"(?:terminated with exception: |Exception raised from .{1,300}\(most recent call first\)|^frame #0: )",
        CXX_STACK,
    ),
    block("signal", r"\*\*\* SIG[A-Z]{2,8} received at time=", rf"{ABSEIL_STACK}|Fatal Python error: |{FAULTHANDLER}"),
    block("abseil", r"\*\*\* Aborted at \d|\*\*\* SIG[A-Z]{2,8} \(@0x|\*\*\* StackTrace Information", ABSEIL_STACK),
    block("fatal-python", r"^Fatal Python error: ", FAULTHANDLER),
    block("segfault-banner", r"^!{3,} Segfault encountered", r"[ \t]+(?:File |\S)"),
    block("ucx", r"Caught signal \d{1,2} \(|^={3,} ?backtrace \(tid", UCX_FRAME),
    block(
        "glibc",
        r"\*\*\* Error in [`']|^={3,} (?:Backtrace|Memory map): =",
        r"={3,} |/\S+\(.{0,300}\) ?\[0x|\[0x[0-9a-f]+\]|[0-9a-f]{6,16}-[0-9a-f]{6,16} [r-][w-][x-]",
    ),
    block("mpi", r"\*\*\* Process received signal \*\*\*", r"\[[\w.-]{1,80}:\d{1,9}\] "),
    block("device-assert", r"\.cuh?:\d{1,6}: .{0,300}Assertion ", r"\S{1,300}\.cuh?:\d{1,6}: "),
    block(
        "oom-killer",
        r"invoked oom-killer: ",
        r"CPU: \d|Hardware name: |Call Trace:|Mem-Info:|Tasks state|oom-kill:|oom_reaper: |[Mm]emory|swap: "
        r"|Out of memory"
        r"|Node \d|Swap |Free swap|Total swap|\d+ (?:total pagecache|pages)|active_anon|cpuset=|Task in /|anon \d"
        r"|<TASK>|</TASK>|RIP: |RSP: |[ \t]|\[ *\w+ *\]",
    ),
)
# one of them stands in whatever begins a block; most lines hold none, and each is found in no time
SIGNS: Final = (
    "terminat",
    "Exception raised from ",
    "frame #0: ",
    "*** ",
    "Fatal Python error: ",
    "!!! Segfault",
    "Caught signal ",
    "===",
    ".cu",
    "oom-killer: ",
)
HEAD_CHARS: Final = 4000
# an NCCL call chain unwinds the warning above it; the number is the result that each function returned
NCCL_CHAIN: Final = lazy(
    r"(?:\S{1,200} \[\S{1,8}\] )?(?:NCCL INFO )?\w[\w/.-]{0,120}\.(?:cc|h|cu):\d{1,6} -> \d{1,2}\b"
)


def belongs(head: str, message: str) -> bool:
    """Whether `message` goes on with a native block that began with `head`."""
    for row in _begun(head[:HEAD_CHARS]):
        if row.goes_on.match(message):
            return True
    return NCCL_CHAIN.match(message) is not None


@lru_cache(maxsize=256)
def _begun(head: str) -> tuple[Block, ...]:
    """The kinds of block that `head` begins: asked for every line that may follow it."""
    if not any(sign in head for sign in SIGNS):
        return ()
    return tuple(row for row in BLOCKS if row.begins.search(head))
