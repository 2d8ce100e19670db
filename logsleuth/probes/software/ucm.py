"""Probe `ucm-patches`: can UCM's connector be imported, and are its patches in force, as this version does it.

Until 0.3 `import ucm` wraps `builtins.__import__`; from 0.4 `ucm_patch.pth` hooks into every interpreter, and patches
are applied only where ENABLE_UCM_PATCH=1 (sparse methods also need ENABLE_SPARSE=1).
"""

from __future__ import annotations

import builtins
import site
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts
from logsleuth.probes.answers import Values, answer, is_of, is_true, rows_of, text_of, texts_of
from logsleuth.probes.judging import from_failure, result
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject

NAME: Final = "ucm-patches"
CONNECTOR: Final = "ucm.integration.vllm.ucm_connector"
CLASSES: Final = ("UCMConnector", "UCMDirectConnector")
HOOK: Final = "ucm_patch.pth"
VARIABLES: Final = (b"ENABLE_UCM_PATCH=", b"ENABLE_SPARSE=")
PROC: Final = Path("/proc")
TITLES: Final = (b"VLLM::", b"vllm\0serve", b"vllm.entrypoints")
# what the import of the connector decides; a configuration that does not name its module it does not
IMPORTED: Final = ("ucm.connector-unknown.module", "ucm.connector-unknown.not-installed")
OLD: Final = ("0.0.", "0.1.", "0.2.", "0.3.")
SERVERS: Final = 16


