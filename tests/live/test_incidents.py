"""Incidents over time, without clocks: what is told when, and what is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from logsleuth.live.incidents import Incidents, Kind, Reason, Step, Timing, key_of, step
from logsleuth.model import Diagnosis, Role

Make = Callable[..., Diagnosis]
TIMING = Timing(cause_s=5.0, update_s=1.0, resolve_s=30.0)


def told(found: Step) -> list[tuple[Kind, Reason, str]]:
    """What a step tells."""
    return [(change.kind, change.reason, change.diagnosis.id) for change in found.changes]


def look(before: Step | None, now: float, *items: Diagnosis, served: bool = False) -> Step:
    """The next step; `served` says that service went on after all of them."""
    keys = frozenset(map(key_of, items)) if served else frozenset()
    return step(before.incidents if before else Incidents(), items, now, served=keys, timing=TIMING)


def test_a_cause_is_told_at_once_and_once(make: Make) -> None:
    """However often it is looked at."""
    first = look(None, 0, make())
    second = look(first, 60, make())

    assert told(first) == [(Kind.OPENED, Reason.NEW, "cuda.oom")]
    assert told(second) == []
    assert first.changes[0].revision == 1


def test_consequences_and_notices_are_not_told(make: Make) -> None:
    """They belong to a cause, or harm nobody."""
    found = look(None, 0, make(), make("vllm.dead", role=Role.CONSEQUENCE, by="cuda.oom"), make("x", role=Role.NOTICE))

    assert told(found) == [(Kind.OPENED, Reason.NEW, "cuda.oom")]


def test_a_wrapper_waits_for_its_cause(make: Make) -> None:
    """And is never told where it comes in time."""
    waiting = look(None, 0, make("vllm.dead", confidence=0.3))
    assert told(waiting) == []
    assert waiting.due == 5.0

    found = look(waiting, 3, make(), make("vllm.dead", role=Role.CONSEQUENCE, by="cuda.oom"))

    assert told(found) == [(Kind.OPENED, Reason.NEW, "cuda.oom")]
    assert found.incidents.waiting == ()


def test_a_wrapper_whose_cause_comes_late_becomes_its_incident(make: Make) -> None:
    """Under the same name."""
    waiting = look(None, 0, make("vllm.dead", confidence=0.3, line=50))
    opened = look(waiting, 5, make("vllm.dead", confidence=0.3, line=50))
    found = look(
        opened, 9, make(explains=("vllm.dead",)), make("vllm.dead", role=Role.CONSEQUENCE, by="cuda.oom", line=50)
    )

    assert told(opened) == [(Kind.OPENED, Reason.NEW, "vllm.dead")]
    assert told(found) == [(Kind.UPDATED, Reason.CAUSE, "cuda.oom")]
    assert found.changes[0].previous == "vllm.dead"
    assert found.changes[0].incident == opened.changes[0].incident
    assert [item.key for item in found.incidents.open] == [("cuda.oom", "")]


def test_two_incidents_of_one_cause_become_one(make: Make) -> None:
    """The one that has the cause already stays."""
    opened = look(None, 0, make(), make("unknown", line=90, fingerprint="f"))
    found = look(opened, 2, make(), make("unknown", role=Role.CONSEQUENCE, by="cuda.oom", line=90, fingerprint="f"))

    assert told(found) == [(Kind.RESOLVED, Reason.EXPLAINED, "cuda.oom")]
    assert len(found.incidents.open) == 1
    assert found.over == frozenset()


def test_more_ranks_are_one_update(make: Make) -> None:
    """Not sooner than a second after what was told before."""
    opened = look(None, 0, make())
    soon = look(opened, 0.2, make(ranks=(0, 1), count=2))
    later = look(soon, 1.0, make(ranks=(0, 1, 2, 3), count=4))

    assert told(soon) == []
    assert soon.due == 1.0
    assert told(later) == [(Kind.UPDATED, Reason.SPREAD, "cuda.oom")]
    assert told(look(later, 9, make(ranks=(0, 1, 2, 3), count=4))) == []


def test_repetitions_are_told_tenfold(make: Make) -> None:
    """Twice as often is no news."""
    opened = look(None, 0, make())

    assert told(look(opened, 5, make(count=9))) == []
    assert told(look(opened, 5, make(count=10))) == [(Kind.UPDATED, Reason.REPEATED, "cuda.oom")]


@pytest.mark.parametrize(("role", "confidence"), [(Role.PERF, 0.9), (Role.ROOT, 0.6)])
def test_a_change_of_heart_is_told(make: Make, role: Role, confidence: float) -> None:
    """Of the role, or of how sure it is."""
    found = look(look(None, 0, make()), 2, make(role=role, confidence=confidence))

    assert told(found) == [(Kind.UPDATED, Reason.CHANGED, "cuda.oom")]


def test_what_recovered_is_resolved(make: Make) -> None:
    """And forgotten: when it comes again it is new."""
    opened = look(None, 0, make("dist.connect"))
    found = look(opened, 3, make("dist.connect", role=Role.NOTICE))
    again = look(found, 60, make("dist.connect", line=999))

    assert told(found) == [(Kind.RESOLVED, Reason.RECOVERED, "dist.connect")]
    assert found.over == {("dist.connect", "")}
    assert told(again) == [(Kind.OPENED, Reason.NEW, "dist.connect")]
    assert again.changes[0].incident != opened.changes[0].incident


def test_normal_service_resolves_after_a_while(make: Make) -> None:
    """With all that the cause explains; a new sighting begins the while again."""
    consequence = make("vllm.dead", role=Role.CONSEQUENCE, by="cuda.oom")
    opened = look(None, 0, make(), consequence)
    calm = look(opened, 10, make(), consequence, served=True)
    seen = look(calm, 20, make(count=2), consequence, served=True)
    calm = look(seen, 25, make(count=2), consequence, served=True)
    still = look(calm, 54, make(count=2), consequence, served=True)
    over = look(still, 55, make(count=2), consequence, served=True)

    assert [told(item) for item in (calm, seen, still)] == [[], [], []]
    assert still.due == 55
    assert told(over) == [(Kind.RESOLVED, Reason.SERVICE, "cuda.oom")]
    assert over.over == {("cuda.oom", ""), ("vllm.dead", "")}


def test_poor_performance_ends_when_the_figures_are_well(make: Make) -> None:
    """For as long as one waits for service."""
    opened = look(None, 0, make("perf.kv", role=Role.PERF))
    gone = look(opened, 10)

    assert told(gone) == []
    assert gone.due == 40
    assert told(look(gone, 40)) == [(Kind.RESOLVED, Reason.SERVICE, "perf.kv")]
    back = look(gone, 20, make("perf.kv", role=Role.PERF))
    assert told(back) == []
    assert back.incidents.open[0].gone_since is None


def test_a_first_guess_gives_way_to_what_the_whole_event_says(make: Make) -> None:
    """On the same lines it is the same incident."""
    opened = look(None, 0, make("unknown", fingerprint="half", line=10))
    found = look(opened, 2, make("cuda.oom", line=11))

    assert told(found) == [(Kind.UPDATED, Reason.CAUSE, "cuda.oom")]
    assert found.changes[0].incident == opened.changes[0].incident


def test_a_guess_without_heir_is_taken_back(make: Make) -> None:
    """After a while."""
    gone = look(look(None, 0, make()), 1)

    assert told(look(gone, 31)) == [(Kind.RESOLVED, Reason.SUPERSEDED, "cuda.oom")]


def test_names_are_those_of_the_lines(make: Make) -> None:
    """The same lines give the same name in another run."""
    names = {look(None, now, make(line=line)).changes[0].incident for now, line in ((0, 1), (9, 1), (0, 2))}

    assert len(names) == 2


def test_an_incident_of_which_nothing_more_comes_can_end_by_itself(make: Make) -> None:
    """Where the process that failed never comes back; each further sight puts the end off."""
    timing = Timing(silent_s=100.0)
    found = step(Incidents(), (make(),), 0, timing=timing)
    found = step(found.incidents, (make(),), 60, timing=timing)
    found = step(found.incidents, (make(count=2),), 90, timing=timing)
    before = step(found.incidents, (make(count=2),), 189, timing=timing)
    after = step(before.incidents, (make(count=2),), 190, timing=timing)

    assert (told(before), before.due) == ([], 190)
    assert told(after) == [(Kind.RESOLVED, Reason.SILENT, "cuda.oom")]
    assert after.over == {key_of(make())}
    assert after.incidents.open == ()
