"""JSON of every kind that lines hold, and everything that only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.records.jsonl import nested, objects


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"a":1}', ({"a": 1},)),
        (b'[{"a":1},{"b":2}]', ({"a": 1}, {"b": 2})),
        (b'{"a":1}{"b":2} {"c":3}', ({"a": 1}, {"b": 2}, {"c": 3})),
        (b'{"a":"\\ud800"}', ({"a": "\ud800"},)),
        (b'\xef\xbb\xbf{"a":1}', ({"a": 1},)),
        (b'{"a":"\xff"}', ({"a": "\ufffd"},)),
        (b'{"a":"tab\there"}', ({"a": "tab\there"},)),
        (b"[1,2]", None),
        (b"[]", None),
        (b"3", None),
        (b'{"a":1} rest', None),
        (b'{"a":"cut', None),
        (b"[" * 100_000, None),
        (b'{"a":' * 50_000, None),
        (b'{"a":' + b"9" * 5000 + b"}", None),
        (b"", None),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_objects(line: bytes, expected: tuple[dict[str, object], ...] | None) -> None:
    """Objects come out, anything else is none."""
    found = objects(line, most=10)

    assert found == expected


def test_nan_is_read() -> None:
    """Python writes NaN, which strict readers refuse."""
    found = objects(b'{"msg":"loss","value":NaN}', most=1)

    assert found is not None
    assert found[0]["msg"] == "loss"


def test_number_of_objects_is_bounded() -> None:
    """No more objects than asked for."""
    assert len(objects(b'{"a":1}' * 50, most=10) or ()) == 10
    assert len(objects(b"[" + b'{"a":1},' * 50 + b'{"a":1}]', most=10) or ()) == 10


@given(st.binary(max_size=200))
def test_any_bytes_are_answered(line: bytes) -> None:
    """Nothing raises."""
    found = objects(line, most=10)

    assert found is None or all(isinstance(each, dict) for each in found)


@pytest.mark.parametrize(
    ("text", "expected"), [('{"a":1}\n', {"a": 1}), ("{a}", None), ('{"a":1}{"b":2}', None), ("x", None)]
)
def test_nested(text: str, expected: dict[str, object] | None) -> None:
    """One object, or nothing."""
    assert nested(text) == expected
