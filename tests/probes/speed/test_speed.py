"""Figures against data sheets and against physics, without a GPU."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logsleuth.model.probe import Outcome
from logsleuth.model.signature import Words
from logsleuth.probes.probe import Json, Sample, Subject
from logsleuth.probes.speed import SPEED
from logsleuth.probes.speed.cards import CARDS, card_of
from logsleuth.probes.speed.decoding import read_config
from logsleuth.probes.speed.models import billions_in, shape_of, touched, weight_bytes
from logsleuth.probes.speed.roofline import ceiling, step_of

PROBES = {probe.name: probe for probe in SPEED}
CONFIRMED, REFUTED, INCONCLUSIVE = Outcome.CONFIRMED, Outcome.REFUTED, Outcome.INCONCLUSIVE
H100 = "NVIDIA H100 80GB HBM3"


def config(*sizes: int, **more: Json) -> dict[str, Json]:
    """Layers, hidden and feed-forward sizes, vocabulary, heads, groups."""
    names = (
        "num_hidden_layers",
        "hidden_size",
        "intermediate_size",
        "vocab_size",
        "num_attention_heads",
        "num_key_value_heads",
    )
    return {**dict(zip(names, sizes, strict=True)), **more}


LLAMA_8B = config(32, 4096, 14336, 128256, 32, 8)
LLAMA_70B = config(80, 8192, 28672, 128256, 64, 8)
QWEN_05B = config(24, 896, 4864, 151936, 14, 2, tie_word_embeddings=True)
QWEN_7B = config(28, 3584, 18944, 152064, 28, 4)
MIXTRAL = config(32, 4096, 14336, 32000, 32, 8, num_local_experts=8, num_experts_per_tok=2)
QWEN_30B_A3B = config(
    48, 2048, 6144, 151936, 32, 4, head_dim=128, num_experts=128, num_experts_per_tok=8, moe_intermediate_size=768
)
DEEPSEEK_V3 = config(
    61, 7168, 18432, 129280, 128, 128, n_routed_experts=256, num_experts_per_tok=8, n_shared_experts=1, moe_intermediate_size=2048,
    first_k_dense_replace=3, kv_lora_rank=512, q_lora_rank=1536, qk_rope_head_dim=64, qk_nope_head_dim=128, v_head_dim=128,
)  # fmt: skip


@pytest.mark.parametrize(
    ("model", "billions", "active", "kv_bytes"),
    [
        # totals as the model cards tell them; bytes of KV for one token in 16 bits
        (LLAMA_8B, 8.03, 7.5, 131072),
        (LLAMA_70B, 70.6, 69.5, 327680),
        (QWEN_05B, 0.49, 0.49, 12288),
        (QWEN_7B, 7.62, 7.07, 57344),
        (MIXTRAL, 46.7, 12.7, 131072),
        (QWEN_30B_A3B, 30.5, 3.0, 98304),
        (DEEPSEEK_V3, 671.0, 36.5, 70272),
    ],
    ids=["llama-8b", "llama-70b", "qwen-0.5b", "qwen-7b", "mixtral", "qwen-30b-a3b", "deepseek-v3"],
)
def test_known_models_have_their_known_sizes(
    model: dict[str, Json], billions: float, active: float, kv_bytes: int
) -> None:
    """Within one per cent."""
    shape = shape_of(model)
    assert shape is not None

    assert shape.parameters() / 1e9 == pytest.approx(billions, rel=0.01)
    assert shape.active() / 1e9 == pytest.approx(active, rel=0.01)
    assert 2 * shape.layers * shape.kv_values == kv_bytes


@pytest.mark.parametrize(
    "broken", [{}, {"hidden_size": "4096"}, {**LLAMA_8B, "vocab_size": -1}, {**LLAMA_8B, "hidden_size": 1e300}]
)
def test_a_broken_configuration_has_no_shape(broken: dict[str, Json]) -> None:
    """Whatever a file holds."""
    assert shape_of(broken) is None


def test_the_text_part_of_a_multi_modal_model_counts() -> None:
    """Its sizes stand inside."""
    assert shape_of({"vocab_size": 5, "text_config": LLAMA_8B}) == shape_of(LLAMA_8B)


def test_a_batch_touches_more_experts_than_a_token() -> None:
    """In the end all of them, and a dense model has none."""
    counts = [touched(128, 8, batch) for batch in (1, 8, 1000)]

    assert counts[0] == pytest.approx(8)
    assert counts[1] == pytest.approx(51.6, rel=0.01)
    assert counts[2] == pytest.approx(128)
    assert touched(0, 0, 4) == 0


@pytest.mark.parametrize(
    ("model", "step", "weight", "tokens_per_s", "bound"),
    [
        # (batch, context, GPUs); 7.5e9 parameters of two bytes at 3.35e12 bytes/s are 4.48 ms
        (LLAMA_8B, (1, 0, 1), 2.0, 223.2, "memory"),
        (LLAMA_8B, (1, 32768, 1), 2.0, 173.6, "memory"),
        (LLAMA_8B, (512, 0, 1), 2.0, 65925.0, "compute"),
        (LLAMA_70B, (1, 0, 4), 2.0, 96.4, "memory"),
        (LLAMA_70B, (1, 0, 4), 1.0, 189.8, "memory"),
        (QWEN_30B_A3B, (1, 0, 1), 2.0, 553.0, "memory"),
    ],
)
def test_the_ceiling_of_a_step(
    model: dict[str, Json], step: tuple[int, int, int], weight: float, tokens_per_s: float, bound: str
) -> None:
    """On H100 SXM: what is read over the bandwidth, or what is computed over the rate."""
    (batch, context, gpus), shape, card = step, shape_of(model), card_of(H100)
    assert shape is not None
    assert card is not None

    found = ceiling(
        step_of(shape, batch=batch, weight=weight, context=context, gpus=gpus), gbps=card.gbps, tflops=card.tflops
    )

    assert found.tokens_per_s == pytest.approx(tokens_per_s, rel=0.01)
    assert found.bound == bound
    assert found.each_per_s * batch == pytest.approx(found.tokens_per_s)


@pytest.mark.parametrize(
    ("quantization", "dtype", "bits", "size"),
    [
        ("", "bfloat16", 0, 2.0),
        ("", "torch.float32", 0, 4.0),
        ("fp8", "bfloat16", 0, 1.0),
        ("awq", "half", 4, 0.53125),
        ("gptq", "", 8, 1.0),
        ("odd", "odd", 0, 2.0),
    ],
)
def test_bytes_of_a_weight(quantization: str, dtype: str, bits: int, size: float) -> None:
    """By the method, else by the type."""
    assert weight_bytes(quantization, dtype, bits) == size


@pytest.mark.parametrize(
    ("name", "billions"),
    [("meta-llama/Llama-3.1-8B-Instruct", 8), ("/models/Qwen2.5-0.5B", 0.5), ("Qwen/Qwen3-30B-A3B", 0), ("mistralai/Mixtral-8x7B", 0), ("deepseek-ai/DeepSeek-R1", 0), ("deepseek-ai/DeepSeek-R1-Distill-Llama-70B", 70), ("gpt2", 0), ("", 0)],
)  # fmt: skip
def test_the_size_in_a_name(name: str, billions: float) -> None:
    """Only where all parameters are read for each token."""
    assert billions_in(name) == billions


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("Tesla V100-SXM2-32GB", "V100 SXM2"),
        ("Tesla T4", "T4"),
        ("NVIDIA A10", "A10"),
        ("NVIDIA A10G", None),
        ("NVIDIA A100-SXM4-80GB", "A100 80 GB SXM"),
        ("NVIDIA A100-PCIE-40GB", "A100 40 GB PCIe"),
        ("NVIDIA A100 80GB PCIe", "A100 80 GB PCIe"),
        ("NVIDIA A100-SXM4-40GB MIG 3g.20gb", None),
        ("NVIDIA L4", "L4"),
        ("NVIDIA L40S", "L40S"),
        ("NVIDIA H100 NVL", "H100 NVL"),
        (H100, "H100 SXM"),
        ("NVIDIA H200", "H200 SXM"),
        ("NVIDIA H200 NVL", "H200 NVL"),
        ("NVIDIA GH200 480GB", "GH200 96 GB"),
        ("NVIDIA GH200 144G HBM3e", "GH200 144 GB"),
        ("NVIDIA GB200", None),
        ("NVIDIA B200", "B200"),
        ("NVIDIA H100 SXM5 64GB", None),
        ("NVIDIA GeForce RTX 4090", "RTX 4090"),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", None),
        ("NVIDIA RTX PRO 6000 Blackwell Server Edition", "RTX PRO 6000 server"),
        ("Some Card", None),
    ],
)
def test_a_card_is_found_by_the_driver_s_name(name: str, row: str | None) -> None:
    """A slice, a laptop's or an unknown card has no row."""
    card = card_of(name)

    assert (card.name if card else None) == row


