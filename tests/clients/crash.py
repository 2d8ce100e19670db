"""What every client delivers: the log of a vLLM server with four ranks that runs out of GPU memory at its start."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
LOG: Final = ROOT / "fixtures" / "oom-four-ranks" / "input.log"
LINES: Final = tuple(LOG.read_text().splitlines())
FAILURE: Final = "cuda.oom.device.weights"
EVIDENCE: Final = "Tried to allocate 768.00 MiB"
