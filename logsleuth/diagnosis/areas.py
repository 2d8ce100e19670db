"""Whose code an unexplained exception came from: a frame and a type in, the signature of that part of the stack out.

A failure that nobody described still happened somewhere: what adapter code raises is a failure of the adapter. The
first row that fits counts, so the finer ones stand first.
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.model import Frame

ENGINE: Final = r"(?:^|[/\\])(?:vllm|vllm_ascend|sglang/srt)/(?:v1/|model_executor/)?"
PACKAGE: Final = r"(?:(?:site|dist)-packages/|^)"
MISFIT: Final = r"AttributeError|ImportError|KeyError|TypeError|ModuleNotFoundError"

# (signature, what the frame's `file:function` shows, what the exception's type must be)
ROWS: Final = (
    ("vllm.lora.in-code", ENGINE + r"lora/|" + PACKAGE + r"peft/", ""),
    ("vllm.spec-decode.in-code", ENGINE + r"(?:worker/gpu/)?(?:spec_decode|speculative)/", ""),
    ("vllm.spec-decode.in-code", ENGINE + r"models/(?:\w+_)?(?:eagle3?|medusa|mtp|mlp_speculator|dflash)\.py:", ""),
    (
        "vllm.structured-output.in-code",
        ENGINE
        + r"(?:structured_output|guided_decoding|constrained)/|"
        + PACKAGE
        + r"(?:xgrammar|outlines|llguidance)/",
        "",
    ),
    ("vllm.tool-parser.in-code", ENGINE + r"(?:entrypoints/openai/)?(?:tool_parsers|reasoning|function_call)/", ""),
    (
        "vllm.multimodal.in-code",
        ENGINE + r"(?:multimodal|encoder_cache)/|" + PACKAGE + r"(?:PIL|av|cv2|librosa|soundfile|decord|torchcodec)/",
        "",
    ),
    ("vllm.chat-template.in-code", PACKAGE + r"jinja2/|^<template>", ""),
    (
        "vllm.tokenizer.in-code",
        ENGINE + r"(?:transformers_utils/tokenizer|tokenizers/)|" + PACKAGE + r"(?:tiktoken|mistral_common/tokens)/",
        "",
    ),
    (
        "vllm.quantization.in-code",
        ENGINE + r"layers/quantization/|" + PACKAGE + r"(?:bitsandbytes|compressed_tensors|auto_gptq|awq)/",
        "",
    ),
    (
        "vllm.quantization.in-code",
        ENGINE + r"[\w/]{0,60}\.py:\w*(?:marlin|gptq|awq|scaled_mm|nvfp4|mxfp4|fp4|fp8|int8|gguf|quant)\w*$",
        "",
    ),
    (
        "vllm.attention-backend.in-code",
        ENGINE + r"attention/(?:backends/)?[\w/]{0,60}\.py:(?:__init__|get_\w*|\w*select\w*|\w*valid\w*|_?check\w*)$",
        "",
    ),
    (
        "model.checkpoint-mismatch.in-code",
        ENGINE + r"[\w/]{0,80}\.py:_?(?:load_\w*weights?|load_w\d+\w*|load_module|weight_loader\w*|\w+_weight_loader)$",
        MISFIT + r"|AssertionError|ValueError|RuntimeError|IndexError",
    ),
    (
        "vllm.args.in-code",
        ENGINE + r"(?:config(?:/\w+)?|engine/arg_utils|server_args|entrypoints/openai/cli_args)\.py:",
        "",
    ),
    ("lmcache.config.in-code", r"(?:^|[/\\])lmcache/(?:v1/)?config\w*[/.]|/kv_connector/v1/lmcache\w*[/.]", ""),
    (
        "lmcache.backend.in-code",
        r"(?:^|[/\\])lmcache/[\w/]{0,80}(?:storage_backend|connectors?/|server|protocol|remote|lookup|multi_?process)",
        "",
    ),
    ("lmcache.config.in-code", r"(?:^|[/\\])lmcache/", ""),
    (
        "kv-transfer.failed.in-code",
        r"/(?:kv_connector/v1/(?!metrics|base\.py)|kv_transfer/(?!kv_connector/)|disaggregation/)|"
        + PACKAGE
        + r"(?:nixl\w{0,20}|mooncake)/",
        "",
    ),
    ("compile.triton.in-code", PACKAGE + r"triton/(?:backends|compiler|runtime)/", ""),
    (
        "compile.torch.in-code",
        PACKAGE
        + r"torch/(?:_inductor/(?!output_code|cudagraph_trees)|_dynamo/|_functorch/|fx/)|"
        + ENGINE
        + r"compilation/",
        "",
    ),
    ("deps.transformers.in-code", PACKAGE + r"transformers/|(?:^|[/\\])transformers_modules/", MISFIT),
)
COMPILED: Final = tuple((name, lazy(place), lazy(kind)) for name, place, kind in ROWS)


def area_of(frame: Frame | None, exception: str) -> str | None:
    """The signature of the part of the stack whose code in `frame` raised `exception`, or None."""
    if frame is None:
        return None
    place = f"{frame.file}:{frame.function}"
    return next((name for name, where, kind in COMPILED if where.search(place) and kind.search(exception)), None)