def test_every_row_has_its_source() -> None:
    """And figures that can be true of a card."""
    assert all(card.source.startswith("https://") for card in CARDS)
    assert all(200 <= card.gbps <= 10_000 and (card.tflops == 0 or 50 <= card.tflops <= 5000) for card in CARDS)
    assert len({card.name for card in CARDS}) == len(CARDS)


def test_a_figure_that_was_not_compared_with_its_sheet_says_so() -> None:
    """In the words and in the facts; the others do not."""
    sample = {
        name: Sample(values={"card": f"NVIDIA {name}", "copy_gbps": 4200.0}, is_complete=True)
        for name in ("H200", "H200 NVL")
    }

    found = {name: PROBES["gpu-bandwidth"].judge(sample[name], Subject()) for name in sample}

    assert {name: dict(item.facts)["data_sheet_checked"] for name, item in found.items()} == {
        "H200": "yes",
        "H200 NVL": "no",
    }
    assert ["could not be compared" in item.detail.en for item in found.values()] == [False, True]
    assert ["尚未" in item.detail.zh for item in found.values()] == [False, True]


SLOW = (("generation_tps", "9"), ("running", "1"))
BIG = (("generation_tps", "35"), ("running", "1"))
MODEL_70B = (("model", "org/Model-70B"), ("tensor_parallel_size", "2"))


