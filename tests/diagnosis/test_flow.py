"""Where in UCM's flow a failure stands, and a UCM that never spoke."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from logsleuth.diagnosis.flow import NEVER_HEARD_OF, silence, stage
from logsleuth.diagnosis.flow import is_ucm_silent as is_silent
from logsleuth.model import Event, EventLine, Finding, Frame, Raised

MakeFinding = Callable[..., Finding]


def said(finding: Finding, text: str, **changes: object) -> Finding:
    """The same finding in another line."""
    event = replace(finding.event, lines=(EventLine(number=1, raw=text, message=text),), **changes)  # type: ignore[arg-type]  # a table names the fields
    return replace(finding, event=event)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("UCM patch was not applied", "1 apply patches"),
        ("[UCM.Connector] no such config", "2 create the connector"),
        ("failed to create posix store", "3 connect the store"),
        ("storage path /mnt is gone", "3 connect the store"),
        ("ucm_block_ids do not match", "4 hash blocks"),
        ("Lookup failed", "5 lookup"),
        ("look up failed", "5 lookup"),
        ("load kv cache failed", "8 load KV"),
        ("S2D task failed", "8 load KV"),
        ("dump task 7 failed", "10 save KV"),
        ("lookup before dump task 7", "10 save KV"),
        ("nothing that tells", None),
    ],
)
def test_the_step_that_a_line_tells(make_finding: MakeFinding, text: str, expected: str | None) -> None:
    """The most telling word counts."""
    assert stage(said(make_finding("ucm.transfer-failed", 1), text)) == expected


def test_the_step_that_code_and_frames_tell(make_finding: MakeFinding) -> None:
    """Where the line itself says nothing."""
    finding = make_finding("ucm.transfer-failed", 1)
    raised = (Raised(type="ValueError", message="x", frames=(Frame(file="a.py", line=1, function="wait_for_save"),)),)

    assert stage(said(finding, "x", code="ucm_connector.py:12")) == "2 create the connector"
    assert stage(said(finding, "x", raised=raised)) == "10 save KV"


def test_only_the_decisive_lines_tell(make_finding: MakeFinding) -> None:
    """Others of the event speak of other steps."""
    finding = said(make_finding("ucm.transfer-failed", 1), "x")
    lines = tuple(
        EventLine(number=at, raw=text, message=text) for at, text in enumerate(("dump task", "Lookup", "dump task"), 1)
    )

    assert stage(replace(finding, event=replace(finding.event, lines=lines), first=1, last=1)) == "5 lookup"


def test_what_is_not_ucm_s_has_no_step(make_finding: MakeFinding) -> None:
    """Whatever its words."""
    assert stage(said(make_finding("lmcache.backend", 1), "Lookup failed")) is None


@pytest.mark.parametrize(
    ("environment", "is_ucm_heard", "is_serving", "expected"),
    [
        ({"kv_connector": "UCMConnector"}, False, True, True),
        ({"kv_connector": "UCMConnector"}, True, True, False),
        ({"kv_connector": "UCMConnector"}, False, False, False),
        ({"kv_connector": "LMCacheConnectorV1"}, False, True, False),
        ({}, False, True, False),
    ],
)
def test_a_silent_ucm(environment: Mapping[str, str], *, is_ucm_heard: bool, is_serving: bool, expected: bool) -> None:
    """Configured, never heard of, in a server that works."""
    assert is_silent(environment, is_ucm_heard=is_ucm_heard, is_serving=is_serving) is expected


def test_silence_is_a_finding_where_ucm_was_configured(make_chain: Callable[..., Event]) -> None:
    """With the name of the connector."""
    event = make_chain("ValueError", line=12)

    assert silence(event) == Finding(
        signature_id=NEVER_HEARD_OF, event=event, first=0, last=0, facts=(("kv_connector", "UCMConnector"),)
    )
