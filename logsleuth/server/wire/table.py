"""Which protocol takes which request; the first that fits does."""

from __future__ import annotations

from typing import Final

from logsleuth.server.wire.protocol import Handshake, Route

HANDSHAKES: Final[tuple[Handshake, ...]] = ()
ROUTES: Final[tuple[Route, ...]] = ()
