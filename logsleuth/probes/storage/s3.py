"""Does the chain of S3 credentials yield any, and does the endpoint answer: without boto."""

from __future__ import annotations

import configparser
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts
from logsleuth.probes.answers import Values, rows_of, text_of
from logsleuth.probes.figures import text, texts
from logsleuth.probes.judging import from_failure, result, words
from logsleuth.probes.network import destinations
from logsleuth.probes.network.endpoint import connect
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject, Touch

NAME: Final = "s3"
PORTS: Final = {"https": 443, "http": 80}
KEYS: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
VARIABLES: Final = ("AWS_*", "BOTO_CONFIG", "RUNAI_STREAMER_S3_*", "UCM_S3_*",
    "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")  # fmt: skip


def wishes(subject: Subject) -> Mapping[str, Json] | Words:
    """Which endpoint to try: the one that the log names."""
    endpoint = subject.get("endpoint")
    return {"endpoint": endpoint if address(endpoint) else "", "leave": destinations.leave(subject, "endpoint")}


def address(endpoint: str) -> tuple[str, int] | None:
    """The host and port of an endpoint's URL, or of `host:port`."""
    try:
        parts = urlsplit(endpoint if "://" in endpoint else f"//{endpoint}")
        port = parts.port or PORTS.get(parts.scheme, 443)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname else None


def measure(wishes: Mapping[str, Json]) -> Iterator[Mapping[str, object]]:
    """The links of the chain that hold something, in boto's order; then whether the endpoint can be reached."""
    variables = dict(os.environ)  # noqa: TID251  the child's own: what the parent let through
    home = Path(os.path.expanduser("~"))  # noqa: PTH111  a user without a home is no error
    found = list(links(variables, home))
    yield {"links": found, "missing": [name for name in KEYS if name not in variables]}
    usual = variables.get("AWS_ENDPOINT_URL_S3") or variables.get("AWS_ENDPOINT_URL") or ""
    endpoint = str(wishes["endpoint"]) or usual
    where = address(endpoint)
    if where is not None:
        leave = wishes.get("leave", "") if wishes["endpoint"] else destinations.Leave.USER
        yield {"endpoint": f"{where[0]}:{where[1]}", "stage": "connect"}
        values = connect({"host": where[0], "port": where[1], "leave": leave})
        told = {"error": _connection_error(values), "refused": values.get("refused", ""), "stage": "done"}
        yield {**told, "has_proxy": _has_proxy(endpoint, where[0])}


def _has_proxy(endpoint: str, host: str) -> bool:
    """Whether the service would go there by a proxy, as its variables say."""
    scheme = "http" if endpoint.startswith("http:") else "https"
    return scheme in getproxies_environment() and not proxy_bypass(host)


def links(variables: Mapping[str, str], home: Path) -> Iterator[str]:
    """The links of the chain that hold credentials: their names, never what they hold."""
    if all(variables.get(name) for name in KEYS):
        yield "environment"
    profile = variables.get("AWS_PROFILE") or "default"
    token = variables.get("AWS_WEB_IDENTITY_TOKEN_FILE")
    if token and variables.get("AWS_ROLE_ARN") and Path(token).is_file():
        yield "web identity"
    shared = Path(variables.get("AWS_SHARED_CREDENTIALS_FILE") or home / ".aws" / "credentials")
    if _has_keys(shared, (profile,)):
        yield f"credentials file, profile {profile}"
    config = Path(variables.get("AWS_CONFIG_FILE") or home / ".aws" / "config")
    if _has_keys(config, (profile, f"profile {profile}")):
        yield f"configuration file, profile {profile}"
    if any(variables.get(f"AWS_CONTAINER_CREDENTIALS_{kind}_URI") for kind in ("RELATIVE", "FULL")):
        yield "container"


