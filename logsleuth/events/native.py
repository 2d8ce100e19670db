"""Endings that native code prints: what goes on with such a block, and the facts in it.

    terminate called after throwing an instance of 'c10::DistBackendError'
      what():  [PG ID 2 PG GUID 3 Rank 3] Process group watchdog thread terminated with exception: CUDA error: ...
    Exception raised from c10_cuda_check_implementation at /pytorch/c10/CUDAException.cpp:42 (most recent call first):
    frame #0: c10::Error::Error(...) + 0x80 (0x7fde705798bb in /usr/lib/torch/lib/libc10.so)

    *** SIGSEGV received at time=1721904360 on cpu 140 ***
    PC: @     0x7f17f832d44a  (unknown)  addProxyOpIfNeeded()
        @     0x7f1bc25d8090   36407536  (unknown)

    gpu-3:903:1103 [2] misc/socket.cc:50 NCCL WARN socketProgress: Connection closed by remote peer
    gpu-3:903:1103 [2] NCCL INFO transport/net_socket.cc:474 -> 6

`BLOCKS` tells which lines go on with which beginnings, `ROWS` what single lines tell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from logsleuth.model import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A kind of block: what begins it, and which lines go on with it."""

    name: str
    begins: re.Pattern[str]
    goes_on: re.Pattern[str]


def block(name: str, begins: str, goes_on: str) -> Block:
    """A row of `BLOCKS`; `begins` is searched for, `goes_on` matches from the line's start."""
    return Block(name=name, begins=re.compile(begins), goes_on=re.compile(rf"(?:[ \t]*$|{goes_on})"))


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
HEAD_CHARS: Final = 4000
# an NCCL call chain unwinds the warning above it; the number is the result that each function returned
NCCL_CHAIN: Final = re.compile(
    r"(?:\S{1,200} \[\S{1,8}\] )?(?:NCCL INFO )?\w[\w/.-]{0,120}\.(?:cc|h|cu):\d{1,6} -> \d{1,2}\b"
)


def belongs(head: str, message: str) -> bool:
    """Whether `message` goes on with a native block that began with `head`."""
    return any(row.goes_on.match(message) for row in _begun(head[:HEAD_CHARS])) or NCCL_CHAIN.match(message) is not None


@lru_cache(maxsize=256)
def _begun(head: str) -> tuple[Block, ...]:
    """The kinds of block that `head` begins: asked for every line that may follow it."""
    return tuple(row for row in BLOCKS if row.begins.search(head))


def kind_of(head: str) -> str | None:
    """The name of the kind of native block that `head` begins."""
    return next((row.name for row in BLOCKS if row.begins.search(head[:HEAD_CHARS])), None)


