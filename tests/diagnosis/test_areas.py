"""The part of the stack that an exception came from, told by its place."""

from __future__ import annotations

import pytest

from logsleuth import load_catalog
from logsleuth.diagnosis.areas import ROWS, area_of
from logsleuth.model import Frame

SITE = "/usr/local/lib/python3.12/dist-packages/"


@pytest.mark.parametrize(
    ("file", "function", "exception", "area"),
    [
        (SITE + "vllm/lora/worker_manager.py", "_load_adapter", "ValueError", "vllm.lora"),
        (SITE + "peft/config.py", "from_pretrained", "ValueError", "vllm.lora"),
        (SITE + "vllm/v1/spec_decode/eagle.py", "propose", "IndexError", "vllm.spec-decode"),
        ("/src/vllm/vllm/model_executor/models/llama_eagle3.py", "forward", "KeyError", "vllm.spec-decode"),
        ("/sgl/python/sglang/srt/speculative/eagle_worker.py", "draft", "RuntimeError", "vllm.spec-decode"),
        (SITE + "vllm/v1/structured_output/manager.py", "grammar_init", "RuntimeError", "vllm.structured-output"),
        (SITE + "xgrammar/compiler.py", "compile", "RuntimeError", "vllm.structured-output"),
        (SITE + "vllm/entrypoints/openai/tool_parsers/hermes.py", "extract", "IndexError", "vllm.tool-parser"),
        (SITE + "vllm/multimodal/processing.py", "apply", "ValueError", "vllm.multimodal"),
        (SITE + "jinja2/environment.py", "handle_exception", "TemplateError", "vllm.chat-template"),
        (SITE + "vllm/_custom_ops.py", "moe_wna16_marlin_gemm", "RuntimeError", "vllm.quantization"),
        (SITE + "vllm/model_executor/layers/quantization/fp8.py", "apply", "ValueError", "vllm.quantization"),
        (SITE + "vllm/v1/attention/backends/mla/common.py", "__init__", "AssertionError", "vllm.attention-backend"),
        (SITE + "vllm/model_executor/models/llama.py", "load_weights", "KeyError", "model.checkpoint-mismatch"),
        (SITE + "vllm/config/model.py", "__post_init__", "ValueError", "vllm.args"),
        (SITE + "vllm/engine/arg_utils.py", "create_engine_config", "AssertionError", "vllm.args"),
        (SITE + "lmcache/v1/config.py", "validate", "ValueError", "lmcache.config"),
        (SITE + "lmcache/v1/storage_backend/gds_backend.py", "load", "OSError", "lmcache.backend"),
        (SITE + "lmcache/v1/gpu_connector.py", "to_gpu", "RuntimeError", "lmcache.config"),
        (SITE + "lmcache/v1/cache_engine.py", "retrieve", "AssertionError", "lmcache.config"),
        (
            SITE + "vllm/distributed/kv_transfer/kv_connector/v1/nixl_connector.py",
            "f",
            "KeyError",
            "kv-transfer.failed",
        ),
        (SITE + "nixl/_api.py", "add_remote_agent", "nixlBackendError", "kv-transfer.failed"),
        (SITE + "triton/backends/nvidia/compiler.py", "make_ttgir", "RuntimeError", "compile.triton"),
        (SITE + "torch/_inductor/codecache.py", "load", "EOFError", "compile.torch"),
        (SITE + "transformers/modeling_utils.py", "f", "AttributeError", "deps.transformers"),
    ],
)
def test_the_place_names_the_part(file: str, function: str, exception: str, area: str) -> None:
    """Whatever the message says."""
    assert area_of(Frame(file=file, line=1, function=function), exception) == f"{area}.in-code"


@pytest.mark.parametrize(
    ("file", "function", "exception"),
    [
        (SITE + "vllm/v1/core/sched/scheduler.py", "schedule", "KeyError"),
        (SITE + "vllm/distributed/kv_transfer/kv_connector/v1/metrics.py", "observe", "AssertionError"),
        (SITE + "vllm/model_executor/models/llama.py", "load_weights", "OSError"),
        (SITE + "vllm/v1/attention/backends/flash_attn.py", "forward", "RuntimeError"),
        (SITE + "transformers/utils/hub.py", "cached_file", "OSError"),
        (SITE + "torch/_inductor/output_code.py", "__call__", "RuntimeError"),
        ("/app/lora/train.py", "main", "ValueError"),
    ],
)
def test_other_places_name_none(file: str, function: str, exception: str) -> None:
    """The engine's middle, what only runs compiled code, and a user's own program."""
    assert area_of(Frame(file=file, line=1, function=function), exception) is None


def test_no_frame_names_no_part() -> None:
    """A message alone is not placed."""
    assert area_of(None, "ValueError") is None


def test_every_part_is_described() -> None:
    """A row without a signature would be shown without words."""
    assert {name for name, _, _ in ROWS} <= set(load_catalog().by_id)
