"""Folders: what may be a log, in natural order, whatever links loop."""

from __future__ import annotations

from pathlib import Path

import pytest

from logsleuth.sources.folders import Found, matches, may_be_log, natural_key, walk


def make(root: Path, *names: str) -> None:
    """Files with some text."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text\n")


def names(root: Path, pattern: str = "") -> list[str]:
    """What a walk or a pattern finds, as paths from the root."""
    found = matches(f"{root}/{pattern}") if pattern else walk(root)
    return [str(entry.path.relative_to(root)) for entry in found if isinstance(entry, Found)]


@pytest.mark.parametrize(
    "name",
    [
        "vllm.log",
        "x.log.1",
        "x.log.2.gz",
        "slurm-123.out",
        "job.o12345",
        "messages",
        "a.jsonl",
        "b.json",
        "c.txt",
        "d.csv",
    ],
)
def test_logs_have_many_names(name: str) -> None:
    """None of these is skipped."""
    assert may_be_log(name)


@pytest.mark.parametrize(
    "name",
    [
        ".git",
        ".x.log.swp",
        "node_modules",
        "__pycache__",
        "model-00001-of-00002.safetensors",
        "libcuda.so",
        "libcudart.so.12.4",
        "a.PYC",
        "b.png",
        "worker.py",
        "case.yaml",
    ],
)
def test_some_names_are_no_logs(name: str) -> None:
    """Nobody writes logs there."""
    assert not may_be_log(name)


def test_names_are_ordered_naturally() -> None:
    """Numbers by value, the rest by character, and always in some order."""
    names = ["rank10a", "rank10.log", "rank2.log.1", "rank2.log", "a", "10", "2", "01", "1", ""]

    result = sorted(names, key=natural_key)

    assert result == ["", "01", "1", "2", "10", "a", "rank2.log", "rank2.log.1", "rank10.log", "rank10a"]


def test_a_walk_finds_logs_in_order(tmp_path: Path) -> None:
    """Folders stand among the files; hidden ones, empty files and no logs are left out."""
    make(tmp_path, "rank10/x.log", "rank2/x.log", "rank3.log", ".git/x.log", "node_modules/x.log", "a.so", "b")
    (tmp_path / "empty.log").touch()

    result = names(tmp_path)

    assert result == ["b", "rank2/x.log", "rank3.log", "rank10/x.log"]


def test_a_walk_survives_loops(tmp_path: Path) -> None:
    """Links to parents, to one another, to themselves and to nowhere; a linked folder is entered once."""
    make(tmp_path, "a/x.log", "b/y.log")
    (tmp_path / "a/up").symlink_to("..")
    (tmp_path / "b/again").symlink_to("../a")
    (tmp_path / "b/self").symlink_to("self")
    (tmp_path / "b/nowhere").symlink_to("gone")

    walked, matched = names(tmp_path), names(tmp_path, "**/*.log")

    assert walked == ["a/x.log", "b/y.log"]
    assert sorted(set(matched)) == ["a/x.log", "b/y.log"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.log", ["x.log"]),
        ("*", ["logs/a/1.log", "logs/a/deep/2.log", "logs/b/3.txt", "x.log"]),
        ("logs/*/*.log", ["logs/a/1.log"]),
        ("logs/*/1.log", ["logs/a/1.log"]),
        ("logs/[b]", ["logs/b/3.txt"]),
        ("**/*.log", ["x.log", "logs/a/1.log", "logs/a/deep/2.log"]),
        ("**/**/deep/*", ["logs/a/deep/2.log"]),
        ("logs/**", ["logs/a/1.log", "logs/a/deep/2.log", "logs/b/3.txt"]),
        ("logs/?/*.bin", ["logs/b/w.bin"]),
        (".*/*", [".hidden/4.log"]),
        ("x.log/*", []),
        ("gone/*", []),
        ("*/gone", []),
    ],
)
def test_patterns_find_files(tmp_path: Path, pattern: str, expected: list[str]) -> None:
    """As a shell does, with folders walked and no logs left out unless they are asked for."""
    make(tmp_path, "x.log", "logs/a/1.log", "logs/a/deep/2.log", "logs/b/3.txt", "logs/b/w.bin", ".hidden/4.log")

    result = names(tmp_path, pattern)

    assert result == expected
