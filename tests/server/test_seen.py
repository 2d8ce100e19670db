"""What was taken already: bounded in number and age."""

from __future__ import annotations

import pytest

from logsleuth.limits import ServerLimits
from logsleuth.server.seen import UNANSWERED, Seen, is_passing, key_of
from logsleuth.server.spool import Kept
from tests.server.conftest import Clock

LASTING = key_of("default", b"digest", 0, is_passing=False)
PASSING = key_of("default", b"digest", 0, is_passing=True)


@pytest.mark.parametrize(
    "other",
    [
        key_of("other", b"digest", 0, is_passing=False),
        key_of("default", b"Digest", 0, is_passing=False),
        key_of("default", b"digest", 1, is_passing=False),
        key_of("default\0", b"digest", 0, is_passing=False),
    ],
)
def test_keys_differ_with_everything_they_name(other: bytes) -> None:
    """Tenant, content and number of the part."""
    assert len(other) == 16
    assert other != LASTING
    assert (is_passing(LASTING), is_passing(PASSING)) == (False, True)


def test_a_key_is_known_until_it_is_too_old() -> None:
    """The age counts from when it was added."""
    clock = Clock()
    seen = Seen(ServerLimits(seen_seconds=80), clock.seconds)
    seen.add(LASTING)
    known = []
    for second in range(12):
        seen.add(key_of("default", b"%d" % second, 0, is_passing=False))
        known.append(LASTING in seen)
        clock.pass_by(10)

    assert known[:9] == [True] * 9
    assert known[-1] is False


def test_the_window_is_bounded_in_number() -> None:
    """The oldest go first."""
    seen = Seen(ServerLimits(seen_keys=80), Clock().seconds)
    keys = [key_of("default", b"%d" % number, 0, is_passing=False) for number in range(1000)]
    for key in keys:
        seen.add(key)

    assert len(seen) <= 80
    assert all(key in seen for key in keys[-70:])
    assert keys[0] not in seen


def test_a_forgotten_key_is_new_again() -> None:
    """Also one that was never there may be forgotten."""
    seen = Seen(ServerLimits(), Clock().seconds)
    seen.add(PASSING)

    seen.forget(PASSING)
    seen.forget(LASTING)

    assert PASSING not in seen


@pytest.mark.parametrize("was_killed", [True, False])
def test_the_spool_brings_back_what_may_come_again(*, was_killed: bool) -> None:
    """Passing keys only where the last process may not have answered, and only the newest."""
    clock = Clock()
    seen = Seen(ServerLimits(), clock.seconds)
    old, sealed, last = (key_of("default", name, 0, is_passing=False) for name in (b"old", b"sealed", b"last"))
    early = key_of("default", b"early", 0, is_passing=True)
    many = b"".join(key_of("default", b"%d" % number, 0, is_passing=False) for number in range(UNANSWERED))
    ended_ns = None if was_killed else clock.now_ns
    kept = [
        Kept(keys=old, sealed_ns=clock.now_ns - int(4000e9)),
        Kept(keys=sealed + early, sealed_ns=clock.now_ns - int(1e9)),
        Kept(keys=many + last + PASSING, sealed_ns=ended_ns),
    ]

    seen.load(kept, clock.now_ns)

    assert [key in seen for key in (old, sealed, early, last)] == [False, True, False, True]
    assert (PASSING in seen) == was_killed
