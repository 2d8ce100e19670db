"""Settings out of configuration files."""

from __future__ import annotations

from pathlib import Path

import pytest

from logsleuth.doctor.settings import FILE_BYTES, read_settings
from logsleuth.errors import UsageError

UCM = """
ucm_connectors:
  - ucm_connector_name: UcmPipelineStore
    ucm_connector_config:
      store_pipeline: Cache|Posix
      storage_backends: [/mnt/a, /mnt/b]
      block_size: 64
enable_event_sync: true
"""
VLLM = """
model: /models/x
tensor-parallel-size: 4
block_size: 128
kv-transfer-config: '{"kv_connector": "UCMConnector", "kv_connector_extra_config": {"UCM_CONFIG_FILE": "/etc/ucm.yaml"}}'
seed: null
"""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            UCM,
            {
                "ucm_connector_name": "UcmPipelineStore",
                "store_pipeline": "Cache|Posix",
                "storage_backends": "/mnt/a, /mnt/b",
                "ucm_block_size": "64",
                "enable_event_sync": "True",
            },
        ),
        (
            VLLM,
            {
                "model": "/models/x",
                "tensor_parallel_size": "4",
                "block_size": "128",
                "kv_connector": "UCMConnector",
                "ucm_config_file": "/etc/ucm.yaml",
            },
        ),
        ('{"max_model_len": 4096}', {"max_model_len": "4096"}),
    ],
    ids=["ucm", "vllm", "json"],
)
def test_settings_have_the_names_of_a_log(tmp_path: Path, text: str, wanted: dict[str, str]) -> None:
    """However deep they lie."""
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")

    assert dict(read_settings(path)) == wanted


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a: [", "not valid YAML"),
        (b"a:\n\tb: 1", "not valid YAML"),
        (b"- 1", "holds no settings"),
        (b"", "holds no settings"),
        (b"!!python/object/apply:os.system [id]", "not valid YAML"),
        (b"x" * (FILE_BYTES + 1), "larger than"),
        (b"\xff\xfe\x00", "not valid YAML"),
        (b"a: &a [x]\nb: [" + b"*a, " * 200 + b"]", "aliases"),
        (b"[" * 5000, "not valid YAML"),
        (
            b"a0: &a0 [x]\n" + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b"*a%d, " % (n - 1) * 9) for n in range(1, 9)),
            "alias",
        ),
    ],
    ids=range(10),
)
def test_file_that_is_none(tmp_path: Path, content: bytes, said: str) -> None:
    """A caller's mistake, told with its place."""
    path = tmp_path / "config.yaml"
    path.write_bytes(content)

    with pytest.raises(UsageError, match=said):
        read_settings(path)


def test_file_that_is_not_there(tmp_path: Path) -> None:
    """The same."""
    with pytest.raises(UsageError, match="cannot be read"):
        read_settings(tmp_path / "none.yaml")
