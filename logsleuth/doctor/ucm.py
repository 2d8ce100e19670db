"""Checks of UCM: installed, configured, running, fast."""

from __future__ import annotations

import re
from typing import Final

from packaging.version import Version

from logsleuth.diagnosis.configuration import check as configuration_notices
from logsleuth.doctor.check import Area, Check, Finding, State, Status, fail, ok, skip, warn
from logsleuth.doctor.ways import ABSENT, NO_UCM, Look, finding_of, free_of, is_ucm, number, parsed, said, version_of
from logsleuth.model import Words
from logsleuth.probes.software.pairs import misfits
from logsleuth.probes.software.versions import versions_of

LEAST_BUFFERS: Final = 1024  # shards: ucm/store/cache/cc/cache_store.cc
STORAGE: Final = Words(
    en="Make the folder in every container, and give it to the user that runs vLLM.",
    zh="请在每个容器中创建该目录，并授权给运行 vLLM 的用户。",
)


def _by(name: str) -> Look:
    """A look through a probe, where UCM is used or installed at all."""

    def look(state: State) -> Finding:
        if not is_ucm(state) and not version_of(state, "ucm"):
            return NO_UCM
        result = state.ask(name, ())
        return ABSENT if result is None else finding_of(result, undecided=Status.OK)

    return look


def _pair(state: State) -> Finding:
    versions = {
        **versions_of(state.software),
        **{name: text for name, text in state.settings.items() if name in {"ucm", "vllm"}},
    }
    if not versions.get("ucm"):
        found = state.found("ucm.version")
        if found:
            return said(found[0])
        return skip(
            "The version of UCM is not told.",
            "没有给出 UCM 的版本。",
            Words(en="pip show uc-manager", zh="pip show uc-manager"),
        )
    found_misfits = [item for item in misfits(versions) if item.pair.name == "ucm"]
    if not found_misfits:
        return ok(
            f"UCM {versions['ucm']}, vLLM {versions.get('vllm', '?')}.",
            f"UCM {versions['ucm']}，vLLM {versions.get('vllm', '?')}。",
        )
    first = next((item for item in found_misfits if item.pair.is_broken), found_misfits[0])
    remedy = Words(
        en=f"Install a UCM for this vLLM: {first.pair.source}", zh=f"请安装支持该 vLLM 的 UCM：{first.pair.source}"
    )
    how = fail if first.pair.is_broken else warn
    return how(f"{first}.", f"{first}。", remedy)


def _notices(state: State, *prefixes: str) -> Finding:
    if not is_ucm(state):
        return NO_UCM
    for notice in configuration_notices(dict(state.settings)):
        if notice.id.startswith(prefixes):
            return Finding(status=Status.WARN, reason=notice.text, remedy=notice.advice)
    return ok("No setting is without effect or at odds with another.", "没有无效或互相矛盾的设置。")


def _keys(state: State) -> Finding:
    found = state.found("ucm.config")
    return said(found[0]) if found else _notices(state, "config.ucm")


def _storage(state: State) -> Finding:
    found = state.found("ucm.storage-path", "storage", "ucm.transfer-failed.file-io")
    if found:
        return said(found[0])
    parts = (part.strip("[]'\" ") for part in re.split("[:,;]", state.settings.get("storage_backends", "")))
    path = next(filter(None, parts), "")
    if not path:
        return skip("storage_backends is not told.", "没有给出 storage_backends。") if is_ucm(state) else NO_UCM
    result = state.ask("path-writable", (("path", path),))
    return ABSENT if result is None else finding_of(result, remedy=STORAGE)


def _buffer(state: State) -> Finding:
    """The minimum of 1024 counts shards; `buffer_number` says so only until UCM 0.3 and for UcmNfsStore."""
    found = state.found("ucm.store-init.small-buffer", "cuda.oom.pinned")
    if found:
        return said(found[0])
    if not is_ucm(state):
        return NO_UCM
    version, buffers = parsed(version_of(state, "ucm")), number(state, "buffer_number")
    capacity = state.settings.get("cache_buffer_capacity_gb")
    is_counted = "UcmNfsStore" in state.settings.values() or (version is not None and version < Version("0.4.0"))
    if is_counted and buffers is not None:
        if buffers < LEAST_BUFFERS:
            remedy = Words(en=f"buffer_number: {LEAST_BUFFERS} or more", zh=f"buffer_number: 不小于 {LEAST_BUFFERS}")
            return fail(
                f"buffer_number={buffers:.0f} is below {LEAST_BUFFERS}.",
                f"buffer_number={buffers:.0f} 小于 {LEAST_BUFFERS}。",
                remedy,
            )
        return ok(f"buffer_number={buffers:.0f}.", f"buffer_number={buffers:.0f}。")
    if capacity:
        return ok(
            f"cache_buffer_capacity_gb={capacity}; it has to hold {LEAST_BUFFERS} shards.",
            f"cache_buffer_capacity_gb={capacity}；需要能容纳 {LEAST_BUFFERS} 个 shard。",
        )
    if buffers is not None and version is None:
        return warn(
            f"buffer_number={buffers:.0f} counts only until UCM 0.3 and for UcmNfsStore.",
            f"buffer_number={buffers:.0f} 只在 UCM 0.3 及以前或 UcmNfsStore 中有效。",
            Words(en="From UCM 0.4 set cache_buffer_capacity_gb.", zh="UCM 0.4 起请设置 cache_buffer_capacity_gb。"),
        )
    return skip("The size of the buffer is not told: the default holds.", "没有给出缓冲区大小：使用默认值。")


