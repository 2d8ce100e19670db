"""Secrets of every kind, in every form in which logs show them: none is left, and what stands around it is."""

from __future__ import annotations

import base64
import json

import pytest

from logsleuth.live.redaction import redacted_text

# put together here, so that no scanner takes this file for a leak
B64 = "wJalrXUtnFEMI7MDENGbPxRfiCYEXAMPLEKEY12"
SECRETS = {
    "hugging face": "hf" + "_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3f",
    "openai": "sk" + "-" + "proj-4fT7kQ2mZ9xW1vB6nC3hJ8",
    "anthropic": "sk" + "-" + "ant-api03-Zx8Yw7Vu6Ts5Rq4Po3Nm2",
    "github": "gh" + "p_" + "16C7e42F292c6912E7710c838347Ae178B4a",
    "gitlab": "gl" + "pat-" + "x7KzP2qR9sTuVw3Yz5Ab",
    "slack": "xox" + "b-" + "263594206564-2343594206564-FGqddMF8t08v",
    "aws": "AKI" + "A" + "IOSFODNN7EXAMPLE",
    "google": "AIz" + "a" + "SyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe",
    "nvidia": "nvap" + "i-" + "Kq3Lm8Np2Rs7Tv4Wx9Yz5Ab1Cd6Ef0Gh",
    "jwt": "ey" + "JhbGciOiJIUzI1NiJ9.ey" + "JzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
}
OPAQUE = "Zq7" + "Kx2Vp9Lm4Rt8"  # says nothing of itself: only the name in front of it does
NAMED = (
    "{0}",
    "key {0} was used",
    "({0})",
    "'{0}',",
    "HF_TOKEN={0}",
    "export API_KEY='{0}'",
    'api_key: "{0}"',
    '{{"api_key": "{0}", "n": 1}}',
    '{{\\"api_key\\": \\"{0}\\"}}',
    "Namespace(api_key=['{0}'], port=1)",
    "--api-key {0} --port 1",
    "--api-key={0} --port 1",
    "https://x.test/v1?api_key={0}&n=1",
    "https://user:{0}@x.test/v1",
    "Authorization: Bearer {0}",
    "{{'Authorization': 'Bearer {0}'}}",
    "x-api-key: {0}",
    "\x1b[31mtoken={0}\x1b[0m",
    "ValueError: invalid header value b'Bearer {0}\\n'",
    "[rank0]: env HF_TOKEN = {0}",
)
ONLY_NAMED = tuple(form for form in NAMED if "key {0} was" not in form and form not in {"{0}", "({0})", "'{0}',"})


@pytest.mark.parametrize("form", NAMED)
@pytest.mark.parametrize("kind", SECRETS)
def test_a_known_kind_of_secret(kind: str, form: str) -> None:
    """Whatever stands around it."""
    said = redacted_text(form.format(SECRETS[kind]))

    assert SECRETS[kind] not in said
    assert not any(piece in said for piece in pieces(SECRETS[kind]))
    assert "[" in said


@pytest.mark.parametrize("form", ONLY_NAMED)
def test_a_secret_that_is_only_called_one(form: str) -> None:
    """A password, or a key of one's own."""
    assert OPAQUE not in redacted_text(form.format(OPAQUE))


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Basic " + base64.b64encode(f"u:{OPAQUE}".encode()).decode(),
        f"Authorization: Splunk {OPAQUE}",
        f"DD-API-KEY: {OPAQUE}",
        json.dumps({"headers": {"authorization": f"Token {OPAQUE}"}}),
        f"AWS_SECRET_ACCESS_KEY={B64}",
        f"aws_session_token={B64}",
        f"redis://:{OPAQUE}@h:6379",
        f"postgresql+asyncpg://u:{OPAQUE}@h/db",
        f"client_secret={OPAQUE}",
        f"DB_PASSWORD: {OPAQUE}",
        f"MYSQL_PWD={OPAQUE}",
        f"AccountKey={B64};EndpointSuffix=x",
        f"Set-Cookie: session={B64}; Path=/",
    ],
)
def test_other_forms(text: str) -> None:
    """As headers, connection strings and settings have them."""
    said = redacted_text(text)

    assert OPAQUE not in said
    assert B64 not in said


def pieces(secret: str) -> list[str]:
    """What would still tell much of it."""
    return [secret[at : at + 12] for at in range(0, len(secret) - 11, 6)]
