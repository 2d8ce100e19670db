"""Rules over vLLM's settings: what costs speed or memory without saying so, and versions with a known fault.

Thresholds stand here and nowhere else. What is a default in its version gives no notice.
"""

from __future__ import annotations

from typing import Final

from logsleuth.diagnosis.configuration.rules import (
    Rule,
    at_least,
    below,
    contains,
    differs,
    equals,
    is_absent,
    is_off,
    is_set,
)
from logsleuth.model import Words

HIGH_UTILIZATION: Final = 0.95  # the default is 0.9, since 0.20.2 0.92: vllm/config/cache.py
HIGHEST_UTILIZATION: Final = 0.97
LOW_UTILIZATION: Final = 0.5
FEW_SEQUENCES: Final = 8  # the smallest default of any version is 128
LONG_CONTEXT: Final = 1_000_000  # what models made for a million tokens have in their own configuration
TWO_REQUESTS: Final = 2.0

MEMORY: Final = (
    # appendix B 2.1 raises it to 0.95 for throughput; the connector's own buffers lie outside vLLM's share
    Rule(
        id="config.vllm.memory-utilization-high",
        setting="gpu_memory_utilization",
        when=(at_least("gpu_memory_utilization", HIGH_UTILIZATION), is_set("kv_connector")),
        text=Words(
            en="gpu_memory_utilization={gpu_memory_utilization} leaves little for what lies outside vLLM's share, such "
            "as the buffers of {kv_connector} and NCCL.",
            zh="gpu_memory_utilization={gpu_memory_utilization} 给 vLLM 份额之外的部分"
            "（例如 {kv_connector} 与 NCCL 的缓冲区）留得很少。",
        ),
        advice=Words(
            en="Lower it should the GPU run out of memory while serving; 0.9 is a usual value.",
            zh="若服务中显存不足，请将其调低；常用值为 0.9。",
        ),
        about=("kv_connector",),
    ),
    # until 0.20 the memory of CUDA graphs is not part of what is profiled: vllm/v1/worker/gpu_worker.py
    Rule(
        id="config.vllm.memory-utilization-high",
        setting="gpu_memory_utilization",
        when=(
            at_least("gpu_memory_utilization", HIGHEST_UTILIZATION),
            is_absent("kv_connector"),
            differs("enforce_eager", "true"),
        ),
        text=Words(
            en="gpu_memory_utilization={gpu_memory_utilization} does not count the memory of CUDA graphs in vLLM "
            "{vllm}.",
            zh="在 vLLM {vllm} 中，gpu_memory_utilization={gpu_memory_utilization} 不包含 CUDA graph 占用的显存。",
        ),
        advice=Words(
            en="Lower it should graph capture or serving run out of memory.",
            zh="若捕获 CUDA graph 或服务时显存不足，请将其调低。",
        ),
        versions="vllm<0.21.0",
        known=("vllm",),
    ),
    # CacheBlend troubleshooting, question 3, advises 0.4, which made sense in the research code only
    Rule(
        id="config.vllm.memory-utilization-low",
        setting="gpu_memory_utilization",
        when=(below("gpu_memory_utilization", LOW_UTILIZATION), below("max_concurrency", TWO_REQUESTS)),
        text=Words(
            en="gpu_memory_utilization={gpu_memory_utilization} leaves a KV cache for {max_concurrency} requests of "
            "full length.",
            zh="gpu_memory_utilization={gpu_memory_utilization} 时，KV 缓存只够 {max_concurrency} 个最大长度的请求。",
        ),
        advice=Words(en="Raise it unless something else needs the GPU.", zh="若没有其他程序使用该 GPU，请将其调高。"),
        about=("max_concurrency",),
    ),
    # appendix B 3.3: a length nobody asked for, taken from the model
    Rule(
        id="config.vllm.full-context",
        setting="max_model_len",
        when=(at_least("max_model_len", LONG_CONTEXT),),
        text=Words(
            en="max_model_len={max_model_len} is the full length of a long-context model: start-up reserves for it, "
            "and few such requests fit at a time.",
            zh="max_model_len={max_model_len} 是长上下文模型的完整长度：启动时会按它预留，能同时容纳的此类请求很少。",
        ),
        advice=Words(
            en="Set --max-model-len to what requests need.", zh="请把 --max-model-len 设为请求实际需要的长度。"
        ),
        about=("model", "max_concurrency"),
    ),
    # vllm kv_connector/factory.py 0.21 and later refuse the pair unless the allocator is vLLM's own
    *(
        Rule(
            id="config.torch.expandable-segments",
            setting=name,
            when=(
                contains(name, "expandable_segments:true"),
                is_set("kv_connector"),
                differs("enable_sleep_mode", "true"),
                differs("enable_cumem_allocator", "true"),
            ),
            text=Words(
                en=f"{name.upper()} asks for expandable segments beside {{kv_connector}}; vLLM 0.21 and later refuse "
                "the pair.",
                zh=f"{name.upper()} 启用了 expandable_segments，同时使用 {{kv_connector}}；"
                "vLLM 0.21 及以后会拒绝这一组合。",
            ),
            advice=Words(
                en="Unset it, also where PyTorch's out-of-memory message recommends it.",
                zh="请取消该设置，即使 PyTorch 的显存不足信息建议使用它。",
            ),
            about=("kv_connector",),
        )
        for name in ("pytorch_cuda_alloc_conf", "pytorch_alloc_conf")
    ),
)
SPEED: Final = (
    # vLLM troubleshooting advises it to find a failure; it stays in the command afterwards
    Rule(
        id="config.vllm.eager",
        setting="enforce_eager",
        when=(equals("enforce_eager", "true"), differs("device", "cpu")),
        text=Words(
            en="enforce_eager turns CUDA graphs and compilation off: decoding is slower, above all with few requests.",
            zh="enforce_eager 会关闭 CUDA graph 与编译：解码变慢，请求少时尤其明显。",
        ),
        advice=Words(
            en="Remove --enforce-eager unless it is needed to find a failure or to save memory.",
            zh="除非用于定位故障或节省显存，请去掉 --enforce-eager。",
        ),
    ),
    # UCM's quickstart: for measuring the storage only, to be removed in production
    Rule(
        id="config.vllm.prefix-caching-off",
        setting="enable_prefix_caching",
        when=(is_off("enable_prefix_caching"), is_set("kv_connector")),
        text=Words(
            en="Prefix caching is off beside {kv_connector}: blocks that lie in GPU memory are fetched from the "
            "external cache again.",
            zh="使用 {kv_connector} 的同时关闭了前缀缓存：显存中已有的块也会从外部缓存重新读取。",
        ),
        advice=Words(
            en="Remove --no-enable-prefix-caching unless the speed of the storage is being measured.",
            zh="除非在测量存储速度，请去掉 --no-enable-prefix-caching。",
        ),
        about=("kv_connector",),
    ),
    # appendix B 3.3
    Rule(
        id="config.vllm.few-sequences",
        setting="max_num_seqs",
        when=(below("max_num_seqs", FEW_SEQUENCES),),
        text=Words(
            en="max_num_seqs={max_num_seqs}: no more requests than that run at a time, all others wait.",
            zh="max_num_seqs={max_num_seqs}：同时运行的请求不超过这个数，其余都在等待。",
        ),
        advice=Words(
            en="Raise --max-num-seqs if requests wait while the KV cache has room.",
            zh="若 KV 缓存有余量而请求在等待，请调大 --max-num-seqs。",
        ),
    ),
    # appendix B 3.3; on by default in V1, and V1 is all there is since 0.11. For models that only embed both it and
    # prefix caching are off by default
    *(
        Rule(
            id="config.vllm.chunked-prefill-off",
            setting="enable_chunked_prefill",
            when=(
                is_off("enable_chunked_prefill"),
                condition,
                is_set("enable_prefix_caching", "no_enable_chunked_prefill"),
                differs("enable_prefix_caching", "false"),
            ),
            text=Words(
                en="Chunked prefill is off: one long prompt holds up the decoding of all other requests.",
                zh="分块预填充已关闭：一个长提示词会拖住其他所有请求的解码。",
            ),
            advice=Words(
                en="Remove --no-enable-chunked-prefill; --max-num-batched-tokens sets the size of a chunk.",
                zh="请去掉 --no-enable-chunked-prefill；分块大小由 --max-num-batched-tokens 设置。",
            ),
            versions=versions,
            known=known,
        )
        for condition, versions, known in (
            (equals("engine", "v1"), "", ()),
            (is_absent("engine"), "vllm>=0.11.0", ("vllm",)),
        )
    ),
)
KNOWN_FAULTS: Final = (
    # vLLM troubleshooting, known issues; pyzmq issue 2000, fixed by vLLM pull request 6759
    Rule(
        id="config.vllm.zmq",
        setting="vllm",
        when=(),
        text=Words(
            en="vLLM {vllm} can hang because of a fault in its use of ZeroMQ (0.5.2 to 0.5.3.post1).",
            zh="vLLM {vllm} 使用 ZeroMQ 的方式有缺陷，可能卡住（0.5.2 至 0.5.3.post1）。",
        ),
        advice=Words(en="Upgrade vLLM to 0.5.4 or later.", zh="请将 vLLM 升级到 0.5.4 或以后版本。"),
        versions="vllm>=0.5.2,<=0.5.3.post1",
        known=("vllm",),
    ),
    # vLLM troubleshooting, known issues: all processes of these versions set it to 0; NCCL issue 1234
    Rule(
        id="config.nccl.cumem",
        setting="nccl_cumem_enable",
        when=(equals("nccl_cumem_enable", "1"),),
        text=Words(
            en="vLLM {vllm} sets NCCL_CUMEM_ENABLE=0 in its own processes; one that joins them with 1 can hang or "
            "crash.",
            zh="vLLM {vllm} 在自己的进程中设置 NCCL_CUMEM_ENABLE=0；以 1 加入通信的进程可能卡住或崩溃。",
        ),
        advice=Words(
            en="Set NCCL_CUMEM_ENABLE=0 in every process that shares a communicator with vLLM.",
            zh="请在与 vLLM 共用通信域的每个进程中设置 NCCL_CUMEM_ENABLE=0。",
        ),
        versions="vllm>=0.4.3,<=0.10.1.1",
        known=("vllm",),
    ),
    Rule(
        id="config.nccl.cumem",
        setting="nccl_cumem_enable",
        when=(equals("nccl_cumem_enable", "0"),),
        text=Words(
            en="NCCL_CUMEM_ENABLE=0 was needed up to vLLM 0.10.1.1; vLLM {vllm} does not set it.",
            zh="NCCL_CUMEM_ENABLE=0 只在 vLLM 0.10.1.1 及以前需要；vLLM {vllm} 已不再设置它。",
        ),
        advice=Words(
            en="Unset it, or set it alike in every process of the communicator.",
            zh="请取消该设置，或在通信域的所有进程中保持一致。",
        ),
        versions="vllm>=0.10.2",
        known=("vllm",),
    ),
)
VLLM_RULES: Final = (*MEMORY, *SPEED, *KNOWN_FAULTS)
