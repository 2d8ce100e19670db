"""Probe `host-address`: which address would vLLM take for this node, and can others use it."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from collections.abc import Mapping
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts
from logsleuth.probes.answers import Values, answer, is_of, rows_of, text_of, texts_of
from logsleuth.probes.judging import from_failure
from logsleuth.probes.network.destinations import Leave
from logsleuth.probes.network.endpoint import resolve
from logsleuth.probes.network.links import interfaces, source_towards
from logsleuth.probes.network.places import place
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject

NAME: Final = "host-address"
# vllm/utils/network_utils.py, get_ip: the source address towards these; a datagram socket sends nothing on connect
OUTSIDE: Final = ("8.8.8.8", "2001:4860:4860::8888")
BRIDGES: Final = ("docker", "br-", "virbr", "cni", "podman")


def measure(wishes: Mapping[str, Json]) -> dict[str, Json]:
    """The address that vLLM would choose, this host's name and addresses, and whether `address` can be bound."""
    name = socket.gethostname()
    chosen = next((found for outside in OUTSIDE if (found := source_towards(outside))), "")
    address = str(wishes.get("address") or "") or os.environ.get("VLLM_HOST_IP", "")  # noqa: TID251  as the service sees it
    return {
        "hostname": name,
        "named": resolve({"host": name, "leave": Leave.USER}).get("addresses", []),
        "chosen": chosen,
        "interfaces": interfaces(),
        "address": address,
        "error": _bind(address) if address else "",
    }


def _bind(address: str) -> str:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as server:
            server.bind((address, 0))
    except OSError as failure:
        return errno.errorcode.get(failure.errno or 0, str(failure))
    return ""


def _wishes(subject: Subject) -> Mapping[str, Json]:
    return {"address": _asked(subject)}


def _asked(subject: Subject) -> str:
    for text in (subject.get("address"), subject.get("vllm_host_ip")):
        host = place(text)[0]
        if _is_numeric(host):
            return host
    return ""


def _is_numeric(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """Confirmed where the address is not of this machine or no other node can use it, refuted where all can."""
    failed = from_failure(NAME, sample, subject)
    if failed is not None:
        return failed
    values = sample.values
    address, chosen = text_of(values, "address"), text_of(values, "chosen")
    facts: Facts = (
        ("address", address or "-"),
        ("chosen", chosen or "-"),
        ("hostname", f"{text_of(values, 'hostname')} ({', '.join(texts_of(values, 'named')) or 'no address'})"),
    )
    if text_of(values, "error") == "EADDRNOTAVAIL":
        detail = Words(
            en=f"{address} is no address of this machine: {_here(values)}. Set VLLM_HOST_IP to one that is.",
            zh=f"{address} 不是本机的地址：{_here(values)}。请把 VLLM_HOST_IP 设为本机的地址。",
        )
        return answer(NAME, Outcome.CONFIRMED, detail, sample, facts=facts, provoked="dist.wrong-host-ip.bind")
    if is_of(subject.diagnosis, "dist.wrong-host-ip.bind"):
        detail = Words(en=f"{address or 'It'} can be bound here.", zh=f"{address or '该地址'} 可以在本机绑定。")
        return answer(NAME, Outcome.REFUTED if address else Outcome.INCONCLUSIVE, detail, sample, facts=facts)
    return _chosen(sample, address, chosen, facts)


def _chosen(sample: Sample, address: str, chosen: str, facts: Facts) -> ProbeResult:
    """What the choice of this machine says of a node that others could not reach."""
    interface = _interface_of(sample.values, chosen)
    if not chosen or chosen.startswith("127.") or interface.startswith(BRIDGES):
        detail = Words(
            en=f"vLLM would take {chosen or 'no address at all'} here"
            f"{f' ({interface})' if interface else ''}, which other nodes cannot use: set VLLM_HOST_IP.",
            zh=f"vLLM 在本机会选择 {chosen or '不到任何地址'}{f'（{interface}）' if interface else ''}，"
            "其他节点无法使用：请设置 VLLM_HOST_IP。",
        )
        return answer(NAME, Outcome.CONFIRMED, detail, sample, facts=facts, provoked="dist.wrong-host-ip")
    if address and address != chosen and not _is_loopback(address):
        detail = Words(
            en=f"The log shows {address}; vLLM would take {chosen} ({interface}) here. If other nodes reach only one "
            "of them, set VLLM_HOST_IP to it.",
            zh=f"日志中是 {address}；vLLM 在本机会选择 {chosen}（{interface}）。"
            f"若其他节点只能到达其一，请把 VLLM_HOST_IP 设为它。",
        )
        return answer(NAME, Outcome.INCONCLUSIVE, detail, sample, facts=facts)
    outcome = Outcome.REFUTED if _is_loopback(address) else Outcome.INCONCLUSIVE
    detail = Words(
        en=f"vLLM would take {chosen} ({interface}) here; whether other nodes reach it has to be tried from there "
        "(endpoint-connect).",
        zh=f"vLLM 在本机会选择 {chosen}（{interface}）；其他节点能否到达，需在那里尝试（endpoint-connect）。",
    )
    return answer(NAME, outcome, detail, sample, facts=facts)


def _is_loopback(address: str) -> bool:
    return address.startswith("127.") or address == "::1"


def _interface_of(values: Values, address: str) -> str:
    for row in rows_of(values, "interfaces"):
        if any(text.partition("/")[0] == address for text in texts_of(row, "addresses")):
            return text_of(row, "name")
    return ""


def _here(values: Values) -> str:
    rows = rows_of(values, "interfaces")
    return ", ".join(f"{text_of(row, 'name')} {text}" for row in rows for text in texts_of(row, "addresses")) or "-"


HOST_ADDRESS: Final = Probe(
    name=NAME,
    title=Words(en="Address of this node", zh="本节点的地址"),
    hypothesis=Words(
        en="The address in the log is not of this machine, or vLLM chooses one here that other nodes cannot use. It "
        "tells nothing about firewalls.",
        zh="日志中的地址不属于本机，或 vLLM 在本机选择了其他节点无法使用的地址。它不检查防火墙。",
    ),
    answers=("dist.wrong-host-ip", "dist.gloo.loopback"),
    predictions=(
        Prediction(
            diagnosis="dist.wrong-host-ip.bind",
            says=Words(en="EADDRNOTAVAIL: the address is not of this machine", zh="EADDRNOTAVAIL：地址不属于本机"),
        ),
        Prediction(
            diagnosis="dist.wrong-host-ip",
            says=Words(en="the choice is loopback or a container bridge", zh="选中的是回环地址或容器网桥"),
        ),
        Prediction(diagnosis="healthy", says=Words(en="the choice is on a network card", zh="选中的地址在网卡上")),
    ),
    measure="network.host_address:measure",
    wishes=_wishes,
    judge=judge,
    limit_s=20.0,
)
