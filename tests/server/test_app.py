"""The tables of all protocols, as one router."""

from __future__ import annotations

import pytest

from logsleuth.server.app import router
from logsleuth.server.wire.protocol import Reply
from logsleuth.server.wire.table import HANDSHAKES, ROUTES


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.methods[0]} {route.path}")
def test_every_route_can_be_reached(route: object) -> None:
    """No row hides behind another one."""
    methods, path, wire = (getattr(route, name) for name in ("methods", "path", "wire"))
    sample = path.replace("{", "").replace("}", "").replace("*", "")

    for method in methods:
        found = router().find(method, sample)
        assert found is not None
        assert found.target == wire


@pytest.mark.parametrize("row", HANDSHAKES, ids=lambda row: f"{row.methods[0]} {row.path}")
def test_every_hello_is_answered(row: object) -> None:
    """With its own words."""
    methods, path, reply = (getattr(row, name) for name in ("methods", "path", "reply"))
    sample = path.replace("{", "").replace("}", "").replace("*", "")

    for method in methods:
        found = router().find(method, sample)
        assert found is not None
        assert isinstance(found.target, Reply)
        assert found.target.status == reply.status
