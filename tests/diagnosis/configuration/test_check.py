"""Notices on configurations: each rule fires on what it describes, and defaults give none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.diagnosis.configuration.check import RULES, check
from logsleuth.events.environment import read_facts
from logsleuth.model import Words
from logsleuth.model.configuration import ConfigurationNotice
from logsleuth.wording import names

UCM = {"kv_connector": "UCMConnector", "ucm_store": "UcmPipelineStore", "store_pipeline": "Cache|Posix"}
NFS = {"kv_connector": "UCMConnector", "ucm_connector_name": "UcmNfsStore"}
REMOTE = {"kv_connector": "UCMConnector", "kv_role": "kv_both"}

ODD = [
    (UCM | {"pinned_pool_size": "536870912"}, "config.ucm.unknown-key", "pinned_pool_size"),
    (UCM | {"transport_streams": "4"}, "config.ucm.unknown-key", "transport_streams"),
    (UCM | {"vllm": "0.9.2", "gsa": "{'prefetch_workers': 8}"}, "config.ucm.unknown-key", "prefetch_workers"),
    (NFS | {"auto_cleanup": "True"}, "config.ucm.unknown-key", "auto_cleanup"),
    (UCM | {"ucm_sparse_method": "GSA"}, "config.ucm.unknown-key", "ucm_sparse_method"),
    (UCM | {"ucm": "0.4.0", "buffer_number": "1024"}, "config.ucm.ignored-key", "buffer_number"),
    (UCM | {"vllm": "0.11.0", "buffer_number": "1024"}, "config.ucm.ignored-key", "buffer_number"),
    (UCM | {"max_cache_size": "100"}, "config.ucm.ignored-key", "max_cache_size"),
    (UCM | {"storage_capacity": "100"}, "config.ucm.ignored-key", "storage_capacity"),
    (NFS | {"posix_capacity_gb": "100"}, "config.ucm.ignored-key", "posix_capacity_gb"),
    (
        UCM | {"stream_number": "8", "cache_buffer_capacity_gb": "32"},
        "config.ucm.ignored-key",
        "stream_number",
    ),
    (UCM | {"store_pipeline": "Cache|Empty"}, "config.ucm.empty-pipeline", "store_pipeline"),
    (UCM | {"hit_ratio": "0.9"}, "config.ucm.mock", "hit_ratio"),
    (
        {"kv_connector": "UCMConnector", "ucm_connector_name": "UcmDramStore", "vllm": "0.11.0"},
        "config.ucm.retired-store",
        "ucm_connector_name",
    ),
    (NFS | {"enable_event_sync": "True"}, "config.ucm.event-sync", "enable_event_sync"),
    (UCM | {"posix_io_engine": "aio", "io_direct": "False"}, "config.ucm.aio-without-direct", "posix_io_engine"),
    (
        UCM | {"share_buffer_enable": "True", "cache_buffer_capacity_gb": "128", "dev_shm_gb": "64"},
        "config.ucm.shared-buffer",
        "cache_buffer_capacity_gb",
    ),
    (UCM | {"share_buffer_enable": "True", "dev_shm_gb": "64"}, "config.ucm.shared-buffer", "cache_buffer_capacity_gb"),
    ({"uc_logger_level": "DEBUG", "ucm": "0.4.0"}, "config.ucm.log-level-case", "uc_logger_level"),
    ({"unified_cache_log_level": "DEBUG", "ucm": "0.4.0"}, "config.ucm.stale-variable", "unified_cache_log_level"),
    ({"ucm_disable_patches": "1"}, "config.ucm.stale-variable", "ucm_disable_patches"),
    (UCM | {"ucm": "0.5.0rc1", "vllm": "0.21.0"}, "config.ucm.vllm-mismatch", "ucm"),
    (UCM | {"ucm": "0.3.0", "vllm": "0.11.2"}, "config.ucm.vllm-mismatch", "ucm"),
    (UCM | {"ucm": "0.4.0", "vllm": "0.9.2"}, "config.ucm.vllm-mismatch", "ucm"),
    (UCM | {"gsaondevice": "{}", "vllm": "0.17.0"}, "config.ucm.sparse-version", "gsaondevice"),
    (UCM | {"blend": "{}", "vllm": "0.11.0"}, "config.ucm.sparse-version", "blend"),
    (UCM | {"gsa": "{}", "vllm": "0.11.0"}, "config.ucm.retired-sparse-method", "gsa"),
    (REMOTE, "config.ucm.module-path", "kv_connector_module_path"),
    (UCM | {"pipeline_parallel_size": "2", "use_layerwise": "False"}, "config.ucm.pipeline-parallel", "use_layerwise"),
    (
        {"gpu_memory_utilization": "0.97", "kv_connector": "LMCacheConnectorV1"},
        "config.vllm.memory-utilization-high",
        "gpu_memory_utilization",
    ),
    (
        {"gpu_memory_utilization": "0.98", "vllm": "0.11.0"},
        "config.vllm.memory-utilization-high",
        "gpu_memory_utilization",
    ),
    (
        {"gpu_memory_utilization": "0.4", "max_concurrency": "1.02"},
        "config.vllm.memory-utilization-low",
        "gpu_memory_utilization",
    ),
    ({"max_model_len": "1010000"}, "config.vllm.full-context", "max_model_len"),
    (
        {"pytorch_cuda_alloc_conf": "expandable_segments:True", "kv_connector": "UCMConnector"},
        "config.torch.expandable-segments",
        "pytorch_cuda_alloc_conf",
    ),
    ({"enforce_eager": "True"}, "config.vllm.eager", "enforce_eager"),
    (
        {"enable_prefix_caching": "False", "kv_connector": "UCMConnector"},
        "config.vllm.prefix-caching-off",
        "enable_prefix_caching",
    ),
    (
        {"no_enable_prefix_caching": "True", "kv_connector": "UCMConnector"},
        "config.vllm.prefix-caching-off",
        "enable_prefix_caching",
    ),
    ({"max_num_seqs": "2"}, "config.vllm.few-sequences", "max_num_seqs"),
    (
        {"engine": "V1", "enable_chunked_prefill": "False", "enable_prefix_caching": "True"},
        "config.vllm.chunked-prefill-off",
        "enable_chunked_prefill",
    ),
    (
        {"vllm": "0.11.0", "no_enable_chunked_prefill": "True"},
        "config.vllm.chunked-prefill-off",
        "enable_chunked_prefill",
    ),
    ({"vllm": "0.5.3.post1"}, "config.vllm.zmq", "vllm"),
    ({"vllm": "0.6.3", "nccl_cumem_enable": "1"}, "config.nccl.cumem", "nccl_cumem_enable"),
    ({"vllm": "0.11.0", "nccl_cumem_enable": "0"}, "config.nccl.cumem", "nccl_cumem_enable"),
]
SOUND = [
    {},
    UCM,
    NFS,
    UCM | {"ucm": "0.3.0", "vllm": "0.9.2", "buffer_number": "16384"},
    UCM | {"buffer_number": "16384"},
    NFS | {"buffer_number": "4096", "stream_number": "8", "vllm": "0.11.0"},
    {"buffer_number": "4096", "pinned_pool_size": "1", "hit_ratio": "1"},
    UCM | {"store_pipeline": "Cache|Ds3fs", "stream_number": "32", "cache_buffer_capacity_gb": "32"},
    UCM | {"ucm": "0.5.0", "vllm": "0.21.0"},
    UCM | {"ucm": "0.7.0", "vllm": "0.28.0"},
    UCM | {"gsaondevice": "{}", "vllm": "0.11.0+cu128"},
    UCM | {"share_buffer_enable": "True", "cache_buffer_capacity_gb": "32", "dev_shm_gb": "64"},
    UCM | {"cache_buffer_capacity_gb": "32", "dev_shm_gb": "1"},
    {"uc_logger_level": "debug", "ucm": "0.4.0"},
    {"uc_logger_level": "DEBUG", "ucm": "0.7.0"},
    REMOTE | {"kv_connector_module_path": "ucm.integration.vllm.ucm_connector"},
    REMOTE | {"device": "npu"},
    REMOTE | {"kv_cache_tokens": "1000"},
    {"kv_connector": "UCMConnector"},
    {"gpu_memory_utilization": "0.95"},
    {"gpu_memory_utilization": "0.92", "kv_connector": "UCMConnector"},
    {"gpu_memory_utilization": "0.4", "max_concurrency": "12.5"},
    {"gpu_memory_utilization": "high", "max_num_seqs": "many", "max_model_len": "128k"},
    {"pytorch_cuda_alloc_conf": "expandable_segments:True"},
    {
        "pytorch_cuda_alloc_conf": "expandable_segments:True",
        "kv_connector": "UCMConnector",
        "enable_sleep_mode": "True",
    },
    {"enforce_eager": "True", "device": "cpu"},
    {"enforce_eager": "False", "enable_prefix_caching": "False", "enable_chunked_prefill": "False"},
    {"engine": "V0", "enable_chunked_prefill": "False", "enable_prefix_caching": "True"},
    {"engine": "V1", "enable_chunked_prefill": "False", "enable_prefix_caching": "False"},
    {"vllm": "0.5.4"},
    {"vllm": "0.6.3", "nccl_cumem_enable": "0"},
    {"vllm": "not a version", "ucm": "0.4.0"},
]
LINES = [
    (
        "Initializing a V1 LLM engine (v0.14.1) with config: model='zai-org/GLM-4.7-FP8', speculative_config=None, "
        "dtype=torch.bfloat16, max_seq_len=131072, load_format=auto, tensor_parallel_size=8, pipeline_parallel_size=1, "
        "quantization=compressed-tensors, enforce_eager=False, kv_cache_dtype=auto, device_config=cuda, "
        "enable_prefix_caching=True, enable_chunked_prefill=True"
    ),
    (
        "Initializing a V0 LLM engine (v0.8.5.post1) with config: model='/data/QwQ-32B', speculative_config=None, "
        "dtype=torch.bfloat16, max_seq_len=32768, tensor_parallel_size=4, enforce_eager=False, kv_cache_dtype=auto, "
        "device_config=cuda, num_scheduler_steps=1, enable_prefix_caching=None, chunked_prefill_enabled=False, "
        "use_async_output_proc=True"
    ),
    (
        "Initializing an LLM engine (v0.6.3.post1) with config: model='/models/Qwen2-VL-7B-Instruct', "
        "dtype=torch.bfloat16, max_seq_len=32768, tensor_parallel_size=1, enforce_eager=False, "
        "chunked_prefill_enabled=False multi_step_stream_outputs=True, enable_prefix_caching=False)"
    ),
    (
        "non-default args: {'model_tag': '/models/Q', 'max_num_batched_tokens': 4096, 'tensor_parallel_size': 8, "
        "'kv_transfer_config': \"KVTransferConfig(kv_connector='UCMConnector', kv_role='kv_both', "
        "kv_connector_extra_config={'UCM_CONFIG_FILE': '/etc/ucm/config.yaml'}, "
        "kv_connector_module_path='ucm.integration.vllm.ucm_connector')\"}"
    ),
    (
        "create UcmPipelineStore with config: {'store_pipeline': 'Cache|Posix', 'storage_backends': ['/mnt/ucm'], "
        "'io_direct': False, 'device_id': 0, 'block_size': 6160384}"
    ),
    (
        "self.launch_config: {'ucm_connectors': [{'ucm_connector_name': 'UcmPipelineStore', 'ucm_connector_config': "
        "{'store_pipeline': 'Cache|Posix', 'storage_backends': '/mnt/test', 'io_direct': False}}], "
        "'enable_event_sync': True, 'use_layerwise': True}"
    ),
]


@pytest.mark.parametrize(("settings", "id_", "setting"), ODD)
def test_a_rule_fires(settings: dict[str, str], id_: str, setting: str) -> None:
    """And no other does."""
    assert [(notice.id, notice.setting) for notice in check(settings)] == [(id_, setting)]


@pytest.mark.parametrize("settings", SOUND)
def test_what_is_sound_or_unknown_gives_no_notice(settings: dict[str, str]) -> None:
    """Defaults, fitting versions, settings of other software, values that are no numbers."""
    assert check(settings) == ()


@pytest.mark.parametrize("line", LINES)
def test_healthy_configurations_give_no_notice(line: str) -> None:
    """As they are printed."""
    facts = dict(read_facts(line))

    assert facts
    assert check(facts) == ()


def test_every_rule_has_a_case() -> None:
    """By its id."""
    shown = {id_ for _, id_, _ in ODD}

    assert {rule.id for rule in RULES} == shown


def test_a_notice_carries_the_figures() -> None:
    """In its texts and as facts."""
    settings = UCM | {"share_buffer_enable": "True", "cache_buffer_capacity_gb": "128", "dev_shm_gb": "64"}
    notice = check(settings)[0]

    assert notice == ConfigurationNotice(
        id="config.ucm.shared-buffer",
        setting="cache_buffer_capacity_gb",
        text=Words(
            en="The shared buffer of 128 GB lies in /dev/shm, which has 64 GB.",
            zh="128 GB 的共享缓冲区位于 /dev/shm，而后者只有 64 GB。",
        ),
        advice=notice.advice,
        facts=(("cache_buffer_capacity_gb", "128"), ("dev_shm_gb", "64"), ("share_buffer_enable", "True")),
    )


def test_both_languages_name_the_same_facts() -> None:
    """A notice must not be lost in one of them."""
    for rule in RULES:
        assert set(names(rule.text.en)) == set(names(rule.text.zh)), rule.id
        assert set(names(rule.advice.en)) == set(names(rule.advice.zh)), rule.id


@given(st.dictionaries(st.sampled_from(sorted({rule.setting for rule in RULES} | {"kv_connector"})), st.text()))
def test_any_value_gives_a_result(settings: dict[str, str]) -> None:
    """Whatever a log claims."""
    found = check(settings)

    assert len({(notice.id, notice.setting) for notice in found}) == len(found)
