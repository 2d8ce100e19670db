"""Does a mount answer: stat, statvfs and a listing, in a child that the kernel may never give back."""

from __future__ import annotations

import errno
import itertools
import os
import re
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import monotonic
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts
from logsleuth.probes import grounds, wanted
from logsleuth.probes.answers import Values, rows_of, text_of
from logsleuth.probes.figures import error_number, number, text
from logsleuth.probes.grounds import plain
from logsleuth.probes.judging import from_failure, result, words
from logsleuth.probes.network import destinations
from logsleuth.probes.network.endpoint import connect
from logsleuth.probes.network.places import NFS_PORT
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject, Touch

NAME: Final = "nfs-stat"
LIMIT_S: Final = 10.0  # soft NFS mounts give up after minutes, hard ones never; a healthy one takes milliseconds
MOST_MOUNTS: Final = 8
HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?")


def wishes(subject: Subject) -> Mapping[str, Json] | Words:
    """Which path to look at, and the server behind it, as far as the log tells."""
    server = HOST.fullmatch(subject.get("server").partition(":/")[0])
    name = subject.get("name")
    path = wanted.store_path(subject) or (name if name.startswith("/") else "")
    leave = destinations.leave(subject, "server")
    return {"path": path, "server": server[0] if server else "", "leave": leave}


def measure(wishes: Mapping[str, Json]) -> Iterator[Mapping[str, object]]:
    """Each step is told before it is tried: the last one told is where it hangs."""
    server, path = str(wishes["server"]), str(wishes["path"])
    if path and (ground := grounds.refused_as_written(path)):
        yield grounds.told(ground, path)
        return
    mounts = nfs_mounts(Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace"))
    places = [path] if path else [place for place, of in mounts.items() if not server or of.startswith(f"{server}:")]
    yield {"nfs_mounts": len(mounts), "places": [str(place) for place in places[:MOST_MOUNTS]]}
    if server:
        yield {"stage": "connect", "server": server}
        yield _answered(connect({"host": server, "port": NFS_PORT, "leave": wishes.get("leave", "")}))
    for place in places[:MOST_MOUNTS]:
        yield from _looked_at(place)
    yield {"stage": "done"}


def nfs_mounts(text: str) -> dict[str, str]:
    """The mount points of NFS in /proc/mounts, each with what is mounted there."""
    rows = (line.split() for line in text.splitlines())
    return {plain(row[1]): plain(row[0]) for row in rows if len(row) > 2 and row[2].startswith("nfs")}


def _looked_at(place: str) -> Iterator[Mapping[str, object]]:
    started = monotonic()
    try:
        yield {"stage": "stat", "place": place}
        Path(place).stat()
        yield {"stage": "statvfs"}
        os.statvfs(place)
        yield {"stage": "list"}
        if Path(place).is_dir():
            with os.scandir(place) as entries:
                list(itertools.islice(entries, 10))
    except OSError as error:
        traceback.print_exc()
        yield {"errno": error.errno or 0}
    yield {"milliseconds": round((monotonic() - started) * 1000, 3)}


def _answered(values: Values) -> Mapping[str, object]:
    """Whether one of the server's addresses took the connection, or why none was tried."""
    if refusal := text_of(values, "refused"):
        return {"unasked": refusal}
    return {"server_answers": any(not text_of(row, "error") for row in rows_of(values, "attempts"))}


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """A mount that does not answer in time is the failure itself; one that answers at once refutes it."""
    stage, place, code = text(sample, "stage"), text(sample, "place"), error_number(sample)
    facts = _facts(sample)
    said = {
        "place": place,
        "stage": stage,
        "limit": f"{sample.seconds:.0f}",
        "error": os.strerror(code) if code else "",
    }
    if sample.is_timed_out and place:
        is_asked = subject.diagnosis.startswith("storage.nfs-timeout")
        outcome = Outcome.CONFIRMED if is_asked else Outcome.INCONCLUSIVE
        return result(NAME, outcome, words(*_HANGS, **said), sample, facts)
    if not sample.is_complete or not sample.values:
        failure = from_failure(NAME, sample, subject, facts=facts)
        return failure or result(NAME, Outcome.INCONCLUSIVE, words("no answer", "没有回答"), sample, facts)
    if code:
        outcome = Outcome.CONFIRMED if code in _predicted(subject) else Outcome.INCONCLUSIVE
        return result(NAME, outcome, words("{place}: {error}", "{place}：{error}", **said), sample, facts)
    return _from_answers(sample, subject, place, facts)


def _from_answers(sample: Sample, subject: Subject, place: str, facts: Facts) -> ProbeResult:
    server, is_answering = text(sample, "server"), sample.values.get("server_answers")
    if is_answering is False and subject.diagnosis.startswith("storage.nfs-timeout"):
        detail = words("{server} does not answer on port 2049", "{server} 的 2049 端口没有响应", server=server)
        return result(NAME, Outcome.CONFIRMED, detail, sample, facts)
    if place or is_answering:
        spent = f"{number(sample, 'milliseconds') or 0:.3g}"
        detail = words(
            "{what} answers ({spent} ms)", "{what} 有响应（{spent} 毫秒）", what=place or server, spent=spent
        )
        return result(NAME, Outcome.REFUTED, detail, sample, facts)
    if refusal := text(sample, "unasked"):
        return result(NAME, Outcome.SKIPPED, destinations.why(refusal, server, fact="server"), sample, facts)
    detail = words("no path is known and nothing is mounted by NFS here", "路径未知，且本机没有 NFS 挂载")
    return result(NAME, Outcome.INCONCLUSIVE, detail, sample, facts)


def _predicted(subject: Subject) -> tuple[int, ...]:
    if subject.diagnosis.startswith("storage.nfs-stale"):
        return (errno.ESTALE,)
    return (errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.EHOSTDOWN)


def _facts(sample: Sample) -> Facts:
    named = [(name, text(sample, name)) for name in ("place", "stage", "server")]
    spent = number(sample, "milliseconds")
    timed = [("milliseconds", f"{spent:g}")] if spent is not None else []
    return tuple((name, value) for name, value in (*named, *timed) if value)


_HANGS: Final = (
    "{place} does not answer: {stage} hangs, ended after {limit} s",
    "{place} 没有响应：{stage} 挂起，{limit} 秒后终止",
)

NFS_STAT: Final = Probe(
    name=NAME,
    title=Words(en="A mount that answers", zh="挂载点是否响应"),
    hypothesis=Words(en="the mount or its server does not answer", zh="挂载点或其服务器没有响应"),
    answers=("storage.nfs-timeout", "storage.nfs-stale", "host.io-error.hung-task"),
    predictions=(
        Prediction(
            diagnosis="storage.nfs-timeout",
            says=Words(en="stat hangs, or the server refuses port 2049", zh="stat 挂起，或服务器 2049 端口不通"),
        ),
        Prediction(diagnosis="storage.nfs-stale", says=Words(en="ESTALE at once", zh="立即返回 ESTALE")),
        Prediction(diagnosis="healthy", says=Words(en="it answers in milliseconds", zh="毫秒级响应")),
    ),
    measure="storage.mounts:measure",
    wishes=wishes,
    judge=judge,
    touches=(Touch.READS, Touch.NETWORK),
    limit_s=LIMIT_S,
)