def measure(_wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Versions, hook, the variables of running servers, then the import of the connector, which may fail."""
    version = next((item.version for item in distributions() if _is_ucm(item.metadata["Name"])), "")
    servers: list[Json] = [*_servers()]
    yield {
        "ucm": version,
        "is_installed": find_spec("ucm") is not None,
        "has_service": find_spec("vllm") is not None,
        "has_pth": any((Path(folder) / HOOK).is_file() for folder in (*site.getsitepackages(), *sys.path) if folder),
        "servers": servers,
    }
    if find_spec("ucm") is None:
        return
    yield {"is_wrapped": _is_wrapped()}
    yield {"missing": _missing()}


def _is_ucm(name: str | None) -> bool:
    return (name or "").lower().replace("_", "-").startswith("uc-manager")


def _is_wrapped() -> bool:
    """Whether `import ucm` replaces the function behind every import, as it does until 0.3."""
    import_module("ucm")
    return type(builtins.__import__).__name__ != "builtin_function_or_method"


def _missing() -> list[Json]:
    """The classes that the connector's module lacks; what its import raises is the answer."""
    module = import_module(CONNECTOR)
    return [name for name in CLASSES if not hasattr(module, name)]


def _servers() -> Iterator[dict[str, Json]]:
    """What running vLLM processes have for the two variables; of others' processes nothing can be read."""
    found = 0
    for folder in sorted(PROC.glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            if found >= SERVERS or not any(title in (folder / "cmdline").read_bytes() for title in TITLES):
                continue
            variables = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        found += 1
        told = {name.decode()[:-1].lower(): _value(name, variables) for name in VARIABLES}
        yield {"pid": int(folder.name), **told}


def _value(name: bytes, variables: list[bytes]) -> str:
    return next((item[len(name) :][:20].decode("ascii", "replace") for item in variables if item.startswith(name)), "")


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """Confirmed where this version's way of patching is not in force, refuted where it is or is not needed."""
    values = sample.values
    facts = _facts(values)
    failed = from_failure(NAME, sample, subject, facts=facts)
    if failed is not None:
        return failed
    if not is_true(values, "is_installed"):
        return _absent(sample, subject, facts)
    lacking = ", ".join(texts_of(values, "missing"))
    if lacking:
        detail = Words(en=f"{CONNECTOR} lacks {lacking} here.", zh=f"此处的 {CONNECTOR} 缺少 {lacking}。")
        return answer(NAME, Outcome.INCONCLUSIVE, detail, sample, facts=facts)
    if is_of(subject.diagnosis, "ucm.connector-unknown", "ucm.native-missing"):
        detail = Words(
            en=f"{CONNECTOR} is imported here and has {CLASSES[0]}: see that kv_connector_module_path names it.",
            zh=f"此处可导入 {CONNECTOR}，其中有 {CLASSES[0]}：请确认 kv_connector_module_path 指向它。",
        )
        outcome = Outcome.REFUTED if is_of(subject.diagnosis, *IMPORTED) else Outcome.INCONCLUSIVE
        return answer(NAME, outcome, detail, sample, facts=facts)
    if text_of(values, "ucm").startswith(OLD):
        return _by_wrapper(sample, facts)
    return _by_hook(sample, subject, facts)


def _absent(sample: Sample, subject: Subject, facts: Facts) -> ProbeResult:
    if not is_true(sample.values, "has_service"):
        detail = Words(
            en="neither ucm nor vllm is installed for this interpreter: name that of the service with --python",
            zh="此解释器没有安装 ucm，也没有安装 vllm：请用 --python 指定服务所用的解释器",
        )
        return result(NAME, Outcome.SKIPPED, detail, sample, facts)
    version = text_of(sample.values, "ucm")
    detail = Words(
        en=f"uc-manager {version} is installed without a package for the platform: install it with its extra, such as "
        "uc-manager[cu129].",
        zh=f"已安装 uc-manager {version}，但没有对应平台的软件包：请连同平台 extra 安装，例如 uc-manager[cu129]。",
    )
    if not version:
        detail = Words(
            en="UCM is not installed for the interpreter that has vllm: pip install 'uc-manager[cu129]' for CUDA 12.9.",
            zh="安装了 vllm 的解释器没有安装 UCM：CUDA 12.9 请执行 pip install 'uc-manager[cu129]'。",
        )
    provoked = "ucm.connector-unknown.not-installed"
    outcome = Outcome.CONFIRMED if is_of(subject.diagnosis, "ucm") or not subject.diagnosis else Outcome.INCONCLUSIVE
    return answer(NAME, outcome, detail, sample, facts=facts, provoked=provoked)


def _by_wrapper(sample: Sample, facts: Facts) -> ProbeResult:
    if is_true(sample.values, "is_wrapped"):
        detail = Words(
            en="`import ucm` installs its import hook here; it has to come before vllm in every process.",
            zh="此处 `import ucm` 会安装导入钩子；每个进程都必须先导入它再导入 vllm。",
        )
        return answer(NAME, Outcome.INCONCLUSIVE, detail, sample, facts=facts)
    detail = Words(
        en="`import ucm` installs no import hook here, so nothing is patched.",
        zh="此处 `import ucm` 没有安装导入钩子，因此没有打任何补丁。",
    )
    return answer(NAME, Outcome.CONFIRMED, detail, sample, facts=facts, provoked="ucm.patch-not-applied")


def _by_hook(sample: Sample, subject: Subject, facts: Facts) -> ProbeResult:
    provoked = "ucm.patch-not-applied"
    if not is_true(sample.values, "has_pth"):
        detail = Words(
            en=f"{HOOK} is in none of the site-packages here, so nothing is patched: reinstall UCM.",
            zh=f"此处的 site-packages 中没有 {HOOK}，因此没有打任何补丁：请重新安装 UCM。",
        )
        return answer(NAME, Outcome.CONFIRMED, detail, sample, facts=facts, provoked=provoked)
    names = ["enable_ucm_patch"]
    names += ["enable_sparse"] if is_of(subject.diagnosis, "ucm.patch-not-applied.sparse") else []
    servers = rows_of(sample.values, "servers")
    off = [name.upper() for name in names if any(text_of(server, name) != "1" for server in servers)]
    if servers and off:
        variables = " ".join(f"{name}=1" for name in off)
        detail = Words(
            en=f"The vLLM that runs here lacks {variables}; sparse methods need it, plain prefix caching on vLLM 0.11 "
            "and later does not.",
            zh=f"此处运行的 vLLM 没有设置 {variables}；稀疏方法需要它，vLLM 0.11 及以后的普通前缀缓存不需要。",
        )
        return answer(NAME, Outcome.CONFIRMED, detail, sample, facts=facts, provoked=provoked)
    if servers:
        detail = Words(en="The vLLM that runs here has the patches turned on.", zh="此处运行的 vLLM 已启用补丁。")
        is_open = is_of(subject.diagnosis, "ucm.patch-not-applied.failed", "ucm.patch-not-applied.logged")
        outcome = Outcome.INCONCLUSIVE if is_open else Outcome.REFUTED
        return answer(NAME, outcome, detail, sample, facts=facts)
    detail = Words(
        en="The hook is installed and the connector is imported; no vLLM runs here that could be asked whether it has "
        "ENABLE_UCM_PATCH=1. Its log says 'UCM patch initialization completed!' where the patches are on.",
        zh="钩子已安装，连接器可以导入；但此处没有运行中的 vLLM，无法得知是否设置了 ENABLE_UCM_PATCH=1。"
        "补丁启用时其日志会打印“UCM patch initialization completed!”。",
    )
    return answer(NAME, Outcome.INCONCLUSIVE, detail, sample, facts=facts)


def _facts(values: Values) -> Facts:
    servers = "; ".join(
        f"pid {text_of(row, 'pid')} ENABLE_UCM_PATCH={text_of(row, 'enable_ucm_patch') or '-'}"
        for row in rows_of(values, "servers")
    )
    return (
        ("ucm", text_of(values, "ucm") or "-"),
        ("hook", "pth" if is_true(values, "has_pth") else "import" if is_true(values, "is_wrapped") else "-"),
        ("connector", "ok" if values.get("missing") == [] else "-"),
        ("servers", servers or "-"),
    )


UCM_PATCHES: Final = Probe(
    name=NAME,
    title=Words(en="UCM: connector and patches", zh="UCM：连接器与补丁"),
    hypothesis=Words(
        en="UCM's hook is not installed or its patches are turned off. An import here proves nothing for the server's "
        "own processes: their variables are read where they run.",
        zh="UCM 的钩子未安装，或补丁没有启用。此处的导入不能证明服务进程的情况：服务在运行时会读取其环境变量。",
    ),
    answers=("ucm.patch-not-applied", "ucm.connector-unknown", "ucm.native-missing"),
    predictions=(
        Prediction(
            diagnosis="ucm.patch-not-applied",
            says=Words(
                en="no hook, or servers without ENABLE_UCM_PATCH=1", zh="没有钩子，或服务未设 ENABLE_UCM_PATCH=1"
            ),
        ),
        Prediction(
            diagnosis="ucm.native-missing",
            says=Words(en="the connector's import fails at a compiled module", zh="导入连接器时在编译模块处失败"),
        ),
        Prediction(
            diagnosis="ucm.connector-unknown",
            says=Words(en="ucm is not installed, or lacks the class", zh="没有安装 ucm，或缺少该类"),
        ),
        Prediction(
            diagnosis="healthy", says=Words(en="hook, connector and variables are there", zh="钩子、连接器、变量都在")
        ),
    ),
    measure="software.ucm:measure",
    wishes=lambda _subject: {},
    judge=judge,
    limit_s=120.0,
    memory_bytes=16 * 1024**3,
)
