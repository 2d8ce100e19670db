"""Tests of logsleuth.events.native."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.events.native import BLOCKS, belongs

TERMINATE = """\
terminate called after throwing an instance of 'c10::DistBackendError'
  what():  [PG ID 2 PG GUID 3 Rank 3] Process group watchdog thread terminated with exception: CUDA error: unspecified
CUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below might be incorrect.
For debugging consider passing CUDA_LAUNCH_BLOCKING=1
Compile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.

Exception raised from c10_cuda_check_implementation at /pytorch/c10/cuda/CUDAException.cpp:42 (most recent call first):
frame #0: c10::Error::Error(c10::SourceLocation, std::string) + 0x80 (0x7fde705798bb in /usr/lib/libc10.so)
frame #1: <unknown function> + 0x111c7 (0x7f7efc7e8cb7 in /usr/lib/libc10_cuda.so)
frame #2: c10d::ProcessGroupNCCL::WorkNCCL::isCompleted() + 0x68 (0x7fcc793a3bf5 in /usr/lib/libtorch_cuda.so)
"""
WATCHDOG = """\
[PG ID 4 PG GUID 19 Rank 1] Process group watchdog thread terminated with exception: CUDA error: an illegal memory access
CUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below might be incorrect.

frame #0: c10::Error::Error(c10::SourceLocation, std::string) + 0x80 (0x7fde705798bb in /usr/lib/libc10.so)
"""
SIGNAL = """\
*** SIGSEGV received at time=1721904360 on cpu 140 ***
PC: @     0x7f17f832d44a  (unknown)  addProxyOpIfNeeded()
    @     0x7f1bc25d8090   36407536  (unknown)
    @ ... and at least 2 more frames
[2024-07-25 10:46:00,050 E 24036 24036] logging.cc:440: *** SIGSEGV received at time=1721904360 on cpu 140 ***
[2024-07-25 10:46:00,050 E 24036 24036] logging.cc:440: PC: @     0x7f17f832d44a  (unknown)  addProxyOpIfNeeded()
Fatal Python error: Segmentation fault

Stack (most recent call first):
  File "/opt/vllm/pynccl_wrapper.py", line 257 in ncclAllReduce
"""
GLOG = """\
*** Aborted at 1709028495 (unix time) try "date -d @1709028495" if you are using GNU date ***
PC: @                0x0 (unknown)
*** SIGSEGV (@0x8) received by PID 73667 (TID 0x7f74511ef700) from PID 8; stack trace: ***
    @     0x7f7586283630 (unknown)
"""
BANNER = """\
!!!!!!! Segfault encountered !!!!!!!
  File "<unknown>", line 0, in nvmlSystemGetConfComputeSettings
  File "<unknown>", line 0, in ffi_call
"""
UCX = """\
[gpu-31:191757:0:192830] Caught signal 11 (Segmentation fault: invalid permissions for mapped object at address 0x794b)
==== backtrace (tid: 192830) ====
 0  /opt/nixl.libs/libucs-97f10f8d.so.0.0.0(ucs_handle_error+0x294) [0x794ec86adba4]
 1 0x000000000006ce20 PMPI_Comm_set_errhandler()  pcomm_set_errhandler.c:81
