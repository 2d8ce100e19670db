"""The kernel's tables of interfaces and addresses."""

from __future__ import annotations

import socket

from logsleuth.probes.network.links import interfaces, source_towards


def test_loopback_is_up_with_its_address() -> None:
    """Every machine has it; all interfaces that the C library names are told."""
    found = {str(row["name"]): row for row in interfaces() if isinstance(row, dict)}

    assert found["lo"]["is_up"] is True
    addresses = found["lo"]["addresses"]
    assert isinstance(addresses, list)
    assert "127.0.0.1/8" in addresses
    assert sorted(found) == sorted(name for _, name in socket.if_nameindex())


def test_source_is_what_the_kernel_would_choose() -> None:
    """Loopback towards loopback, nothing towards what is no address."""
    assert source_towards("127.0.0.1") == "127.0.0.1"
    assert source_towards("999.1.1.1") == ""
