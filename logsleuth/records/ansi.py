r"""Colour and cursor sequences -> nothing.

Samples:
    \x1b[1;36m(EngineCore_DP0 pid=1)\x1b[0;0m INFO ...     vLLM before 0.14, even into files
    #033[36m(RayWorkerWrapper pid=2)#033[0m                the same, escaped by rsyslog
    ^[[36m(pid=3)^[[0m                                     the same, through `cat -v` or a pasted terminal
    [36m(pid=3)[0m                                         the same, where the escape byte was lost in a paste
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy

_SEQUENCE: Final = lazy(
    r"\x1b\[[0-9;:?]{0,24}[ -/]{0,2}[@-~]"
    r"|(?:#033|\^\[|\\x1b|\\u001b|\\033)\[[0-9;]{0,24}[mK]"
    r"|\x1b\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)"
    r"|^\[\d{1,3}(?:;\d{1,3}){0,4}m(?=[(\[])"
    r"|(?<=\))\[\d{1,3}(?:;\d{1,3}){0,4}m"
    r"|\x1b[()][AB0]?|\x1b"
)


def strip_ansi(text: str) -> str:
    """The text without colour and cursor sequences; the same object where there are none."""
    # a single character is found many times faster than a longer text
    if "\x1b" not in text and "[" not in text:
        return text
    if "\x1b" in text or "[0m" in text or "[0;0m" in text or "#033[" in text or "^[[" in text or "1b[" in text:
        return _SEQUENCE.sub("", text)
    return text
