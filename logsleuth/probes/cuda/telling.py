"""How the measurements tell what went wrong: the genuine error on the output, its first line among the values."""

from __future__ import annotations

import json
import subprocess
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from logsleuth.probes.cuda.driver import Driver, load
from logsleuth.probes.probe import Json

CHILD: Final = Path(__file__).parents[1] / "child.py"
SACRIFICE_S: Final = 100.0  # importing torch and making a context take a minute on a cold disk


def failed(error: BaseException) -> dict[str, Json]:
    """Print the traceback as the software would, and keep its first line."""
    traceback.print_exception(error)
    return {"is_ok": False, "error": first_line(error)}


def first_line(error: BaseException) -> str:
    """The first line of what an error says."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def started() -> tuple[Driver | None, str]:
    """The driver, initialised, or why there is none; the reason is printed, so that the catalog can read it."""
    try:
        driver = load()
        driver.start()
    except (OSError, RuntimeError) as error:
        traceback.print_exception(error)
        return None, first_line(error)
    return driver, ""


def cuda_absent() -> str:
    """Why torch cannot use a GPU here, or an empty text; the driver is asked first, for torch takes seconds to load."""
    driver, why = started()
    if driver is None:
        return why
    try:
        count = driver.count()
        import torch
    except RuntimeError as error:
        return first_line(error)
    except ImportError as error:
        return f"torch cannot be imported: {first_line(error)}"
    if not torch.version.cuda:
        return f"torch {torch.__version__} is built without CUDA"
    return "" if count else "no GPU is visible to this process"


def sacrifice(measure: str, wishes: Mapping[str, Json], *, timeout_s: float = SACRIFICE_S) -> str:
    """Run a measurement in a process of its own, which may lose its context; print and return what it printed."""
    words = [sys.executable, "-P", str(CHILD), measure]
    try:
        done = subprocess.run(
            words,
            input=json.dumps(wishes).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            check=False,
        )
        said = done.stdout
    except subprocess.TimeoutExpired as error:
        said = (error.stdout or b"") + b"\nthe sacrificed process did not end in time\n"
    output = said.decode("utf-8", "replace")
    sys.stdout.write(output)
    sys.stdout.flush()
    return output
