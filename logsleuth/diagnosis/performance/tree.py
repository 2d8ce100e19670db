"""The way to the bottleneck of slow inference, as data: GPU, KV cache, admission, storage, host, profiler.

It is the decision tree of the troubleshooting guide with two corrections. GPU utilisation is the share of time in which
any kernel ran: a low value means that the GPU waits, a high one does not tell what for. And memory in use says nothing,
since vLLM takes all of it at start: the usage of the KV cache and preemptions say whether memory is short.
"""

from __future__ import annotations

from typing import Final

from logsleuth.diagnosis.performance.steps import Branch, Step, above, at_least, below, otherwise
from logsleuth.diagnosis.performance.thresholds import (
    BUSY_GPU_PERCENT,
    CAPPED_PERCENT,
    FULL_KV_PERCENT,
    SLOW_LOOKUP_MS,
    SLOW_TRANSFER_GBPS,
)
from logsleuth.model import Remedy, Words

PROFILING: Final = Words(
    en="Profile half a minute under load, between POST /start_profile and /stop_profile. The engine runs in a process "
    "of its own: a profiler around LLM() sees nothing of it.",
    zh="在负载下采样半分钟（POST /start_profile 与 /stop_profile 之间）。引擎在独立进程中运行，"
    "包在 LLM() 外的 profiler 看不到它。",
)
PROFILE: Final = (
    Remedy(
        text=PROFILING,
        command="vllm serve {env.model} --profiler-config.profiler torch "
        "--profiler-config.torch_profiler_dir /tmp/profile",
        applies="vllm>=0.13",
    ),
    Remedy(
        text=PROFILING,
        command="VLLM_TORCH_PROFILER_DIR=/tmp/profile vllm serve {env.model}",
        applies="vllm>=0.5.5,<0.13",
    ),
    Remedy(
        text=Words(
            en="Then Nsight Systems for the gaps between kernels, and Nsight Compute for one kernel that takes most.",
            zh="再用 Nsight Systems 查看 kernel 之间的空隙；仅当某个 kernel 占用最多时才用 Nsight Compute。",
        ),
        command="nsys profile --trace=cuda,nvtx --trace-fork-before-exec=true --delay=120 --duration=30 "
        "vllm serve {env.model}",
    ),
)
THREADS: Final = "top -b -H -n 1 -p \"$(pgrep -d, -f 'EngineCore|vllm')\" | head -20"
HOST: Final = (
    Remedy(
        text=Words(
            en="The host keeps the GPU waiting: see which thread of the engine fills a core, and whether the container "
            "is throttled.",
            zh="主机侧让 GPU 等待：查看引擎的哪个线程占满一个核，以及容器是否被限流。",
        ),
        command=f"{THREADS}; cat /sys/fs/cgroup/cpu.stat",
    ),
    Remedy(
        text=Words(
            en="Drop --enforce-eager, give the engine whole cores, and spread tokenising over several API servers.",
            zh="去掉 --enforce-eager，为引擎分配独占核，并用多个 API server 分担分词。",
        ),
    ),
)
MEMORY: Final = (
    Remedy(
        text=Words(
            en="The KV cache is the limit: more room for it or more replicas, not a smaller memory share.",
            zh="瓶颈是 KV 缓存：给它更多空间或增加副本，而不是减小显存份额。",
        ),
    ),
)

