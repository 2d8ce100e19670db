"""How busy the GPUs are: the lines of nvidia-smi, DCGM and scripts that are pasted into or logged beside a log.

    | N/A   45C    P0   120W / 400W |  18000MiB / 24000MiB |     45%      Default |      nvidia-smi
    timestamp, index, utilization.gpu [%], memory.used [MiB]                            nvidia-smi --format=csv
    2025/11/20 11:36:03.123, 0, 45 %, 18000 MiB
    # gpu     sm    mem    enc    dec    jpg    ofa                                     nvidia-smi dmon
        0     45     12      0      0      0      0
    #Entity   GPUTL   SMACT                                                             dcgmi dmon -e 203,1002
    GPU 0     45      0.312
    DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-6f1c"} 45                                    dcgm-exporter
    GPU-Util: 45%                                                                       scripts

A head and its rows are samples of their own, each read from its line alone: the head tells in which column what
stands (`utilization_at`), the row the numbers by column (`field_1`). Who has both puts them together.
"""

from __future__ import annotations

import re
from typing import Final

from logsleuth.events.sample import INTEGER, Group, Match, Metric, Reader, Values, named
from logsleuth.lazy import lazy

LINE_BYTES: Final = 600  # of a head or row on either side of what was found
FIELDS: Final = 24
# (what stands in a head, which figure that is)
COLUMNS: Final = {
    b"utilization.gpu [%]": "utilization",
    b"memory.used [MiB]": "memory_used",
    b"memory.total [MiB]": "memory_total",
    b"index": "gpu",
    b"gpu": "gpu",
    b"sm": "utilization",
    b"#Entity": "gpu",
    b"GPUTL": "utilization",
    b"SMACT": "sm_active",
}


def _line(match: Match) -> bytes:
    """The line that the match begins in, as far as it may matter."""
    data, at = match.string, match.start()
    start = data.rfind(b"\n", max(at - LINE_BYTES, 0), at) + 1 or max(at - LINE_BYTES, 0)
    end = data.find(b"\n", at, at + LINE_BYTES)
    return data[start : end if end >= 0 else at + LINE_BYTES].strip(b"\r ")


def _head(fields: list[bytes]) -> tuple[Metric, Values]:
    """Which of `fields` is which figure; the first of its kind counts."""
    found = {COLUMNS[name]: number for number, name in reversed(list(enumerate(fields))) if name in COLUMNS}
    places = sorted((f"{name}_at", float(number)) for name, number in found.items())
    return Metric.GPU, (("columns", float(len(fields))), *places)


def _row(fields: list[bytes]) -> tuple[Metric, Values]:
    """The numbers among `fields`, by column."""
    numbers = ((f"field_{index}", _number(text)) for index, text in enumerate(fields[:FIELDS]))
    values = tuple((name, number) for name, number in numbers if number is not None)
    return Metric.GPU, (("fields", float(len(fields))), *values)


NUMERIC: Final = lazy(rb"(\d{1,9}(?:\.\d{1,9})?)(?: %| MiB| W)?")


def _number(text: bytes) -> float | None:
    match = NUMERIC.fullmatch(text)
    return float(match[1]) if match else None


def _csv_head(match: Match) -> tuple[Metric, Values]:
    return _head([name.strip() for name in _line(match).split(b",")])


def _csv_row(match: Match) -> tuple[Metric, Values]:
    return _row([text.strip() for text in match[1].split(b",")])


def _spaced_head(match: Match) -> tuple[Metric, Values]:
    return _head(match[0].removeprefix(b"# ").split())


def _spaced_row(match: Match) -> tuple[Metric, Values]:
    return _row(match[0].removeprefix(b"GPU ").split())


USED: Final = lazy(rb"(\d{1,9})$")
USED_BYTES: Final = 9


def _table(match: Match) -> tuple[Metric, Values]:
    """A row of nvidia-smi's table; the memory in use stands before what was found."""
    start = match.start()
    used = USED.search(match.string[max(start - USED_BYTES, 0) : start])
    memory = (("memory_used", float(used[1])),) if used else ()
    return Metric.GPU, (*memory, ("memory_total", float(match[1])), ("utilization", float(match[2])))


def _exported(name: str) -> Reader:
    """A reader of one line of dcgm-exporter; the labels may tell the GPU."""

    def read(match: Match) -> tuple[Metric, Values]:
        gpu = (("gpu", float(match[1])),) if match[1] is not None else ()
        return Metric.GPU, (*gpu, (name, float(match[2])))

    return read


PERCENT: Final = rb"(\d{1,3}(?:\.\d{1,6})?)"
LABELS: Final = rb"\{(?:gpu=\"(\d{1,4})\")?[^}\n]{0,2000}\} "
ENTRIES: Final = rb"(?: +(?:N/A|-|\d{1,9}(?:\.\d{1,9})?)){1,22} *\r?$"
SCRIPT: Final = rb"GPU(?:-Util|-util| utilization| Utilization|%b| {9,40})[ :]{0,4}%b ?%%" % (
    "利用率".encode(),
    PERCENT,
)
# of a row nothing but a line's end stands before what it begins with; LLMs leave the columns of en- and decoding at 0
DMON_ROW: Final = rb"    \d  (?<![^\n].{7})(?=[^\n]{0,200}     0 )" + ENTRIES
GPU_GROUPS: Final = tuple(
    Group(anchor=anchor, expression=lazy(expression, re.MULTILINE), read=read)
    for anchor, expression, read in (
        ("MiB / ", rb"MiB / {1,9}%bMiB \| {1,12}(\d{1,3})%%" % INTEGER, _table),
        ("utilization.gpu [%]", rb"utilization\.gpu \[%\]", _csv_head),
        (" %", rb"^((?:[^\n%,]{1,80}, ){0,12}\d{1,3} %(?:, [^\n,]{1,40}){0,12})\r?$", _csv_row),
        ("# gpu ", rb"# gpu(?: +[a-z]{1,8}){1,22}", _spaced_head),
        ("     0 ", DMON_ROW, _spaced_row),
        ("#Entity", rb"#Entity(?: +[A-Z0-9_]{1,12}){1,16}", _spaced_head),
        ("GPU", rb"GPU (?:\d(?<![^\n].{5})|\d\d(?<![^\n].{6}))%b" % ENTRIES, _spaced_row),
        ("DCGM_FI_DEV_GPU_UTIL{", rb"DCGM_FI_DEV_GPU_UTIL%b%b" % (LABELS, PERCENT), _exported("utilization")),
        ("DCGM_FI_PROF_SM_ACTIVE{", rb"DCGM_FI_PROF_SM_ACTIVE%b%b" % (LABELS, PERCENT), _exported("sm_active")),
        ("GPU", SCRIPT, named(Metric.GPU, "utilization")),
        ("Gpu         ", rb"Gpu {9,40}: %b ?%%" % PERCENT, named(Metric.GPU, "utilization")),
    )
)
