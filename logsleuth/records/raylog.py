r"""Ray's own logs, of the Python side, the C++ side and Ray Serve.

Samples (ray/_private/ray_logging, src/ray/util/logging.cc, ray/serve/_private/logging_utils.py):
    2026-01-01 10:00:00,123\tINFO worker.py:1777 -- Started a local Ray instance.
    [2024-06-22 14:38:16,071 E 1633 1661] (raylet) file_system_monitor.cc:111: /tmp/ray is over 95% full
    [2024-06-22 14:38:16,071 C 89 89] core_worker.cc:12: Check failed
    INFO 2024-05-01 12:00:00,123 default_VLLMDeployment 7x2k replica.py:373 -- Started executing request
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.prefix import LEVEL_LETTERS, LEVELS, Format, Prefix, level_of
from logsleuth.records.times import FULL, iso

_PYTHON: Final = lazy(rf"({FULL})\t({LEVELS})\t? ?([\w.-]{{1,200}}:\d{{1,7}}) -- ?")
_NATIVE: Final = lazy(
    r"\[(\d{4}-\d\d-\d\d [\d:.,]{8,20}) ([TDIWECF]) (\d{1,10}) \d{1,20}\] "
    r"(?:\(([^()\n]{1,100})\) )?([^\s:]{1,250}:\d{1,7}): ?"
)
_SERVE: Final = lazy(
    rf"({LEVELS}) ({FULL}) (?:([\w.#-]{{1,200}}) )?(?:[\w.#-]{{1,200}} ){{0,3}}([\w./-]{{1,200}}\.py:\d{{1,7}}) --? ?"
)


def parse(line: str) -> Prefix | None:
    """Time, level and place of a Python line."""
    match = _PYTHON.match(line)
    if match is None:
        return None
    return Prefix(end=match.end(), ts=iso(match[1]), level=level_of(match[2]), code=match[3])


def parse_native(line: str) -> Prefix | None:
    """The same of a C++ line, with its process."""
    match = _NATIVE.match(line)
    if match is None:
        return None
    return Prefix(
        end=match.end(),
        ts=iso(match[1]),
        level=LEVEL_LETTERS[match[2]],
        pid=int(match[3]),
        process=match[4],
        code=match[5],
    )


def parse_serve(line: str) -> Prefix | None:
    """The same of a Serve line, which begins with the level."""
    match = _SERVE.match(line)
    if match is None:
        return None
    return Prefix(end=match.end(), ts=iso(match[2]), level=level_of(match[1]), code=match[4], logger=match[3])


FORMAT: Final = Format(name="ray-log", starts="12", parse=parse, is_producer=True, sign=r"[12][^\t\n]{18,40}\t")
NATIVE: Final = Format(name="ray-log", starts="[", parse=parse_native, is_producer=True)
SERVE: Final = Format(
    name="ray-log", starts="TDINSWECF", parse=parse_serve, is_producer=True, sign=r"[A-Z]{4,8} [12]\d{3}[-/]"
)
