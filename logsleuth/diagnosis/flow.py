"""Where in UCM's ten-step flow a failure stands, and what UCM never said although it was asked to work.

The flow is that of UCM's integration guide: start-up checks, the scheduler's side, the worker's side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.model import Event, Finding

# (step, its name, what in a frame, a tag or a text shows it), the most telling first
STEPS: Final = (
    ("8", "load KV", r"start_load_kv|wait_for_layer_load|load_data|UCM\.Load|load kv cache|load task|S2D\b"),
    ("10", "save KV", r"wait_for_save|save_kv_layer|dump_data|UCM\.Save|dump kv cache|dump task|D2S\b"),
    ("7", "bind metadata", r"bind_connector_metadata"),
    ("6", "build metadata", r"build_connector_meta"),
    ("5", "lookup", r"get_num_new_matched_tokens|[Ll]ook ?up"),
    ("4", "hash blocks", r"RequestHasher|generate_hash|UCM\.Hasher|ucm_block_ids"),
    (
        "3",
        "connect the store",
        r"create_connector|ucm[/\\]store|cache_store|posix|space_\w{6,7}|trans_buffer|storage(?:_backend| path)",
    ),
    ("1", "apply patches", r"apply_patch|UCM\.Patch|UCM patch"),
    ("2", "create the connector", r"UCM\.Connector|ucm_connector|kv_connector|Connector|UCM config"),
)
COMPILED: Final = tuple((step, name, lazy(expression)) for step, name, expression in STEPS)
NEVER_HEARD_OF: Final = "ucm.patch-not-applied"


def stage(finding: Finding) -> str | None:
    """The step of the flow that `finding` belongs to, as `5 lookup`; None for what is not UCM's."""
    if not finding.signature_id.startswith("ucm."):
        return None
    text = _telling(finding)
    return next((f"{step} {name}" for step, name, expression in COMPILED if expression.search(text)), None)


def _telling(finding: Finding) -> str:
    """The decisive lines, the code location and the frames, innermost first."""
    event = finding.event
    lines = "\n".join(line.message for line in event.lines[finding.first : finding.last + 1])
    frames = "\n".join(f"{frame.file} {frame.function}" for raised in event.raised for frame in reversed(raised.frames))
    return f"{lines}\n{event.code or ''}\n{frames}"


def is_ucm_silent(environment: Mapping[str, str], *, is_ucm_heard: bool, is_serving: bool) -> bool:
    """Whether the configuration names UCM's connector, the server came up, and UCM never printed a line."""
    return "UCM" in environment.get("kv_connector", "") and is_serving and not is_ucm_heard


def silence(configured: Event) -> Finding:
    """The finding for a UCM that was configured in `configured` and never heard of."""
    facts = (("kv_connector", "UCMConnector"),)
    return Finding(signature_id=NEVER_HEARD_OF, event=configured, first=0, last=0, facts=facts)
