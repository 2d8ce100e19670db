"""Probe `socket-interface`: is the interface that NCCL or gloo is told to use here, up, and with an address."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes.answers import Values, answer, is_of, is_true, rows_of, text_of, texts_of
from logsleuth.probes.judging import from_failure
from logsleuth.probes.network.links import interfaces
from logsleuth.probes.network.places import place
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject

NAME: Final = "socket-interface"
UNUSED: Final = ("lo", "docker")  # NCCL takes these only where there is nothing else


def measure(wishes: Mapping[str, Json]) -> dict[str, Json]:
    """The interfaces of this machine, and which of them are meant: what the log says, else the variable here."""
    told = os.environ.get(str(wishes["variable"]), "")  # noqa: TID251  a child sees what the service would
    interface = str(wishes.get("interface") or told)
    return {"interface": interface, "variable": wishes["variable"], "interfaces": interfaces()}


def is_named(specification: str, name: str, *, is_exact: bool) -> bool:
    """Whether an interface is meant by `NCCL_SOCKET_IFNAME` (prefixes, `=` exact, `^` not) or gloo's exact names."""
    text = specification.strip()
    if not text:
        return not name.startswith(UNUSED)
    is_negated = text.startswith("^") and not is_exact
    is_whole = is_exact or text.lstrip("^").startswith("=")
    wanted = [item.strip() for item in text.lstrip("^=").split(",") if item.strip()]
    found = any(name == item if is_whole else name.startswith(item.partition(":")[0]) for item in wanted)
    return found != is_negated


def _wishes(subject: Subject) -> Mapping[str, Json]:
    variable = "GLOO_SOCKET_IFNAME" if is_of(subject.diagnosis, "dist.gloo") else "NCCL_SOCKET_IFNAME"
    return {"interface": subject.get("interface") or subject.get(variable.lower()), "variable": variable}


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """Confirmed where no interface that is meant can be used, refuted where one can."""
    failed = from_failure(NAME, sample, subject)
    if failed is not None:
        return failed
    wanted, rows = text_of(sample.values, "interface"), rows_of(sample.values, "interfaces")
    is_gloo = _is_gloo(sample.values, subject)
    named = [row for row in rows if is_named(wanted, text_of(row, "name"), is_exact=is_gloo)]
    usable = [row for row in named if is_true(row, "is_up") and _fitting(row, subject)]
    here = ", ".join(_shown(row) for row in rows) or "-"
    facts = (("interface", wanted or "-"), ("interfaces", here))
    if usable:
        return _usable(sample, subject, usable, facts)
    if not wanted and (lonely := [row for row in rows if is_true(row, "is_up") and _fitting(row, subject)]):
        shown = ", ".join(_shown(row) for row in lonely)
        detail = Words(
            en=f"Only loopback or container bridges are up here ({shown}): NCCL falls back to them, which is enough on "
            "one node; other nodes cannot be reached.",
            zh=f"本机只有回环或容器网桥可用（{shown}）：NCCL 会退而使用它们，单机足够；无法到达其他节点。",
        )
        return answer(NAME, Outcome.INCONCLUSIVE, detail, sample, facts=facts)
    provoked = "dist.gloo.interface" if is_gloo else "nccl.no-interface"
    return answer(NAME, Outcome.CONFIRMED, _missing(wanted, named, here), sample, facts=facts, provoked=provoked)


def _is_gloo(values: Values, subject: Subject) -> bool:
    """Whether the name was meant for gloo, which reads it otherwise than NCCL."""
    return text_of(values, "variable").startswith("GLOO") or (
        "variable" not in values and is_of(subject.diagnosis, "dist.gloo")
    )


