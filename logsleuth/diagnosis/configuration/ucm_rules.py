"""Rules over UCM's configuration: stores, buffers, variables and versions that do not go together."""

from __future__ import annotations

from typing import Final

from logsleuth.diagnosis.configuration.rules import (
    Rule,
    at_least,
    below,
    contains,
    differs,
    equals,
    exceeds,
    is_absent,
    is_set,
    is_upper,
)
from logsleuth.diagnosis.configuration.ucm_keys import NFS, UCM_KEY_RULES, is_ucm, uses
from logsleuth.model import Words

DEFAULT_SHARED_GB: Final = 256.0  # ucm/store/cache/cc/cache_store.cc, 0.4.0 and later

STORES: Final = (
    # issue 1078: everything is a miss with this pipeline
    Rule(
        id="config.ucm.empty-pipeline",
        setting="store_pipeline",
        when=(is_ucm, contains("store_pipeline", "Empty")),
        text=Words(
            en="The pipeline {store_pipeline} keeps nothing beyond its buffer: what leaves it cannot be hit again.",
            zh="流水线 {store_pipeline} 除缓冲区外不保存任何内容：离开缓冲区的块不会再被命中。",
        ),
        advice=Words(
            en="Use Cache|Posix with storage_backends to keep the cache.",
            zh="若要保存缓存，请使用 Cache|Posix 并设置 storage_backends。",
        ),
    ),
    # ucm_connector.py: the key alone turns on UCMMockConnector, "Hijacked By MockConnector"
    Rule(
        id="config.ucm.mock",
        setting="hit_ratio",
        when=(is_ucm, is_set("hit_ratio")),
        text=Words(
            en="hit_ratio={hit_ratio} turns on UCM's mock connector: hits are made up, nothing is stored or loaded.",
            zh="hit_ratio={hit_ratio} 会启用 UCM 的模拟连接器：命中是虚构的，不会存取任何数据。",
        ),
        advice=Words(en="Remove hit_ratio outside of tests.", zh="除测试外请删除 hit_ratio。"),
    ),
    # ucm/store/factory*.py: names of 0.1.x. vLLM 0.11 and later need UCM 0.4
    *(
        Rule(
            id="config.ucm.retired-store",
            setting="ucm_connector_name",
            when=(is_set("ucm", "vllm"), uses(name)),
            text=Words(en=f"{name} exists only in UCM 0.1.", zh=f"{name} 只存在于 UCM 0.1。"),
            advice=Words(en="Use UcmPipelineStore.", zh="请使用 UcmPipelineStore。"),
            versions="ucm>=0.2.0; vllm>=0.11.0",
            about=("ucm",),
        )
        for name in ("UcmDramStore", "UcmMooncakeStore", "UcmPcStore")
    ),
    # examples/ucm_config_example.yaml
    Rule(
        id="config.ucm.event-sync",
        setting="enable_event_sync",
        when=(is_ucm, uses(NFS), equals("enable_event_sync", "true")),
        text=Words(
            en="UCM's own example asks for enable_event_sync: false with UcmNfsStore.",
            zh="UCM 的示例配置要求在使用 UcmNfsStore 时设置 enable_event_sync: false。",
        ),
        advice=Words(en="Set enable_event_sync: false.", zh="请设置 enable_event_sync: false。"),
    ),
    # pipeline/connector.py, 0.7.0 and later: "posix_io_engine=aio requires io_direct=true"
    Rule(
        id="config.ucm.aio-without-direct",
        setting="posix_io_engine",
        when=(is_ucm, equals("posix_io_engine", "aio"), equals("io_direct", "false")),
        text=Words(
            en="posix_io_engine=aio needs io_direct=true; UCM 0.7 and later refuse the pair.",
            zh="posix_io_engine=aio 需要 io_direct=true；UCM 0.7 及以后会拒绝当前组合。",
        ),
        advice=Words(en="Set io_direct: true.", zh="请设置 io_direct: true。"),
        about=("io_direct",),
    ),
)
BUFFERS: Final = (
    # trans_buffer.cc: a shared buffer is a file in /dev/shm, one for each instance
    Rule(
        id="config.ucm.shared-buffer",
        setting="cache_buffer_capacity_gb",
        when=(is_ucm, equals("share_buffer_enable", "true"), exceeds("cache_buffer_capacity_gb", "dev_shm_gb")),
        text=Words(
            en="The shared buffer of {cache_buffer_capacity_gb} GB lies in /dev/shm, which has {dev_shm_gb} GB.",
            zh="{cache_buffer_capacity_gb} GB 的共享缓冲区位于 /dev/shm，而后者只有 {dev_shm_gb} GB。",
        ),
        advice=Words(
            en="Lower cache_buffer_capacity_gb or enlarge /dev/shm (docker: --shm-size or --ipc=host; Kubernetes: an "
            "emptyDir with medium Memory).",
            zh="请调小 cache_buffer_capacity_gb，或扩大 /dev/shm（docker：--shm-size 或 --ipc=host；"
            "Kubernetes：medium 为 Memory 的 emptyDir）。",
        ),
        about=("dev_shm_gb", "share_buffer_enable"),
    ),
    Rule(
        id="config.ucm.shared-buffer",
        setting="cache_buffer_capacity_gb",
        when=(
            is_ucm,
            equals("share_buffer_enable", "true"),
            is_absent("cache_buffer_capacity_gb"),
            below("dev_shm_gb", DEFAULT_SHARED_GB),
        ),
        text=Words(
            en="The shared buffer has its default size of 256 GB and lies in /dev/shm, which has {dev_shm_gb} GB.",
            zh="共享缓冲区为默认的 256 GB，位于 /dev/shm，而后者只有 {dev_shm_gb} GB。",
        ),
        advice=Words(
            en="Set cache_buffer_capacity_gb below the size of /dev/shm, or enlarge the latter.",
            zh="请把 cache_buffer_capacity_gb 设为小于 /dev/shm 的值，或扩大 /dev/shm。",
        ),
        versions="ucm>=0.4.0",
        about=("dev_shm_gb", "share_buffer_enable"),
    ),
)
VARIABLES: Final = (
    # ucm/shared/infra/logger: from 0.4 to 0.5 the level is compared with lower-case names
    Rule(
        id="config.ucm.log-level-case",
        setting="uc_logger_level",
        when=(is_upper("uc_logger_level"),),
        text=Words(
            en="UCM 0.4 and 0.5 know log levels in lower case only: UC_LOGGER_LEVEL={uc_logger_level} is ignored.",
            zh="UCM 0.4 与 0.5 只认小写的日志级别：UC_LOGGER_LEVEL={uc_logger_level} 会被忽略。",
        ),
        advice=Words(
            en="Write it in lower case, as in UC_LOGGER_LEVEL=debug.", zh="请写成小写，例如 UC_LOGGER_LEVEL=debug。"
        ),
        versions="ucm>=0.4.0,<=0.5.0",
    ),
    Rule(
        id="config.ucm.stale-variable",
        setting="unified_cache_log_level",
        when=(is_set("unified_cache_log_level"), is_set("ucm", "vllm")),
        text=Words(
            en="UNIFIED_CACHE_LOG_LEVEL is not read since UCM 0.4.",
            zh="自 UCM 0.4 起不再读取 UNIFIED_CACHE_LOG_LEVEL。",
        ),
        advice=Words(
            en="Use UC_LOGGER_LEVEL=debug, or UCM_LOG_LEVEL since UCM 0.7.",
            zh="请使用 UC_LOGGER_LEVEL=debug；UCM 0.7 及以后使用 UCM_LOG_LEVEL。",
        ),
        versions="ucm>=0.4.0; vllm>=0.11.0",
    ),
    # integration/vllm/patch/apply_patch.py: neither was ever read; patches are off unless asked for
    *(
        Rule(
            id="config.ucm.stale-variable",
            setting=name,
            when=(is_set(name),),
            text=Words(en=f"UCM does not read {name.upper()}.", zh=f"UCM 不读取 {name.upper()}。"),
            advice=Words(
                en="Since UCM 0.4 its patches are off unless ENABLE_UCM_PATCH=1 is set.",
                zh="自 UCM 0.4 起，只有设置 ENABLE_UCM_PATCH=1 才会启用补丁。",
            ),
        )
        for name in ("ucm_patch_verbose", "ucm_disable_patches")
    ),
)
VERSIONS: Final = (
    # vllm kv_connector/factory.py 0.21 and later call the connector with a third argument, which UCM takes since 0.5.0
    Rule(
        id="config.ucm.vllm-mismatch",
        setting="ucm",
        when=(is_ucm,),
        text=Words(
            en="UCM {ucm} is too old for vLLM {vllm}: connectors get a third argument since vLLM 0.21, and UCM takes "
            "it since 0.5.0.",
            zh="UCM {ucm} 对 vLLM {vllm} 来说过旧：自 vLLM 0.21 起连接器会得到第三个参数，而 UCM 自 0.5.0 起才接受。",
        ),
        advice=Words(
            en="Use UCM 0.5.0 or later, or vLLM up to 0.20.",
            zh="请使用 UCM 0.5.0 及以后版本，或 vLLM 0.20 及以前版本。",
        ),
        versions="ucm<=0.5.0rc1; vllm>=0.21.0",
        known=("ucm", "vllm"),
    ),
    # get_supported_versions of each release, and its README
    Rule(
        id="config.ucm.vllm-mismatch",
        setting="ucm",
        when=(is_ucm,),
        text=Words(
            en="UCM {ucm} was made for vLLM 0.9.2, this is {vllm}.", zh="UCM {ucm} 适配 vLLM 0.9.2，当前为 {vllm}。"
        ),
        advice=Words(
            en="Use UCM 0.4 or later with vLLM 0.11 or later.", zh="vLLM 0.11 及以后请使用 UCM 0.4 及以后版本。"
        ),
        versions="ucm<=0.3.0; vllm>=0.10.0,!=0.11.0,<0.21.0",
        known=("ucm", "vllm"),
    ),
    Rule(
        id="config.ucm.vllm-mismatch",
        setting="ucm",
        when=(is_ucm,),
        text=Words(
            en="UCM {ucm} was made for vLLM 0.11 and later, this is {vllm}.",
            zh="UCM {ucm} 适配 vLLM 0.11 及以后版本，当前为 {vllm}。",
        ),
        advice=Words(
            en="Use vLLM 0.11.0 or later, or UCM 0.3 with vLLM 0.9.2.",
            zh="请使用 vLLM 0.11.0 及以后版本，或 UCM 0.3 搭配 vLLM 0.9.2。",
        ),
        versions="ucm>=0.4.0; vllm<0.11.0",
        known=("ucm", "vllm"),
    ),
    # README and docs of sparse attention: one vLLM version each
    *(
        Rule(
            id="config.ucm.sparse-version",
            setting=method.lower(),
            when=(is_ucm, is_set(method.lower())),
            text=Words(
                en=f"{method} works on vLLM {version} only, this is {{vllm}}.",
                zh=f"{method} 只适用于 vLLM {version}，当前为 {{vllm}}。",
            ),
            advice=Words(en=f"Use vLLM {version}, or remove {method}.", zh=f"请使用 vLLM {version}，或删除 {method}。"),
            versions=f"vllm!={version}",
            known=("vllm",),
        )
        for method, version in (("GSAOnDevice", "0.11.0"), ("Blend", "0.9.2"))
    ),
    # ucm/sparse/factory.py registers it up to 0.1.2 and in 0.2.0rc1 only
    Rule(
        id="config.ucm.retired-sparse-method",
        setting="gsa",
        when=(is_ucm, is_set("gsa"), is_set("ucm", "vllm")),
        text=Words(en="The method GSA is gone since UCM 0.2.0.", zh="自 UCM 0.2.0 起不再提供 GSA 方法。"),
        advice=Words(
            en="Use GSAOnDevice with vLLM 0.11.0, or remove it: it does not make room in GPU memory.",
            zh="请在 vLLM 0.11.0 上使用 GSAOnDevice，或将其删除：它并不能腾出显存。",
        ),
        versions="ucm>=0.2.0; vllm>=0.11.0",
    ),
)
CONNECTOR: Final = (
    # vllm kv_connector/factory.py knows no UCMConnector of its own, vLLM for Ascend does; a server that runs found it
    Rule(
        id="config.ucm.module-path",
        setting="kv_connector_module_path",
        when=(
            equals("kv_connector", "UCMConnector"),
            is_set("kv_role"),
            is_absent("kv_connector_module_path", "ucm_store", "kv_cache_tokens", "num_gpu_blocks", "vllm_ascend"),
            differs("platform", "ascend", "npu"),
            differs("device", "npu"),
        ),
        text=Words(
            en="kv_connector=UCMConnector is given without kv_connector_module_path: vLLM itself does not know it.",
            zh="给出了 kv_connector=UCMConnector，却没有 kv_connector_module_path：vLLM 自身不认识这个名称。",
        ),
        advice=Words(
            en='Add "kv_connector_module_path": "ucm.integration.vllm.ucm_connector" to --kv-transfer-config.',
            zh='请在 --kv-transfer-config 中加入 "kv_connector_module_path": "ucm.integration.vllm.ucm_connector"。',
        ),
        about=("kv_connector",),
    ),
    # ucm_connector.py, 0.4.0 and later: refused at the start
    Rule(
        id="config.ucm.pipeline-parallel",
        setting="use_layerwise",
        when=(is_ucm, at_least("pipeline_parallel_size", 2), equals("use_layerwise", "false")),
        text=Words(
            en="UCM does pipeline parallelism only layer by layer: use_layerwise is false, pipeline_parallel_size is "
            "{pipeline_parallel_size}.",
            zh="UCM 只在逐层模式下支持流水线并行：use_layerwise 为 false，"
            "而 pipeline_parallel_size 为 {pipeline_parallel_size}。",
        ),
        advice=Words(en="Set use_layerwise: true.", zh="请设置 use_layerwise: true。"),
        about=("pipeline_parallel_size",),
    ),
)
UCM_RULES: Final = (*UCM_KEY_RULES, *STORES, *BUFFERS, *VARIABLES, *VERSIONS, *CONNECTOR)
