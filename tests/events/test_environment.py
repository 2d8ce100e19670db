"""Tests of logsleuth.events.environment."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.events.environment import ANCHORS, read_facts

ENGINE_V1 = (
    "Initializing a V1 LLM engine (v0.14.1) with config: model='zai-org/GLM-4.7-FP8', speculative_config=None, "
    "tokenizer='zai-org/GLM-4.7-FP8', dtype=torch.bfloat16, max_seq_len=131072, download_dir=None, load_format=auto, "
    "tensor_parallel_size=8, pipeline_parallel_size=1, data_parallel_size=1, quantization=None, enforce_eager=False, "
    "kv_cache_dtype=auto, device_config=cuda, observability_config=ObservabilityConfig(a='x, y', model='other'), "
    "seed=0, served_model_name=zai-org/GLM-4.7-FP8, enable_prefix_caching=True, enable_chunked_prefill=True"
)
ENGINE_OLD = (
    "Initializing an LLM engine (v0.6.3.post1) with config: model='/models/x', dtype=torch.float16, max_seq_len=4096, "
    "load_format=LoadFormat.AUTO, chunked_prefill_enabled=False multi_step_stream_outputs=True, "
    "enable_prefix_caching=False)"
)
ARGUMENTS = (
    "non-default args: {'model_tag': '/models/Q', 'host': '0.0.0.0', 'model': '/models/Q', 'api_key': ['sk-secret'], "
    "'hf_token': 'hf_x', 'max_num_batched_tokens': 4096, 'tensor_parallel_size': 8, 'kv_transfer_config': "
    "\"KVTransferConfig(kv_connector='UCMConnector', kv_role='kv_both', kv_rank=None, "
    "kv_connector_extra_config={'UCM_CONFIG_FILE': '/etc/ucm/config.yaml'}, "
    "kv_connector_module_path='ucm.integration.vllm.ucm_connector')\"}"
)
INLINE = (
    "non-default args: {'kv_transfer_config': KVTransferConfig(kv_connector='UCMConnector', kv_connector_extra_config="
    "{'ucm_connectors': [{'ucm_connector_name': 'UcmNfsStore', 'ucm_connector_config': "
    "{'storage_backends': '/mnt/ucm', 'use_direct': False}}]})}"
)
STORE = (
    "create UcmPipelineStore with config: {'store_pipeline': 'Cache|Posix', 'storage_backends': ['/mnt/ucm'], "
    "'cache_buffer_capacity_gb': 4, 'device_id': 0, 'block_size': 6160384} [303,303][ucm_connector.py:344,f]"
)

LINES = [
    (
        ENGINE_V1,
        {
            "engine": "V1",
            "vllm": "0.14.1",
            "model": "zai-org/GLM-4.7-FP8",
            "dtype": "bfloat16",
            "max_model_len": "131072",
            "load_format": "auto",
            "tensor_parallel_size": "8",
            "pipeline_parallel_size": "1",
            "data_parallel_size": "1",
            "enforce_eager": "False",
            "kv_cache_dtype": "auto",
            "device": "cuda",
            "served_model_name": "zai-org/GLM-4.7-FP8",
            "enable_prefix_caching": "True",
            "enable_chunked_prefill": "True",
        },
    ),
    (
        ENGINE_OLD,
        {
            "vllm": "0.6.3.post1",
            "model": "/models/x",
            "dtype": "float16",
            "max_model_len": "4096",
            "load_format": "AUTO",
            "enable_chunked_prefill": "False",
            "enable_prefix_caching": "False",
        },
    ),
    ("Initializing an LLM engine with config: model='m'", {"model": "m"}),
    ("LLM engine (v0.1) is a nice engine", {}),
    (
        ARGUMENTS,
        {
            "model": "/models/Q",
            "host": "0.0.0.0",
            "max_num_batched_tokens": "4096",
            "tensor_parallel_size": "8",
            "kv_connector": "UCMConnector",
            "kv_role": "kv_both",
            "ucm_config_file": "/etc/ucm/config.yaml",
            "kv_connector_module_path": "ucm.integration.vllm.ucm_connector",
        },
    ),
    (
        INLINE,
        {
            "kv_connector": "UCMConnector",
            "ucm_connector_name": "UcmNfsStore",
            "storage_backends": "/mnt/ucm",
            "use_direct": "False",
        },
    ),
    (
        "args: Namespace(host=None, port=8000, api_key='x', model='/m', max_num_seqs=256, chat_template='y')",
        {"port": "8000", "model": "/m", "max_num_seqs": "256"},
    ),
    (
        "kv_transfer_config=KVTransferConfig(kv_connector='P2pNcclConnector', kv_ip='x')",
        {"kv_connector": "P2pNcclConnector"},
    ),
    (
        "$ vllm serve /models/Q --max-model-len 4096 --gpu-memory-utilization=0.92 --enforce-eager --api-key sk-1",
        {"model": "/models/Q", "max_model_len": "4096", "gpu_memory_utilization": "0.92", "enforce_eager": "True"},
    ),
    ("usage: vllm serve --help", {}),
    (
        "python -m vllm.entrypoints.openai.api_server --model /m --trust-remote-code",
        {"model": "/m", "trust_remote_code": "True"},
    ),
    (
        STORE,
        {
            "ucm_store": "UcmPipelineStore",
            "store_pipeline": "Cache|Posix",
            "storage_backends": "['/mnt/ucm']",
            "cache_buffer_capacity_gb": "4",
            "ucm_device_id": "0",
            "ucm_block_size": "6160384",
        },
    ),
    ("Using UCM with config: {'ucm_connectors': [], 'use_layerwise': True}", {"use_layerwise": "True"}),
    ("Using UCM with config: nothing", {}),
    ("self.launch_config: {'enable_event_sync': True}", {"enable_event_sync": "True"}),
    ("Set CacheStore::BufferSize to 17179869184.", {"cache_store_buffer_size": "17179869184"}),
    ("No Store::line", {}),
    ("CacheStore-6f2c1ab(Release).", {"ucm_commit": "6f2c1ab"}),
    ("vLLM API server version 0.14.1", {"vllm": "0.14.1"}),
    ("vLLM API server version 0.18.2rc1.dev73+gdb7a17ecc", {"vllm": "0.18.2rc1.dev73+gdb7a17ecc"}),
    (" █▄█▀ █     █     █     █  version 0.25.1", {"vllm": "0.25.1"}),
    ("  █▄█▀ █     █     █     █  model   google/gemma-4-31B-it", {"model": "google/gemma-4-31B-it"}),
    ("vLLM Version                 : 0.18.2rc1 (git sha: db7a17ecc)", {"vllm": "0.18.2rc1"}),
    (
        "All vLLM patches applied successfully for version 0.9.2",
        {"vllm": "0.9.2", "ucm_patches": "patches applied"},
    ),
    ("vLLM is using nccl==2.27.5", {"nccl": "2.27.5"}),
    ("NCCL version 2.21.5+cuda12.4", {"nccl": "2.21.5", "nccl_cuda": "12.4"}),
    ("NCCL error in: /x.cpp:77, internal error, NCCL version 2.27.7", {"nccl": "2.27.7"}),
    ("PyTorch version              : 2.10.0+cu129", {"torch": "2.10.0+cu129"}),
    ("PyTorch version 2.6.0 available.", {"torch": "2.6.0"}),
    ("CUDA used to build PyTorch   : 12.9", {"cuda": "12.9"}),
    ("Nvidia driver version        : 550.54.15", {"driver": "550.54.15"}),
    (
        "| NVIDIA-SMI 580.95.05    Driver Version: 580.95.05      CUDA Version: 13.0     |",
        {"driver": "580.95.05", "driver_cuda": "13.0"},
    ),
    ("NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue", {"driver": "550.54.15"}),
    ("NCCL INFO cudaDriverVersion 12080", {"driver_cuda": "12.8"}),
    ("The NVIDIA driver on your system is too old (found version 12040).", {"driver_cuda": "12.4"}),
    ("(found version 1)", {}),
    ("[pip3] nvidia-nccl-cu12==2.27.5", {"nccl": "2.27.5"}),
    (
        "torch==2.7.0 triton==3.3.0 uc-manager==0.4.0 ray==2.46.0 lmcache==0.3.1",
        {"torch": "2.7.0", "triton": "3.3.0", "ucm": "0.4.0", "ray": "2.46.0", "lmcache": "0.3.1"},
    ),
    ("ray, version 2.46.0", {"ray": "2.46.0"}),
    ("LMCache version: 0.3.1", {"lmcache": "0.3.1"}),
    ("Model loading took 55.3250 GiB and 14.957362 seconds", {"weights_gib": "55.3250", "weights_load_s": "14.957362"}),
    ("Loading model weights took 14.9888 GB", {"weights_gib": "14.9888"}),
    ("Available KV cache memory: -1.10 GiB", {"available_kv_cache_gib": "-1.10"}),
    ("GPU KV cache size: 713,392 tokens", {"kv_cache_tokens": "713392"}),
    (
        "NVIDIA H200 KV cache size: 713,392 tokens, Maximum concurrency for 65,536 tokens per request: 10.89x",
        {"kv_cache_tokens": "713392", "gpu": "NVIDIA H200", "max_concurrency": "10.89", "max_model_len": "65536"},
    ),
    ("# GPU blocks: 27201, # CPU blocks: 2048", {"num_gpu_blocks": "27201", "num_cpu_blocks": "2048"}),
    ("Graph capturing finished in 13 secs, took 0.60 GiB", {"graph_memory_gib": "0.60"}),
    (
        "the current vLLM instance can use total_gpu_memory (23.69GiB) x gpu_memory_utilization (0.15) = 3.55GiB",
        {"gpu_memory_gib": "23.69", "gpu_memory_utilization": "0.15"},
    ),
    ("Free memory on device cuda:0 (3.1/79.10 GiB) on startup is less", {"gpu_memory_gib": "79.10"}),
    ("GPU 0 has a total capacity of 79.10 GiB of which", {"gpu_memory_gib": "79.10"}),
    ("(GPU 0; 15.90 GiB total capacity; 14.1 GiB already", {"gpu_memory_gib": "15.90"}),
    ("Your Tesla T4 GPU has compute capability 7.5.", {"gpu": "Tesla T4", "compute_capability": "7.5"}),
    (
        "NVIDIA GeForce RTX 5070 Ti with CUDA capability sm_120 is not compatible",
        {"gpu": "NVIDIA GeForce RTX 5070 Ti", "compute_capability": "120"},
    ),
    ("GPU 0: NVIDIA A100-SXM4-80GB", {"gpu": "NVIDIA A100-SXM4-80GB"}),
    ("GPU 0: NVIDIA H200 (UUID: GPU-1)", {"gpu": "NVIDIA H200"}),
    ("Chunked prefill is enabled with max_num_batched_tokens=8192.", {"max_num_batched_tokens": "8192"}),
    ("Creating v1 connector with name: LMCacheConnectorV1 and engine_id: x", {"kv_connector": "LMCacheConnectorV1"}),
    ("rank 3 in world size 8 is assigned as DP rank 0, PP rank 0", {"world_size": "8"}),
    ("Automatically detected platform cuda.", {"platform": "cuda"}),
    ("Using Flash Attention backend on V1 engine.", {"attention_backend": "Flash Attention"}),
    ("all is well", {}),
    ("", {}),
]


@pytest.mark.parametrize(("line", "facts"), LINES)
def test_facts_are_read(line: str, facts: dict[str, str]) -> None:
    """Versions, settings and sizes under their common names; secrets are never told."""
    assert dict(read_facts(line)) == facts


@pytest.mark.parametrize("line", [line for line, facts in LINES if facts])
def test_every_line_with_facts_holds_an_anchor(line: str) -> None:
    """The scan finds by the anchors what this module can read."""
    assert any(anchor in line for anchor in ANCHORS)


def test_anchors_are_distinct() -> None:
    """None is searched for twice, and none is so short that it stands everywhere."""
    assert len(set(ANCHORS)) == len(ANCHORS)
    assert [anchor for anchor in ANCHORS if len(anchor) < 5] == ["█"]


@given(st.text(), st.sampled_from(ANCHORS), st.text())
def test_any_text_gives_facts(before: str, anchor: str, after: str) -> None:
    """No text is refused, and facts are words."""
    assert all(name and value for name, value in read_facts(before + anchor + after))


@pytest.mark.parametrize("anchor", ANCHORS)
def test_hostile_lines_take_bounded_time(anchor: str) -> None:
    """A line of 64 KiB of a repeated anchor is read at once."""
    line = ((anchor + " ") * 66_000)[:65_536]
    started = time.process_time()

    read_facts(line)

    assert time.process_time() - started < 0.5