def _usable(sample: Sample, subject: Subject, usable: list[Values], facts: tuple[tuple[str, str], ...]) -> ProbeResult:
    shown = ", ".join(_shown(row) for row in usable)
    is_other = is_of(subject.diagnosis, "dist.gloo") and not is_of(subject.diagnosis, "dist.gloo.interface")
    if is_other:  # gloo's peers may be out of reach over a good interface
        detail = Words(
            en=f"{shown} can be used; whether the peers are reached over it is another question (endpoint-connect).",
            zh=f"{shown} 可以使用；能否经由它到达对端是另一个问题（endpoint-connect）。",
        )
        return answer(NAME, Outcome.INCONCLUSIVE, detail, sample, facts=facts)
    detail = Words(en=f"Here {shown} is up and has an address.", zh=f"本机的 {shown} 已启用并且有地址。")
    return answer(NAME, Outcome.REFUTED, detail, sample, facts=facts)


def _fitting(row: Values, subject: Subject) -> bool:
    """Whether the interface has an address of the family or in the subnet that the diagnosis is about."""
    networks = [ipaddress.ip_interface(text) for text in texts_of(row, "addresses")]
    if is_of(subject.diagnosis, "nccl.no-interface.family") and subject.get("family"):
        version = 6 if "6" in subject.get("family") else 4
        networks = [network for network in networks if network.version == version]
    peer = place(subject.get("peer"))[0] if is_of(subject.diagnosis, "nccl.no-interface.subnet") else ""
    if peer:
        networks = [network for network in networks if _holds(network, peer)]
    return bool(networks)


def _holds(network: ipaddress.IPv4Interface | ipaddress.IPv6Interface, peer: str) -> bool:
    try:
        return ipaddress.ip_address(peer) in network.network
    except ValueError:
        return True  # a name says nothing about subnets


def _shown(row: Values) -> str:
    state = "" if is_true(row, "is_up") else " down"
    return f"{text_of(row, 'name')} ({', '.join(texts_of(row, 'addresses')) or 'no address'}){state}"


def _missing(wanted: str, named: list[Values], here: str) -> Words:
    if not wanted:
        return Words(
            en=f"No interface but loopback and container bridges is up with an address: {here}.",
            zh=f"除回环与容器网桥外，没有已启用且有地址的接口：{here}。",
        )
    if not named:
        return Words(
            en=f"No interface here matches '{wanted}': {here}.", zh=f"本机没有与“{wanted}”匹配的接口：{here}。"
        )
    shown = ", ".join(_shown(row) for row in named)
    return Words(
        en=f"'{wanted}' matches {shown}, which cannot be used: it has to be up, with an address that fits.",
        zh=f"“{wanted}”匹配 {shown}，但不可用：接口必须已启用，并且有合适的地址。",
    )


SOCKET_INTERFACE: Final = Probe(
    name=NAME,
    title=Words(en="Interface of the sockets", zh="套接字所用的网络接口"),
    hypothesis=Words(
        en="No interface that NCCL_SOCKET_IFNAME or GLOO_SOCKET_IFNAME means is up with an address. It tests the "
        "machine it runs on: run it in the container and on the node of the log.",
        zh="NCCL_SOCKET_IFNAME 或 GLOO_SOCKET_IFNAME 所指的接口都不可用。"
        "它只检查所在机器：请在日志所属的容器与节点上运行。",
    ),
    answers=("nccl.no-interface", "dist.gloo", "dist.gloo.interface"),
    predictions=(
        Prediction(
            diagnosis="nccl.no-interface",
            says=Words(en="no interface that is meant is up with an address", zh="所指的接口都没有启用或没有地址"),
        ),
        Prediction(
            diagnosis="dist.gloo.interface",
            says=Words(en="no interface has exactly that name, or it has no address", zh="没有同名接口，或它没有地址"),
        ),
        Prediction(
            diagnosis="healthy", says=Words(en="one of them is up with an address", zh="其中有接口已启用且有地址")
        ),
    ),
    measure="network.interface:measure",
    wishes=_wishes,
    judge=judge,
    limit_s=10.0,
)
