"""Probes and intentions in words."""

from __future__ import annotations

import json

from logsleuth.probes.intention import intention
from logsleuth.probes.page import encode, encode_intentions, intended, limits, listed, markdown
from logsleuth.probes.probe import Need, Subject, Touch
from logsleuth.probes.table import PROBES, named

S3 = named("s3")
DISK = named("disk-space")


def test_everything_has_words() -> None:
    """Each need and each touch."""
    from logsleuth.probes.page import NEEDS, TOUCHES

    assert set(NEEDS) == set(Need)
    assert set(TOUCHES) == set(Touch)


def test_a_list() -> None:
    """Name, title, answers."""
    assert listed([DISK], "en") == "disk-space  Room on the disk of a path (host.disk-full)\n"
    assert listed([], "en") == ""
    assert json.loads(encode([S3], "zh"))["probes"][0]["secrets"] == list(S3.environment)


def test_an_intention() -> None:
    """What, with which figures, touching what, within which limits, by which command."""
    text = intended([intention(S3, Subject(), python="/opt/python")], "en")

    assert text.splitlines()[:2] == [
        "s3: S3 credentials and endpoint",
        "  asks: no credentials can be found, or the endpoint cannot be reached",
    ]
    assert '  with: {"endpoint": "", "leave": "near"}\n' in text
    assert "  secrets: AWS_*" in text
    assert f"  limits: {limits(S3)}\n" in text
    assert '  command: echo \'{"endpoint": "", "leave": "near"}\' | /opt/python -P ' in text


def test_nothing_to_intend() -> None:
    """Why it would be skipped."""
    plan = intention(DISK, Subject())

    assert intended([plan], "en").splitlines()[-1].startswith("  would be skipped: the log names no path")
    document = json.loads(encode_intentions([plan], "zh"))["probes"][0]
    assert (document["command"], document["wishes"], document["skipped"][:4]) == (None, None, "日志没有")


def test_the_page_of_the_docs() -> None:
    """A section for each probe, with a row for each prediction."""
    page = markdown(PROBES)

    assert page.count("\n### ") + 1 == len(PROBES)
    assert page.count("| `healthy` |") == len(PROBES)
