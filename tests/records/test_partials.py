"""Fragments of container lines, joined by stream and within bounds."""

from __future__ import annotations

from dataclasses import replace

from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.records.partials import CriJoiner, DockerJoiner

STAMP = b"2026-11-20T06:00:00.1Z "


def cri_joiner(limits: Limits = DEFAULT_LIMITS) -> CriJoiner:
    """A joiner that knows what it reads."""
    joiner = CriJoiner(limits=limits)
    assert joiner.is_met(STAMP + b"stdout F x")
    return joiner


def test_lines_of_other_files_are_let_through() -> None:
    """Before the source has proved to be a runtime's file nothing is kept."""
    joiner = CriJoiner(limits=DEFAULT_LIMITS)

    assert not joiner.is_met(b"plain")
    assert joiner.feed(STAMP + b"stdout P x", 1) == [(1, STAMP + b"stdout P x")]


def test_cri_fragments_are_joined_per_stream() -> None:
    """The first fragment gives the number and the time; the other stream is not touched."""
    joiner = cri_joiner()
    lines = [b"stdout P ab", b"stderr P xy", b"stdout P cd", b"stderr F z", b"stdout F e", b"stdout F plain"]
    joined = [joiner.feed(STAMP + line, number) for number, line in enumerate(lines, 1)]

    assert joined == [
        [],
        [],
        [],
        [(2, STAMP + b"stderr F xyz")],
        [(1, STAMP + b"stdout F abcde")],
        [(6, STAMP + b"stdout F plain")],
    ]
    assert not joiner


def test_cri_fragments_without_an_end_are_given_at_the_end() -> None:
    """Nothing is lost when the file ends."""
    joiner = cri_joiner()
    joiner.feed(STAMP + b"stdout P ab", 3)

    assert joiner.drain() == [(3, STAMP + b"stdout F ab")]
    assert joiner.drain() == []


def test_fragments_are_bounded_in_bytes_and_in_streams() -> None:
    """The rest of an endless line is left out; the oldest stream gives way."""
    limits = replace(DEFAULT_LIMITS, partial_bytes=5, partial_streams=1)
    joiner = cri_joiner(limits)
    first = [joiner.feed(STAMP + b"stdout P abcd", number) for number in range(1, 5)]
    second = joiner.feed(STAMP + b"stderr P x", 5)

    assert first == [[]] * 4
    assert second == [(1, STAMP + b"stdout F abcda")]
    assert joiner.drain() == [(5, STAMP + b"stderr F x")]


def test_docker_fragments_are_joined() -> None:
    """A record without its newline goes on in the next one of its stream."""
    joiner = DockerJoiner(limits=DEFAULT_LIMITS)
    parts: list[dict[str, object]] = [
        {"log": "ab", "stream": "stdout", "time": "t1"},
        {"log": "x\n", "stream": "stderr", "time": "t2"},
        {"log": "c\n", "stream": "stdout", "time": "t3"},
    ]

    assert [joiner.feed(part, number) for number, part in enumerate(parts, 1)] == [
        [],
        [(2, parts[1])],
        [(1, {"log": "abc\n", "stream": "stdout", "time": "t1"})],
    ]


def test_records_that_never_end_in_a_newline_are_not_glued() -> None:
    """Some shippers strip the newline of every record; only fragments of docker's size go on."""
    joiner = DockerJoiner(limits=DEFAULT_LIMITS)
    short: dict[str, object] = {"log": "a", "stream": "stdout", "time": "t"}
    long: dict[str, object] = {"log": "b" * 16384, "stream": "stdout", "time": "t"}
    given = [joiner.feed(record, number) for number, record in enumerate([short, short, long, short], 1)]

    assert given == [[], [(1, short)], [(2, short)], []]
    assert joiner.drain() == [(3, {**long, "log": "b" * 16384 + "a"})]
    assert not joiner


def test_fluent_bits_flag_tells() -> None:
    """`_p` says P or F, whatever the text ends in."""
    joiner = DockerJoiner(limits=DEFAULT_LIMITS)
    first: dict[str, object] = {"log": "a", "stream": "stdout", "_p": "P"}
    last: dict[str, object] = {"log": "b", "stream": "stdout", "_p": "F"}

    assert joiner.feed(first, 1) == []
    assert joiner.feed(first, 2) == []
    assert joiner.feed(last, 3) == [(1, {**first, "log": "aab"})]
    assert joiner.feed({"message": "x"}, 4) == [(4, {"message": "x"})]
