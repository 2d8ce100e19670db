"""Bodies to keyed batches."""

from __future__ import annotations

from logsleuth.limits import DEFAULT_LIMITS, ServerLimits
from logsleuth.server.entry import Entry, decode
from logsleuth.server.intake import Delivery, read_body, read_part
from logsleuth.server.seen import is_passing
from logsleuth.server.wire.protocol import Decoded, Request
from tests.server.lines import WIRE

REQUEST = Request(method="POST", path="/ingest", tenant="t", hint="h", arrived_ns=99, limits=DEFAULT_LIMITS)


def body(text: bytes, limits: ServerLimits | None = None) -> Delivery:
    """A body as it is delivered."""
    return read_body(text, WIRE, REQUEST, bytes, limits or ServerLimits())


def part(entries: list[Entry], note: tuple[str, ...] = ()) -> list[bytes]:
    """The keys of a part of an endless body."""
    decoded = Decoded(entries=tuple(entries), records=len(entries), note=note)
    return [key for key, _ in read_part(decoded, WIRE, REQUEST, bytes, ServerLimits()).records]


def test_a_body_is_one_batch() -> None:
    """With everything that the analysis needs."""
    ((key, payload),) = body(b"5 one\ntwo").records
    batch = decode(payload)

    assert (batch.tenant, batch.protocol, batch.arrived_ns) == ("t", "lines", 99)
    assert batch.entries == (Entry(source="h", text=b"one", time_ns=5), Entry(source="h", text=b"two"))
    assert not is_passing(key)
    assert is_passing(body(b"no time\nat all").records[0][0])


def test_nothing_is_no_batch() -> None:
    """An empty body is taken, and leaves nothing."""
    assert body(b"").records == ()


def test_large_bodies_are_split_alike_each_time() -> None:
    """An entry that is larger than a batch is one."""
    limits = ServerLimits(frame_bytes=500)
    text = b"\n".join(b"%d %s" % (number, b"x" * (number * 40)) for number in range(1, 20))
    first, again = body(text, limits), body(text, limits)

    assert first == again
    assert len({key for key, _ in first.records}) == len(first.records) > 10
    assert [entry.time_ns for _, payload in first.records for entry in decode(payload).entries] == list(range(1, 20))


def test_records_with_names_are_known_however_they_are_cut() -> None:
    """Each by its own."""
    entries = [Entry(source="h", text=b"%d" % number) for number in range(4)]
    names = tuple("abcd")

    assert part(entries[:3], names[:3]) + part(entries[3:], names[3:]) == part(entries, names)
    assert not any(is_passing(key) for key in part(entries, names))


def test_records_without_names_are_not_taken_for_one_another() -> None:
    """By what they say, then: all of a part together."""
    entries = [Entry(source="h", text=b"one"), Entry(source="h", text=b"two")]

    assert len({*part(entries[:1], ("",)), *part(entries[1:], ("",)), *part(entries, ("", ""))}) == 3
    assert len(part(entries)) == 1


def test_records_of_which_some_have_no_name_are_known_together() -> None:
    """Two that say the same are two."""
    twice = [Entry(source="h", text=b"again")] * 2
    (key,) = part(twice, ("", ""))

    assert is_passing(key)
    assert len(part(twice, ("a", ""))) == 1
