"""Turns shapes into templates with Drain.

Drain depends on the order of its input, so templates are made once, at the end, from the shapes in the order of their
first lines: the same table gives the same templates, however it was put together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from logsleuth.limits import Limits
from logsleuth.masking import mask_text
from logsleuth.model import Level, Record, Template, Where
from logsleuth.templates.shapes import REST, Shape, ShapeTable, coarse

BATCH: Final = 500  # shapes of which the messages stand in memory at one time
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
    for batch in _batches(sorted(table.shapes.values(), key=lambda shape: shape.first)):
        records = [peel(shape.exemplar.decode("utf-8", "replace"), shape.first[1]) for shape in batch]
        for shape, record, message in zip(batch, records, masked(records, limits), strict=True):
            key, text = miner.cluster(record, message)
            _credit(clusters, key, text, shape, record)
    for name, shape in sorted(table.buckets.items()):
        _credit(clusters, ("bucket", name), partial(_bucket_text, name), shape, Record(line=0, text="", message=""))
    return _numbered(clusters.values(), sources)


def _batches(shapes: Sequence[Shape]) -> Iterator[Sequence[Shape]]:
    return (shapes[at : at + BATCH] for at in range(0, len(shapes), BATCH))


def masked(records: Iterable[Record], limits: Limits) -> list[str]:
    """The messages without their volatile parts: masked together, since one call costs as much as many lines."""
    lines = "\n".join(record.message[: limits.template_chars].replace("\n", " ") for record in records)
    return [line.strip() for line in mask_text(lines).split("\n")]


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
    ordered = sorted(((cluster.first, cluster.text(), cluster) for cluster in clusters), key=lambda item: item[:2])
    return tuple(
        Template(
            id=number,
            template=text,
            count=cluster.count,
            level=cluster.level,
            first=_where(cluster.first, sources),
            last=_where(cluster.last, sources),
            producer=cluster.producer,
            example=cluster.example,
            is_coarse=cluster.is_coarse,
        )
        for number, (_, text, cluster) in enumerate(ordered, 1)
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
        self._buckets: dict[bool, set[bytes]] = {False: set(), True: set()}

    def cluster(self, record: Record, message: str) -> tuple[object, Callable[[], str]]:
        """A key that stands for the cluster of a record's masked message, and what reads its template in the end."""
        is_error = record.level in (Level.ERROR, Level.CRITICAL)
        found = self._known.get((is_error, message))
        if found is None:
            drain = self._drain(is_error=is_error)
            if drain.clusters_counter >= self._limits.clusters:
                bucket = self._bucket(message, is_error=is_error)
                return ("coarse", is_error, bucket), partial(_bucket_text, bucket)
            found = self._known[is_error, message] = drain.add_log_message(message)[0]
        return (is_error, found.cluster_id), found.get_template

    def _drain(self, *, is_error: bool) -> Any:  # noqa: ANN401  drain3 has no types
        from logsleuth.templates.drain import IndexedDrain  # noqa: PLC0415  50 ms that a help text need not pay

        if is_error not in self._drains:
            self._drains[is_error] = IndexedDrain()
        return self._drains[is_error]

    def _bucket(self, message: str, *, is_error: bool) -> bytes:
        """The coarse group of a message for which there is no cluster; the groups are bounded, too."""
        buckets, bucket = self._buckets[is_error], coarse(message.encode())
        if len(buckets) < self._limits.overflow_buckets:
            buckets.add(bucket)
        return bucket if bucket in buckets else REST
