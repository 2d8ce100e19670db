"""Keys of UCM's configuration that no version reads, or not the configured store.

What each version reads was taken from its sources: ucm/store/cache, posix, ds3fs and nfsstore (`*_store.cc`),
ucm/store/nfsstore/nfsstore_connector.py, ucm/store/pipeline/connector.py.
"""

from __future__ import annotations

from typing import Final

from logsleuth.diagnosis.configuration.rules import Condition, Rule, Settings, differs, is_absent, is_key, is_set, lacks
from logsleuth.model import Words

PIPELINE: Final = "UcmPipelineStore"
NFS: Final = "UcmNfsStore"


def is_ucm(settings: Settings) -> bool:
    """Whether UCM is configured at all: other software has settings of the same names."""
    return settings.get("kv_connector", "").startswith("UCM") or any(
        name in settings for name in ("ucm_store", "ucm_connector_name", "ucm_config_file")
    )


def uses(store: str) -> Condition:
    """Whether UCM's store is `store`."""
    return lambda settings: store in (settings.get("ucm_store"), settings.get("ucm_connector_name"))


def _unknown(key: str, en: str, zh: str) -> Rule:
    """A row for a key that no version of UCM reads."""
    return Rule(
        id="config.ucm.unknown-key",
        setting=key,
        when=(is_ucm, is_key(key)),
        text=Words(
            en=f"No version of UCM reads {key}; it has no effect.", zh=f"UCM 的任何版本都不读取 {key}，它不起作用。"
        ),
        advice=Words(en=en, zh=zh),
    )


def _ignored(key: str, when: tuple[Condition, ...], text: Words, advice: Words, versions: str = "") -> Rule:
    """A row for a key that the configured store does not read."""
    return Rule(
        id="config.ucm.ignored-key",
        setting=key,
        when=(is_ucm, is_set(key), *when),
        text=text,
        advice=advice,
        versions=versions,
        about=("ucm_store", "ucm_connector_name"),
    )


def _other_store(key: str, store: str, instead: str) -> Rule:
    """A row for a key of another store than `store`."""
    return _ignored(
        key,
        (uses(store),),
        Words(en=f"{store} does not read {key}; it has no effect.", zh=f"{store} 不读取 {key}，它不起作用。"),
        Words(en=f"Use {instead} instead.", zh=f"请改用 {instead}。"),
    )


