"""The Python API: every way to hand over a log gives the same report."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from logsleuth import UsageError, Verdict, analyze, document
from logsleuth.api import Logs
from logsleuth.config import Settings
from logsleuth.report.document import encode

FIXTURE = Path(__file__).parents[1] / "fixtures" / "oom-four-ranks" / "input.log"
MINE = """\
id: host.killed.sample
title: {en: Killed for a sample, zh: 为样本而死}
status: draft
role: root
severity: error
match: {literal: killed for a sample}
summary: {en: It was killed., zh: 它被杀死了。}
samples: {hit: [{text: killed for a sample}], miss: [{text: nothing, because: nothing}]}
"""


@pytest.fixture
def settings(cache: str) -> Settings:
    """Nothing of the person who runs the tests."""
    return Settings(cache=Path(cache))


def packed(path: Path) -> Path:
    """The log, compressed."""
    target = path / "log.gz"
    target.write_bytes(gzip.compress(FIXTURE.read_bytes()))
    return target


@pytest.mark.parametrize(
    "given",
    [
        lambda _: str(FIXTURE),
        lambda _: [FIXTURE],
        lambda _: (str(FIXTURE), str(FIXTURE)),
        packed,
        lambda path: [str(packed(path).parent / "*.gz")],
        lambda _: FIXTURE.read_bytes(),
        lambda _: gzip.compress(FIXTURE.read_bytes()),
        lambda _: iter(FIXTURE.read_text(encoding="utf-8").splitlines()),
        lambda _: FIXTURE.read_bytes().splitlines(keepends=True),
        lambda _: (line for line in FIXTURE.read_bytes().splitlines(keepends=True)),
    ],
)
def test_every_way_in_gives_the_same_report(given: Callable[[Path], Logs], settings: Settings, tmp_path: Path) -> None:
    """But for the name of the source, and for line ends that an iterable does not give."""
    wanted = analyze(FIXTURE, settings=settings)

    found = analyze(given(tmp_path), name=str(FIXTURE), settings=settings)

    assert found.stats.bytes in {wanted.stats.bytes, wanted.stats.bytes - 1}
    same = replace(found, stats=replace(found.stats, bytes=wanted.stats.bytes))
    assert encode(document(same)).replace(str(tmp_path / "log.gz").encode(), str(FIXTURE).encode()) == encode(
        document(wanted)
    )


def test_content_has_a_name(settings: Settings) -> None:
    """The caller's, if it gives one."""
    assert analyze(FIXTURE.read_bytes(), settings=settings).diagnoses[0].evidence[0].source == "log"
    assert analyze(FIXTURE.read_bytes(), name="pod-0", settings=settings).diagnoses[0].evidence[0].source == "pod-0"


def test_several_sources(settings: Settings, tmp_path: Path) -> None:
    """What cannot be read is a notice beside the report of the others."""
    (tmp_path / "fine.log").write_text("fine\n", encoding="utf-8")

    report = analyze([tmp_path / "fine.log", FIXTURE, tmp_path / "missing.log"], settings=settings)

    assert report.stats.sources == 2
    assert [(notice.where.source, notice.detail) for notice in report.notices] == [
        (str(tmp_path / "missing.log"), "cannot be read: No such file or directory")
    ]


def test_an_empty_log_is_a_log(settings: Settings) -> None:
    """It is healthy and has no lines."""
    for empty in (b"", iter(())):
        report = analyze(empty, settings=settings)

        assert (report.verdict, report.stats.sources, report.stats.lines) == (Verdict.HEALTHY, 1, 0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "name a file, a folder or -"),
        ("no such log", "no such log: cannot be read: No such file or directory (texts are taken for paths"),
        (["line one", "line two"], "line one: cannot be read: .*pass content as bytes, lines as an iterator"),
        (b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 16, "log: is "),
    ],
)
def test_nothing_read_is_the_caller_s_mistake(given: Logs, said: str, settings: Settings) -> None:
    """No report says that nothing broke where nothing was read."""
    with pytest.raises(UsageError, match=said.replace("(", r"\(")):
        analyze(given, settings=settings)


def test_signatures_of_one_s_own(settings: Settings, tmp_path: Path) -> None:
    """As an argument or by the settings."""
    (tmp_path / "mine.yaml").write_text(MINE, encoding="utf-8")

    by_argument = analyze(b"killed for a sample\n", patterns=[tmp_path], settings=settings)
    by_settings = analyze(b"killed for a sample\n", settings=replace(settings, patterns=(tmp_path,)))

    assert by_argument.diagnoses[0].id == "host.killed.sample"
    assert by_argument == by_settings


@pytest.mark.usefixtures("clean")
def test_settings_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """They hold where the caller gives none."""
    (tmp_path / "mine.yaml").write_text(MINE, encoding="utf-8")
    monkeypatch.setenv("LOGSLEUTH_PATTERNS", str(tmp_path))

    assert analyze(b"killed for a sample\n").diagnoses[0].id == "host.killed.sample"


def test_a_list_of_no_paths() -> None:
    """There is nothing to read."""
    with pytest.raises(UsageError, match="nothing to read"):
        analyze([])
