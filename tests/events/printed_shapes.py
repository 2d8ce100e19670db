"""Tracebacks as programs and containers print them, each with the exceptions and frames that it tells of."""

from __future__ import annotations

LOST_INDENTATION = """\
Traceback (most recent call last):
File "/opt/vllm/pynccl.py", line 99, in init
self.comm: ncclComm_t = self.nccl.ncclCommInitRank(
File "/opt/vllm/wrapper.py", line 277, in check
output: int = f()
RuntimeError: x
"""
RAY = """\
Traceback (most recent call last):
  File "/opt/ray/worker.py", line 861, in get_objects
    raise value.as_instanceof_cause()
ray.exceptions.RayTaskError(RuntimeError): ray::Wrapper.execute_method() (pid=3266, ip=10.18.2.31)
  File "/opt/vllm/model_runner.py", line 808, in execute_model
    hidden_states = model(**kwargs)
RuntimeError: CUDA error: uncorrectable ECC error encountered
CUDA kernel errors might be asynchronously reported at some other API call.
"""
DATA_LOADER = """\
Traceback (most recent call last):
  File "/opt/torch/_utils.py", line 733, in reraise
    raise exception
RuntimeError: Caught RuntimeError in DataLoader worker process 0.
Original Traceback (most recent call last):
  File "/opt/torch/fetch.py", line 52, in fetch
    data = dataset[i]
RuntimeError: broken
"""
SPAWN = """\
Traceback (most recent call last):
  File "/opt/torch/spawn.py", line 158, in join
    raise ProcessRaisedException(msg, error_index, failed_process.pid)
torch.multiprocessing.spawn.ProcessRaisedException:

-- Process 1 terminated with the following error:
Traceback (most recent call last):
  File "/opt/app/train.py", line 3, in main
    boom()
ValueError: inner
"""
SUBPROCESS = """\
Traceback (most recent call last):
  File "/opt/vllm/registry.py", line 740, in _run_in_subprocess
    raise RuntimeError(f"Error raised in subprocess:\\n{stderr}") from e
RuntimeError: Error raised in subprocess:
<frozen runpy>:128: RuntimeWarning: 'registry' found in sys.modules
Traceback (most recent call last):
  File "/opt/vllm_fl/__init__.py", line 5, in register_model
    from vllm import ModelRegistry
ImportError: cannot import name 'ModelRegistry' from 'vllm'
"""
POOL = '''\
multiprocessing.pool.RemoteTraceback:
"""
Traceback (most recent call last):
  File "/usr/lib/python3.12/multiprocessing/pool.py", line 125, in worker
    result = (True, func(*args, **kwds))
ValueError: remote
"""

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/opt/app/main.py", line 3, in <module>
    pool.map(f, range(3))
ValueError: remote
'''
COMPILER = """\
Traceback (most recent call last):
  File "/opt/torch/_dynamo/output_graph.py", line 1446, in _call_user_compiler
    raise BackendCompilerFailed(self.compiler_fn, e) from e
torch._dynamo.exc.BackendCompilerFailed: backend='inductor' raised:
RuntimeError: Failed to find C compiler.

from user code:
   File "/opt/vllm/llama.py", line 330, in forward
    hidden = self.embed(ids)

Set TORCH_LOGS="+dynamo" for more
"""
PANIC = """\
thread '<unnamed>' panicked at src/tokenizer.rs:12:34:
called `Option::unwrap()` on a `None` value
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
Traceback (most recent call last):
  File "/opt/app/main.py", line 3, in <module>
    tokenize()
pyo3_runtime.PanicException: called `Option::unwrap()` on a `None` value
"""
NCCL = """\
Traceback (most recent call last):
  File "/scratch/eval.py", line 77, in <module>
    torch.distributed.barrier()
torch.distributed.DistBackendError: NCCL error in: /pytorch/NCCLUtils.hpp:268, remote process exited
ncclRemoteError: A call failed possibly due to a network error or a remote process exiting prematurely.
Last error:
socketProgressOpt: Call to recv from 172.16.8.11<33759> failed : Connection reset by peer

INFO:     Shutting down
"""
QUOTED = """\
Traceback (most recent call last):
  File "/opt/vllm/multiproc_executor.py", line 120, in collective_rpc
    raise RuntimeError(
RuntimeError: Worker failed with error 'CUDA out of memory. The above exception was the direct cause of the following \
exception', please check the stack trace above for the root cause
"""
CUT_END = """\
Traceback (most recent call last):
  File "/opt/vllm/core.py", line 5, in run
    go()
  File "/opt/vllm/worker.py", line 9, in go
"""
CUT_BEFORE_NEXT = CUT_END + 'Traceback (most recent call last):\n  File "b.py", line 1, in g\nOSError: y\n'
ANNOUNCED = 'ValueError: x\nTraceback (most recent call last):\n  File "a.py", line 1, in f\nValueError: x\n'
BOXED = """\
╭───────────── Traceback (most recent call last) ─────────────╮
│ /opt/app/main.py:12 in load                                  │
│                                                              │
│ ❱ 12 │   raise ValueError("x")                               │
╰──────────────────────────────────────────────────────────────╯
ValueError: x
"""

