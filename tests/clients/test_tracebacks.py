"""A traceback that a client sends beside its message, as an attribute, counts as if it stood in the log."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

from tests.clients.conftest import Service
from tests.clients.proxy import Fault, proxied
from tests.clients.snippets import SNIPPETS

FAILING: Final = """
try:
    raise RuntimeError("CUDA error: invalid device ordinal")
except RuntimeError:
    logging.getLogger("vllm.worker").exception("the worker did not start")
provider.shutdown()
"""


@pytest.mark.clients
def test_a_logged_exception_is_an_incident(service: Service, tmp_path: Path) -> None:
    """The body of the record says only that something failed."""
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.sdk") is None:
        pytest.skip("the extra 'clients' lacks opentelemetry.sdk")
    with proxied(service.port, "traceback", Fault.NONE) as proxy:
        program = SNIPPETS["opentelemetry"].placed(proxy.port, tmp_path) + FAILING
        subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True, timeout=60)

    found = service.settled("traceback")

    assert found.incidents == (("cuda.invalid-device", "open"),)
    assert [*found.lines] == ["gpu-07/router"]
    assert found.count == 1
