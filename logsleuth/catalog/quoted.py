"""Whether a piece of a log line is only a quotation: a prompt or a request body that happens to speak of errors."""

from __future__ import annotations

import re
from typing import Final

from logsleuth.lazy import lazy

# Forms seen: vLLM's "Received request cmpl-1: prompt: '...', params: ...", bodies of chat requests as JSON or as repr.
# The key counts whatever the case; what follows it is a quoted text, or a list of messages that holds further keys.
OPENING: Final = lazy(
    r"""(?:\bprompt:\s*|\\?["'](?:prompt|content|text|input|system_prompt)\\?["']\s*:\s*|\b(?:content|text|prompt|input)=)"""
    r"""(?P<quote>\\*["'])"""
)
CLOSING: Final = {quote: lazy(rf"(?:[^{quote}\\]|\\.)*+{quote}") for quote in "\"'"}
WHOLE_LINE: Final = lazy(
    r"\bReceived (?:generate |chat |completion )?request\b.{0,200}?\b(?:prompt|messages)\b"
    r"|\b(?:Generate|Embedding|ChatCompletion|Completion)Req(?:uest|Input)?\("  # SGLang and others echo requests whole
)

ECHO_WORDS: Final = ("Received ", "Req")  # one of them begins every match of `WHOLE_LINE` or stands in it


def is_quoted(message: str, start: int) -> bool:
    """Whether the text at `start` stands inside a prompt or a request body that its line prints."""
    line_start = message.rfind("\n", 0, start) + 1
    # what an expression needs at least is found a hundred times faster than it
    is_echoed = any(message.find(word, line_start, start) >= 0 for word in ECHO_WORDS)
    is_open = any(message.find(quote, line_start, start) >= 0 for quote in CLOSING)
    if not is_echoed and not is_open:
        return False
    line_end = message.find("\n", start)
    line = message[line_start : line_end if line_end >= 0 else len(message)]
    at = start - line_start
    if is_echoed and (whole := WHOLE_LINE.search(line)) and whole.end() <= at:
        return True
    if not is_open:
        return False
    reached = 0
    while opening := OPENING.search(line, reached, at):
        reached = _closing(line, opening)
        if reached > at:
            return True
    return False


def _closing(line: str, opening: re.Match[str]) -> int:
    """Where the quotation that `opening` begins has ended; past the line's end if it was cut."""
    quote = opening["quote"]
    if len(quote) > 1:
        at = line.find(quote, opening.end())
        return at + len(quote) if at >= 0 else len(line) + 1
    closed = CLOSING[quote].match(line, opening.end())
    return closed.end() if closed else len(line) + 1
