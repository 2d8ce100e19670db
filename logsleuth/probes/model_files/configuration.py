"""config.json and the tokenizer's files of a model. In: a folder, a tensor-parallel size. Out: problems."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from logsleuth.probes.model_files.problem import CONFIG, TEXT, Problems, problem, stand_in

NAME: Final = "config.json"
MISTRAL: Final = "params.json"  # Mistral's own format, which vLLM reads as well
TOKENIZERS: Final = ("tokenizer.json", "tokenizer.model", "tekken.json", "vocab.json", "spiece.model", "tiktoken.model")
TEXTS: Final = ("tokenizer.json", "tokenizer_config.json", "generation_config.json", "special_tokens_map.json")
ROPE_KEYS: Final = ("rope_type", "type")
INNER: Final = ("text_config", "llm_config", "language_config", "thinker_config")


def problems(folder: Path, tensor_parallel_size: int) -> Problems:
    """What is wrong with the configuration and the tokenizer of the model in `folder`."""
    yield from _texts(folder)
    path = folder / NAME
    if not path.exists():
        if not (folder / MISTRAL).exists() and not any(folder.glob("*.gguf")):
            yield problem(CONFIG, NAME, "it is not here")
        return
    config, reason = _read(path)
    if reason:
        yield problem(CONFIG, NAME, reason)
        return
    yield from _configured(config, tensor_parallel_size)
    if not any((folder / name).exists() for name in TOKENIZERS):
        yield problem("vllm.tokenizer", "tokenizer.json", "no file of a tokenizer is here")


def architectures(folder: Path) -> str:
    """The architectures that config.json names."""
    config, reason = _read(folder / NAME) if (folder / NAME).exists() else ({}, "")
    names = config.get("architectures") if not reason else None
    return ", ".join(str(name) for name in names) if isinstance(names, list) else ""


def _texts(folder: Path) -> Problems:
    for name in TEXTS:
        path = folder / name
        if path.is_symlink() and not path.exists():
            yield problem("model.not-found.file", name, "the link leads nowhere")
        elif path.exists():
            reason = _read(path)[1]
            if reason:
                yield problem(TEXT, name, reason)


def _read(path: Path) -> tuple[dict[str, Any], str]:
    """The JSON mapping in a file, and what is wrong with it."""
    try:
        instead = stand_in(path)
        value = json.loads(path.read_bytes()) if not instead else {}
    except (OSError, ValueError, RecursionError) as error:
        return {}, f"it is no JSON: {error}"[:200]
    return (value, instead) if isinstance(value, dict) else ({}, "it is no mapping")


def _configured(config: Mapping[str, Any], tensor_parallel_size: int) -> Problems:
    names = config.get("architectures")
    if not isinstance(names, list) or not names:
        yield problem("vllm.arch-missing", NAME, "it names no architectures")
    if not config.get("model_type"):
        yield problem(CONFIG, NAME, "it names no model_type")
    inner = next((config[name] for name in INNER if isinstance(config.get(name), dict)), config)
    yield from _rope(inner)
    yield from _heads(inner, tensor_parallel_size)


def _rope(config: Mapping[str, Any]) -> Problems:
    scaling = config.get("rope_scaling") or config.get("rope_parameters")
    if scaling is None:
        return
    if not isinstance(scaling, dict):
        yield problem(f"{CONFIG}.rope", NAME, "rope_scaling is no mapping")
    elif not any(name in scaling for name in ROPE_KEYS) and not all(
        isinstance(item, dict) for item in scaling.values()
    ):
        yield problem(f"{CONFIG}.rope", NAME, f"rope_scaling has neither rope_type nor type: {sorted(scaling)}")
    elif all(name in scaling for name in ROPE_KEYS) and scaling["rope_type"] != scaling["type"]:
        said = f"rope_type={scaling['rope_type']} and type={scaling['type']} contradict each other"
        yield problem(f"{CONFIG}.rope", NAME, said)


def _heads(config: Mapping[str, Any], tensor_parallel_size: int) -> Problems:
    heads = config.get("num_attention_heads")
    if isinstance(heads, int) and tensor_parallel_size > 1 and heads % tensor_parallel_size:
        said = f"{heads} attention heads cannot be divided by a tensor-parallel size of {tensor_parallel_size}"
        yield problem("vllm.tp-divisibility", NAME, said)
