"""Every protocol that is spoken: its requests with records, and the requests that its clients send beforehand."""

from __future__ import annotations

from typing import Final

from logsleuth.server.wire import datadog, elastic, firehose, generic, journald, loki, otlp, splunk
from logsleuth.server.wire.protocol import Handshake, Route

ROUTES: Final[tuple[Route, ...]] = (
    *loki.ROUTES,
    *otlp.ROUTES,
    *journald.ROUTES,
    *firehose.ROUTES,
    *splunk.ROUTES,
    *datadog.ROUTES,
    *elastic.ROUTES,
    *generic.ROUTES,
)
HANDSHAKES: Final[tuple[Handshake, ...]] = (
    *loki.HANDSHAKES,
    *splunk.HANDSHAKES,
    *elastic.HANDSHAKES,
    *generic.HANDSHAKES,
)
