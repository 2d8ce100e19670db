"""Takes secrets out of what is kept or leaves the machine. In and out: texts, bytes, JSON values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import pcre2

from logsleuth.report.document import Json

_NAMES: Final = (
    "password", "passwd", "passphrase", "secret", "secret[_-]?key", "secret[_-]access[_-]key", "api[_-]?key",
    "access[_-]?key", "account[_-]?key", "token", "sharedaccesssignature", "_pwd", "cookie",
)  # fmt: skip
_NAME: Final = f"(?:{'|'.join(sorted(_NAMES, key=len, reverse=True))})"
_QUOTES: Final = r"[\"'\\]"  # with the backslashes that quotes have in JSON within JSON
_EQUALS: Final = rf"{_QUOTES}{{0,4}}\s{{0,3}}[:=]\s{{0,3}}"
# what Hugging Face, OpenAI and kin, GitHub, GitLab, Slack, npm, PyPI, NVIDIA and W&B put in front of their tokens
_ISSUERS: Final = "hf|sk|gh[pousr]|github_pat|glpat|xox[abeprs]|xapp|npm|pypi|nvapi|dop_v1|wandb_v1"
# what follows such a name and is none: words of a sentence, numbers, anything without a digit, a capital or a sign
_VALUE: Final = (
    r"(?!(?:none|null|true|false|auto|default|required|invalid|missing)\b)"
    r"(?=[^\s\"',;&\]}<>|]{0,400}[0-9A-Z!@#$%^*+/])(?![0-9.]{1,40}(?![A-Za-z0-9._+/=-]))"
    r"[^\s\"',;&\])}<>|\[({]{6,400}"
)

# (what it is, how it looks): what has to stay in front of a secret is group 1. Every expression begins with fixed text
# or is bounded, so that it is linear.
SECRETS: Final = (
    (
        "private key",
        r"()-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,20000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?",
    ),
    (
        "token",
        rf"()\b(?:{_ISSUERS})[_-](?=[A-Za-z_-]{{0,80}}[0-9]|[A-Za-z]{{16}})[A-Za-z0-9_-]{{16,400}}",
    ),
    ("access key", r"()\b(?:AKIA|ASIA|LTAI)[A-Za-z0-9]{12,28}\b"),
    ("api key", r"()\bAIza[A-Za-z0-9_-]{30,60}"),
    ("bearer", r"(?i)(\bbearer )[A-Za-z0-9._~+/-]{8,4000}=*"),
    (
        "basic",
        rf"(?i)(\bauthorization{_EQUALS}[\"']?(?:basic|splunk|apikey|token) )[A-Za-z0-9._~+/-]{{6,4000}}=*",
    ),
    ("jwt", r"()\beyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{0,4000}"),
    # a name that says so, then the value: in a URL, a dictionary, JSON, an environment. A number is none (`max_tokens`,
    # `token_id`), nor is a token of a vocabulary, which has brackets.
    ("secret", rf"(?i)({_NAME}{_EQUALS}(?:\[\s{{0,2}})?{_QUOTES}{{0,4}}){_VALUE}"),
    ("secret", rf"(?i)(--[a-z-]{{0,20}}{_NAME} ){_VALUE}"),
    ("userinfo", r"(://)[^\s/@:]{0,100}:[^\s/@]{1,200}(?=@)"),
    ("email", r"()\b[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}\b"),
)
# One of these is in every text that holds a secret; one native search for all of them spares most texts the rest.
SIGNS: Final = (
    rf"(?:{_ISSUERS})[_-]|akia|asia|ltai|aiza|bearer |authorization|eyj|private key-----|://[^\s/@:]{{0,100}}:|@"
    rf"|{_NAME}(?:{_QUOTES}{{0,4}}\s{{0,3}}[:=]| )"
)

_SIGNS: Final = pcre2.compile(f"(?i){SIGNS}".encode(), jit=True)
_SECRETS: Final = tuple(
    (re.compile(expression.encode()), rf"\g<1>[{name}]".encode()) for name, expression in SECRETS
)  # of `re`: its expressions, unlike a native engine's, cannot run out of a stack


def redacted_bytes(text: bytes) -> bytes:
    """`text`, in any encoding that leaves ASCII alone, with its secrets replaced by what they are.

    The same object where there are none.
    """
    if not _SIGNS.search(text):
        return text
    for expression, name in _SECRETS:
        replaced, count = expression.subn(name, text)
        text = replaced if count else text
    return text


def redacted_text(text: str) -> str:
    """`text` with its secrets replaced by what they are."""
    return redacted_bytes(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def redacted(value: Json) -> Json:
    """The same values with the secrets in their texts replaced."""
    if isinstance(value, str):
        return redacted_text(value)
    if isinstance(value, list):
        return [redacted(item) for item in value]
    if isinstance(value, Mapping):
        return {name: redacted(item) for name, item in value.items()}
    return value