=================================
"""
GLIBC = """\
*** Error in `python': free(): invalid pointer: 0x00007f5a0d96c446 ***
======= Backtrace: =========
/lib64/libc.so.6(+0x81299)[0x7f5a0d96c446]
======= Memory map: ========
00400000-00401000 r-xp 00000000 08:01 1234  /usr/bin/python
"""
MPI = """\
[node1:12345] *** Process received signal ***
[node1:12345] Signal: Segmentation fault (11)
[node1:12345] [ 0] /lib64/libpthread.so.0(+0xf630)[0x7f5a0d96c446]
"""
ASSERT = """\
../aten/src/ATen/native/cuda/Indexing.cu:1255: indexSelectSmallIndex: block: [0,0,0], thread: [1,0,0] \
Assertion `srcIndex < srcSelectDimSize` failed.
../aten/src/ATen/native/cuda/Indexing.cu:1255: indexSelectSmallIndex: block: [0,0,0], thread: [2,0,0] \
Assertion `srcIndex < srcSelectDimSize` failed.
"""
OOM_KILLER = """\
VLLM::EngineCor invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=979
CPU: 12 PID: 4711 Comm: VLLM::EngineCor Not tainted 5.15.0
Call Trace:
 <TASK>
 dump_stack_lvl+0x34/0x48
memory: usage 67108864kB, limit 67108864kB, failcnt 91
[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),oom_memcg=/kubepods/pod1,task=VLLM::EngineCor,pid=4711,uid=0
Memory cgroup out of memory: Killed process 4711 (VLLM::EngineCor) total-vm:98kB, anon-rss:61kB, file-rss:7kB, \
shmem-rss:5kB, UID:0
"""
CHAIN = """\
gpu-b03:21405:22305 [0] misc/socket.cc:50 NCCL WARN socketProgress: Connection closed by remote peer 10.0.0.1<33759>
gpu-b03:21405:22305 [0] NCCL INFO misc/socket.cc:752 -> 6
gpu-b03:21405:22305 [0] NCCL INFO proxy.cc:909 -> 6 [Progress Thread]
transport/net_socket.cc:474 -> 6
"""
SAMPLES = {
    "terminate": TERMINATE,
    "cxx-exception": WATCHDOG,
    "signal": SIGNAL,
    "abseil": GLOG,
    "segfault-banner": BANNER,
    "ucx": UCX,
    "glibc": GLIBC,
    "mpi": MPI,
    "device-assert": ASSERT,
    "oom-killer": OOM_KILLER,
}


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_block_goes_on_to_its_end(kind: str) -> None:
    """Each line of a block goes on with its first, and the first tells the kind."""
    head, *others = SAMPLES[kind].splitlines()

    assert next(row.name for row in BLOCKS if row.begins.search(head)) == kind
    assert [line for line in others if not belongs(head, line)] == []


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("line", ["INFO:     Shutting down", "Traceback (most recent call last):", "EngineCore died."])
def test_other_lines_end_a_block(kind: str, line: str) -> None:
    """What does not look like the block is not taken."""
    assert not belongs(SAMPLES[kind].splitlines()[0], line)


def test_a_call_chain_belongs_to_any_warning() -> None:
    """NCCL's lines with a result unwind whatever stands above."""
    head, *others = CHAIN.splitlines()

    assert all(belongs(head, line) for line in others)
    assert belongs("NET/Socket : no interface found", others[0])
    assert not belongs(head, "gpu-b03:21405:22305 [0] NCCL INFO Using network Socket")


@pytest.mark.parametrize(
    "head",
    [
        "terminate called without an active exception",
        "libc++abi: terminating due to uncaught exception",
        "Process group watchdog thread terminated with exception: x",
        "Exception raised from f at /a.cpp:1 (most recent call first):",
        "frame #0: f() + 0x1",
        "*** SIGSEGV received at time=1 on cpu 1 ***",
        "*** Aborted at 1709028495 (unix time)",
        "*** SIGSEGV (@0x8) received by PID 1",
        "*** StackTrace Information ***",
        "Fatal Python error: Aborted",
        "!!!!!!! Segfault encountered !!!!!!!",
        "Caught signal 11 (Segmentation fault)",
        "==== backtrace (tid: 1) ====",
        "*** Error in `python': double free",
        "======= Backtrace: =========",
        "======= Memory map: ========",
        "[node:1] *** Process received signal ***",
        "/a/Indexing.cu:1: f: block: [0,0,0], thread: [0,0,0] Assertion `x` failed.",
        "/a/x.cuh:12: f(): Assertion `x` failed.",
        "python invoked oom-killer: gfp_mask=0x1",
    ],
)
def test_every_beginning_of_a_block_is_known(head: str) -> None:
    """A blank line goes on with it, as it does with nothing else."""
    assert belongs(head, "")


@pytest.mark.parametrize("head", ["", "ValueError: x", "INFO: y"])
def test_ordinary_heads_have_no_native_block(head: str) -> None:
    """Blank lines do not join ordinary lines either."""
    assert not belongs(head, "")
    assert not belongs(head, "frame #0: f() + 0x1")


@given(st.text(), st.text())
def test_any_lines_give_a_result(head: str, line: str) -> None:
    """No text is refused."""
    assert belongs(head, line) in {True, False}


@pytest.mark.parametrize(
    "piece",
    [
        "a.cu:1: Assertion ",
        "a.cc:1 ",
        "NCCL WARN a.cc:1 -> ",
        "Exception raised from a at ",
        "frame #0: ",
        "[a",
        "/a(b",
        " in a[ error segfault at ",
        "Xid (",
        "PC: @ 0x0 ",
        "*** Error in `",
        "what(): ",
        'File "',
        "a",
        "- ",
    ],
)
def test_hostile_lines_take_bounded_time(piece: str) -> None:
    """A line of 64 KiB of any repeated piece is read at once."""
    line = (piece * 66_000)[:65_536]
    started = time.process_time()

    belongs(line, line)

    assert time.process_time() - started < 0.5
