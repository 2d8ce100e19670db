"""The hub, played by a server on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from logsleuth.model import Outcome, ProbeResult, Words
from logsleuth.probes.probe import Json, Sample, Subject
from logsleuth.probes.run import run
from logsleuth.probes.software.hub import HUB_ACCESS, judge

ANSWERS = {
    "/org/open/resolve/main/config.json": (200, ""),
    "/org/moved/resolve/main/config.json": (307, ""),
    "/org/gated/resolve/main/config.json": (401, "GatedRepo"),
    "/org/none/resolve/main/config.json": (401, "RepoNotFound"),
    "/org/bare/resolve/main/config.json": (404, "EntryNotFound"),
    "/org/busy/resolve/main/config.json": (429, ""),
}


class Hub(ThreadingHTTPServer):
    """Keeps the headers of what it was asked."""

    asked: list[dict[str, str]]


class Handler(BaseHTTPRequestHandler):
    """Answers as the hub does."""

    def do_HEAD(self) -> None:
        """One of ANSWERS."""
        assert isinstance(self.server, Hub)
        self.server.asked.append(dict(self.headers))
        status, code = ANSWERS.get(self.path, (404, "RepoNotFound"))
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A running hub."""
    with Hub(("127.0.0.1", 0), Handler) as server:
        server.asked = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def asked(endpoint: str, diagnosis: str, model: str) -> ProbeResult:
    """The probe, for real, with a token in the child's environment."""
    subject = Subject(diagnosis=diagnosis, facts=(("model", model),), given=(("hf_endpoint", endpoint),))
    wishes = HUB_ACCESS.wishes(subject)
    assert isinstance(wishes, dict)
    return judge(run(HUB_ACCESS, wishes, environment={"HF_TOKEN": "hf_secretsecretsecret"}), subject)


@pytest.mark.parametrize(
    ("diagnosis", "model", "outcome", "provoked"),
    [
        ("model.gated", "org/gated", Outcome.CONFIRMED, "model.gated"),
        ("model.gated", "org/open", Outcome.REFUTED, ""),
        ("model.gated", "org/moved", Outcome.REFUTED, ""),
        ("model.gated", "org/none", Outcome.INCONCLUSIVE, "model.not-found"),
        ("model.not-found", "org/none", Outcome.CONFIRMED, "model.not-found"),
        ("model.not-found.file", "org/bare", Outcome.CONFIRMED, "model.not-found.file"),
        ("model.hub-rate-limit", "org/busy", Outcome.CONFIRMED, "model.hub-rate-limit"),
        ("model.hub-unreachable", "org/open", Outcome.REFUTED, ""),
        ("model.download-slow", "org/open", Outcome.INCONCLUSIVE, ""),
        ("model.hub-unreachable.offline", "org/open", Outcome.INCONCLUSIVE, ""),
        ("model.not-found.file", "org/open", Outcome.INCONCLUSIVE, ""),
    ],
)
def test_answers_of_the_hub(hub: Hub, diagnosis: str, model: str, outcome: Outcome, provoked: str) -> None:
    """Each is the class of failure that it leads to; the token goes to no mirror."""
    found = asked(f"http://127.0.0.1:{hub.server_port}", diagnosis, model)

    assert (found.outcome, found.provoked) == (outcome, provoked), found
    assert len(hub.asked) == 1
    assert not any("authorization" in name.lower() for headers in hub.asked for name in headers)
    assert "secret" not in repr(found)


def test_hub_that_does_not_answer() -> None:
    """Nothing listens on the port of `discard`."""
    found = asked("http://127.0.0.1:9", "model.hub-unreachable", "org/open")

    assert (found.outcome, found.provoked) == (Outcome.CONFIRMED, "model.hub-unreachable")


def test_it_is_asked_only_where_the_diagnosis_is_about_it() -> None:
    """A machine may be offline on purpose."""
    assert isinstance(HUB_ACCESS.wishes(Subject(diagnosis="cuda.oom.device")), Words)
    assert HUB_ACCESS.wishes(Subject(diagnosis="model.gated", facts=(("model", "/models/x"),))) == {
        "endpoint": "",
        "model": "",
    }


def test_401_with_a_token_is_the_token() -> None:
    """Without one a private repository does not exist; with one it is not let in."""
    values: dict[str, Json] = {"status": 401, "code": "", "is_token_sent": True, "has_token": True}

    found = judge(Sample(is_complete=True, values=values), Subject(diagnosis="model.unauthorized"))

    assert (found.outcome, found.provoked) == (Outcome.CONFIRMED, "model.unauthorized")


@pytest.mark.parametrize(("value", "outcome"), [("1", Outcome.CONFIRMED), ("0", Outcome.INCONCLUSIVE)])
def test_offline_mode_and_mirror_of_the_service(hub: Hub, value: str, outcome: Outcome) -> None:
    """The child sees the variables that the service would."""
    subject = Subject(diagnosis="model.hub-unreachable.offline", facts=(("model", "org/open"),))
    wishes = HUB_ACCESS.wishes(subject)
    assert isinstance(wishes, dict)
    environment = {"HF_HUB_OFFLINE": value, "HF_ENDPOINT": f"http://127.0.0.1:{hub.server_port}/"}

    found = judge(run(HUB_ACCESS, wishes, environment=environment), subject)

    assert found.outcome is outcome
    assert dict(found.facts)["endpoint"] == f"http://127.0.0.1:{hub.server_port}"


def test_hub_of_the_log_is_not_asked() -> None:
    """A request to a host of a stranger's choice could do something there; you may name it."""
    endpoint = (("hf_endpoint", "http://169.254.169.254/latest?x="),)
    mirror = (("hf_endpoint", "https://hf-mirror.com/"),)

    assert isinstance(HUB_ACCESS.wishes(Subject(diagnosis="model.gated", environment=endpoint)), Words)
    assert isinstance(HUB_ACCESS.wishes(Subject(diagnosis="model.gated", given=endpoint)), dict)
    assert isinstance(HUB_ACCESS.wishes(Subject(diagnosis="model.gated", environment=mirror)), dict)
