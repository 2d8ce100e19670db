"""Probe `hub-access`: does the hub answer, and does it give this model to who asks from here.

The token goes to the hub's own host over HTTPS and nowhere else: not to a mirror, not to where a redirect points.
"""

from __future__ import annotations

import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final
from urllib.parse import urlsplit

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts
from logsleuth.probes.answers import Values, answer, is_of, is_true, text_of
from logsleuth.probes.judging import from_failure
from logsleuth.probes.model_files.cache import MODEL, hub_home
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject, Touch

NAME: Final = "hub-access"
HUB: Final = "https://huggingface.co"
HUBS: Final = (HUB, "https://hf-mirror.com")  # which a log may name: a request to any other could do something there
VARIABLES: Final = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
OFFLINE: Final = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
ABOUT: Final = (
    "model.hub-unreachable",
    "model.gated",
    "model.unauthorized",
    "model.not-found",
    "model.hub-rate-limit",
    "model.download-slow",
    "hang.startup",
)
# another file, another host, the speed, a variable: an answer for config.json says nothing of them
UNDECIDED: Final = (
    "model.download-slow",
    "model.not-found.file",
    "model.not-found.path",
    "model.hub-unreachable.offline",
    "model.hub-unreachable.vocab",
    "hang.startup",
)
ANSWER_S: Final = 15.0
CLASSES: Final = {401: "model.unauthorized", 403: "model.gated", 404: "model.not-found", 429: "model.hub-rate-limit"}


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: a token must not leave with one."""

    def redirect_request(
        self,
        req: urllib.request.Request,  # noqa: ARG002
        fp: IO[bytes],  # noqa: ARG002
        code: int,  # noqa: ARG002
        msg: str,  # noqa: ARG002
        headers: http.client.HTTPMessage,  # noqa: ARG002
        newurl: str,  # noqa: ARG002
    ) -> None:
        """No request instead."""
        return


def measure(wishes: Mapping[str, Json]) -> dict[str, Json]:
    """What the hub says to a request for the model's config.json, and whether there is a token."""
    endpoint, model = str(wishes.get("endpoint") or _endpoint()), str(wishes.get("model") or "")
    token = _token()
    path = f"/{model}/resolve/main/config.json" if model else "/"
    request = urllib.request.Request(f"{endpoint}{path}", method="HEAD")  # noqa: S310  http and https only, see _wishes
    is_sent = bool(token) and endpoint == HUB
    if is_sent:
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    started = time.monotonic()
    values = _asked(request)
    milliseconds = round((time.monotonic() - started) * 1000, 1)
    told: dict[str, Json] = {"milliseconds": milliseconds, "has_token": bool(token), "is_token_sent": is_sent}
    return {**values, **told, "endpoint": endpoint, "is_offline": _is_offline()}


def _asked(request: urllib.request.Request) -> dict[str, Json]:
    opener = urllib.request.build_opener(_Stay)
    try:
        with opener.open(request, timeout=ANSWER_S) as answered:
            return {"status": answered.status}
    except urllib.error.HTTPError as error:
        with error:
            return {"status": error.code, "code": str(error.headers.get("X-Error-Code") or "")[:60]}
    except urllib.error.URLError as error:
        return {"status": 0, "error": str(error.reason)[:300]}
    except (OSError, http.client.HTTPException) as error:
        return {"status": 0, "error": f"{type(error).__name__}: {error}"[:300]}


def _endpoint() -> str:
    """The hub, or the mirror that the service is told to use."""
    told = os.environ.get("HF_ENDPOINT", "").rstrip("/")  # noqa: TID251  a child sees what the service would
    return told if urlsplit(told).scheme in {"http", "https"} else HUB


def _is_offline() -> bool:
    values = [os.environ.get(name, "") for name in OFFLINE]  # noqa: TID251  a child sees what the service would
    return any(value.upper() in {"1", "ON", "YES", "TRUE"} for value in values)


def _token() -> str:
    """The token, as the hub's own library looks for it."""
    for name in VARIABLES[:2]:
        if os.environ.get(name):  # noqa: TID251  a child reads its own: the parent's wishes are shown to people
            return os.environ[name].strip()  # noqa: TID251  as above
    told = os.environ.get("HF_TOKEN_PATH")  # noqa: TID251  as above
    try:
        return (Path(told).expanduser() if told else hub_home() / "token").read_text(encoding="ascii").strip()
    except (OSError, ValueError, RuntimeError):
        return ""


