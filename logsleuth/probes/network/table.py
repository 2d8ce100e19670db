"""The probes of the network, in the order in which they are asked."""

from __future__ import annotations

from typing import Final

from logsleuth.probes.network.endpoint import ENDPOINT_CONNECT, NAME_RESOLUTION
from logsleuth.probes.network.host_address import HOST_ADDRESS
from logsleuth.probes.network.infiniband import INFINIBAND
from logsleuth.probes.network.interface import SOCKET_INTERFACE
from logsleuth.probes.network.port import PORT_OWNER
from logsleuth.probes.probe import Probe

NETWORK: Final[tuple[Probe, ...]] = (
    SOCKET_INTERFACE,
    HOST_ADDRESS,
    INFINIBAND,
    PORT_OWNER,
    NAME_RESOLUTION,
    ENDPOINT_CONNECT,
)
