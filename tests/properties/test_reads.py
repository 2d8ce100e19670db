"""What must not change a report at all: how its bytes were read, and the seed of hashes."""

from __future__ import annotations

import gzip
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from logsleuth import Report, Settings, analyze, document
from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.pipeline import Analysis
from logsleuth.plan import Plan
from logsleuth.report.document import encode
from logsleuth.sources import Input, read
from tests.properties.cases import FIXTURES, SEVERAL, SINGLE, Analyse, logs_of


class Dribble(io.RawIOBase):
    """Standard input that gives so many bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        self._pieces = (data[start : start + size] for start in range(0, len(data), size))

    def read1(self, _size: int = -1) -> bytes:
        """The next piece."""
        return next(self._pieces, b"")


def told(report: Report, name: str) -> bytes:
    """The whole document, without the name of its source."""
    return encode(document(report)).replace(name.encode(), b"log")


@pytest.mark.parametrize("size", [1, 13, 300, 5000, 1024 * 1024])
def test_reads_of_any_size(size: int, plan: Plan, analyse: Analyse) -> None:
    """From one byte on, as a slow pipe gives them."""
    for case in SINGLE:
        check_reads(case, size, plan, analyse)


@pytest.mark.parametrize("case", ["cases/perf-143-silent-after-weights", "cases/dist-003-one-of-four-clients-joined"])
def test_reads_of_any_size_of_what_stalled(case: str, plan: Plan, analyse: Analyse) -> None:
    """What a source ends with counts."""
    check_reads(case, 13, plan, analyse)


def check_reads(case: str, size: int, plan: Plan, analyse: Analyse) -> None:
    """Whether `size` bytes at a time give the same bytes as all at once."""
    for name, data in logs_of(case).items():
        piped = Analysis(plan)
        stdin = cast("BinaryIO", Dribble(data, size))
        piped.add(read(Input(name, None), limits=DEFAULT_LIMITS, stdin=stdin))

        assert told(piped.report(), name) == told(analyse({name: data}), name)


def test_pipe_file_and_archive(cache: str, tmp_path: Path) -> None:
    """The same bytes, byte for byte the same answer."""
    settings = Settings(cache=Path(cache))
    for case in SINGLE[:4]:
        (data,) = logs_of(case).values()
        plain, packed = tmp_path / "plain", tmp_path / "packed"
        plain.write_bytes(data)
        packed.write_bytes(gzip.compress(data))
        command = [sys.executable, "-m", "logsleuth", "analyze", "-", "--format", "json"]

        reports = {told(analyze(path, settings=settings), str(path)) for path in (plain, packed)}
        reports.add(told(analyze(data, settings=settings), "log"))

        assert len(reports) == 1
    piped = subprocess.run(command, input=data, env={"LOGSLEUTH_CACHE": cache}, capture_output=True, check=False).stdout
    said = json.loads(piped)
    said["stats"].pop("seconds", None)
    assert json.dumps(said["diagnoses"]).replace('"source": "-"', '"source": "log"') == json.dumps(
        json.loads(reports.pop())["diagnoses"]
    )


def test_two_hash_seeds_give_the_same_bytes(cache: str) -> None:
    """Of one run over several cases."""
    paths = [str(FIXTURES / case / name) for case in (SINGLE[0], *SEVERAL[:4]) for name in logs_of(case)]
    command = [sys.executable, "-m", "logsleuth", "analyze", *paths, "--format", "json"]

    found = {
        re.sub(
            rb'"seconds": ?[\d.]+',
            b"",
            subprocess.run(
                command,
                env={"LOGSLEUTH_CACHE": cache, "PYTHONHASHSEED": seed},
                capture_output=True,
                check=False,
            ).stdout,
        )
        for seed in ("1", "2")
    }

    assert len(found) == 1
    assert b'"diagnoses"' in found.pop()
