"""Kubernetes clients that print the pod in front of each line.

Samples (`kubectl logs --prefix`, stern's default template):
    [pod/vllm-0/vllm] INFO 06-10 21:32:17 [core.py:58] Initializing a V1 LLM engine
    vllm-7d9f8b6c5d-x2k9p vllm INFO 06-10 21:32:17 [core.py:58] Initializing a V1 LLM engine
    vllm-0 vllm (EngineCore_DP0 pid=321) ERROR 06-10 21:32:17 [core.py:58] EngineCore failed to start.
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.prefix import Format, Prefix

_KUBECTL: Final = lazy(r"\[pod/([^/\]\s]{1,253})/([^\]\s]{1,253})\](?: |$)")
# A deployment's pod ends in two hashes, which nothing else looks like; a stateful set's `name-0 name ` needs proof.
_STERN: Final = lazy(
    r"(?:[+-] )?([a-z0-9][a-z0-9.-]{0,200}?-(?:[0-9a-f]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}"
    r"|\d{1,4}(?= [a-z][a-z0-9-]{0,62} (?:[ (\[]|(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\b|Traceback|\d{4}-"
    r"|[\w.]{1,80}(?:Error|Exception)\b))"
    r")) [a-z0-9][a-z0-9-]{0,62}(?: |$)"
)


def parse(line: str) -> Prefix | None:
    """The pod is the node: its processes have numbers of their own."""
    match = _KUBECTL.match(line)
    return Prefix(end=match.end(), node=match[1]) if match else None


def parse_stern(line: str) -> Prefix | None:
    """The same of stern, whose prefix has no brackets."""
    if "-" not in line[:200]:
        return None
    match = _STERN.match(line)
    return Prefix(end=match.end(), node=match[1]) if match else None


FORMAT: Final = Format(name="kubectl", starts="[", parse=parse, closer="] ")
STERN: Final = Format(
    name="stern",
    starts="abcdefghijklmnopqrstuvwxyz0123456789+-",
    parse=parse_stern,
    sign=r"(?:[+-] )?[a-z0-9.]{1,202}+-[a-z\d.-]{1,220}+ [a-z0-9]",
)