def _block(state: State) -> Finding:
    found = state.found("ucm.block-mismatch")
    if found:
        return said(found[0])
    if not is_ucm(state):
        return NO_UCM
    ours = state.meant.get("ucm_block_size")  # a log has it in bytes
    theirs = state.settings.get("block_size")
    if ours and theirs and ours != theirs:
        return fail(
            f"UCM's block_size is {ours}, vLLM's {theirs}.",
            f"UCM 的 block_size 为 {ours}，vLLM 为 {theirs}。",
            Words(
                en="Remove it from UCM's file: UCM takes that of vLLM.", zh="请从 UCM 配置中删除：UCM 使用 vLLM 的值。"
            ),
        )
    if not theirs:
        return ok("UCM takes the block size from vLLM.", "UCM 使用 vLLM 的 block_size。")
    return ok(f"block_size={theirs}.", f"block_size={theirs}。")


def _patches(state: State) -> Finding:
    found = state.found("ucm.patch-not-applied")
    if found:
        return said(found[0])
    if state.settings.get("ucm_patches"):
        return ok(f"The log says: {state.settings['ucm_patches']}.", f"日志显示：{state.settings['ucm_patches']}。")
    if state.report is None or not is_ucm(state):
        return _by("ucm-patches")(state)
    return ok(
        "The log tells of no patch; plain prefix caching on vLLM 0.11 and later needs none.",
        "日志没有提到补丁；vLLM 0.11 及以后的普通前缀缓存不需要补丁。",
    )


def _connector(state: State) -> Finding:
    found = state.found("ucm.connector-unknown", "ucm.config.no-connector", "ucm.version.constructor")
    if found:
        return said(found[0])
    name = state.settings.get("kv_connector", "")
    if name.startswith("UCM"):
        if state.report is not None:
            return ok(f"The log shows {name}, and no failure to create it.", f"日志中有 {name}，没有创建失败。")
        if not state.settings.get("kv_connector_module_path"):
            return warn(
                "kv_connector_module_path is not set.",
                "没有设置 kv_connector_module_path。",
                Words(
                    en="kv_connector_module_path: ucm.integration.vllm.ucm_connector",
                    zh="kv_connector_module_path: ucm.integration.vllm.ucm_connector",
                ),
            )
        return ok(f"kv_connector={name}.", f"kv_connector={name}。")
    return NO_UCM if not is_ucm(state) else skip("kv_connector is not told.", "没有给出 kv_connector。")


def _free(en: str, zh: str, *classes: str) -> Look:
    return free_of(*classes, ok_en=en, ok_zh=zh, is_for_ucm=True)


def _row(id_: str, area: Area, titles: tuple[str, str], rows: tuple[str, ...], look: Look) -> Check:
    return Check(id=f"ucm-{id_}", area=area, title=Words(en=titles[0], zh=titles[1]), rows=rows, look=look)


INSTALL: Final[tuple[Check, ...]] = (
    _row(
        "version",
        Area.UCM_INSTALL,
        ("UCM and vLLM go together", "UCM 与 vLLM 版本匹配"),
        ("S0-8", "S0-6", "S0-1.2a"),
        _pair,
    ),
    _row(
        "import",
        Area.UCM_INSTALL,
        ("Connector is imported", "连接器可导入"),
        ("S0-8", "S1-6", "S1-2.1"),
        _by("ucm-patches"),
    ),
    _row(
        "native",
        Area.UCM_INSTALL,
        ("Compiled modules", "编译模块"),
        ("S0-8", "S0-1.1b"),
        _free(
            "The log tells of no module that is missing.", "日志中没有缺失的编译模块。", "ucm.native-missing", "build"
        ),
    ),
)