SHAPES = [
    ("lost indentation", LOST_INDENTATION, [("first", "RuntimeError", "x")]),
    (
        "ray",
        RAY,
        [
            (
                "first",
                "ray.exceptions.RayTaskError(RuntimeError)",
                "ray::Wrapper.execute_method() (pid=3266, ip=10.18.2.31)",
            ),
            (
                "grouped",
                "RuntimeError",
                (
                    "CUDA error: uncorrectable ECC error encountered\n"
                    "CUDA kernel errors might be asynchronously reported at some other API call."
                ),
            ),
        ],
    ),
    (
        "data loader",
        DATA_LOADER,
        [
            ("first", "RuntimeError", "Caught RuntimeError in DataLoader worker process 0."),
            ("grouped", "RuntimeError", "broken"),
        ],
    ),
    (
        "subprocess",
        SUBPROCESS,
        [
            (
                "first",
                "RuntimeError",
                "Error raised in subprocess:\n<frozen runpy>:128: RuntimeWarning: 'registry' found in sys.modules",
            ),
            ("grouped", "ImportError", "cannot import name 'ModelRegistry' from 'vllm'"),
        ],
    ),
    (
        "spawn",
        SPAWN,
        [
            (
                "first",
                "torch.multiprocessing.spawn.ProcessRaisedException",
                "\n\n-- Process 1 terminated with the following error:",
            ),
            ("grouped", "ValueError", "inner"),
        ],
    ),
    (
        "pool",
        POOL,
        [
            ("first", "ValueError", "remote"),
            ("cause", "ValueError", "remote"),
        ],
    ),
    (
        "compiler",
        COMPILER,
        [
            ("first", "torch._dynamo.exc.BackendCompilerFailed", "backend='inductor' raised:"),
            (
                "grouped",
                "RuntimeError",
                (
                    "Failed to find C compiler.\n\nfrom user code:\n"
                    '   File "/opt/vllm/llama.py", line 330, in forward\n    hidden = self.embed(ids)\n\n'
                    'Set TORCH_LOGS="+dynamo" for more'
                ),
            ),
        ],
    ),
    (
        "panic",
        PANIC,
        [
            (
                "first",
                "panic",
                (
                    "called `Option::unwrap()` on a `None` value\n"
                    "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace"
                ),
            ),
            ("first", "pyo3_runtime.PanicException", "called `Option::unwrap()` on a `None` value"),
        ],
    ),
    ("old panic", "thread 'main' panicked at 'boom', src/a.rs:1:2", [("first", "panic", "boom")]),
    (
        "nccl",
        NCCL,
        [
            (
                "first",
                "torch.distributed.DistBackendError",
                (
                    "NCCL error in: /pytorch/NCCLUtils.hpp:268, remote process exited\n"
                    "ncclRemoteError: A call failed possibly due to a network error or a remote process exiting prematurely.\n"
                    "Last error:\n"
                    "socketProgressOpt: Call to recv from 172.16.8.11<33759> failed : Connection reset by peer"
                ),
            )
        ],
    ),
    (
        "quoted link",
        QUOTED,
        [
            (
                "first",
                "RuntimeError",
                (
                    "Worker failed with error 'CUDA out of memory. The above exception was the direct cause of the "
                    "following exception', please check the stack trace above for the root cause"
                ),
            )
        ],
    ),
    ("cut end", CUT_END, [("first", "", "")]),
    ("cut before the next", CUT_BEFORE_NEXT, [("first", "", ""), ("first", "OSError", "y")]),
    ("announced", ANNOUNCED, [("first", "ValueError", "x")]),
    ("boxed", BOXED, [("first", "ValueError", "x")]),
    ("frames first", '    go()\n  File "a.py", line 1, in f\nqueue.Empty\n', [("first", "queue.Empty", "")]),
    ("indented frames first", '      File "a.py", line 1, in f\n    MyOwn: x\n', [("first", "MyOwn", "x")]),
    (
        "no source lines",
        'Traceback (most recent call last):\n  File "a.pyx", line 1, in f\nFoo: x\n',
        [("first", "Foo", "x")],
    ),
    (
        "noise inside",
        'Traceback (most recent call last):\nINFO 06-10 x\n  File "a.py", line 1, in f\nOSError\n',
        [("first", "OSError", "")],
    ),
    ("only the last line", "ValueError: x\nmore\n\n", [("first", "ValueError", "x\nmore")]),
    (
        "link first",
        "The above exception was the direct cause of the following exception:\n\n" + ANNOUNCED[14:],
        [("first", "ValueError", "x")],
    ),
    ("bare panic", "thread 'main' panicked at", []),
    ("head alone", "Traceback (most recent call last):", []),
    ("nothing", "INFO: all is well\n    indented\n", []),
    ("empty", "", []),
    (
        "fatal after another",
        'Traceback (most recent call last):\n  File "a.py", line 1, in f\nOSError: y\nFatal Python error: Aborted\n',
        [("first", "OSError", "y"), ("first", "Fatal Python error", "Aborted")],
    ),
]
