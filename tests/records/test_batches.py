"""Records in the bodies that shippers send."""

from __future__ import annotations

import pytest

from logsleuth.records.batches import records

BATCHES: list[tuple[dict[str, object], list[dict[str, object]]]] = [
    ({"message": "x"}, [{"message": "x"}]),
    (
        {
            "resourceLogs": [
                {
                    "resource": {"attributes": [{"key": "k8s.pod.name", "value": {"stringValue": "p"}}]},
                    "scopeLogs": [
                        {
                            "logRecords": [
                                {
                                    "body": {"stringValue": "x"},
                                    "attributes": [{"key": "exception.stacktrace", "value": {"stringValue": "t"}}],
                                }
                            ]
                        }
                    ],
                }
            ]
        },
        [{"k8s.pod.name": "p", "body": {"stringValue": "x"}, "attributes": {"exception.stacktrace": "t"}}],
    ),
    (
        {"streams": [{"stream": {"pod": "p"}, "values": [["1", "x"], ["2", "y", {}], "z"]}]},
        [{"pod": "p", "timestamp": "1", "log": "x"}, {"pod": "p", "timestamp": "2", "log": "y"}],
    ),
    ({"logEvents": [{"id": "1", "message": "x"}, 3]}, [{"id": "1", "message": "x"}]),
    ({"resourceLogs": [3, {"resource": 1, "scopeLogs": [{"logRecords": [{"attributes": 1}]}]}]}, [{"attributes": {}}]),
]


@pytest.mark.parametrize(("batch", "expected"), BATCHES)
def test_batch(batch: dict[str, object], expected: list[dict[str, object]]) -> None:
    """Each record comes with what its batch says of all of them."""
    assert list(records(batch)) == expected
