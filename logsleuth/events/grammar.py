"""What one line of a Python traceback is: comes in a message without its prefixes, goes out its part.

    Traceback (most recent call last):                            HEAD
      File "/opt/vllm/worker.py", line 3, in load                 FRAME
        raise ValueError("x")                                     CODE
        ^^^^^^^^^^^^^^^^^^^^^                                     CARET
    ValueError: x                                                 FINAL
    CUDA kernel errors might be asynchronously reported at ...    NOTE
    The above exception was the direct cause of ...               LINK_CAUSE

Every test is linear in the length of the line; a line that fits nothing is OTHER.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final

from logsleuth.lazy import lazy


class Part(StrEnum):
    """The part that a line plays in a traceback."""

    HEAD = "head"
    FRAME = "frame"
    CODE = "code"
    CARET = "caret"
    LINK_CAUSE = "link-cause"
    LINK_CONTEXT = "link-context"
    MEMBER = "member"  # the rule above, between and below the members of an exception group
    FINAL = "final"
    NOTE = "note"  # a line known to go on with an exception's message, or the text between frames
    REPEATED = "repeated"
    BLANK = "blank"
    OTHER = "other"


MARGIN: Final = lazy(r" {0,80}\|(?: |$)")
RULE: Final = lazy(r" {0,80}\+(?:-\+)?-{8,}(?: \d{1,4} -{8,})?$")
MORE_MEMBERS: Final = lazy(r" {0,80}(?:\| )?and \d{1,9} more exceptions?$")
CARETS: Final = lazy(r"[ \t]*[~^][~^ \t]*(?:\[repeated .*)?$")
FRAME: Final = lazy(
    r"[ \t]*File[ \t]{1,4}(?:"
    r"[\\\"'“`]{0,3}(?P<file>[^\"'”`\\\n]{1,1000}?)[ \\\"'”`]{0,3},[ \t]{0,4}line[ \t]{1,4}(?P<line>\d{1,9})"
    r"(?:,?[ \t]{1,4}in[ \t]{1,4}(?P<function>\S{1,300}))?"
    r"|(?P<cell_file>[^\"',:\n]{1,1000}):(?P<cell_line>\d{1,9}), in (?P<cell_function>[\w.<>]{1,300})"  # IPython
    r")(?P<rest>.*)"
)
BOXED_FRAME: Final = lazy(  # rich: │ /opt/app/main.py:12 in load   │
    r"[ \t]*│ (?P<file>[^\s│:]{1,1000}):(?P<line>\d{1,9}) in (?P<function>[\w.<>]{1,300})"
)
TYPE: Final = lazy(
    r"(?P<modules>(?:[A-Za-z_]\w{0,80}\.){0,12})(?P<name>[A-Za-z_]\w{0,120})(?:\((?P<inner>[A-Za-z_][\w.]{0,160})\))?"
)
# what ends an exception's message although no prefix told so: other records, warnings, other processes
BEGINNING: Final = lazy(
    r"(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)(?:: {1,8}| {1,4}\d\d-\d\d )"
    r"|\[?\d{4}-\d\d-\d\d[ T_]\d\d:\d\d"
    r"|\[rank\d{1,6}\]:"
    r"|\[?[EWIF]\d{3,4} \d\d:\d\d:\d\d"
    r"|\([\w.: -]{1,60} pid=\d"
    r"|Process \S{1,80}:$"
    r"|Exception (?:ignored in|in thread)"
    r"|\S{1,500}:\d{1,7}: \w{0,60}Warning: "
    r"|terminate called "
    r"|\*\*\* SIG[A-Z]{2,8} "
    r"|\S{1,200}:\d{1,9}:\d{1,9} \[\S{1,8}\] NCCL "
    r"|Loading \w{1,30} checkpoint shards:"
)

REMEMBERED_CHARS: Final = 400
HEAD_TEXT: Final = "raceback (most recent call last)"  # a paste often loses the first character
CAUSE_TEXT: Final = "he above exception was the direct cause of the following exception"
CONTEXT_TEXT: Final = "uring handling of the above exception, another exception occurred"
FATAL_TEXT: Final = "Fatal Python error: "
PANIC_TEXT: Final = "thread '"  # Rust: thread 'main' panicked at src/lib.rs:3:5
OTHER_HEADS: Final = (
    FATAL_TEXT,
    PANIC_TEXT,
    "Exception Group Traceback",
    "Traceback (innermost last)",
)
NOTES: Final = (
    "CUDA kernel errors might be asynchronously reported",
    "For debugging consider passing CUDA_LAUNCH_BLOCKING",
    "Compile with `TORCH_USE_CUDA_DSA`",
    "Device-side assertion tracking was not enabled",
    "Search for `cudaError",
    "The CUDA driver logged these messages",
    "For further information visit https://errors.pydantic.dev",
    "Exception raised from ",
    "frame #",
    "Last error:",
    "nccl",  # ncclSystemError: ..., the second line of every DistBackendError
    "note: run with `RUST_BACKTRACE",
    "-- Process ",  # torch.multiprocessing.spawn
    "Set TORCH_LOGS=",
    "Set TORCHDYNAMO_VERBOSE=",
    "You can suppress this exception",
    "from user code:",
    "Thread 0x",
    "Current thread 0x",
    "Current thread's C stack trace",
    "Stack (most recent call first)",
    "Extension modules:",
    "<no Python frame>",
    "At least one of the input arguments for this task could not be computed",
    "The actor is dead because",
    "The actor died because",
)
NAMED: Final = frozenset(
    {
        "BaseException",
        "BaseExceptionGroup",
        "Exception",
        "ExceptionGroup",
        "GeneratorExit",
        "KeyboardInterrupt",
        "StopAsyncIteration",
        "StopIteration",
        "SystemExit",
    }
)
# names that tell an exception only behind a module's name
QUALIFIED_ENDINGS: Final = (
    "Abort",
    "Aborted",
    "Again",
    "Cancelled",
    "Closed",
    "ClosedError",
    "ClosedOK",
    "Denied",
    "Disconnect",
    "Disconnected",
    "Empty",
    "Exceeded",
    "Exit",
    "Expired",
    "Failed",
    "Failure",
    "Fault",
    "Full",
    "IncompleteRead",
    "Interrupt",
    "NotFound",
    "OutOfResources",
    "Overflow",
    "Refused",
    "Timeout",
    "Unavailable",
    "Unsupported",
    "UnsupportedOperation",
)
LOWER_NAMES: Final = frozenset({"error", "gaierror", "herror", "timeout"})  # socket.gaierror, struct.error
ERROR_MODULES: Final = frozenset({"_errors", "error", "errors", "exc", "exception", "exceptions"})
FOREIGN_ROOTS: Final = frozenset({"akka", "com", "java", "javax", "jdk", "kotlin", "org", "scala", "sun"})  # JVM


def begins_record(text: str) -> bool:
    """Whether `text` begins something else, although it stands where an exception's message may go on."""
    return BEGINNING.match(text) is not None


