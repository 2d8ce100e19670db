"""How large a model is, from its configuration. In: config.json as read. Out: parameters, and values of KV per token.

Of the configurations of Llama, Qwen, Mistral, Mixtral, Gemma, DeepSeek and what follows their names. Norms, biases and
routers are left out: they are less than a hundredth.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from logsleuth.probes.probe import Json

KEYS: Final = (
    "num_hidden_layers", "hidden_size", "intermediate_size", "vocab_size", "num_attention_heads", "num_key_value_heads",
    "head_dim", "tie_word_embeddings", "num_local_experts", "num_experts", "n_routed_experts", "num_experts_per_tok",
    "moe_intermediate_size", "shared_expert_intermediate_size", "n_shared_experts", "first_k_dense_replace",
    "kv_lora_rank", "q_lora_rank", "qk_rope_head_dim", "qk_nope_head_dim", "v_head_dim", "torch_dtype", "dtype",
    "quantization_config",
)  # fmt: skip
GATED: Final = 3  # matrices of one feed-forward block: gate, up, down
MOST: Final = 10**9  # of any one size: a configuration beyond it is broken
BITS: Final = {
    "fp8": 8, "fbgemm_fp8": 8, "int8": 8, "w8a8": 8, "experts_int8": 8, "awq": 4, "awq_marlin": 4, "gptq": 4,
    "gptq_marlin": 4, "bitsandbytes": 4, "mxfp4": 4, "nvfp4": 4, "modelopt_fp4": 4, "modelopt": 8, "marlin": 4,
}  # fmt: skip
SCALES: Final = 0.25  # bits for each weight of 4: one fp16 scale and zero for 128 weights
WIDTHS: Final = {"float32": 4.0, "float": 4.0, "float16": 2.0, "half": 2.0, "bfloat16": 2.0, "auto": 2.0}
SIZE_IN_NAME: Final = re.compile(r"(?<![A-Za-z0-9.])(\d{1,4}(?:\.\d{1,2})?)[Bb](?![A-Za-z])")
MIXED_IN_NAME: Final = re.compile(
    r"\d[Bb]-A\d|\d[xX]\d|moe|mixtral|deepseek-?(?:v\d|r1(?!-distill))|gpt-oss", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The sizes that decide what a step reads; `experts` is 0 for a dense model."""

    layers: int
    vocabulary: int  # parameters of one embedding
    is_tied: bool
    attention: int  # parameters of one layer
    dense: int  # parameters of one feed-forward block that every token passes
    dense_layers: int
    kv_values: int  # of one token in one layer
    experts: int = 0
    chosen: int = 0
    expert: int = 0  # parameters of one
    shared: int = 0

    def parameters(self) -> int:
        """All of them."""
        return round(self._with_experts(self.experts)) + (0 if self.is_tied else self.vocabulary)

    def active(self) -> int:
        """Those that one token passes, the output's included."""
        return round(self._with_experts(self.chosen))

    def read(self, batch: int) -> float:
        """Those that a step of so many tokens reads: of the experts, those that any token chose.

        The input's embedding is looked up, not read.
        """
        return self._with_experts(touched(self.experts, self.chosen, batch))

    def _with_experts(self, experts: float) -> float:
        sparse = self.layers - self.dense_layers
        fixed = self.vocabulary + self.layers * self.attention + self.dense_layers * self.dense + sparse * self.shared
        return experts * sparse * self.expert + fixed


def touched(experts: int, chosen: int, batch: int) -> float:
    """How many experts a batch is expected to choose, if all are equally liked."""
    return experts * (1 - (1 - chosen / experts) ** batch) if experts else 0.0


def shape_of(config: Mapping[str, Json]) -> Shape | None:
    """The shape that a configuration says, or None where it lacks a size."""
    inner = config.get("text_config")
    if isinstance(inner, dict) and "num_hidden_layers" in inner:
        config = {**config, **inner}
    layers, hidden, heads = (
        _size(config, name) for name in ("num_hidden_layers", "hidden_size", "num_attention_heads")
    )
    vocabulary, feed = _size(config, "vocab_size"), _size(config, "intermediate_size")
    if not (layers and hidden and heads and vocabulary and (feed or _size(config, "moe_intermediate_size"))):
        return None
    attention, kv_values = (
        _latent(config, hidden, heads) if _size(config, "kv_lora_rank") else _plain(config, hidden, heads)
    )
    experts = next(
        (size for name in ("num_local_experts", "num_experts", "n_routed_experts") if (size := _size(config, name))), 0
    )
    width = _size(config, "moe_intermediate_size") or feed
    shared = _size(config, "shared_expert_intermediate_size") or _size(config, "n_shared_experts") * width
    return Shape(
        layers=layers,
        vocabulary=vocabulary * hidden,
        is_tied=config.get("tie_word_embeddings") is True,
        attention=attention,
        dense=GATED * hidden * feed,
        dense_layers=min(layers, _size(config, "first_k_dense_replace")) if experts else layers,
        kv_values=kv_values,
        experts=experts,
        chosen=min(experts, _size(config, "num_experts_per_tok")),
        expert=GATED * hidden * width if experts else 0,
        shared=GATED * hidden * shared if experts else 0,
    )


def _size(config: Mapping[str, Json], name: str) -> int:
    value = config.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < MOST else 0


def _plain(config: Mapping[str, Json], hidden: int, heads: int) -> tuple[int, int]:
    """Grouped queries: (parameters, values of KV)."""
    each = _size(config, "head_dim") or hidden // heads
    groups = _size(config, "num_key_value_heads") or heads
    return 2 * hidden * each * (heads + groups), 2 * groups * each


def _latent(config: Mapping[str, Json], hidden: int, heads: int) -> tuple[int, int]:
    """Multi-head latent attention: the cache holds one compressed vector and the rotary part."""
    rank, rope = _size(config, "kv_lora_rank"), _size(config, "qk_rope_head_dim")
    plain, value = _size(config, "qk_nope_head_dim"), _size(config, "v_head_dim")
    query_rank = _size(config, "q_lora_rank")
    query = (hidden + heads * (plain + rope)) * query_rank if query_rank else hidden * heads * (plain + rope)
    keys = hidden * (rank + rope) + rank * heads * (plain + value)
    return query + keys + heads * value * hidden, rank + rope


def weight_bytes(quantization: str, dtype: str, bits: int = 0) -> float:
    """Bytes of one weight, its share of the scales included."""
    width = bits or BITS.get(quantization.lower(), 0)
    if width:
        return (width + (SCALES if width <= 4 else 0)) / 8
    return WIDTHS.get(dtype.lower().removeprefix("torch."), 2.0)


def quantization_of(config: Mapping[str, Json]) -> tuple[str, int]:
    """(method, bits) as the configuration tells; 0 bits where only the method does."""
    found = config.get("quantization_config")
    if not isinstance(found, dict):
        return "", 0
    method, bits = found.get("quant_method"), found.get("bits")
    return (method if isinstance(method, str) else ""), (bits if isinstance(bits, int) and 0 < bits <= 16 else 0)


def billions_in(name: str) -> float:
    """The parameters that a model's name tells, in billions; 0 where it is silent, or only some are active."""
    short = name.rstrip("/").rpartition("/")[2][:200]
    found = SIZE_IN_NAME.search(short)
    return float(found[1]) if found and not MIXED_IN_NAME.search(short) else 0.0