@pytest.mark.parametrize(
    ("name", "facts", "values", "outcome", "says"),
    [
        ("gpu-bandwidth", (), {"card": "NVIDIA H200", "copy_gbps": 4200.0}, REFUTED, "88 %"),
        ("gpu-bandwidth", (), {"card": "NVIDIA H200", "copy_gbps": 2000.0}, CONFIRMED, "42 %"),
        ("gpu-bandwidth", (), {"card": "NVIDIA H200", "copy_gbps": 3100.0}, INCONCLUSIVE, "65 %"),
        ("gpu-bandwidth", (), {"card": "Odd", "copy_gbps": 3100.0}, INCONCLUSIVE, "no data sheet"),
        ("gpu-bandwidth", (), {"is_ok": False, "error": "CUDA error: out of memory"}, INCONCLUSIVE, "out of memory"),
        ("gpu-matmul", (), {"card": "NVIDIA H200", "matmul_tflops": 790.0}, REFUTED, "80 %"),
        ("gpu-matmul", (), {"card": "NVIDIA H200", "matmul_tflops": 100.0}, CONFIRMED, "10 %"),
        ("gpu-transfer", (), {"slower_pinned_gbps": 50.0, "pcie_generation": 5, "pcie_width": 16}, REFUTED, "79 %"),
        ("gpu-transfer", (), {"slower_pinned_gbps": 3.0, "pcie_generation": 4, "pcie_width": 16}, CONFIRMED, "10 %"),
        ("gpu-transfer", (), {"slower_pinned_gbps": 3.0}, INCONCLUSIVE, "its link to the host"),
        ("gpu-launch", (), {"launch_us": 5.0}, REFUTED, "5.0"),
        ("gpu-launch", (), {"launch_us": 40.0}, CONFIRMED, "40.0"),
        ("gpu-launch", (), {"launch_us": 20.0}, INCONCLUSIVE, "20.0"),
        # 70e9 parameters of two bytes on two cards are 70 GB each: 43 tokens/s at 3.0e12 bytes/s
        ("decode-ceiling", (*SLOW, *MODEL_70B), {"card": H100, "copy_gbps": 3000.0}, CONFIRMED, "21 %"),
        ("decode-ceiling", (*BIG, *MODEL_70B), {"card": H100, "copy_gbps": 3000.0}, REFUTED, "as fast as the card allows"),
        ("decode-ceiling", (*SLOW, ("weights_gib", "14.99")), {"config": LLAMA_8B, "copy_gbps": 300.0}, INCONCLUSIVE, "45 %"),
        ("decode-ceiling", MODEL_70B, {"card": H100, "copy_gbps": 3000.0}, INCONCLUSIVE, "at most 42.9 tokens/s"),
        ("decode-ceiling", (*SLOW, ("model", "Qwen3-30B-A3B")), {"card": H100, "copy_gbps": 3000.0}, INCONCLUSIVE, "neither"),
    ],
)  # fmt: skip
def test_a_rate_is_judged(
    name: str, facts: tuple[tuple[str, str], ...], values: dict[str, Json], outcome: Outcome, says: str
) -> None:
    """A good share refutes slowness, a poor one confirms it, what lies between decides nothing."""
    found = PROBES[name].judge(
        Sample(values=values, is_complete=True), Subject(diagnosis="perf.decode-slow", facts=facts)
    )

    assert (found.outcome, says in found.detail.en) == (outcome, True), found.detail.en


def test_there_is_nothing_to_ask_of_an_unknown_model() -> None:
    """No folder, no size."""
    assert isinstance(PROBES["decode-ceiling"].wishes(Subject()), Words)


def test_a_configuration_is_read_from_the_model_s_folder(tmp_path: Path) -> None:
    """Only its sizes; a folder without one, a broken or an endless one gives nothing."""
    (tmp_path / "config.json").write_text(json.dumps({**LLAMA_8B, "architectures": ["X"], "eos": 1}), encoding="utf-8")
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "config.json").write_text('{"hidden_size": ', encoding="utf-8")

    assert read_config(str(tmp_path)) == LLAMA_8B
    assert read_config(str(broken)) == read_config(str(tmp_path / "none")) == read_config("") == {}
