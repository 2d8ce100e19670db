"""Secrets stay on the machine."""

from __future__ import annotations

import re
import time

import pytest

from logsleuth.live.redaction import SECRETS, redacted, redacted_bytes, redacted_text

# put together here, so that no scanner takes this file for a leak
TOKEN = "hf" + "_" + "a1B2" * 8


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"HF_TOKEN {TOKEN} end", "HF_TOKEN [token] end"),
        ("key " + "sk" + "-" + "proj1234567890abcdefgh", "key [token]"),
        ("AKIA" + "ABCDEFGHIJKLMNOP", "[access key]"),
        ("Authorization: Bearer abc.def-ghi123=", "Authorization: Bearer [bearer]"),
        ("s3://user:" + "pa55@host/x", "s3://[userinfo]@host/x"),
        ("mail to jane.doe@example.org now", "mail to [email] now"),
        ("password=hunter2&x=1", "password=[secret]&x=1"),
        (f"HF_TOKEN={TOKEN}", "HF_TOKEN=[token]"),
        ("Namespace(api_key=['S3cretKeyForVllm'], model='x')", "Namespace(api_key=['[secret]'], model='x')"),
        ("vllm serve m --api-key MyS3cret99 --port 8000", "vllm serve m --api-key [secret] --port 8000"),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG", "AWS_SECRET_ACCESS_KEY=[secret]"),
        ('{"password": "correct-H0rse"}', '{"password": "[secret]"}'),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic [basic]"),
        ("redis://:" + "passw0rd@h:6379/0", "redis://[userinfo]@h:6379/0"),
        ("-----BEGIN RSA PRIVATE " + "KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "[private key]"),
        ("eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", "[jwt]"),
        ("max_tokens=4096 token=12345678", "max_tokens=4096 token=12345678"),
        (
            "eos_token='<|im_end|>' pad_token=None tokenizer_mode=auto",
            "eos_token='<|im_end|>' pad_token=None tokenizer_mode=auto",
        ),
        (
            "Avg prompt throughput: 12.0 tokens/s, Invalid token: EOF",
            "Avg prompt throughput: 12.0 tokens/s, Invalid token: EOF",
        ),
        ("torch@2.13.0 vllm@0.9.1", "torch@2.13.0 vllm@0.9.1"),
        ("hf_transfer_is_enabled_by_default", "hf_transfer_is_enabled_by_default"),
        ("block_size=16 token_ids=[1, 2]", "block_size=16 token_ids=[1, 2]"),
        ("python3.12@site and chatcmpl-0123456789abcdef0123", "python3.12@site and chatcmpl-0123456789abcdef0123"),
    ],
)
def test_texts(text: str, kept: str) -> None:
    """What is secret goes, what is not stays."""
    assert redacted_text(text) == kept


@pytest.mark.parametrize(
    "text", [b"\xff\xfe@\x00", b"", b"://\xff:\xff@h", "口令 password=密码Abc123".encode("gb18030")]
)
def test_any_bytes_are_redacted(text: bytes) -> None:
    """What is no UTF-8 is searched all the same."""
    assert b"Abc123" not in redacted_bytes(text)


def test_what_has_no_secret_is_the_same_object() -> None:
    """Nothing is copied for the many lines that hold none."""
    line = b"INFO 06-10 21:32:17 [metrics.py:486] Avg prompt throughput: 103.4 tokens/s, Running: 1 reqs"

    assert redacted_bytes(line) is line


def test_values() -> None:
    """All texts, however deep; figures and names stay."""
    assert redacted({"a": [f"x {TOKEN}", 1, None, True], "b": {"c": "d"}}) == {
        "a": ["x [token]", 1, None, True],
        "b": {"c": "d"},
    }


@pytest.mark.parametrize("text", [text for _, text in SECRETS])
def test_no_text_is_slow(text: str) -> None:
    """Each expression on texts that pump it."""
    expression = re.compile(text)
    for pump in ("a@", "eyJa.", "://a:", "bearer ", "hf_a", "AKIA", "a.", "password=", "x" * 50):
        started = time.process_time()
        expression.sub("", pump * (20_000 // len(pump)))
        assert time.process_time() - started < 1
