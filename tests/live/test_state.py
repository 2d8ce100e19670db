"""The state on the disk: whole or as before, of one watch at a time, and of a version that is known."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from logsleuth import analyze
from logsleuth.errors import UsageError
from logsleuth.live.incidents import Incident, Incidents, key_of
from logsleuth.live.state import FINDING_CHARS, FINDINGS_KEPT, SCHEMA, State, Store, Written, bounded, resumed
from logsleuth.model import NOBODY, Diagnosis, Event, EventKind, EventLine, Finding
from logsleuth.recent import Memory
from logsleuth.sources.follow_position import Fingerprint, Position
from logsleuth.sources.follow_tail import Saved

Make = Callable[..., Diagnosis]


def finding(text: str = "x", line: int = 1) -> Finding:
    """A finding on one line."""
    event = Event(kind=EventKind.LINE, source="a", source_index=0, origin=NOBODY, lines=(EventLine(line, text, text),))
    return Finding(signature_id="a.b", event=event, first=0, last=0, facts=(("n", "1"),))


def state(make: Make) -> State:
    """One with something of everything."""
    position = Position(device=1, inode=2, offset=3, head=Fingerprint(size=3, digest="ab"), tail="0a", mtime_ns=4)
    return State(
        files={"/a\ud800.log".encode("utf-8", "replace").decode(): Saved(positions=(position,), lines=7)},
        memory=Memory(sources=("a",), findings=(finding(),), environment=(("vllm", "1"),), progress=((0, 5),)),
        open=(Incident(id="i", key=key_of(make()), told=make(), told_at=3.0, calm_since=1.0),),
        unsent=({"event": "i-1", "incident": "i"},),
        written=Written(device=1, inode=2, size=3),
        templates=4,
    )


def test_what_is_saved_is_loaded(tmp_path: Path, make: Make) -> None:
    """Value for value, again and again."""
    store = Store(tmp_path / "state")
    assert store.load() is None
    for _ in range(2):
        store.save(state(make))
    assert store.load() == state(make)
    store.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["state", "state.lock"]


@pytest.mark.usefixtures("clean")
def test_real_findings_are_saved(tmp_path: Path) -> None:
    """With their tracebacks and their diagnoses."""
    log = Path(__file__).parents[2] / "fixtures" / "oom-four-ranks" / "input.log"
    found = tuple(Incident(id=item.id, key=key_of(item), told=item) for item in analyze(log).diagnoses)
    store = Store(tmp_path / "state")
    store.save(State(open=found))

    loaded = store.load()

    assert loaded is not None
    assert loaded.open == found


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no state of a watch"),
        (b"{", "no state of a watch"),
        (b"[]", "no state of a watch"),
        (b'{"schema": "logsleuth.watch/99"}', "'logsleuth.watch/99' is no state that this version reads"),
        (json.dumps({"schema": SCHEMA, "files": 3}).encode(), "no state of a watch"),
        (b"[" * 100_000, "no state of a watch"),
    ],
)
def test_what_is_no_state_is_never_taken_for_none(tmp_path: Path, data: bytes, said: str) -> None:
    """For then everything would be told twice."""
    (tmp_path / "state").write_bytes(data)

    with pytest.raises(UsageError, match=said):
        Store(tmp_path / "state").load()


def test_two_watches_cannot_share_a_state(tmp_path: Path) -> None:
    """Until the first one ends."""
    first = Store(tmp_path / "state")
    with pytest.raises(UsageError, match="another watch"):
        Store(tmp_path / "state")
    first.close()
    Store(tmp_path / "state").close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """Is said before anything is watched."""
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="cannot be written"):
        Store(tmp_path / "state")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """Is said before anything is watched."""
    with pytest.raises(UsageError, match="cannot be written"):
        Store(tmp_path / "no" / "state")


def test_a_state_is_bounded() -> None:
    """In the number of findings, and in the size of each."""
    many = tuple(finding(line=number) for number in range(FINDINGS_KEPT + 10))

    kept = bounded(Memory(findings=(finding("x" * (FINDING_CHARS + 1)), *many))).findings

    assert kept == many[10:]


def test_open_incidents_go_on_with_another_clock(make: Make) -> None:
    """What they waited for begins anew."""
    found = resumed((Incident(id="i", key=key_of(make()), told=make(), told_at=9e9, calm_since=1.0),), 5.0)

    assert found == Incidents(open=(Incident(id="i", key=key_of(make()), told=make(), told_at=5.0),))
