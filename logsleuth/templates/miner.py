"""Turns shapes into templates with Drain; the only module that knows drain3.

Drain depends on the order of its input, so templates are made once, at the end, from the shapes in the order of their
first lines: the same table gives the same templates, however it was put together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from logsleuth.limits import Limits
from logsleuth.masking import mask_text
from logsleuth.model import Level, Record, Template, Where
from logsleuth.templates.shapes import Shape, ShapeTable, coarse

COARSE: Final = ("bucket", "coarse")  # how the keys of coarse groups begin
Peel = Callable[[str, int], Record]


@dataclass(slots=True)
class _Cluster:
    text: Callable[[], str]
    count: int
    level: Level | None
    first: tuple[int, int]
    last: tuple[int, int]
    producer: str = ""
    example: str = ""
    is_coarse: bool = False


def mine(table: ShapeTable, *, peel: Peel, sources: Sequence[str], limits: Limits) -> tuple[Template, ...]:
    """The templates of `table`, in the order of their first lines; their counts add up to all lines."""
    clusters: dict[object, _Cluster] = {}
    miner = Miner(limits)
    for shape in sorted(table.shapes.values(), key=lambda shape: shape.first):
        record = peel(shape.exemplar.decode("utf-8", "replace"), shape.first[1])
        key, text = miner.cluster(record)
        _credit(clusters, key, text, shape, record)
    for name, shape in sorted(table.buckets.items()):
        _credit(clusters, ("bucket", name), partial(_bucket_text, name), shape, Record(line=0, text="", message=""))
    return _numbered(clusters.values(), sources)


def _bucket_text(name: bytes) -> str:
    return f"{name.decode('utf-8', 'replace')} ..."


def _credit(
    clusters: dict[object, _Cluster], key: object, text: Callable[[], str], shape: Shape, record: Record
) -> None:
    cluster = clusters.get(key)
    if cluster is None:
        clusters[key] = _Cluster(
            text=text,
            count=shape.count,
            level=record.level,
            first=shape.first,
            last=shape.last,
            producer=record.layers[-1] if record.head and record.layers else "",
            example=record.text,
            is_coarse=isinstance(key, tuple) and key[0] in COARSE,
        )
        return
    cluster.count += shape.count
    cluster.first = min(cluster.first, shape.first)
    cluster.last = max(cluster.last, shape.last)


def _numbered(clusters: Iterable[_Cluster], sources: Sequence[str]) -> tuple[Template, ...]:
    ordered = sorted(clusters, key=lambda cluster: (cluster.first, cluster.text()))
    return tuple(
        Template(
            id=number,
            template=cluster.text(),
            count=cluster.count,
            level=cluster.level,
            first=_where(cluster.first, sources),
            last=_where(cluster.last, sources),
            producer=cluster.producer,
            example=cluster.example,
            is_coarse=cluster.is_coarse,
        )
        for number, cluster in enumerate(ordered, 1)
    )


def _where(place: tuple[int, int], sources: Sequence[str]) -> Where:
    index, line = place
    return Where(source=sources[index] if index < len(sources) else "", line=line)


class Miner:
    """Drain over masked messages: each distinct message is clustered once, those of one level together."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._drains: dict[bool, Any] = {}
        self._known: dict[tuple[bool, str], Any] = {}

    def cluster(self, record: Record) -> tuple[object, Callable[[], str]]:
        """A key that stands for the record's cluster, and what reads the cluster's template in the end."""
        is_error = record.level in (Level.ERROR, Level.CRITICAL)
        message = mask_text(record.message[: self._limits.template_chars]).strip()
        found = self._known.get((is_error, message))
        if found is not None:
            return (is_error, found.cluster_id), found.get_template
        drain = self._drain(is_error)
        if len(drain.clusters) >= self._limits.clusters:
            bucket = coarse(message.encode())
            return ("coarse", is_error, bucket), partial(_bucket_text, bucket)
        found = self._known[is_error, message] = drain.add_log_message(message)[0]
        return (is_error, found.cluster_id), found.get_template

    def _drain(self, is_error: bool) -> Any:  # noqa: FBT001, ANN401  a key of two values; drain3 has no types
        from drain3.drain import Drain  # noqa: PLC0415  50 ms of start-up that a help text need not pay

        if is_error not in self._drains:
            self._drains[is_error] = Drain(param_str="<*>")
        return self._drains[is_error]
