"""Probes `model-files` and `hub-cache`: are the files of the model whole, and do they go together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts
from logsleuth.probes import grounds
from logsleuth.probes.answers import Values, answer, is_of, is_true, rows_of, text_of
from logsleuth.probes.judging import from_failure, result
from logsleuth.probes.model_files import configuration
from logsleuth.probes.model_files.cache import MODEL, snapshot
from logsleuth.probes.model_files.problem import MISSING, Problems, problem
from logsleuth.probes.model_files.weights import Shard, against_index, shard, weight_files
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject

FILES: Final = "model-files"
CACHE: Final = "hub-cache"
FOLDERS: Final = re.compile(r"(?:~|\.{0,2})/[^\0]{0,4000}|\.{1,2}")
MOST: Final = 2000  # weight files of one folder
SHOWN: Final = 5
FINDS: Final = (
    "model.checkpoint-corrupt",
    "model.checkpoint-mismatch",
    "model.weights-missing",
    "model.config-invalid",
    "model.not-found.path",
    "model.not-found.file",
    "vllm.tokenizer",
    "vllm.arch-missing",
    "vllm.tp-divisibility",
)
# whole files say nothing of names and shapes that the code of a model expects
UNDECIDED: Final = (
    "model.checkpoint-mismatch",
    "model.config-invalid",
    "model.not-found.file",
    "vllm.tokenizer",
    "vllm.arch-missing",
    "vllm.tp-divisibility",
)
# links say nothing of what they lead to
CACHED: Final = ("model.hub-unreachable.offline", "model.weights-missing")
NO_MODEL: Final = Words(
    en="The log names no model; give its folder as path=FOLDER or its name as model=NAME.",
    zh="日志没有给出模型；请用 path=目录 或 model=名称 指定。",
)


def measure(wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """The problems of the model's files; no weight is read."""
    if FOLDERS.fullmatch(str(wishes["model"])) and (ground := grounds.refused(str(wishes["model"]))):
        yield dict(grounds.told(ground, str(wishes["model"])))
        return
    folder = _folder(str(wishes["model"]))
    yield {"folder": str(folder or wishes["model"]), "is_found": folder is not None}
    if folder is None:
        return
    shards = tuple(shard(path) for path in weight_files(folder)[:MOST])
    size = wishes.get("tensor_parallel_size")
    problems: list[Json] = [*_problems(folder, shards, size if isinstance(size, int) else 1)]
    yield {
        "problems": problems,
        "weight_files": len(shards),
        "weight_bytes": sum(item.path.stat().st_size for item in shards if item.path.exists()),
        "tensors": sum(len(item.tensors) for item in shards),
        "architectures": configuration.architectures(folder),
    }


def _folder(model: str) -> Path | None:
    path = Path(model).expanduser() if FOLDERS.fullmatch(model) else snapshot(model)
    if path is not None and path.is_file():
        path = path.parent
    return path if path is not None and path.is_dir() else None


def _problems(folder: Path, shards: tuple[Shard, ...], tensor_parallel_size: int) -> Problems:
    for item in shards:
        if item.problem[0]:
            yield problem(item.problem[0], item.path.name, item.problem[1])
    if not shards:
        yield problem(MISSING, folder.name, "no weight files are here")
    yield from against_index(folder, shards)
    yield from configuration.problems(folder, tensor_parallel_size)


def _model(subject: Subject) -> str:
    """The folder or name of the model: a path that a diagnosis names leads to it too."""
    names = ("path", "file", "model")
    texts = [subject.get(name) for name in names]
    return next((text for text in texts if FOLDERS.fullmatch(text) or (MODEL.fullmatch(text) and text == texts[2])), "")


def _wishes(subject: Subject) -> Mapping[str, Json] | Words:
    model = _model(subject)
    size = subject.get("tensor_parallel_size")
    is_number = size.isascii() and size.isdigit() and len(size) < 5
    return {"model": model, "tensor_parallel_size": int(size) if is_number else 1} if model else NO_MODEL


def _cache_wishes(subject: Subject) -> Mapping[str, Json] | Words:
    model = subject.get("model")
    return {"model": model} if MODEL.fullmatch(model) and ".." not in model else NO_MODEL


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """Confirmed where the files have the problem of the diagnosis, refuted where they are whole."""
    values = sample.values
    facts = _facts(values)
    failed = from_failure(FILES, sample, subject, facts=facts)
    if failed is not None:
        return failed
    folder = text_of(values, "folder")
    if not is_true(values, "is_found"):
        return _absent(sample, subject, folder, facts)
    problems = rows_of(values, "problems")
    if problems:
        return _wrong(FILES, sample, subject, facts)
    detail = Words(
        en=f"{folder}: {text_of(values, 'weight_files')} weight files are whole, index and config.json fit them.",
        zh=f"{folder}：{text_of(values, 'weight_files')} 个权重文件完整，与索引和 config.json 一致。",
    )
    is_open = is_of(subject.diagnosis, *UNDECIDED)
    return answer(FILES, Outcome.INCONCLUSIVE if is_open else Outcome.REFUTED, detail, sample, facts=facts)


