"""Names, flat and nested, and the cache of the ladders that matter to a record."""

from __future__ import annotations

from logsleuth.records.ladders import EVERY, find, find_number, find_text, ladders_for


def test_dotted_names_are_found_flat_and_nested() -> None:
    """`error.stack_trace` may be one name or two."""
    ladder = EVERY.traceback
    records: list[dict[str, object]] = [
        {"error.stack_trace": "t"},
        {"error": {"stack_trace": "t"}},
        {"attributes": {"exception.stacktrace": "t"}},
        {"attributes": {"exception": {"stacktrace": "t"}}},
    ]

    assert [find(record, ladder) for record in records] == ["t"] * 4


def test_the_first_name_wins_and_empty_ones_do_not_count() -> None:
    """The ladder's order decides, not the record's."""
    record: dict[str, object] = {"msg": "b", "log": "", "message": "a", "text": 3}

    assert find(record, EVERY.text) == "a"
    assert find_text(record, (("text",), ("msg",))) == "b"
    assert find_text(record, (("text",),)) == ""
    assert find_number(record, (("text",),)) == 3
    assert find_number({"text": True}, (("text",),)) is None


def test_narrowed_ladders_find_the_same() -> None:
    """What a record cannot have is left out, whatever it holds."""
    record: dict[str, object] = {"message": "m", "time": "t", "error": {"type": "x"}}
    known = ladders_for(record)

    assert known.text == (("message",),)
    assert find(record, known.cause_type) == find(record, EVERY.cause_type) == "x"
    assert ladders_for({str(number): 0 for number in range(100)}) is EVERY