def _has_keys(file: Path, sections: tuple[str, ...]) -> bool:
    """Whether one of these sections says how to get credentials."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read(file, encoding="utf-8")
    except (OSError, configparser.Error, UnicodeDecodeError):
        return False
    ways = ("aws_access_key_id", "credential_process", "role_arn", "sso_session", "sso_start_url")
    return any(parser.has_option(section, way) for section in sections for way in ways if parser.has_section(section))


def _connection_error(values: Values) -> str:
    """What was met at every address, or why there is none; empty where one of them took the connection."""
    errors = [text_of(row, "error") for row in rows_of(values, "attempts")]
    return "" if "" in errors else ", ".join(dict.fromkeys(errors)) or text_of(values, "error")


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """No link holds credentials, or the endpoint cannot be reached: whichever the diagnosis says."""
    facts = _facts(sample)
    if not sample.is_complete or not sample.values:
        failure = from_failure(NAME, sample, subject, facts=facts)
        return failure or result(NAME, Outcome.INCONCLUSIVE, words("no answer", "没有回答"), sample, facts)
    if subject.diagnosis.startswith("storage.s3-endpoint"):
        return _from_endpoint(sample, facts)
    return _from_chain(sample, subject, facts)


def _from_endpoint(sample: Sample, facts: Facts) -> ProbeResult:
    said = {"endpoint": text(sample, "endpoint"), "error": text(sample, "error")}
    if not said["endpoint"]:
        detail = words(
            "no endpoint is known: give it with --fact endpoint=URL", "未知端点：请用 --fact endpoint=URL 指定"
        )
        return result(NAME, Outcome.INCONCLUSIVE, detail, sample, facts)
    if refusal := text(sample, "refused"):
        why = destinations.why(refusal, said["endpoint"].rpartition(":")[0], fact="endpoint")
        return result(NAME, Outcome.SKIPPED, why, sample, facts)
    if said["error"] and sample.values.get("has_proxy") is True:
        return result(NAME, Outcome.INCONCLUSIVE, words(*_BY_PROXY, **said), sample, facts)
    if said["error"]:
        return result(
            NAME, Outcome.CONFIRMED, words("{endpoint}: {error}", "{endpoint}：{error}", **said), sample, facts
        )
    detail = words("{endpoint} takes connections", "{endpoint} 可以连接", **said)
    return result(NAME, Outcome.REFUTED, detail, sample, facts)


def _from_chain(sample: Sample, subject: Subject, facts: Facts) -> ProbeResult:
    found = texts(sample, "links")
    if not found:
        is_asked = subject.diagnosis.startswith("storage.s3-credentials")
        outcome = Outcome.CONFIRMED if is_asked else Outcome.INCONCLUSIVE
        return result(NAME, outcome, words(*_NONE), sample, facts)
    said = {"links": ", ".join(found)}
    if subject.diagnosis == "storage.s3-credentials":
        return result(
            NAME, Outcome.REFUTED, words("credentials come from: {links}", "凭据来源：{links}", **said), sample, facts
        )
    detail = words(
        "credentials come from: {links}; whether they are good for this only the server knows",
        "凭据来源：{links}；是否有效只有服务器知道",
        **said,
    )
    return result(NAME, Outcome.INCONCLUSIVE, detail, sample, facts)


_BY_PROXY: Final = (
    "{endpoint}: {error}, past the proxy that is set here; through it the service may get there",
    "{endpoint}：{error}；此处设置了代理，而探测没有经过它，服务经代理也许可达",
)
_NONE: Final = (
    "neither variables nor files hold credentials; a role of the machine was not asked for",
    "环境变量与文件中均无凭据；未查询主机角色",
)


def _facts(sample: Sample) -> Facts:
    named = (("links", ", ".join(texts(sample, "links"))), ("endpoint", text(sample, "endpoint")))
    return tuple((name, value) for name, value in named if value)


S3: Final = Probe(
    name=NAME,
    title=Words(en="S3 credentials and endpoint", zh="S3 凭据与端点"),
    hypothesis=Words(
        en="no credentials can be found, or the endpoint cannot be reached",
        zh="找不到凭据，或端点不可达",
    ),
    answers=("storage.s3-credentials", "storage.s3-endpoint", "storage.s3-access"),
    predictions=(
        Prediction(diagnosis="storage.s3-credentials", says=Words(en="no link holds any", zh="各环节都没有凭据")),
        Prediction(diagnosis="storage.s3-endpoint", says=Words(en="no connection", zh="无法连接")),
        Prediction(diagnosis="storage.s3-access", says=Words(en="credentials and a connection", zh="有凭据且可连接")),
        Prediction(diagnosis="healthy", says=Words(en="credentials and a connection", zh="有凭据且可连接")),
    ),
    measure="storage.s3:measure",
    wishes=wishes,
    judge=judge,
    touches=(Touch.READS, Touch.NETWORK),
    limit_s=25.0,
    environment=VARIABLES,
)
