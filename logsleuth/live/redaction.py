"""Takes secrets out of what leaves the machine. In and out: JSON values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from logsleuth.report.document import Json

# (what it is, how it looks); every expression begins with fixed text or is bounded, so that it is linear
SECRETS: Final = (
    ("token", re.compile(r"\b(?:hf|sk|gh[pousr]|glpat|xox[abprs])[_-][A-Za-z0-9_-]{16,200}")),
    ("access key", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    ("bearer", re.compile(r"(?i)(?<=bearer )[A-Za-z0-9._~+/-]{8,2000}=*")),
    ("jwt", re.compile(r"\beyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{0,2000}")),
    (
        "secret",
        re.compile(r"(?i)(?<=password=)[^\s&'\",]{1,200}|(?<=api_key=)[^\s&'\",]{1,200}|(?<=token=)[^\s&'\",]{8,200}"),
    ),
    ("userinfo", re.compile(r"(?<=://)[^\s/@:]{1,100}:[^\s/@]{1,200}(?=@)")),
    ("email", re.compile(r"\b[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}\b")),
)


def redacted_text(text: str) -> str:
    """`text` with its secrets replaced by what they are."""
    for name, expression in SECRETS:
        text = expression.sub(f"[{name}]", text)
    return text


def redacted(value: Json) -> Json:
    """The same values with the secrets in their texts replaced."""
    if isinstance(value, str):
        return redacted_text(value)
    if isinstance(value, list):
        return [redacted(item) for item in value]
    if isinstance(value, Mapping):
        return {name: redacted(item) for name, item in value.items()}
    return value
