"""What a log tells of its environment: comes in a message, go out versions, settings and sizes.

    Initializing a V1 LLM engine (v0.14.1) with config: model='/models/x', dtype=torch.bfloat16, max_seq_len=131072, ...
    non-default args: {'model': '/models/x', 'kv_transfer_config': "KVTransferConfig(kv_connector='UCMConnector', ...)"}
    vLLM is using nccl==2.27.5
    GPU KV cache size: 713,392 tokens
    create UcmPipelineStore with config: {'store_pipeline': 'Cache|Posix', 'cache_buffer_capacity_gb': 4, ...}

Settings are named like the flags that set them (`max_model_len`), versions like their package (`vllm`, `nccl`, `ucm`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

from logsleuth.events.reprs import read_pairs
from logsleuth.lazy import lazy
from logsleuth.model import Facts

Reader = Callable[[str], Iterator[tuple[str, str]]]

ALIASES: Final = {
    "max_seq_len": "max_model_len",
    "chunked_prefill_enabled": "enable_chunked_prefill",
    "device_config": "device",
    "model_tag": "model",
}
# of a printed engine configuration and of arguments with all their defaults only these are told
SETTINGS: Final = frozenset(
    {
        "block_size",
        "cpu_offload_gb",
        "data_parallel_size",
        "device",
        "disable_custom_all_reduce",
        "disable_log_stats",
        "distributed_executor_backend",
        "download_dir",
        "dtype",
        "enable_chunked_prefill",
        "enable_expert_parallel",
        "enable_lora",
        "enable_prefix_caching",
        "enforce_eager",
        "gpu_memory_utilization",
        "kv_cache_dtype",
        "load_format",
        "max_model_len",
        "max_num_batched_tokens",
        "max_num_seqs",
        "model",
        "pipeline_parallel_size",
        "port",
        "quantization",
        "served_model_name",
        "speculative_config",
        "swap_space",
        "tensor_parallel_size",
        "trust_remote_code",
    }
)
CONNECTOR: Final = frozenset(
    {
        "kv_connector",
        "kv_connector_module_path",
        "kv_load_failure_policy",
        "kv_role",
        "ucm_config_file",
    }
)
NESTED: Final = frozenset(
    {
        "kv_connector_extra_config",
        "kv_transfer_config",
        "ucm_connector_config",
        "ucm_connectors",
        "ucm_sparse_config",
    }
)
# UCM's names that other software uses for something else
UCM_OWN: Final = frozenset({"block_size", "device_id", "local_rank_size", "shard_size", "tensor_size", "unique_id"})
SECRET: Final = lazy(r"(?:^|_)(?:api_?keys?|access_keys?|secrets?|token|passwords?|passwd|credentials?)$")
LIMIT: Final = 4000  # of a message of which only a short part is read
REMEMBERED_CHARS: Final = 4000


def _clean(value: str) -> str:
    return value.removeprefix("torch.").removeprefix("LoadFormat.").strip()


def _setting(name: str, value: str) -> Iterator[tuple[str, str]]:
    """One setting under its common name; secrets and what is not set are left out."""
    lower = name.lower().replace("-", "_")
    if value not in {"", "None", "null"} and not SECRET.search(lower):
        yield ALIASES.get(lower, lower), _clean(value)


def _engine(message: str) -> Iterator[tuple[str, str]]:
    match = re.search(r"Initializing an? (?:(V[01]) )?LLM engine(?: \(v([^)\s]{1,60})\))?", message)
    if match is None:
        return
    if match[1]:
        yield "engine", match[1]
    if match[2]:
        yield "vllm", match[2]
    yield from _known(message.partition("with config:")[2])


def _known(text: str) -> Iterator[tuple[str, str]]:
    for name, value in read_pairs(text, nested=NESTED):
        for setting in _setting(name, value):
            if setting[0] in SETTINGS or setting[0] in CONNECTOR:
                yield setting


def _flags(message: str) -> Iterator[tuple[str, str]]:
    """The arguments that the user gave."""
    for name, value in read_pairs(message.partition("non-default args:")[2], nested=NESTED):
        for setting in _setting(name, value):
            if setting[0] not in NESTED:
                yield setting


def _namespace(message: str) -> Iterator[tuple[str, str]]:
    yield from _known(message[message.index("Namespace(") :])


def _transfer(message: str) -> Iterator[tuple[str, str]]:
    if "non-default args" not in message:
        yield from _known(message[message.index("KVTransferConfig(") :])


def _command(message: str) -> Iterator[tuple[str, str]]:
    """The flags of a command line that a log or a transcript repeats."""
    text = message[:LIMIT]
    served = re.search(r"\bvllm serve +([^\s-]\S{0,300})", text)
    if served:
        yield "model", served[1]
    if served or "vllm.entrypoints" in text:
        for flag in re.finditer(r" --([a-z][a-z0-9-]{1,60})(?:[= ] {0,4}((?!-)\S{1,300}))?", text):
            yield from _setting(flag[1], flag[2] or "True")


def _ucm(message: str) -> Iterator[tuple[str, str]]:
    at = message.find("{")
    store = re.search(r"create (\w{1,80}) with config:", message)
    if store:
        yield "ucm_store", store[1]
    for name, value in read_pairs(message[at:] if at >= 0 else "", nested=NESTED):
        for lower, shown in _setting(name, value):
            if lower not in NESTED:
                yield (f"ucm_{lower}" if lower in UCM_OWN else lower), shown


def _ucm_set(message: str) -> Iterator[tuple[str, str]]:
    match = re.match(r"Set (\w{1,40})::(\w{1,60}) to (.{1,300}?)\.?$", message)
    if match:
        yield re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", f"{match[1]}_{match[2]}").lower(), match[3]


def _pins(message: str) -> Iterator[tuple[str, str]]:
    """Versions as pip and collect_env list them."""
    for match in PIN.finditer(message[:LIMIT]):
        yield PACKAGES.get(match[1].lower(), match[1].lower().replace("-", "_")), match[2]


def _driver_cuda(message: str) -> Iterator[tuple[str, str]]:
    match = re.search(r"(?:found version|cudaDriverVersion) (\d{4,6})\b", message)
    if match:
        number = int(match[1])
        yield "driver_cuda", f"{number // 1000}.{number % 1000 // 10}"


PACKAGES: Final = {
    "uc-manager": "ucm",
    "nvidia-nccl-cu11": "nccl",
    "nvidia-nccl-cu12": "nccl",
    "nvidia-nccl-cu13": "nccl",
    "flashinfer-python": "flashinfer",
}
PIN: Final = lazy(
    r"(?<![\w.-])(torch|vllm|vllm-ascend|triton|ray|lmcache|uc-manager|transformers|tokenizers|safetensors|nixl|xformers"
    r"|flash-attn|flashinfer-python|nvidia-nccl-cu1[123]|nccl)==([0-9][\w.+!-]{0,60})"
)
READERS: Final[tuple[tuple[str, Reader], ...]] = (
    ("LLM engine (v", _engine),
    ("LLM engine with config", _engine),
    ("non-default args:", _flags),
    ("args: Namespace(", _namespace),
    ("KVTransferConfig(", _transfer),
    ("vllm serve ", _command),
    ("vllm.entrypoints.", _command),
    ("Using UCM with config:", _ucm),
    ("self.launch_config:", _ucm),
    ("Store with config:", _ucm),
    ("with config: {'", _ucm),
    ("Store::", _ucm_set),
    ("torch==", _pins),
    ("vllm==", _pins),
    ("triton==", _pins),
    ("ray==", _pins),
    ("lmcache==", _pins),
    ("uc-manager==", _pins),
    ("transformers==", _pins),
    ("nixl==", _pins),
    ("nccl==", _pins),
    ("nccl-cu1", _pins),
    ("(found version ", _driver_cuda),
    ("cudaDriverVersion ", _driver_cuda),
)
VERSION: Final = r"v?(\d[\w.+-]{0,60}[\w+])"
# (anchor, name of the fact, expression whose first group is the value)
ROWS: Final = tuple(
    (anchor, name, lazy(expression))
    for anchor, name, expression in (
        ("vLLM API server version", "vllm", rf"vLLM API server version {VERSION}"),
        ("█", "vllm", rf"█.{{0,80}}\bversion +{VERSION}"),
        ("█", "model", r"█.{0,80}\bmodel {1,8}(\S{1,300})"),
        ("vLLM Version", "vllm", rf"vLLM Version *: *{VERSION}"),
        ("patches applied successfully", "vllm", rf"patches applied successfully for version {VERSION}"),
        ("patches applied successfully", "ucm_patches", r"vLLM (patches applied) successfully"),
        ("UCM patch initialization completed", "ucm_patches", r"(UCM patch initialization completed)"),
        ("not explicitly supported to apply UCM", "vllm", rf"vLLM version {VERSION} is not explicitly supported"),
        ("NCCL version", "nccl", r"NCCL version (\d{1,2}\.\d{1,3}(?:\.\d{1,3})?)"),
        ("+cuda", "nccl_cuda", r"NCCL version [\d.]{3,20}\+cuda(\d[\d.]{1,12})"),
        ("PyTorch version", "torch", rf"PyTorch version *:? *{VERSION}"),
        ("CUDA used to build PyTorch", "cuda", r"CUDA used to build PyTorch *: *(\d[\d.]{0,12})"),
        ("CUDA runtime version", "cuda_toolkit", r"CUDA runtime version *: *(\d[\d.]{0,12})"),
        ("Nvidia driver version", "driver", r"Nvidia driver version *: *(\d[\d.]{2,16})"),
        ("Driver Version:", "driver", r"Driver Version: *(\d[\d.]{2,16})"),
        ("CUDA Version:", "driver_cuda", r"CUDA Version: *(\d[\d.]{1,12})"),
        ("NVRM version:", "driver", r"NVRM version: .{0,80}Kernel Module[\w ]{0,30} {1,4}(\d{3}\.[\d.]{1,10})"),
        ("Ray version", "ray", rf"Ray version *[:=]? *{VERSION}"),
        ("ray, version", "ray", rf"ray, version {VERSION}"),
        ("ray_version", "ray", r"ray_version['\"]?[:=] ?['\"]?(\d[\w.]{2,20})"),
        ("LMCache version", "lmcache", rf"LMCache version *[:=]? *{VERSION}"),
        ("(Release)", "ucm_commit", r"^\w{1,40}-([0-9a-f]{6,40})\(\w{1,30}\)\.?$"),
        ("(Debug)", "ucm_commit", r"^\w{1,40}-([0-9a-f]{6,40})\(\w{1,30}\)\.?$"),
        ("odel loading took", "weights_gib", r"Model loading took ([\d.]{1,12}) Gi?B"),
        ("odel loading took", "weights_load_s", r"Model loading took .{1,40} and ([\d.]{1,12}) seconds"),
        ("model weights took", "weights_gib", r"Loading model weights took ([\d.]{1,12}) Gi?B"),
        ("Available KV cache memory", "available_kv_cache_gib", r"Available KV cache memory: (-?[\d.]{1,12}) GiB"),
        ("KV cache size:", "kv_cache_tokens", r"KV cache size: ([\d,]{1,20}) tokens"),
        ("KV cache size:", "gpu", r"^((?:NVIDIA|AMD|Intel|Ascend)[\w .-]{2,60}) KV cache size:"),
        ("Maximum concurrency for", "max_concurrency", r"Maximum concurrency for .{1,40}: ([\d.]{1,12})x"),
        ("Maximum concurrency for", "max_model_len", r"Maximum concurrency for ([\d,]{1,20}) tokens"),
        ("GPU blocks:", "num_gpu_blocks", r"# (?:GPU|cuda|CUDA) blocks: (\d{1,12})"),
        ("CPU blocks:", "num_cpu_blocks", r"# CPU blocks: (\d{1,12})"),
        (
            "Graph capturing finished",
            "graph_memory_gib",
            r"Graph capturing finished in .{1,30}, took (-?[\d.]{1,12}) GiB",
        ),
        ("total_gpu_memory", "gpu_memory_gib", r"total_gpu_memory ?[(=]([\d.]{1,12}) ?GiB"),
        ("total_gpu_memory", "gpu_memory_utilization", r"gpu_memory_utilization ?[(=]([\d.]{1,8})"),
        ("on startup", "gpu_memory_gib", r"Free memory on device.{0,20}\([\d.]{1,12}/([\d.]{1,12}) GiB\)"),
        ("has a total capac", "gpu_memory_gib", r"has a total capaci?ty of ([\d.]{1,12}) GiB"),
        ("total capacity;", "gpu_memory_gib", r"; ([\d.]{1,12}) GiB total capacity;"),
        ("compute capability", "gpu", r"Your (\S.{1,60}) GPU (?:has compute capability|does not have)"),
        ("compute capability", "compute_capability", r"GPU has compute capability (\d{1,2}\.\d)"),
        ("with CUDA capability sm_", "gpu", r"^(?:.{0,200}Warning: )?\s{0,8}(\S.{1,60}) with CUDA capability sm_\d"),
        ("with CUDA capability sm_", "compute_capability", r"with CUDA capability sm_(\d{2,3}[a-z]?)"),
        ("GPU 0: ", "gpu", r"GPU 0: (\S[^(]{2,60}?) *(?:\(UUID|$)"),
        ("max_num_batched_tokens=", "max_num_batched_tokens", r"enabled with max_num_batched_tokens=(\d{1,9})"),
        ("Using max model len", "max_model_len", r"Using max model len (\d{1,9})"),
        ("connector with name:", "kv_connector", r"connector with name: (\w{1,80})"),
        ("_SOCKET_IFNAME set", "nccl_socket_ifname", r"NCCL_SOCKET_IFNAME set .{0,15}to ([\w.,=^:-]{1,80})"),
        ("_SOCKET_IFNAME set", "gloo_socket_ifname", r"GLOO_SOCKET_IFNAME set .{0,15}to ([\w.,-]{1,80})"),
        ("in world size", "world_size", r"rank \d{1,6} in world size (\d{1,6})"),
        ("world_size=", "world_size", r"world_size=(\d{1,6}) rank=\d"),
        ("Automatically detected platform", "platform", r"Automatically detected platform (\w{1,20})"),
        ("backend on V1 engine", "attention_backend", r"Using (\w[\w ]{2,40}?) backend on V1 engine"),
    )
)
ANCHORS: Final[tuple[str, ...]] = tuple(dict.fromkeys([row[0] for row in READERS] + [row[0] for row in ROWS]))


def read_facts(message: str) -> Facts:
    """The facts in `message`, each once, in the order of the tables; a later line may tell another value."""
    return _remembered(message) if len(message) <= REMEMBERED_CHARS else _read(message)


@lru_cache(maxsize=512)  # whoever starts again and again says the same again
def _remembered(message: str) -> Facts:
    return _read(message)


def _read(message: str) -> Facts:
    return tuple(dict.fromkeys(_facts(message)))


def _facts(message: str) -> Iterator[tuple[str, str]]:
    for anchor, reader in READERS:
        if anchor in message:
            yield from reader(message)
    short = message[:LIMIT]
    for anchor, name, expression in ROWS:
        match = expression.search(short) if anchor in short else None
        if match is not None:
            value = match[1].strip()
            yield name, value.replace(",", "") if value[:1].isdigit() else value
