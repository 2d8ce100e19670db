"""Lines that begin with a time or a level in brackets: Hydra, DeepSpeed, Airflow, gunicorn, Transformers, and others.

Samples (each seen in reports on vLLM and its surroundings):
    [2026-01-01 10:00:00,123] ERROR [engine] CUDA error: out of memory
    [2024-05-01 10:00:00,123] [INFO] [runner.py:568:main] cmd = /usr/bin/python3
    [2024-05-01 10:00:00,123][__main__][INFO] - starting
    [2024-05-01 10:00:00,123] torch.distributed.elastic.multiprocessing.api: [ERROR] failed (exitcode: 1)
    [2024-05-01 10:00:00 +0000] [12] [INFO] Booting worker with pid: 12
    [INFO|modeling_utils.py:3474] 2024-05-01 10:00:00,123 >> loading weights file
    [ERROR] 2024-05-01 10:00:00,123 engine: CUDA error
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.levelled import after_level, name_before
from logsleuth.records.prefix import LEVELS, Format, Prefix, level_of
from logsleuth.records.times import FULL, iso

_ANY: Final = rf"{LEVELS}|(?<=\[)(?:trace|debug|info|notice|warn|warning|error|crit|critical|fatal)(?=\])"
_GROUP: Final = r"(?:\[[^\]\[\n]{1,100}\] ?|\{[^{}\s]{1,100}\} )"
_NAME: Final = r"(?:[\w.-]{1,120}:? (?:- )?)"  # one word at most, or a level word in a sentence would count
_TIMED: Final = lazy(
    rf"\[(?P<ts>{FULL})\] ?(?:[-:] )?{_GROUP}{{0,2}}?{_NAME}??{_GROUP}??\[?(?P<level>{_ANY})(?=[\s:|\]-]|$)"
)
_INSIDE: Final = lazy(rf"\[(?P<ts>{FULL}) (?:[\w.-]{{1,120}} )?(?P<level>{LEVELS})(?: [^\]\[\n]{{1,120}})?\] ?")
_LEVEL: Final = lazy(
    rf"\[(?P<level>{LEVELS}|trace|debug|info|notice|warn|warning|error|crit|critical|fatal)"
    r"(?:[| ](?P<code>[\w./-]{1,150}:\d{1,7}))?\]:?"
    rf"(?: \[?(?P<ts>{FULL})\]?(?:,\d{{1,6}})?(?: >>| -)?)?"
)


def parse(line: str) -> Prefix | None:
    """Time, level, and what names stand beside them."""
    match = _TIMED.match(line)
    if match:
        rest = after_level(line, match.end(), len(match["level"]))
        return Prefix(
            end=rest.at,
            ts=iso(match["ts"]),
            level=level_of(match["level"]),
            code=rest.code,
            logger=rest.logger or name_before(line[match.end("ts") : match.start("level")]),
        )
    match = _INSIDE.match(line)
    return Prefix(end=match.end(), ts=iso(match["ts"]), level=level_of(match["level"])) if match else None


def parse_level(line: str) -> Prefix | None:
    """The same where the level's bracket comes first."""
    match = _LEVEL.match(line)
    if match is None:
        return None
    end = match.end() + (line[match.end() : match.end() + 1] == " ")
    ts = iso(match["ts"]) if match["ts"] else None
    return Prefix(end=end, ts=ts, level=level_of(match["level"]), code=match["code"])


FORMAT: Final = Format(name="python", starts="[", parse=parse, is_producer=True)
LEVEL_FIRST: Final = Format(name="python", starts="[", parse=parse_level, is_producer=True)