UNKNOWN_KEYS: Final = (
    # troubleshooting guide 2.2, 4.1, 4.2, 2.1, 2.3 name these keys; exact-string search over all releases finds none
    _unknown(
        "pinned_pool_size",
        "The size of the pinned buffer is cache_buffer_capacity_gb (UcmPipelineStore, UCM 0.4 and later).",
        "固定内存缓冲区的大小由 cache_buffer_capacity_gb 决定（UcmPipelineStore，UCM 0.4 及以后）。",
    ),
    _unknown(
        "transport_streams",
        "Use cache_stream_number (UcmPipelineStore, UCM 0.4 and later) or stream_number (UcmNfsStore).",
        "请使用 cache_stream_number（UcmPipelineStore，UCM 0.4 及以后）或 stream_number（UcmNfsStore）。",
    ),
    _unknown("prefetch_workers", "Remove it.", "请删除。"),
    _unknown("prefetch_ahead", "Remove it.", "请删除。"),
    _unknown(
        "auto_cleanup",
        "Old files are removed by posix_capacity_gb and posix_gc_* (UcmPipelineStore, UCM 0.5 and later) or by "
        "storage_capacity with recycle_enable (UcmNfsStore).",
        "旧文件的清理由 posix_capacity_gb 与 posix_gc_*（UcmPipelineStore，UCM 0.5 及以后）"
        "或 storage_capacity 加 recycle_enable（UcmNfsStore）负责。",
    ),
    _unknown(
        "s3_endpoint",
        "UCM has no S3 client; mount the storage as a folder.",
        "UCM 没有 S3 客户端；请把存储挂载为目录。",
    ),
    _unknown(
        "s3_bucket", "UCM has no S3 client; mount the storage as a folder.", "UCM 没有 S3 客户端；请把存储挂载为目录。"
    ),
    # ucm/sparse: the method is the first key of ucm_sparse_config
    _unknown(
        "ucm_sparse_method",
        "Name the method as the first key of ucm_sparse_config.",
        "请把方法名写成 ucm_sparse_config 的第一个键。",
    ),
    # CacheBlend troubleshooting, question 1 and 2: keys of the research code, in neither UCM nor LMCache
    _unknown(
        "recomp_ratio",
        "Use ucm_sparse_config.Blend.compute_meta.<layer>.ratio.",
        "请使用 ucm_sparse_config.Blend.compute_meta.<层>.ratio。",
    ),
    _unknown(
        "check_layers",
        "Name the layers as keys of ucm_sparse_config.Blend.compute_meta.",
        "请把层名写成 ucm_sparse_config.Blend.compute_meta 的键。",
    ),
)
IGNORED_KEYS: Final = (
    # cache_store.cc 0.3.0 reads buffer_number, 0.4.0 and later do not; the manual still lists it. vLLM 0.11 and later
    # need UCM 0.4
    _ignored(
        "buffer_number",
        (uses(PIPELINE), is_set("ucm", "vllm"), is_absent("cache_buffer_capacity_gb")),
        Words(
            en="UcmPipelineStore ignores buffer_number since UCM 0.4: the buffer has the default size, 256 GB where it "
            "is shared and 32 GB for each rank otherwise.",
            zh="自 UCM 0.4 起 UcmPipelineStore 忽略 buffer_number：缓冲区为默认大小，"
            "共享时 256 GB，否则每个 rank 32 GB。",
        ),
        Words(en="Set cache_buffer_capacity_gb instead.", zh="请改为设置 cache_buffer_capacity_gb。"),
        versions="ucm>=0.4.0; vllm>=0.11.0",
    ),
    _ignored(
        "buffer_number",
        (uses(PIPELINE), is_set("ucm", "vllm"), is_set("cache_buffer_capacity_gb")),
        Words(
            en="UcmPipelineStore ignores buffer_number since UCM 0.4; what decides is "
            "cache_buffer_capacity_gb={cache_buffer_capacity_gb}.",
            zh="自 UCM 0.4 起 UcmPipelineStore 忽略 buffer_number；起作用的是 "
            "cache_buffer_capacity_gb={cache_buffer_capacity_gb}。",
        ),
        Words(en="Remove buffer_number.", zh="请删除 buffer_number。"),
        versions="ucm>=0.4.0; vllm>=0.11.0",
    ),
    # bytes, of UcmDramStore 0.1.x only
    _ignored(
        "max_cache_size",
        (differs("ucm_store", "UcmDramStore"), differs("ucm_connector_name", "UcmDramStore")),
        Words(
            en="Only UcmDramStore of UCM 0.1 reads max_cache_size; it has no effect here.",
            zh="只有 UCM 0.1 的 UcmDramStore 读取 max_cache_size，它在这里不起作用。",
        ),
        Words(
            en="Use posix_capacity_gb (UcmPipelineStore, UCM 0.5 and later) or storage_capacity (UcmNfsStore).",
            zh="请使用 posix_capacity_gb（UcmPipelineStore，UCM 0.5 及以后）或 storage_capacity（UcmNfsStore）。",
        ),
    ),
    # nfsstore_connector.py reads these, pipeline/connector.py and posix/cc do not
    _other_store("storage_capacity", PIPELINE, "posix_capacity_gb"),
    _other_store("recycle_enable", PIPELINE, "posix_capacity_gb"),
    _other_store("recycle_threshold_ratio", PIPELINE, "posix_gc_trigger_threshold_ratio"),
    _other_store("posix_capacity_gb", NFS, "storage_capacity, recycle_enable"),
    _other_store("cache_buffer_capacity_gb", NFS, "buffer_number"),
    _other_store("cache_stream_number", NFS, "stream_number"),
    # ds3fs_store.cc reads it in a pipeline too
    _ignored(
        "stream_number",
        (uses(PIPELINE), lacks("store_pipeline", "Ds3fs"), is_set("cache_buffer_capacity_gb", "posix_io_engine")),
        Words(
            en="UcmPipelineStore does not read stream_number since UCM 0.4; it has no effect.",
            zh="自 UCM 0.4 起 UcmPipelineStore 不读取 stream_number，它不起作用。",
        ),
        Words(en="Use cache_stream_number instead.", zh="请改用 cache_stream_number。"),
        versions="ucm>=0.4.0",
    ),
)
UCM_KEY_RULES: Final = (*UNKNOWN_KEYS, *IGNORED_KEYS)