CONFIGURE: Final[tuple[Check, ...]] = (
    _row("keys", Area.UCM_CONFIGURATION, ("Settings take effect", "设置生效"), ("S0-8", "S0-6"), _keys),
    _row(
        "storage",
        Area.UCM_CONFIGURATION,
        ("Storage path exists and is writable", "存储路径存在且可写"),
        ("S0-8", "S0-2.1a"),
        _storage,
    ),
    _row("buffer", Area.UCM_CONFIGURATION, ("Buffer holds enough blocks", "缓冲区足够"), ("S0-8", "S0-4.2"), _buffer),
    _row("block-size", Area.UCM_CONFIGURATION, ("Block size as in vLLM", "block_size 与 vLLM 一致"), ("S0-8",), _block),
)


RUN_TIME: Final[tuple[Check, ...]] = (
    _row(
        "patches",
        Area.UCM_RUN_TIME,
        ("Import hook and patches", "导入钩子与补丁"),
        ("S0-8", "S1-6", "S1-2.1"),
        _patches,
    ),
    _row("connector", Area.UCM_RUN_TIME, ("Connector is created", "连接器已创建"), ("S0-8", "S1-6"), _connector),
    _row(
        "store",
        Area.UCM_RUN_TIME,
        ("Store is connected", "存储已连接"),
        ("S0-8", "S1-6"),
        _free(
            "The log tells of no store that failed.",
            "日志中没有存储初始化或健康检查失败。",
            "ucm.store-init",
            "ucm.transfer-failed.health",
        ),
    ),
    _row(
        "hashes",
        Area.UCM_RUN_TIME,
        ("Block hashes agree", "Block 哈希一致"),
        ("S1-6", "S1-4.3"),
        _free("The log tells of no mismatch.", "日志中没有不一致。", "ucm.block-mismatch", "ucm.hit-rate-zero"),
    ),
    _row(
        "lookup",
        Area.UCM_RUN_TIME,
        ("Lookups succeed", "lookup 正常"),
        ("S1-6", "S1-3.2"),
        _free("The log tells of no lookup that failed.", "日志中没有失败的 lookup。", "ucm.transfer-failed.lookup"),
    ),
    _row(
        "transfer",
        Area.UCM_RUN_TIME,
        ("Transfers succeed", "数据传输正常"),
        ("S1-6", "S1-3.3"),
        _free("The log tells of no transfer that failed.", "日志中没有失败的传输。", "ucm.transfer-failed"),
    ),
    _row(
        "metadata",
        Area.UCM_RUN_TIME,
        ("Metadata is passed on", "元数据正确传递"),
        ("S1-6",),
        _free(
            "The log tells of no attribute that is missing.",
            "日志中没有缺失的属性。",
            "ucm.version.attribute",
            "deps.vllm-api",
        ),
    ),
)


PERFORMANCE: Final[tuple[Check, ...]] = (
    _row(
        "hit-rate",
        Area.UCM_PERFORMANCE,
        ("Hit rate", "命中率"),
        ("S0-8", "S1-6", "S0-3.2"),
        _free(
            "The log shows no hit rate below 50 %; what is normal depends on the prompts.",
            "日志没有显示低于 50 % 的命中率；正常值取决于请求内容。",
            "ucm.hit-rate-zero",
            "ucm.hit-rate-low",
        ),
    ),
    _row(
        "speed",
        Area.UCM_PERFORMANCE,
        ("Load and save speed", "加载与保存速度"),
        ("S0-8", "S1-6", "S0-4.1b"),
        _free(
            "The log shows no speed below 1 GB/s; what is normal depends on the storage.",
            "日志没有显示低于 1 GB/s 的速度；正常值取决于存储介质。",
            "ucm.transfer-slow",
        ),
    ),
    _row(
        "lookup-time",
        Area.UCM_PERFORMANCE,
        ("Time of lookups", "lookup 耗时"),
        ("S1-6", "S1-5"),
        _free("The log shows no lookup over 10 ms.", "日志没有显示超过 10 ms 的 lookup。", "ucm.lookup-slow"),
    ),
    _row(
        "queues",
        Area.UCM_PERFORMANCE,
        ("Queues and buffers", "队列与缓冲区"),
        ("S0-4.2",),
        _free("The log tells of no queue that was full.", "日志中没有队列已满。", "ucm.buffer-exhausted"),
    ),
    _row(
        "memory",
        Area.UCM_PERFORMANCE,
        ("No leak of host memory", "无内存泄漏"),
        ("S0-8", "S1-6"),
        _free(
            "The log tells of no process that ran out of host memory.",
            "日志中没有主机内存耗尽的进程。",
            "host.oom-killer",
            "host.memory",
            "host.shm",
        ),
    ),
)


UCM: Final[tuple[Check, ...]] = (*INSTALL, *CONFIGURE, *RUN_TIME, *PERFORMANCE)
