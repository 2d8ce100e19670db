"""`docker compose logs`: the container's name, padded, and a bar.

Samples:
    vllm-1  | INFO 07-25 16:20:11 [__init__.py:235] Automatically detected platform cuda.
    open-webui      | Loading WEBUI_SECRET_KEY from file, not provided as an environment variable.
    vllm_1  |                                                           (an empty line)
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.prefix import ALPHANUMERIC, Format, Prefix, level_of

# One space is enough behind a replica's number; any other name needs the padding, or tables would be taken for it.
_HEAD: Final = lazy(r"([A-Za-z0-9][\w.-]{0,100}?)(?:(?<=[-_]\d) {1,60}|(?<=[-_]\d\d) {1,60}| {2,60})\|(?: |$)")


def parse(line: str) -> Prefix | None:
    """The container is the node: its processes have numbers of their own."""
    if "|" not in line[:180]:
        return None
    match = _HEAD.match(line)
    if match is None or level_of(match[1]):
        return None
    return Prefix(end=match.end(), node=match[1])


FORMAT: Final = Format(name="compose", starts=ALPHANUMERIC, parse=parse, closer="| ", sign=r"[\w.-]{1,101}+ {1,60}+\|")
