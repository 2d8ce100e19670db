"""What is installed, read in the interpreter of the service. In: nothing. Out: JSON values; nothing is imported."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import distributions

from logsleuth.probes.probe import Json

# by the name that the environment of a log has for it
NAMES = {
    "vllm": "vllm",
    "vllm-ascend": "vllm_ascend",
    "torch": "torch",
    "torchvision": "torchvision",
    "torchaudio": "torchaudio",
    "triton": "triton",
    "transformers": "transformers",
    "tokenizers": "tokenizers",
    "huggingface-hub": "huggingface_hub",
    "safetensors": "safetensors",
    "flash-attn": "flash_attn",
    "flashinfer-python": "flashinfer",
    "flashinfer-cubin": "flashinfer_cubin",
    "flashinfer-jit-cache": "flashinfer_jit_cache",
    "xformers": "xformers",
    "lmcache": "lmcache",
    "lmcache-ascend": "lmcache_ascend",
    "ray": "ray",
    "numpy": "numpy",
    "nixl": "nixl",
    "pyzmq": "pyzmq",
    "protobuf": "protobuf",
    "nvidia-nccl-cu11": "nccl",
    "nvidia-nccl-cu12": "nccl",
    "nvidia-nccl-cu13": "nccl",
    "nvidia-cudnn-cu12": "cudnn",
    "nvidia-cudnn-cu13": "cudnn",
    "sglang": "sglang",
    "mooncake-transfer-engine": "mooncake",
}
UCM = "uc-manager"


def measure(_wishes: Mapping[str, Json]) -> dict[str, Json]:
    """The versions of the packages that matter, what they require, and which UCM packages there are."""
    versions: dict[str, Json] = {}
    requirements: dict[str, Json] = {}
    every: dict[str, Json] = {}
    ucm: list[Json] = []
    for item in distributions():
        name = (item.metadata["Name"] or "").lower().replace("_", "-")
        if not name or name in every:
            continue  # the first on the path is the one that is imported
        every[name] = item.version
        if name.startswith(UCM):
            ucm.append(f"{name} {item.version}")
            versions.setdefault("ucm", item.version)
        if name in NAMES:
            versions[NAMES[name]] = item.version
        if name in NAMES or name.startswith(UCM):
            requirements[name] = [*(item.requires or ())]
    return {
        "python": platform.python_version(),
        "versions": versions,
        "all": every,
        "requirements": requirements,
        "ucm_packages": ucm,
    }