def judge_cache(sample: Sample, subject: Subject) -> ProbeResult:
    """Confirmed where the cache has not all of the model, refuted where it has."""
    facts: Facts = (("folder", text_of(sample.values, "folder")),)
    failed = from_failure(CACHE, sample, subject, facts=facts)
    if failed is not None:
        return failed
    folder = text_of(sample.values, "folder")
    if not is_true(sample.values, "is_found"):
        detail = Words(
            en=f"The model is not in the cache: there is no {folder}.", zh=f"缓存中没有该模型：{folder} 不存在。"
        )
        is_meant = is_of(subject.diagnosis, "model.hub-unreachable")
        outcome = Outcome.CONFIRMED if is_meant else Outcome.INCONCLUSIVE
        provoked = "model.hub-unreachable.offline"
        return answer(CACHE, outcome, detail, sample, facts=facts, provoked=provoked)
    if rows_of(sample.values, "problems"):
        return _wrong(CACHE, sample, subject, facts)
    detail = Words(
        en=f"{folder} has no broken links and no unfinished files.", zh=f"{folder} 没有失效链接或未完成的文件。"
    )
    is_decided = is_of(subject.diagnosis, *CACHED) or not subject.diagnosis
    return answer(CACHE, Outcome.REFUTED if is_decided else Outcome.INCONCLUSIVE, detail, sample, facts=facts)


def _wrong(name: str, sample: Sample, subject: Subject, facts: Facts) -> ProbeResult:
    problems = rows_of(sample.values, "problems")
    meant = [row for row in problems if _is_meant(text_of(row, "class"), subject.diagnosis)]
    shown = "; ".join(f"{text_of(row, 'file')}: {text_of(row, 'reason')}" for row in (meant or problems)[:SHOWN])
    detail = Words(en=f"{shown}.", zh=f"文件有问题：{shown}。")
    outcome = Outcome.CONFIRMED if meant or not subject.diagnosis else Outcome.INCONCLUSIVE
    provoked = text_of((meant or problems)[0], "class")
    return answer(name, outcome, detail, sample, facts=(*facts, ("problems", str(len(problems)))), provoked=provoked)


def _is_meant(class_id: str, diagnosis: str) -> bool:
    """Whether a problem is of the diagnosed class: damaged files are one class in all their forms."""
    if is_of(diagnosis, "model.hub-unreachable"):
        return class_id == MISSING
    return class_id.split(".")[:2] == diagnosis.split(".")[:2]


def _absent(sample: Sample, subject: Subject, folder: str, facts: Facts) -> ProbeResult:
    is_path = FOLDERS.fullmatch(folder) is not None
    detail = Words(en=f"There is no {folder} here.", zh=f"此处没有 {folder}。")
    if is_path and is_of(subject.diagnosis, "model.not-found"):
        return answer(FILES, Outcome.CONFIRMED, detail, sample, facts=facts, provoked="model.not-found.path")
    return result(FILES, Outcome.SKIPPED, detail, sample, facts)


def _facts(values: Values) -> Facts:
    names = ("folder", "weight_files", "weight_bytes", "tensors", "architectures")
    return tuple((name, text_of(values, name)) for name in names if text_of(values, name))


WHOLE: Final = Prediction(
    diagnosis="healthy", says=Words(en="all files are whole and fit each other", zh="所有文件完整且一致")
)
MODEL_FILES_PROBE: Final = Probe(
    name=FILES,
    title=Words(en="Files of the model", zh="模型文件"),
    hypothesis=Words(
        en="A file of the model is missing, cut off, a pointer, or contradicts another. Headers are read, not weights: "
        "a changed weight is not found.",
        zh="模型文件缺失、被截断、是指针文件，或彼此矛盾。只读取文件头而不读权重：无法发现被改动的权重。",
    ),
    answers=FINDS,
    predictions=(
        Prediction(
            diagnosis="model.checkpoint-corrupt",
            says=Words(en="a header does not fit its file", zh="文件头与文件不符"),
        ),
        Prediction(
            diagnosis="model.weights-missing",
            says=Words(en="shards of the index are not here", zh="索引中的分片不存在"),
        ),
        Prediction(
            diagnosis="model.checkpoint-mismatch",
            says=Words(en="index and shards name other tensors", zh="索引与分片的张量名不一致"),
        ),
        Prediction(
            diagnosis="vllm.tp-divisibility",
            says=Words(
                en="the heads cannot be divided by the size of the log", zh="注意力头数不能被日志中的并行度整除"
            ),
        ),
        WHOLE,
    ),
    measure="model_files.checkpoint:measure",
    wishes=_wishes,
    judge=judge,
    limit_s=60.0,
)
HUB_CACHE: Final = Probe(
    name=CACHE,
    title=Words(en="Cache of the model hub", zh="模型仓库的本地缓存"),
    hypothesis=Words(
        en="The cache lacks files of the model: broken links, downloads that were not finished. It looks where the "
        "variables here say, which the service may have otherwise.",
        zh="缓存缺少模型的文件：失效的链接、未完成的下载。它按此处的环境变量查找，服务的变量可能不同。",
    ),
    answers=("model.hub-unreachable.offline", "model.weights-missing", "model.checkpoint-corrupt", "model.not-found"),
    predictions=(
        Prediction(
            diagnosis="model.hub-unreachable.offline",
            says=Words(en="the model, or a file of it, is not in the cache", zh="缓存中没有该模型或其文件"),
        ),
        WHOLE,
    ),
    measure="model_files.cache:measure",
    wishes=_cache_wishes,
    judge=judge_cache,
    limit_s=30.0,
)