TREE: Final = (
    Step(
        id="gpu",
        asks="gpu_utilization",
        question=Words(en="Does the GPU work?", zh="GPU 是否在工作？"),
        branches=(
            Branch(
                when=at_least(BUSY_GPU_PERCENT),
                said=Words(
                    en="Kernels run for {gpu_utilization} % of the time; they compute, or wait for memory or a peer",
                    zh="GPU 有 {gpu_utilization} % 的时间在运行 kernel，可能在计算，也可能在等待显存或其他 GPU",
                ),
                to="memory",
            ),
            Branch(
                when=otherwise,
                said=Words(
                    en="No kernel runs for much of the time (utilisation {gpu_utilization} %): the GPU waits for work",
                    zh="相当一部分时间没有 kernel 运行（利用率 {gpu_utilization} %）：GPU 在等待任务",
                ),
                to="memory",
            ),
        ),
        unknown_to="memory",
        measure=Remedy(
            text=Words(
                en="Measure the GPU while it is slow: under 80 % it waits for the host; above, that says no more.",
                zh="在变慢时测量 GPU。低于 80 % 说明它在等待主机；高于 80 % 时利用率本身不再说明问题。",
            ),
            command="nvidia-smi dmon -s um -c 30",
        ),
    ),
    Step(
        id="memory",
        asks="kv_usage",
        question=Words(en="Is the KV cache full?", zh="KV 缓存是否已满？"),
        branches=(
            Branch(
                when=at_least(FULL_KV_PERCENT),
                said=Words(en="The KV cache is {kv_usage} % full", zh="KV 缓存已用 {kv_usage} %"),
                remedies=MEMORY,
                names="perf.kv-pressure",
            ),
            Branch(
                when=otherwise,
                said=Words(en="The KV cache has room ({kv_usage} % used)", zh="KV 缓存有余量（已用 {kv_usage} %）"),
                to="preemptions",
            ),
        ),
        unknown_to="preemptions",
        measure=Remedy(
            text=Words(
                en="Read the usage of the KV cache. Memory in nvidia-smi tells nothing: vLLM takes all of it at start.",
                zh="查看 KV 缓存用量。nvidia-smi 的显存占用不说明问题：vLLM 启动时就会占满。",
            ),
            command='grep -n "KV cache usage" vllm.log | tail -20',
        ),
    ),
    Step(
        id="preemptions",
        asks="preemptions",
        question=Words(en="Are requests computed twice?", zh="是否有请求被重复计算？"),
        branches=(
            Branch(
                when=at_least(1),
                said=Words(
                    en="{preemptions} preemptions: requests lose their blocks and start again",
                    zh="发生 {preemptions} 次抢占：请求失去块后重新计算",
                ),
                remedies=MEMORY,
                names="vllm.preemption",
            ),
            Branch(when=otherwise, said=Words(en="No preemptions", zh="没有抢占"), to="queue"),
        ),
        unknown_to="queue",
    ),
    Step(
        id="queue",
        asks="waiting",
        question=Words(en="Do requests queue?", zh="请求是否在排队？"),
        branches=(
            Branch(
                when=at_least(1),
                said=Words(
                    en="{waiting} requests wait while {running} run", zh="{waiting} 个请求等待，{running} 个在运行"
                ),
                to="admission",
            ),
            Branch(
                when=otherwise,
                said=Words(en="No request waits, {running} run", zh="没有请求等待，{running} 个在运行"),
                to="lookup",
            ),
        ),
        unknown_to="lookup",
    ),
    Step(
        id="admission",
        asks="cap_use",
        question=Words(en="Is it max_num_seqs that makes them wait?", zh="是否受 max_num_seqs 限制？"),
        branches=(
            Branch(
                when=at_least(CAPPED_PERCENT),
                said=Words(
                    en="As many run as max_num_seqs ({max_num_seqs}) lets",
                    zh="运行数已达 max_num_seqs（{max_num_seqs}）",
                ),
                remedies=(
                    Remedy(
                        text=Words(
                            en="Raise --max-num-seqs above {max_num_seqs}: the KV cache has room for more.",
                            zh="把 --max-num-seqs 调到大于 {max_num_seqs}：KV 缓存还有余量。",
                        )
                    ),
                ),
                names="perf.throughput",
            ),
            Branch(
                when=otherwise,
                said=Words(
                    en="There is room below max_num_seqs ({max_num_seqs})", zh="max_num_seqs（{max_num_seqs}）还有余量"
                ),
                to="lookup",
            ),
        ),
        unknown_to="lookup",
        measure=Remedy(
            text=Words(
                en="Compare Running with max_num_seqs: the start-up line lists it where it was set.",
                zh="对照 Running 与 max_num_seqs：若设置过，启动行会列出。",
            ),
            command='grep -n "non-default args" vllm.log',
        ),
    ),
    Step(
        id="lookup",
        asks="lookup_ms",
        question=Words(en="Does a cache outside the GPU answer in time?", zh="外部缓存响应是否及时？"),
        branches=(
            Branch(
                when=above(SLOW_LOOKUP_MS),
                said=Words(
                    en="A lookup takes {lookup_ms} ms, and the scheduler waits for it",
                    zh="一次查询需 {lookup_ms} 毫秒，调度器要等待它",
                ),
                remedies=(
                    Remedy(
                        text=Words(
                            en="The storage's answers hold up the scheduler: measure them without the server.",
                            zh="存储的响应拖住调度器：脱离服务单独测量。",
                        ),
                        command="nfsiostat 1 5; iostat -x 1 5",
                    ),
                ),
                names="ucm.lookup-slow",
            ),
            Branch(
                when=otherwise,
                said=Words(en="Lookups take {lookup_ms} ms", zh="查询耗时 {lookup_ms} 毫秒"),
                to="transfer",
            ),
        ),
        unknown_to="transfer",
    ),
    Step(
        id="transfer",
        asks="load_gbps",
        question=Words(en="Do blocks arrive fast enough?", zh="块的传输是否够快？"),
        branches=(
            Branch(
                when=below(SLOW_TRANSFER_GBPS),
                said=Words(en="Blocks load with {load_gbps} GB/s", zh="块的加载速度为 {load_gbps} GB/s"),
                remedies=(
                    Remedy(
                        text=Words(
                            en="The link or the medium is the limit: watch both while blocks load.",
                            zh="链路或介质是瓶颈：在加载块时同时观察。",
                        ),
                        command="sar -n DEV 1 5; iostat -x 1 5",
                    ),
                ),
                names="ucm.transfer-slow",
            ),
            Branch(
                when=otherwise,
                said=Words(en="Blocks load with {load_gbps} GB/s", zh="块的加载速度为 {load_gbps} GB/s"),
                to="host",
            ),
        ),
        unknown_to="host",
    ),
    Step(
        id="host",
        asks="gpu_utilization",
        question=Words(
            en="Who waits for whom, the GPU for the host or the host for the GPU?", zh="是 GPU 等主机，还是主机等 GPU？"
        ),
        branches=(
            Branch(
                when=below(BUSY_GPU_PERCENT),
                said=Words(
                    en="Neither memory nor a limit holds requests back and the GPU waits: the CPU or the network",
                    zh="显存与限额都不是原因而 GPU 在等待：瓶颈在 CPU 或网络",
                ),
                remedies=HOST,
                names="perf.gpu-idle",
            ),
            Branch(
                when=otherwise,
                said=Words(
                    en="The GPU is the limit; only a profiler tells computing from memory bandwidth and collectives",
                    zh="瓶颈在 GPU；只有 profiler 能区分算力、显存带宽与集合通信",
                ),
                remedies=PROFILE,
            ),
        ),
        unknown_to="cpu",
    ),
    Step(
        id="cpu",
        asks="cpu_percent",
        question=Words(en="Is the CPU or the network busy?", zh="CPU 或网络是否繁忙？"),
        branches=(),
        measure=Remedy(
            text=Words(
                en="Measure CPU and network: an engine thread that fills a core, or a full link, keeps the GPU idle.",
                zh="测量 CPU 与网络：引擎某个线程占满一个核，或链路打满，都会让 GPU 等待。",
            ),
            command=f"{THREADS}; sar -n DEV 1 5",
        ),
        unknown_to="profile",
    ),
    Step(
        id="profile",
        asks="",
        question=Words(en="Where does the time go?", zh="时间花在哪里？"),
        branches=(),
        measure=Remedy(
            text=Words(
                en="A profiler tells: vLLM's own first, then Nsight Systems, and Nsight Compute for one kernel only.",
                zh="用 profiler 查看：先用 vLLM 自带的，再用 Nsight Systems，最后才用 Nsight Compute 分析单个 kernel。",
            ),
        ),
    ),
)
