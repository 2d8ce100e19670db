"""Flight-recorder dumps in JSON: a file comes in, what its rank says of each process group goes out.

Sample (c10d's FlightRecorder, version 2.5; keys stand in any order, numbers of the status are texts):
    {"version": "2.5", "pg_config": {"0": {"name": "0", "desc": "default_pg", "ranks": "[0, 1]"}},
     "pg_status": {"0": {"last_enqueued_collective": "19", "last_started_collective": "17",
                         "last_completed_collective": "16"}},
     "entries": [{"pg_id": 0, "process_group": ["0", "default_pg"], "collective_seq_id": 17, "is_p2p": false,
                  "profiling_name": "nccl:all_reduce", "input_sizes": [[8, 2048]], "output_sizes": [[8, 2048]],
                  "state": "started", "timeout_ms": 600000}]}

PyTorch itself writes pickles. Reading one runs what stands in it, so a pickle is named and left alone. A dump does not
say whose it is; its file does: `nccl_trace_rank_3.json`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import orjson

from logsleuth.lazy import lazy
from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import Notice, NoticeKind, RankReport, ReportKind, Where

Json = str | int | float | bool | list["Json"] | dict[str, "Json"] | None
SURE: Final = (b'"pg_status"', b'"collective_seq_id"')
MARKS: Final = (*SURE, b'"entries"', b'"pg_config"', b'"nccl_comm_state"')
# the texts of a pickle stand in it as they are; its first byte is an opcode, the second the protocol
PICKLE: Final = lazy(rb"\x80[\x02-\x05]")
PICKLE_MARKS: Final = (b"pg_config", b"pg_status", b"collective_seq_id", b"nccl_comm_state")
LOOKED_AT: Final = 1024 * 1024
GROUPS: Final = 10_000
RANK_NAMED: Final = lazy(r"rank[_-]?(\d{1,7})", re.ASCII)
RANK_LAST: Final = lazy(r"(\d{1,7})(?:\.\w{1,8}){0,3}\Z", re.ASCII)
NUMBER: Final = lazy(r"-?\d{1,18}\Z", re.ASCII)
MOST: Final = 10**18
DIMENSIONS: Final = 16
MEMBERS: Final = 100_000
MEMBER_CHARS: Final = 8 * MEMBERS
NAME_CHARS: Final = 200
RANKS: Final = lazy(r"\d{1,7}", re.ASCII)
OVER: Final = "completed"
CONVERT: Final = (
    "a pickled flight-recorder dump is never opened; where it was written, convert it to JSON first: python -c "
    '\'import json, pickle, sys; json.dump(pickle.load(open(sys.argv[1], "rb")), open(sys.argv[1] + ".json", "w"))\' '
    "FILE"
)


def is_dump(data: bytes) -> bool:
    """Whether `data`, or a file that begins with it, is a flight recorder's JSON."""
    head = data[:LOOKED_AT]
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return False
    return any(mark in head for mark in SURE) and sum(mark in head for mark in MARKS) > 1


def is_pickle(data: bytes) -> bool:
    """Whether `data`, or a file that begins with it, is a flight recorder's dump as PyTorch pickles it."""
    head = data[:LOOKED_AT]
    return PICKLE.match(head) is not None and any(mark in head for mark in PICKLE_MARKS)


