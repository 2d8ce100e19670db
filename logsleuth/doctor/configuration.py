"""Checks of vLLM's configuration, the model's files and the network."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from logsleuth.diagnosis.configuration import check as configuration_notices
from logsleuth.doctor.check import Area, Check, Finding, State, Status, fail, ok, skip, warn
from logsleuth.doctor.ways import ABSENT, NO_LOG, Look, finding_of, free_of, number, probed, said
from logsleuth.model import Words
from logsleuth.probes.answers import rows_of

NOT_TOLD: Final = Words(
    en="Name a log with the start of the server, or a configuration file with --config.",
    zh="请给出包含服务启动过程的日志，或用 --config 给出配置文件。",
)


NOT_HERE: Final = Words(
    en="Run it on the machine and in the container of the log.", zh="请在日志所属的机器与容器中运行。"
)


INTERFACE: Final = Words(
    en="Name an interface that is up: export NCCL_SOCKET_IFNAME=eth0 GLOO_SOCKET_IFNAME=eth0 (ip -br addr lists them).",
    zh="请指定已启用的接口：export NCCL_SOCKET_IFNAME=eth0 GLOO_SOCKET_IFNAME=eth0（ip -br addr 可列出接口）。",
)
NCCL: Final = Words(
    en="NCCL_DEBUG=INFO logsleuth probe nccl-allreduce says at which step.",
    zh="NCCL_DEBUG=INFO logsleuth probe nccl-allreduce 可显示失败的步骤。",
)
ADAPTER: Final = Words(
    en="ibstat shows the ports; start the container with --device /dev/infiniband --ulimit memlock=-1.",
    zh="ibstat 可查看端口；启动容器时请加 --device /dev/infiniband --ulimit memlock=-1。",
)
DOWNLOAD: Final = Words(
    en="Fetch the files that are named again, into the same folder: hf download MODEL --local-dir FOLDER.",
    zh="请重新下载上述文件到同一目录：hf download 模型 --local-dir 目录。",
)
HOST_IP: Final = Words(
    en="With several nodes set VLLM_HOST_IP to an address of this one that others reach; one node alone needs none.",
    zh="多节点时请把 VLLM_HOST_IP 设为其他节点可达的本机地址；单机不需要。",
)
CLIENTS: Final = skip(
    "Only the router and the clients know them.",
    "只有路由层与客户端知道这些设置。",
    Words(
        en="Send a session to the same server where prefixes are cached, limit the time of each request, and retry "
        "with growing pauses.",
        zh="使用前缀缓存时请把同一会话发往同一服务，为每个请求设置超时，并以递增间隔重试。",
    ),
)


def _setting(state: State, *names: str) -> Finding:
    """The notices on these settings, else their values."""
    for notice in configuration_notices(dict(state.settings)):
        if notice.setting in names:
            return Finding(status=Status.WARN, reason=notice.text, remedy=notice.advice)
    told = [f"{name}={state.settings[name]}" for name in names if name in state.settings]
    if not told:
        return skip(f"{names[0]} is not told.", f"没有给出 {names[0]}。", NOT_TOLD)
    return ok(f"{', '.join(told)}.", f"{', '.join(told)}。")


def _length(state: State) -> Finding:
    found = state.found("vllm.max-model-len", "vllm.kv-cache-too-small", "vllm.no-cache-blocks")
    return said(found[0]) if found else _setting(state, "max_model_len")


def _utilization(state: State) -> Finding:
    found = state.found("vllm.startup-memory", "cuda.oom.device")
    return said(found[0]) if found else _setting(state, "gpu_memory_utilization")


def _sequences(state: State) -> Finding:
    found = state.found("vllm.preemption", "perf.kv-pressure")
    return said(found[0]) if found else _setting(state, "max_num_seqs", "max_num_batched_tokens")


def _parallel(state: State) -> Finding:
    found = state.found("dist.not-enough-gpus", "vllm.tp-divisibility", "cuda.invalid-device")
    if found:
        return said(found[0])
    sizes = [number(state, name) or 1 for name in ("tensor_parallel_size", "pipeline_parallel_size")]
    wanted, cards = int(sizes[0] * sizes[1]), len(rows_of(state.system, "gpus"))
    if "tensor_parallel_size" not in state.settings:
        return _setting(state, "tensor_parallel_size")
    if not cards:
        return skip(
            f"TP x PP needs {wanted} GPUs; none shows here to compare with.",
            f"TP x PP 需要 {wanted} 块 GPU；此处看不到 GPU，无法比较。",
        )
    if wanted > cards and "distributed_executor_backend" not in state.settings:
        return fail(
            f"TP x PP needs {wanted} GPUs, here are {cards}.",
            f"TP x PP 需要 {wanted} 块 GPU，此处只有 {cards} 块。",
            Words(
                en="Lower --tensor-parallel-size, or use several nodes.",
                zh="请降低 --tensor-parallel-size，或使用多节点。",
            ),
        )
    return ok(f"TP x PP needs {wanted} GPUs, here are {cards}.", f"TP x PP 需要 {wanted} 块 GPU，此处有 {cards} 块。")


def _prefix(state: State) -> Finding:
    found = state.found("perf.prefix-cache-off")
    return said(found[0]) if found else _on(state, "enable_prefix_caching")


def _chunked(state: State) -> Finding:
    return _on(state, "enable_chunked_prefill")


def _on(state: State, name: str) -> Finding:
    value = state.settings.get(name, "").casefold()
    if value == "false":
        return warn(
            f"{name} is off.",
            f"{name} 已关闭。",
            Words(
                en=f"Remove --no-{name.replace('_', '-')} unless it is meant: it is on by default in V1.",
                zh=f"若非有意，请去掉 --no-{name.replace('_', '-')}：V1 默认开启。",
            ),
        )
    if not value and state.settings.get("engine") == "V0":
        return warn(
            f"{name} is off by default in V0.",
            f"V0 默认关闭 {name}。",
            Words(en=f"--{name.replace('_', '-')}", zh=f"--{name.replace('_', '-')}"),
        )
    return _setting(state, name)


def _sampling(state: State) -> Finding:
    found = state.found("vllm.generation-config")
    if found:
        return warn(
            found[0].summary.en, found[0].summary.zh, found[0].remedies[0].text if found[0].remedies else NOT_TOLD
        )
    if state.report is None:
        return NO_LOG
    return ok(
        "The log does not say that the model's generation_config.json sets the sampling.",
        "日志没有显示采样参数来自模型的 generation_config.json。",
    )


def _hub(state: State) -> Finding:
    """The hub is asked only where a diagnosis is about it: a machine may be offline on purpose."""
    found = state.found(
        "model.hub-unreachable",
        "model.gated",
        "model.unauthorized",
        "model.not-found",
        "model.hub-rate-limit",
        "model.download-slow",
    )
    if not found:
        return skip("No diagnosis is about the hub, so it was not asked.", "没有与模型仓库有关的诊断，因此没有访问它。")
    result = state.ask("hub-access", (("diagnosis", found[0].id), *found[0].facts))
    return said(found[0]) if result is None else finding_of(result, remedy=said(found[0]).remedy)


def _address(state: State) -> Finding:
    """An address that others cannot use is wrong only where there are others; one that is not here always is."""
    result = state.ask("host-address", ())
    if result is None:
        return ABSENT
    finding = finding_of(result, undecided=Status.OK, remedy=HOST_IP)
    is_alone = finding.status is Status.FAIL and result.provoked == "dist.wrong-host-ip"
    return replace(finding, status=Status.WARN) if is_alone else finding


def _model(state: State) -> Finding:
    if not state.settings.get("model"):
        return skip("No model is told.", "没有给出模型。", NOT_TOLD)
    result = state.ask("model-files", ())
    if result is None:
        return ABSENT
    if result.provoked == "model.not-found.path" and not state.found("model.not-found"):
        return Finding(status=Status.SKIPPED, reason=result.detail, remedy=NOT_HERE)
    return finding_of(result, remedy=DOWNLOAD)


def _row(id_: str, area: Area, en: str, zh: str, rows: tuple[str, ...], look: Look) -> Check:
    return Check(id=id_, area=area, title=Words(en=en, zh=zh), rows=rows, look=look)


CONFIGURATION: Final[tuple[Check, ...]] = (
    _row("max-model-len", Area.CONFIGURATION, "Context length", "上下文长度", ("S2-B.3.3",), _length),
    _row(
        "memory-utilization",
        Area.CONFIGURATION,
        "Share of GPU memory",
        "显存占用比例",
        ("S2-B.3.3", "S4-3"),
        _utilization,
    ),
    _row("max-num-seqs", Area.CONFIGURATION, "Sequences at a time", "并发序列数", ("S2-B.3.3",), _sequences),
    _row("parallel-size", Area.CONFIGURATION, "Parallel size", "并行规模", ("S2-B.3.3", "S2-B.1.1-2"), _parallel),
    _row("prefix-caching", Area.CONFIGURATION, "Prefix caching", "前缀缓存", ("S2-B.3.3",), _prefix),
    _row("chunked-prefill", Area.CONFIGURATION, "Chunked prefill", "分块预填充", ("S2-B.3.3",), _chunked),
    _row(
        "cuda-graphs",
        Area.CONFIGURATION,
        "CUDA graphs",
        "CUDA graph",
        ("S4-7",),
        lambda state: _setting(state, "enforce_eager"),
    ),
    _row("generation-config", Area.CONFIGURATION, "Default sampling", "默认采样参数", ("S4-4",), _sampling),
    _row("model-files", Area.MODEL, "Files of the model", "模型文件", ("S2-B.1.4-3", "S4-2"), _model),
    _row("model-hub", Area.MODEL, "Model hub", "模型仓库", ("S4-1", "S2-B.1.4-1", "S2-B.1.4-2"), _hub),
    _row(
        "model-support",
        Area.MODEL,
        "Architecture",
        "模型架构",
        ("S4-12", "S4-13"),
        free_of(
            "vllm.arch-unsupported",
            "vllm.arch-missing",
            "vllm.arch-inspect",
            ok_en="vLLM knows the architecture.",
            ok_zh="vLLM 支持该架构。",
        ),
    ),
    _row(
        "model-loading",
        Area.MODEL,
        "Loading",
        "加载速度",
        ("S4-1", "S4-2"),
        free_of(
            "model.load-slow",
            "model.download-slow",
            "hang.startup",
            ok_en="The log shows no slow download or loading.",
            ok_zh="日志没有显示下载或加载缓慢。",
        ),
    ),
    _row(
        "socket-interface",
        Area.NETWORK,
        "Interface of the sockets",
        "套接字所用的接口",
        ("S4-6",),
        probed("socket-interface", remedy=INTERFACE),
    ),
    _row(
        "host-address",
        Area.NETWORK,
        "Address of this node",
        "本节点地址",
        ("S4-6",),
        _address,
    ),
    _row(
        "gloo",
        Area.NETWORK,
        "All-reduce over gloo",
        "gloo all-reduce",
        ("S4-8",),
        probed("gloo-allreduce", remedy=INTERFACE),
    ),
    _row(
        "nccl",
        Area.NETWORK,
        "All-reduce over NCCL",
        "NCCL all-reduce",
        ("S4-8",),
        probed("nccl-allreduce", remedy=NCCL),
    ),
    _row(
        "infiniband",
        Area.NETWORK,
        "InfiniBand and RoCE",
        "InfiniBand 与 RoCE",
        ("S4-8",),
        probed("infiniband", undecided=Status.OK, remedy=ADAPTER),
    ),
    _row(
        "rendezvous",
        Area.NETWORK,
        "Rendezvous of the log",
        "日志中的汇合过程",
        ("S4-9", "S4-6"),
        free_of(
            "dist", "nccl", ok_en="The log tells of no failure between ranks.", ok_zh="日志中没有 rank 之间的故障。"
        ),
    ),
    _row(
        "request-pattern",
        Area.REQUESTS,
        "Requests fit the server",
        "请求模式与服务相称",
        ("S2-B.3.4", "S2-B.1.3-3"),
        free_of(
            "perf.kv-pressure",
            "perf.gpu-idle",
            "vllm.preemption",
            "vllm.prompt-too-long",
            ok_en="The log shows no requests that wait while the GPU idles or its cache is full.",
            ok_zh="日志没有显示 GPU 空闲或缓存已满时仍有请求等待。",
        ),
    ),
    _row(
        "latency",
        Area.REQUESTS,
        "Latency and long tails",
        "延迟与长尾请求",
        ("S2-B.3.4", "S2-B.1.3-1", "S2-B.1.3-2", "S2-B.1.5"),
        free_of(
            "perf.ttft",
            "perf.decode-slow",
            "perf.throughput",
            ok_en="The log shows no request that waits or generates for unusually long.",
            ok_zh="日志没有显示等待或生成时间异常的请求。",
        ),
    ),
    _row(
        "clients",
        Area.REQUESTS,
        "Session routing, time-outs, retries",
        "Session 路由、超时与重试",
        ("S2-B.3.4",),
        lambda _state: CLIENTS,
    ),
)
