"""What all protocols are answered alike."""

from __future__ import annotations

import pytest

from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.server.requests import refused
from logsleuth.server.wire.protocol import Refusal, Request, Route, Why
from logsleuth.server.wire.table import ROUTES


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
@pytest.mark.parametrize(("why", "wait_s", "said"), [(Why.BUSY, 7, ["7"]), (Why.MALFORMED, None, [])])
def test_when_to_come_again(route: Route, why: Why, wait_s: int | None, said: list[str]) -> None:
    """Said once, whatever the protocol, and only where coming again helps."""
    request = Request(method="POST", path=route.path, tenant="t", hint="h", arrived_ns=0, limits=DEFAULT_LIMITS)

    reply = refused(route.wire, Refusal(why=why, reason="the reason", retry_after_s=wait_s), request)

    assert [value for name, value in reply.headers if name.lower() == "retry-after"] == said
