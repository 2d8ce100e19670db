"""TLS for real: who shows a certificate of the authority gets in, nobody else gets an answer."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.server.test_serving import process

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="openssl makes the certificates")


def openssl(folder: Path, command: str) -> None:
    """Run openssl in a folder."""
    subprocess.run([str(OPENSSL), *command.split()], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, certificates of it for a server and a client, and one of nobody."""
    folder = tmp_path_factory.mktemp("tls")
    for name in ("authority", "stranger"):
        openssl(
            folder, f"req -x509 -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.pem -days 2 -subj /CN={name}"
        )
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    for name in ("server", "client"):
        openssl(folder, f"req -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.csr -subj /CN={name}")
        signed = f"x509 -req -in {name}.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 2"
        openssl(folder, f"{signed} -extfile names -out {name}.pem")
    return folder


def client(made: Path, name: str | None) -> httpx.Client:
    """A client that trusts the authority and shows a certificate."""
    context = ssl.create_default_context(cafile=made / "authority.pem")
    if name:
        context.load_cert_chain(made / f"{name}.pem", made / f"{name}.key")
    return httpx.Client(verify=context, timeout=10)


def test_only_certificates_of_the_authority_get_in(tmp_path: Path, made: Path) -> None:
    """The network may be served then, and plain HTTP is no way around it."""
    options = ("--host", "0.0.0.0", "--cert", f"{made}/server.pem", "--key", f"{made}/server.key")
    with process(tmp_path, *options, "--client-ca", f"{made}/authority.pem") as (started, announced):
        assert announced.startswith("https://0.0.0.0:")
        url = announced.replace("0.0.0.0", "127.0.0.1")
        with client(made, "client") as known:
            assert known.get(f"{url}/ready").status_code == 200
            assert known.post(f"{url}/ingest", content=b"a line").status_code == 200
        for name in (None, "stranger"):
            with client(made, name) as unknown, pytest.raises(httpx.HTTPError):
                unknown.get(f"{url}/ready")
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"{url.replace('https', 'http')}/ready")
        started.terminate()
        _, said = started.communicate(timeout=20)

    assert said == ""


def test_a_certificate_alone_is_tls_for_everybody(tmp_path: Path, made: Path) -> None:
    """With a certificate that clients can check."""
    options = ("--cert", f"{made}/server.pem", "--key", f"{made}/server.key")
    with process(tmp_path, *options) as (_, url), client(made, None) as anybody:
        assert anybody.get(f"{url}/ready").status_code == 200


@pytest.mark.parametrize(("certificate", "key"), [("missing.pem", "server.key"), ("stranger.pem", "server.key")])
def test_files_that_do_not_fit_are_named(tmp_path: Path, made: Path, certificate: str, key: str) -> None:
    """In one line, with exit status 2."""
    with process(tmp_path, "--cert", f"{made}/{certificate}", "--key", f"{made}/{key}") as (started, _):
        _, said = started.communicate(timeout=20)

    assert started.returncode == 2
    assert said.startswith(f"logsleuth: TLS cannot be served with {made}/{certificate}, {made}/{key}: ")
    assert len(said.splitlines()) == 1