def unmargin(message: str) -> str:
    """`message` without the bars that an exception group prints before the lines of its members."""
    bar = MARGIN.match(message)
    return message[bar.end() :] if bar else message


def classify(message: str) -> Part:
    """The part that `message` plays, judged by itself; lines inside an exception's own text may look like others."""
    # ranks and repetitions print the same lines over and over
    return _remembered(message) if len(message) <= REMEMBERED_CHARS else _classify(message)


@lru_cache(maxsize=4096)
def _remembered(message: str) -> Part:
    return _classify(message)


def _classify(message: str) -> Part:
    text = unmargin(message) if message.startswith((" ", "|", "+")) else message
    stripped = text.strip()
    if not stripped:
        return Part.BLANK
    marked = _classify_marked(text, stripped)
    if marked is not None:
        return marked
    if stripped.startswith(NOTES):
        return Part.NOTE
    if text[0] in " \t│╭╰":
        return Part.CODE
    return Part.FINAL if looks_like_exception(text) else Part.OTHER


def _classify_marked(text: str, stripped: str) -> Part | None:
    """The part of a line that shows it by fixed words or signs."""
    first = stripped[0]
    if first in "F│" and match_frame(text) is not None:
        return Part.FRAME
    if first in "~^" and CARETS.match(text):
        return Part.CARET
    if first == "[" and stripped.startswith("[Previous line repeated "):
        return Part.REPEATED
    if first in "+a" and (RULE.match(text) or MORE_MEMBERS.match(text)):
        return Part.MEMBER
    if is_head(stripped):
        return Part.HEAD
    if CAUSE_TEXT in stripped[:80]:
        return Part.LINK_CAUSE
    return Part.LINK_CONTEXT if CONTEXT_TEXT in stripped[:90] else None


def is_head(stripped: str) -> bool:
    """Whether a traceback begins here: at the line's start, or at its end after other words."""
    at = stripped.find(HEAD_TEXT)
    if at >= 0:
        is_quoted = '"' in stripped[: min(at, 200)]
        return not is_quoted and (at <= 40 or len(stripped) - at - len(HEAD_TEXT) <= 2)
    begins = stripped.removeprefix("+ ")
    return begins.startswith(OTHER_HEADS) and (not begins.startswith(PANIC_TEXT) or " panicked at" in begins)


def match_frame(text: str) -> re.Match[str] | None:
    """The match of a line that names a frame; see `FRAME` and `BOXED_FRAME` for the groups."""
    return FRAME.match(text) if "File" in text[:200] else BOXED_FRAME.match(text)


def looks_like_exception(message: str) -> tuple[str, str] | None:
    """(qualified type, message) of an exception's last line, or None; a bare `Error: text` is prose and refused."""
    name, colon, rest = message.partition(":")
    if colon and rest and not rest.startswith((" ", "\t")):
        return None
    match = TYPE.fullmatch(name.rstrip()) if len(name) <= 400 else None
    if match is None or not _names_exception(match["modules"], match["name"]):
        return None
    return match[0], rest.strip()


def loose_exception(message: str) -> tuple[str, str] | None:
    """The same for a line that stands where an exception must stand, after frames: any name will do."""
    name, colon, rest = message.partition(":")
    if (colon and rest and not rest.startswith((" ", "\t"))) or len(name) > 400:
        return None
    match = TYPE.fullmatch(name.rstrip())
    return (match[0], rest.strip()) if match else None


def _names_exception(modules: str, name: str) -> bool:
    if not modules:
        return name in NAMED or (name.lstrip("_")[:1].isupper() and _ends_in_error(name))
    parts = modules.split(".")
    if parts[0] in FOREIGN_ROOTS:
        return False
    if name.endswith("Warning"):
        return False
    if name in NAMED or name in LOWER_NAMES or name.endswith(("Error", "Exception")):
        return True
    return name[0].isupper() and (name.endswith(QUALIFIED_ENDINGS) or not ERROR_MODULES.isdisjoint(parts))


def _ends_in_error(name: str) -> bool:
    return len(name) > len("Error") and name.endswith(("Error", "Exception"))
