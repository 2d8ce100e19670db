"""A command built from facts of a log is safe to paste."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from logsleuth.diagnosis.commands import command

HOSTILE = (
    "$(touch owned)",
    "`touch owned`",
    "x; touch owned",
    "x\ntouch owned",
    "' ; touch owned ; '",
    '" ; touch owned ; "',
    "x && touch owned #",
    "\\'; touch owned #",
    "*",
    "",
    "a\x1b]0;title\x07b",
)
TEMPLATES = (
    "printf %s {x}",
    "printf %s --path={x}/y",
    'printf %s "{x}"',
    "printf %s '{x}'",
    'printf %s "$(printf %s {x})"',
    'printf %s "$(printf %s "{x}")"',
    "printf %s 'it'; printf %s {x}",
    "printf %s '\\'; printf %s {x}",
    'printf %s "a # b" {x}',
    "# don't ask\nprintf %s {x} '{x}'",
    "# about {x}\nprintf %s done",
    'printf %s \\" {x}',
    "printf %s `printf %s {x}`",
    "(printf %s {x})",
)


@pytest.mark.parametrize(
    ("template", "known", "filled"),
    [
        (
            "vllm serve {env.model} --max-model-len {n}",
            {"env.model": "/m/x-1.0", "n": "4096"},
            "vllm serve /m/x-1.0 --max-model-len 4096",
        ),
        ("df -h {path}", {"path": "/a b"}, "df -h '/a b'"),
        ("df -h {path}", {"path": "it's"}, "df -h 'it'\"'\"'s'"),
        ('df -h "$(dirname {path})"', {"path": "/a b/c"}, "df -h \"$(dirname '/a b/c')\""),
        ('df -h "{path}"', {"path": "/a/b"}, 'df -h "/a/b"'),
        ('df -h "{path}"', {"path": "/a b"}, ""),
        ("cat {path}", {"path": "-rf /"}, ""),
        ("kill -s {signal} {pid}", {"signal": "-9", "pid": "77"}, "kill -s -9 77"),
        ("cat {path}", {"path": "a\tb\x1b[2J"}, "cat 'a b\\x1b[2J'"),
        ("cat {path}[[ | head -{n}]]", {"path": "/a"}, "cat /a"),
        ("cat {path}", {}, None),
        ("", {"path": "/a"}, ""),
        ("echo '{\"a\": 1}'", {}, "echo '{\"a\": 1}'"),
    ],
)
def test_facts_become_shell_words(template: str, known: dict[str, str], filled: str | None) -> None:
    """Plain words stay as they are, others are quoted, and what cannot be quoted is withheld."""
    assert command(template, known) == filled


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("value", HOSTILE)
def test_nothing_in_a_fact_runs(template: str, value: str, tmp_path: Path) -> None:
    """A real shell does with the command only what its template says."""
    filled = command(template, {"x": value}) or ""

    subprocess.run(["/bin/sh", "-c", filled], cwd=tmp_path, capture_output=True, timeout=10, check=False)

    assert list(tmp_path.iterdir()) == []
    assert not any(ord(sign) < 32 and sign != "\n" for sign in filled)