def _wishes(subject: Subject) -> Mapping[str, Json] | Words:
    if subject.diagnosis and not is_of(subject.diagnosis, *ABOUT):
        return Words(en="The diagnosis is not about the hub.", zh="该诊断与模型仓库无关。")
    endpoint = subject.get("hf_endpoint").rstrip("/")
    if endpoint and urlsplit(endpoint).scheme not in {"http", "https"}:
        return Words(en=f"hf_endpoint={endpoint} is no web address.", zh=f"hf_endpoint={endpoint} 不是网址。")
    if endpoint not in {"", *HUBS} and not subject.said("hf_endpoint"):
        return Words(
            en=f"The log names a hub of its own; to ask it, give --fact hf_endpoint={endpoint}.",
            zh=f"日志指定了其他的模型仓库；若要访问它，请用 --fact hf_endpoint={endpoint} 指定。",
        )
    model = subject.get("model")
    return {"endpoint": endpoint, "model": model if MODEL.fullmatch(model) and ".." not in model else ""}


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """Confirmed where the hub answers as in the log, refuted where it gives the model out."""
    failed = from_failure(NAME, sample, subject)
    if failed is not None:
        return failed
    values, model = sample.values, subject.get("model")
    status, error = text_of(values, "status"), text_of(values, "error")
    facts: Facts = (
        ("status", status if status != "0" else error),
        ("milliseconds", text_of(values, "milliseconds")),
        ("endpoint", text_of(values, "endpoint")),
        ("token", _shown(values)),
    )
    if is_true(values, "is_offline") and is_of(subject.diagnosis, "model.hub-unreachable.offline"):
        detail = Words(
            en=f"{' or '.join(OFFLINE)} is set here: the hub is not asked. Unset it, or download the model before.",
            zh=f"此处设置了 {' 或 '.join(OFFLINE)}：不会访问模型仓库。请取消该变量，或预先下载模型。",
        )
        return answer(NAME, Outcome.CONFIRMED, detail, sample, facts=facts, provoked="model.hub-unreachable.offline")
    if error:
        detail = Words(en=f"The hub cannot be reached from here: {error}.", zh=f"从本机无法访问模型仓库：{error}。")
        is_meant = is_of(subject.diagnosis, "model.hub-unreachable") or not subject.diagnosis
        outcome = Outcome.CONFIRMED if is_meant else Outcome.INCONCLUSIVE
        return answer(NAME, outcome, detail, sample, facts=facts, provoked="model.hub-unreachable")
    provoked, spent = _class(values), text_of(values, "milliseconds")
    if not provoked:
        detail = Words(
            en=f"The hub answers in {spent} ms{f' for {model}' if model else ''} ({_shown(values)}).",
            zh=f"模型仓库{f'对 {model} ' if model else ''}的应答用时 {spent} ms（{_shown(values)}）。",
        )
        decides = bool(model) or is_of(subject.diagnosis, "model.hub-unreachable") or not subject.diagnosis
        is_open = is_of(subject.diagnosis, *UNDECIDED)
        outcome = Outcome.REFUTED if decides and not is_open else Outcome.INCONCLUSIVE
        return answer(NAME, outcome, detail, sample, facts=facts)
    detail = Words(
        en=f"The hub answers with {status} {text_of(values, 'code')} for {model} ({_shown(values)}).",
        zh=f"模型仓库对 {model} 的应答为 {status} {text_of(values, 'code')}（{_shown(values)}）。",
    )
    is_same = is_of(subject.diagnosis, provoked) or not subject.diagnosis
    return answer(
        NAME, Outcome.CONFIRMED if is_same else Outcome.INCONCLUSIVE, detail, sample, facts=facts, provoked=provoked
    )


def _class(values: Values) -> str:
    """The class of what the hub answered, or an empty text where it gave the model out."""
    code, status = text_of(values, "code"), int(text_of(values, "status") or 0)
    if code == "GatedRepo":
        return "model.gated"
    if code == "EntryNotFound":
        return "model.not-found.file"
    if code == "RepoNotFound" or (status == 401 and not is_true(values, "is_token_sent")):
        return "model.not-found"  # without a token a private repository does not exist either
    if 200 <= status < 400:
        return ""
    return CLASSES.get(status, "model.hub-unreachable")


def _shown(values: Values) -> str:
    if is_true(values, "is_token_sent"):
        return "with a token"
    return "a token is here, not sent to this host" if is_true(values, "has_token") else "no token"


HUB_ACCESS: Final = Probe(
    name=NAME,
    title=Words(en="Access to the model hub", zh="访问模型仓库"),
    hypothesis=Words(
        en="The hub cannot be reached from here, or does not give the model to this token. The token is sent to the "
        "hub's own host only.",
        zh="从本机无法访问模型仓库，或仓库不向此 token 提供该模型。token 只会发送给仓库本身的主机。",
    ),
    answers=ABOUT[:-1],
    predictions=(
        Prediction(diagnosis="model.hub-unreachable", says=Words(en="no answer", zh="没有应答")),
        Prediction(diagnosis="model.gated", says=Words(en="403 or GatedRepo", zh="403 或 GatedRepo")),
        Prediction(diagnosis="model.unauthorized", says=Words(en="401 with a token", zh="带 token 仍为 401")),
        Prediction(
            diagnosis="model.not-found", says=Words(en="404, or 401 without a token", zh="404，或无 token 时 401")
        ),
        Prediction(diagnosis="healthy", says=Words(en="200", zh="200")),
    ),
    measure="software.hub:measure",
    wishes=_wishes,
    judge=judge,
    touches=(Touch.NETWORK,),
    limit_s=40.0,
    environment=VARIABLES,
)
