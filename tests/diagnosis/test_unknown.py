"""Failures found by shape: which exception of an event nothing accounts for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from logsleuth.diagnosis import unexplained, unknown_finding
from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.model import Event, Finding, Frame, Level, Role

MakeChain = Callable[..., Event]
MakeFinding = Callable[..., Finding]


def test_the_first_exception_of_a_chain_is_the_failure(make_chain: MakeChain) -> None:
    """What was raised first, not what was made of it."""
    assert unexplained(make_chain("FooError", "RuntimeError"), ()) == 0


@pytest.mark.parametrize(
    "name", ["KeyboardInterrupt", "asyncio.exceptions.CancelledError", "SystemExit", "BrokenPipeError"]
)
def test_an_orderly_end_is_no_failure(make_chain: MakeChain, name: str) -> None:
    """Nor a client that went away."""
    assert unexplained(make_chain(name), ()) is None


@pytest.mark.parametrize("level", [Level.DEBUG, Level.INFO, Level.WARNING])
def test_what_the_producer_calls_harmless_is_no_failure(make_chain: MakeChain, level: Level) -> None:
    """A traceback logged as a warning was handled."""
    assert unexplained(make_chain("FooError", level=level), ()) is None


def test_a_known_root_in_the_event_accounts_for_it(make_chain: MakeChain, make_finding: MakeFinding) -> None:
    """Wherever in the chain it stands."""
    event = make_chain("KeyError", "ImportError")

    assert unexplained(event, [(make_finding("deps.triton", 2, event=event, raised=1), Role.ROOT)]) is None


def test_a_wrapper_accounts_for_the_exception_it_stands_in_alone(
    make_chain: MakeChain, make_finding: MakeFinding
) -> None:
    """One further down does not, since it reports the unknown one above it."""
    event = make_chain("FooError", "EngineDeadError")
    first, second = (make_finding("vllm.engine-dead", 1 + at, event=event, raised=at) for at in (0, 1))

    assert unexplained(event, [(first, Role.WRAPPER)]) is None
    assert unexplained(event, [(second, Role.WRAPPER)]) == 0


def test_an_exception_that_carries_a_remote_one_is_passed_over(make_chain: MakeChain) -> None:
    """Ray prints the remote exception below its own."""
    assert unexplained(make_chain("ray.exceptions.RayTaskError(ValueError)", "ValueError"), ()) == 1


def test_the_finding_names_exception_message_and_frame(make_chain: MakeChain) -> None:
    """As facts, for the summary."""
    event = make_chain("pkg.FooError", line=40)

    found = unknown_finding(
        event, 0, frame=Frame(file="/a/b.py", line=3, function="f"), fingerprint="abc", limits=DEFAULT_LIMITS
    )

    assert found.position == (0, 40, 0)
    assert dict(found.facts) == {
        "exception": "pkg.FooError",
        "message": "x",
        "function": "f",
        "file": "/a/b.py",
        "line": "3",
        "fingerprint": "abc",
    }