SIGNALS: Final = re.compile(r"\b(SIG(?:SEGV|ABRT|BUS|FPE|ILL|KILL|TERM|INT|QUIT|TRAP|SYS|PIPE|XCPU|XFSZ))\b")
SIGNAL_WORDS: Final = (
    ("Segmentation fault", "SIGSEGV"),
    ("Segfault encountered", "SIGSEGV"),
    ("Fatal Python error: Aborted", "SIGABRT"),
    ("terminate called", "SIGABRT"),
    ("Aborted (core dumped)", "SIGABRT"),
    ("Bus error", "SIGBUS"),
    ("Illegal instruction", "SIGILL"),
    ("Floating point exception", "SIGFPE"),
    ("stack smashing detected", "SIGABRT"),
    ("free(): ", "SIGABRT"),
    ("malloc(): ", "SIGABRT"),
    ("double free or corruption", "SIGABRT"),
    ("corrupted size vs. prev_size", "SIGABRT"),
    ("corrupted double-linked list", "SIGABRT"),
    ("munmap_chunk(): ", "SIGABRT"),
)
# (words that must stand in the line, expression whose named groups are facts)
ROWS: Final = tuple(
    (words, re.compile(expression))
    for words, expression in (
        ("terminate called", r"an instance of '(?P<exception>[^']{1,200})'"),
        ("what():", r"what\(\): {1,4}(?P<error>.{1,500})"),
        (
            "Exception raised from",
            r"Exception raised from (?P<function>\S.{0,300}?) at (?P<file>\S{1,300}):(?P<line>\d{1,9})",
        ),
        ("Fatal Python error", r"Fatal Python error: (?P<error>.{1,200})"),
        ("Watchdog", r"\[Rank (?P<rank>\d{1,6})\]"),
        ("Caught signal", r"Caught signal \d{1,2} \((?P<error>.{1,200})\)"),
        ("Error in", r"\*\*\* Error in [`'].{1,200}': (?P<error>.{1,100}?): 0x"),
        ("invalid pointer", r"^(?P<error>(?:free|munmap_chunk|realloc)\(\): .{1,100})$"),
        ("malloc", r"^(?P<error>malloc\(\): .{1,100})$"),
        ("double free", r"^(?P<error>double free or corruption.{0,40})$"),
        ("corrupted ", r"^(?P<error>corrupted (?:size|double).{1,60})$"),
        ("stack smashing", r"(?P<error>stack smashing detected)"),
        ("NVRM: Xid", r"Xid \((?:PCI:)?(?P<pci>[0-9a-fA-F:.]{1,20})\): (?P<xid>\d{1,4})(?:, pid=(?P<pid>\d{1,9}))?"),
        ("NVRM: Xid", r", name=(?P<process>[^,\s]{1,64})"),
        ("NVRM: Xid", r"Xid \(.{1,30}\): \d{1,4}, (?P<detail>.{1,300})"),
        ("SXid", r"SXid \((?:PCI:)?(?P<pci>[0-9a-fA-F:.]{1,20})\): (?P<sxid>\d{1,6}), (?P<detail>.{1,300})"),
        ("fallen off the bus", r"GPU (?:at PCI:)?(?P<pci>[0-9a-fA-F:.]{4,20}[0-9a-fA-F]):? (?:GPU )?has fallen"),
        ("illed process", r"[Kk]illed process (?P<pid>\d{1,9}) \((?P<process>[^)]{1,64})\)"),
        ("Kill process", r"Kill process (?P<pid>\d{1,9}) \((?P<process>[^)]{1,64})\)"),
        ("total-vm:", r"total-vm:(?P<total_vm_kb>\d{1,15})kB"),
        ("anon-rss:", r"anon-rss:(?P<anon_rss_kb>\d{1,15})kB"),
        ("file-rss:", r"file-rss:(?P<file_rss_kb>\d{1,15})kB"),
        ("shmem-rss:", r"shmem-rss:(?P<shmem_rss_kb>\d{1,15})kB"),
        ("oom-kill:", r"constraint=(?P<constraint>\w{1,40})"),
        ("oom-kill:", r"oom_memcg=(?P<cgroup>[^,\s]{1,300})"),
        ("oom-kill:", r"task=(?P<process>[^,]{1,64}),pid=(?P<pid>\d{1,9})"),
        ("limit of", r"Task in (?P<cgroup>\S{1,300}) killed as a result of limit of (?P<limit_of>\S{1,300})"),
        ("memory: usage", r"memory: usage (?P<usage_kb>\d{1,15})kB, limit (?P<limit_kb>\d{1,15})kB"),
        ("]: segfault at", r"(?P<process>[^\s\[]{1,64})\[(?P<pid>\d{1,9})\]: segfault at (?P<address>[0-9a-f]{1,16})"),
        (" error ", r"segfault at .{1,120} in (?P<library>[^\s\[]{1,200})\["),
        ("NCCL WARN", r"NCCL WARN (?P<nccl_warning>.{1,500})"),
        ("NCCL WARN", r"(?<![\w/.-])(?P<nccl_source>[\w/.-]{1,120}\.(?:cc|h|cu):\d{1,6}) NCCL WARN"),
        (" -> ", r"(?<![\w/.-])(?P<nccl_caller>[\w/.-]{1,120}\.(?:cc|h|cu):\d{1,6}) -> (?P<nccl_result>\d{1,2})\b"),
        (
            "Assertion",
            (
                r"(?<![\w/.-])(?P<source>[\w/.-]{1,200}\.cuh?:\d{1,6}): "
                r".{0,160}?Assertion [`'\"]?(?P<assertion>.{1,120}?)[`'\"]? failed"
            ),
        ),
        (
            "frame #",
            (
                r"frame #\d{1,4}: (?P<frame>(?!c10::Error|c10::detail|<unknown|c10::cuda::c10_cuda_check)"
                r".{1,160}?)(?:\(| const| \+)"
            ),
        ),
        ("PC: @", r"PC: @ +0x[0-9a-f]{1,16} +\S{1,20} +(?P<frame>(?!\(unknown\))\S{1,160})"),
        (
            " File ",
            (
                r"^ {1,8}File \"(?P<python_file>[^\"]{1,300})\", line (?P<python_line>\d{1,9}),? in "
                r"(?P<python_function>\S{1,160})"
            ),
        ),
    )
)


def read_native(messages: Sequence[str]) -> Facts:
    """The facts of a native ending; of several values for one name the first counts."""
    found: dict[str, str] = {}
    for message in messages:
        text = message[:8000]
        _add_signal(text, found)
        for words, expression in ROWS:
            if words in text:
                _add_groups(expression.search(text), found)
    kind = next(filter(None, map(kind_of, messages[:3])), None)
    return ((("kind", kind),) if kind else ()) + tuple(found.items())


def _add_groups(match: re.Match[str] | None, found: dict[str, str]) -> None:
    for name, value in (match.groupdict() if match else {}).items():
        if value:
            found.setdefault(name, value.strip())


def _add_signal(text: str, found: dict[str, str]) -> None:
    if "signal" in found:
        return
    named = SIGNALS.search(text)
    signal = named[1] if named else next((name for words, name in SIGNAL_WORDS if words in text), None)
    if signal is not None:
        found["signal"] = signal