def refusal(source: str, data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> Notice | None:
    """Why the dump `data` says nothing: pickled, too large or broken; None where it can be read."""
    where = Where(source=source)
    if is_pickle(data):
        return Notice(kind=NoticeKind.SOURCE_SKIPPED, where=where, detail=CONVERT)
    if len(data) > limits.dump_bytes:
        detail = f"a flight-recorder dump of {len(data)} bytes is larger than {limits.dump_bytes} and was not read"
        return Notice(kind=NoticeKind.LIMIT, where=where, detail=detail)
    if is_dump(data) and _parsed(data, limits) is None:
        detail = "looks like a flight-recorder dump, but is no valid JSON (cut off while it was written?)"
        return Notice(kind=NoticeKind.SOURCE_UNREADABLE, where=where, detail=detail)
    return None


def read_dump(source: str, data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> tuple[RankReport, ...]:
    """What the dump says, one report for each process group; nothing where it is not readable (see `refusal`)."""
    dump = _parsed(data, limits)
    if dump is None:
        return ()
    rank, configured = _rank(source, dump), _mapping(dump.get("pg_config"))
    status, entries = _mapping(dump.get("pg_status")), _by_group(_sequence(dump.get("entries")))
    return tuple(
        _report(
            RankReport(kind=ReportKind.DUMP, source=source, rank=rank),
            config=_mapping(configured.get(group)),
            progress=_mapping(status.get(_id(entries.get(group, ()), group))),
            entries=entries.get(group, ()),
        )
        for group in sorted({*configured, *entries})[:GROUPS]
    )


def _parsed(data: bytes, limits: Limits) -> Mapping[str, Json] | None:
    if len(data) > limits.dump_bytes:
        return None
    try:
        found: Json = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _rank(source: str, dump: Mapping[str, Json]) -> int | None:
    """Some tools add the rank; otherwise the last number of the file's name is it."""
    told = _number(dump.get("rank"))
    if told is not None:
        return told
    name = source.replace("\\", "/").rpartition("/")[2][-NAME_CHARS:]
    found = RANK_NAMED.findall(name) or RANK_LAST.findall(name)
    return int(found[-1]) if found else None


def _by_group(entries: Sequence[Json]) -> dict[str, list[Mapping[str, Json]]]:
    """The collective operations by the name of their process group; sends and receives have numbers of their own."""
    found: dict[str, list[Mapping[str, Json]]] = {}
    for entry in map(_mapping, entries):
        name = next((part for part in _sequence(entry.get("process_group")) if isinstance(part, str)), None)
        if name is not None and entry.get("is_p2p") is not True:
            found.setdefault(name, []).append(entry)
    return found


def _id(entries: Sequence[Mapping[str, Json]], group: str) -> str:
    """The key of the group in the status: its number in this process, which the default group shares with its name."""
    number = next((_number(entry.get("pg_id")) for entry in entries), None)
    return group if number is None else str(number)


def _report(
    report: RankReport,
    *,
    config: Mapping[str, Json],
    progress: Mapping[str, Json],
    entries: Sequence[Mapping[str, Json]],
) -> RankReport:
    """`report` with what the parts of the dump say that belong to one process group."""
    waits = min((entry for entry in entries if entry.get("state") != OVER), key=_seq, default={})
    return replace(
        report,
        group=_name(config, entries),
        is_group_unique=True,
        members=_members(config.get("ranks")),
        seq=_number(waits.get("collective_seq_id")),
        op=_op(waits.get("profiling_name")),
        numel_in=_numel(waits.get("input_sizes")),
        numel_out=_numel(waits.get("output_sizes")),
        timeout_ms=_number(waits.get("timeout_ms")),
        last_enqueued=_progress(progress, "last_enqueued_collective", entries),
        last_completed=_progress(progress, "last_completed_collective", _over(entries)),
    )


def _name(config: Mapping[str, Json], entries: Sequence[Mapping[str, Json]]) -> str | None:
    """The group as the log lines spell it: `3(tp:0)`, or `3` where it has no description."""
    said = _sequence(entries[0].get("process_group")) if entries else (config.get("name"), config.get("desc"))
    name, description = [part for part in (*said, "", "") if isinstance(part, str)][:2]
    return f"{name}({description})" if description not in ("", "undefined") else name or None


def _over(entries: Sequence[Mapping[str, Json]]) -> Sequence[Mapping[str, Json]]:
    return [entry for entry in entries if entry.get("state") == OVER]


def _progress(status: Mapping[str, Json], name: str, entries: Sequence[Mapping[str, Json]]) -> int | None:
    """The number that the status gives, or else (before version 2.3) the highest one among `entries`."""
    told = _number(status.get(name))
    if told is not None:
        return told
    return max((seq for entry in entries if (seq := _seq(entry)) >= 0), default=None)


def _seq(entry: Mapping[str, Json]) -> int:
    seq = _number(entry.get("collective_seq_id"))
    return -1 if seq is None else seq


def _op(profiled: Json) -> str | None:
    """`nccl:_all_gather_base` as the watchdog spells it, `_ALLGATHER_BASE`."""
    if not isinstance(profiled, str):
        return None
    name = profiled[:NAME_CHARS].rpartition(":")[2].split(" ")[0].upper()
    return name.replace("ALL_", "ALL").replace("ALLTO_ALL", "ALLTOALL") or None


def _numel(sizes: Json) -> int | None:
    """The number of elements of all tensors together, as the watchdog counts them."""
    tensors = [[_number(length) or 0 for length in _sequence(tensor)] for tensor in _sequence(sizes)]
    total = sum(math.prod(tensor[:DIMENSIONS]) for tensor in tensors)
    return total if tensors and 0 <= total < MOST else None


def _members(ranks: Json) -> tuple[int, ...]:
    """`"[0, 1]"`, or a list."""
    if isinstance(ranks, str):
        return tuple(int(rank) for rank in RANKS.findall(ranks[:MEMBER_CHARS]))
    return tuple(rank for rank in map(_number, _sequence(ranks)[:MEMBERS]) if rank is not None and rank >= 0)


def _number(value: Json) -> int | None:
    """An integer, or a text that is one."""
    if isinstance(value, str) and NUMBER.match(value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < MOST else None


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _sequence(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list) else ()
