"""Probes `name-resolution` and `endpoint-connect`: can the host that a log names be found, and its port be reached."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Mapping
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts
from logsleuth.probes.answers import Values, answer, is_of, rows_of, text_of, texts_of
from logsleuth.probes.judging import from_failure
from logsleuth.probes.network import destinations
from logsleuth.probes.network.links import source_towards
from logsleuth.probes.network.places import NAMES, endpoint
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject, Touch

RESOLUTION: Final = "name-resolution"
CONNECTION: Final = "endpoint-connect"
ATTEMPT_S: Final = 3.0
ADDRESSES: Final = 4  # of one name, tried one after the other
# services that are there whether or not the job of the log runs
PERSISTENT: Final = ("storage", "model")
# a server that answers may still refuse this client
BEYOND: Final = ("storage.nfs-timeout.access-denied", "storage.s3-endpoint.metadata")
NO_HOST: Final = Words(
    en="The diagnosis names no host; give one as address=HOST and port=PORT.",
    zh="诊断没有给出主机；请用 address=主机 与 port=端口 指定。",
)
NO_PORT: Final = Words(
    en="The diagnosis names no port; give one as port=PORT.", zh="诊断没有给出端口；请用 port=端口 指定。"
)


def resolve(wishes: Mapping[str, Json]) -> dict[str, Json]:
    """The addresses of `host`, or why there are none."""
    host = str(wishes["host"])
    if refusal := destinations.refused_name(host, wishes):
        return {"host": host, "addresses": [], "error": "", "refused": refusal}
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        name = getattr(error, "strerror", None) or str(error)
        return {"host": host, "addresses": [], "error": name}
    return {"host": host, "addresses": [*dict.fromkeys(str(row[4][0]) for row in found)], "error": ""}


def connect(wishes: Mapping[str, Json]) -> dict[str, Json]:
    """What a TCP connection to `host` and `port` comes to; nothing is sent."""
    port = wishes["port"]
    values = resolve(wishes)
    if refusal := destinations.refused(texts_of(values, "addresses"), wishes):
        values["refused"] = refusal
    attempts: list[Json] = []
    if values.get("refused"):
        return {**values, "port": port, "attempts": attempts}
    for address in texts_of(values, "addresses")[:ADDRESSES]:
        attempts.append(_attempt(address, port if isinstance(port, int) else 0))
        if not text_of(attempts[-1] if isinstance(attempts[-1], dict) else {}, "error"):
            break
    return {**values, "port": port, "attempts": attempts}


def _attempt(address: str, port: int) -> dict[str, Json]:
    started = time.monotonic()
    error = ""
    try:
        socket.create_connection((address, port), timeout=ATTEMPT_S).close()
    except TimeoutError:
        error = "ETIMEDOUT"
    except OSError as failure:
        error = errno.errorcode.get(failure.errno or 0, str(failure))
    milliseconds = round((time.monotonic() - started) * 1000, 1)
    return {"address": address, "error": error, "milliseconds": milliseconds, "source": source_towards(address)}


def _host(subject: Subject) -> Mapping[str, Json] | Words:
    host = "" if is_of(subject.diagnosis, "dist.hostname.env-missing") else endpoint(subject)[0]
    return {"host": host, "leave": destinations.leave(subject, *NAMES)} if host else NO_HOST


def _host_and_port(subject: Subject) -> Mapping[str, Json] | Words:
    host, port = endpoint(subject)
    if not host:
        return NO_HOST
    return {"host": host, "port": port, "leave": destinations.leave(subject, *NAMES)} if port else NO_PORT


def judge_name(sample: Sample, subject: Subject) -> ProbeResult:
    """Confirmed where the name has no address here, refuted where it has one that others can use."""
    failed = from_failure(RESOLUTION, sample, subject)
    if failed is not None:
        return failed
    host, addresses = text_of(sample.values, "host"), texts_of(sample.values, "addresses")
    if refusal := text_of(sample.values, "refused"):
        return answer(RESOLUTION, Outcome.SKIPPED, destinations.why(refusal, host), sample)
    facts: Facts = (("host", host), ("addresses", ", ".join(addresses) or "-"))
    if not addresses:
        detail = _unresolved(sample.values)
        is_meant = is_of(subject.diagnosis, "dist.hostname") or not subject.diagnosis
        outcome = Outcome.CONFIRMED if is_meant else Outcome.INCONCLUSIVE
        return answer(RESOLUTION, outcome, detail, sample, facts=facts, provoked="dist.hostname")
    shown = ", ".join(addresses)
    if all(_is_loopback(address) for address in addresses) and not _is_local_name(host):
        detail = Words(
            en=f"{host} is {shown} here: the loopback address, which other nodes cannot use. See /etc/hosts.",
            zh=f"{host} 在本机解析为 {shown}：这是回环地址，其他节点无法使用。请查看 /etc/hosts。",
        )
        return answer(RESOLUTION, Outcome.INCONCLUSIVE, detail, sample, facts=facts)
    detail = Words(en=f"{host} is {shown} here.", zh=f"{host} 在本机解析为 {shown}。")
    return answer(RESOLUTION, Outcome.REFUTED, detail, sample, facts=facts)


def judge_connection(sample: Sample, subject: Subject) -> ProbeResult:
    """Refuted where the port answers, confirmed where the way to it fails; a closed port depends on the job."""
    failed = from_failure(CONNECTION, sample, subject)
    if failed is not None:
        return failed
    place = f"{text_of(sample.values, 'host')}:{text_of(sample.values, 'port')}"
    if refusal := text_of(sample.values, "refused"):
        why = destinations.why(refusal, text_of(sample.values, "host"))
        return answer(CONNECTION, Outcome.SKIPPED, why, sample)
    attempts = rows_of(sample.values, "attempts")
    facts: Facts = (("endpoint", place), ("attempts", "; ".join(_shown(row) for row in attempts) or "-"))
    if not attempts:
        unresolved = _unresolved(sample.values)
        return answer(CONNECTION, Outcome.INCONCLUSIVE, unresolved, sample, facts=facts, provoked="dist.hostname")
    errors = [text_of(row, "error") for row in attempts]
    if "" in errors:
        good = attempts[errors.index("")]
        detail = Words(
            en=f"{place} accepts connections now, from {text_of(good, 'source') or 'here'}.",
            zh=f"{place} 现在接受连接，本机使用的地址为 {text_of(good, 'source') or '-'}。",
        )
        outcome = Outcome.INCONCLUSIVE if is_of(subject.diagnosis, *BEYOND) else Outcome.REFUTED
        return answer(CONNECTION, outcome, detail, sample, facts=facts)
    return _unreached(sample, subject, place, errors, facts)


def _unreached(sample: Sample, subject: Subject, place: str, errors: list[str], facts: Facts) -> ProbeResult:
    is_persistent = is_of(subject.diagnosis, *PERSISTENT)
    if "ECONNREFUSED" in errors and not is_persistent:
        detail = Words(
            en=f"The host of {place} is reached, and nothing listens on the port now. That is also so where the job is "
            "not running: start rank 0, then try again.",
            zh=f"可以到达 {place} 的主机，但该端口现在无人监听。任务未运行时也是如此：请先启动 rank 0 再试。",
        )
        return answer(CONNECTION, Outcome.INCONCLUSIVE, detail, sample, facts=facts)
    provoked = subject.diagnosis or "dist.connect"
    detail = Words(en=f"{place} cannot be reached: {', '.join(errors)}.", zh=f"无法到达 {place}：{', '.join(errors)}。")
    return answer(CONNECTION, Outcome.CONFIRMED, detail, sample, facts=facts, provoked=provoked)


def _unresolved(values: Values) -> Words:
    host, error = text_of(values, "host"), text_of(values, "error")
    return Words(en=f"{host} has no address here: {error}.", zh=f"{host} 在本机无法解析：{error}。")


def _shown(row: Values) -> str:
    return f"{text_of(row, 'address')} {text_of(row, 'error') or 'ok'} {text_of(row, 'milliseconds')} ms"


def _is_loopback(address: str) -> bool:
    return address.startswith("127.") or address == "::1"


def _is_local_name(host: str) -> bool:
    return host in {"localhost", "localhost.localdomain", "::1"} or host.startswith("127.")


HEALTHY_NAME: Final = Prediction(diagnosis="healthy", says=Words(en="the name has an address", zh="名称可以解析"))
NAME_RESOLUTION: Final = Probe(
    name=RESOLUTION,
    title=Words(en="Name resolution", zh="主机名解析"),
    hypothesis=Words(
        en="The host that the log names has no address in this container. DNS may answer otherwise elsewhere or later.",
        zh="日志中的主机名在本容器内无法解析。DNS 在其他位置或其他时间的回答可能不同。",
    ),
    answers=("dist.hostname",),
    predictions=(
        Prediction(diagnosis="dist.hostname", says=Words(en="no address is found", zh="找不到地址")),
        Prediction(
            diagnosis="dist.wrong-host-ip",
            says=Words(en="the name is a loopback address", zh="名称解析为回环地址"),
        ),
        HEALTHY_NAME,
    ),
    measure="network.endpoint:resolve",
    wishes=_host,
    judge=judge_name,
    touches=(Touch.NETWORK,),
    limit_s=20.0,
)
ENDPOINT_CONNECT: Final = Probe(
    name=CONNECTION,
    title=Words(en="Connection to the named address and port", zh="连接到指定的地址与端口"),
    hypothesis=Words(
        en="The address and port that the log names cannot be reached from here. A job that has ended listens no "
        "longer, so a closed port alone decides nothing.",
        zh="从本机无法到达日志中的地址与端口。已结束的任务不再监听，因此端口关闭本身不能下结论。",
    ),
    answers=(
        "dist.connect",
        "nccl.connect",
        "dist.ray-setup.unreachable",
        "storage.nfs-timeout",
        "storage.s3-endpoint",
        "kv-transfer.peer-lost",
    ),
    predictions=(
        Prediction(
            diagnosis="dist.connect", says=Words(en="no route, or no answer in time", zh="没有路由或超时无应答")
        ),
        Prediction(diagnosis="dist.hostname", says=Words(en="the name has no address", zh="名称无法解析")),
        Prediction(
            diagnosis="dist.peer-died",
            says=Words(en="refused: the host is there, nothing listens", zh="被拒绝：主机可达，但无人监听"),
        ),
        Prediction(diagnosis="healthy", says=Words(en="a connection is made", zh="可以建立连接")),
    ),
    measure="network.endpoint:connect",
    wishes=_host_and_port,
    judge=judge_connection,
    touches=(Touch.NETWORK,),
    limit_s=25.0,
)
