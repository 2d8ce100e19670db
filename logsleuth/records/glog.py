"""glog and those that imitate it: c10d, torch's Python logging, abseil, klog, Triton, Mooncake, TensorFlow.

Samples (c10/util/Logging.cpp, torch/_logging, glog's README, klog):
    [E ProcessGroupNCCL.cpp:563] [Rank 1] Watchdog caught collective operation timeout                 (torch up to 2.3)
    [E810 03:04:11.061727749 ProcessGroupNCCL.cpp:683] [Rank 1] Watchdog caught                           (from 2.4)
    I0822 00:13:01.314203 1 pinned_memory_manager.cc:275] "Pinned memory pool is created at '0x7f2c90000000'"
    E0614 10:00:00.123000 140123 torch/distributed/elastic/multiprocessing/api.py:833] failed (exitcode: 1)
    E0125 10:00:00.123456    1234 file.go:12] "Unhandled Error"
    E0000 00:00:1723456789.123456    1234 cuda_dnn.cc:8310] Unable to register cuDNN factory
    2024-05-01 10:00:00.123456: E external/local_xla/xla/stream_executor/cuda/cuda_dnn.cc:9261] Unable to register
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.prefix import LEVEL_LETTERS, Format, Prefix
from logsleuth.records.times import iso, month_day

_CODE: Final = r"(?P<code>[^\s\[\]]{1,250}:\d{1,7})"
_BRACKET: Final = lazy(
    r"\[(?P<level>[VDIWECF])(?:(?P<day>\d{3,4}|\d{8}) (?P<clock>\d\d:\d\d:\d\d(?:\.\d{1,9})?))? {1,8}"
    rf"(?:\d{{1,20}} {{1,8}})?{_CODE}\](?: |$)"
)
_BARE: Final = lazy(
    r"(?P<level>[VDIWECF])(?P<day>\d{4}|\d{8}) (?P<clock>\d\d:\d\d:\d{1,12}(?:\.\d{1,9})?) {1,12}(?:\d{1,20} {1,8})?"
    rf"{_CODE}\](?: |$)"
)
_TENSORFLOW: Final = lazy(rf"(?P<ts>\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{{1,9}}): (?P<level>[VDIWEF]) {_CODE}\](?: |$)")


def parse(line: str) -> Prefix | None:
    """Level, month and day, and place; the number is a thread's and says nothing."""
    match = _BRACKET.match(line) if line.startswith("[") else _BARE.match(line)
    if match is None:
        return None
    day, clock = match["day"], match["clock"]
    has_time = day is not None and clock is not None and len(clock.partition(".")[0]) == 8 and day != "0000"
    return Prefix(
        end=match.end(),
        level=LEVEL_LETTERS[match["level"]],
        ts=month_day(day, clock) if has_time else None,
        code=match["code"],
    )


def parse_tensorflow(line: str) -> Prefix | None:
    """The variety that begins with the whole date."""
    match = _TENSORFLOW.match(line)
    if match is None:
        return None
    return Prefix(end=match.end(), level=LEVEL_LETTERS[match["level"]], ts=iso(match["ts"]), code=match["code"])


FORMAT: Final = Format(
    name="glog", starts="[VDIWECF", parse=parse, is_producer=True, may_nest=True, sign=r"\[|[VDIWECF]\d{4}"
)
TENSORFLOW: Final = Format(
    name="glog",
    starts="12",
    parse=parse_tensorflow,
    is_producer=True,
    sign=r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,9}: ",
)
