"""What the service says on standard error: single lines, which nothing that was sent can shape or fill with secrets."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Final

from logsleuth.live.redaction import redacted_text
from logsleuth.wording import escaped

FRAMES: Final = 4  # of an error's traceback, from where it happened upwards
CHARS: Final = 500  # of its own words


def complain(said: str) -> None:
    """A line for whoever runs the service."""
    sys.stderr.write(f"logsleuth: {_in_one_line(said)}\n")


def told(error: BaseException) -> str:
    """An error's kind, its words and where it happened."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    places = " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames[::-1])
    words = redacted_text(str(error)[:CHARS].encode("utf-8", "replace").decode())
    return f"{type(error).__name__}: {words} ({places or 'nowhere'})"


def flatten(record: logging.LogRecord) -> bool:
    """A filter for handlers: what a library logs, as one line."""
    said = record.getMessage()
    error = record.exc_info[1] if record.exc_info else None
    record.msg = _in_one_line(f"{said.strip()}: {told(error)}" if error else said)
    record.args = record.exc_info = record.exc_text = record.stack_info = None
    return True


def _in_one_line(said: str) -> str:
    return escaped(" ".join(said.splitlines()))
