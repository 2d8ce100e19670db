"""The same log by every way into a real service gives what its files give."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from functools import cache as remembered
from pathlib import Path

import httpx
import pytest
import yaml

from logsleuth import Settings, analyze
from logsleuth.server.settings import DATABASE
from logsleuth.server.store.schema import open_database
from tests.server.test_serving import process
from tests.server.ways import WAYS, parts

FIXTURES = Path(__file__).parents[2] / "fixtures"
CASES = (
    "oom-four-ranks",
    "cases/held-044-mem-fraction-static-too-low",
    "cases/vllm-103-gptq-marlin-argument",
    "cases/deps-138-t4-shared-memory",
    "cases/held-073-nixl-engine-not-created-tp2",
    "cases/ok-209-idle-by-night",
    "cases/held-071-mooncake-local-protection-error",
    "cases/host-001-oom-killer-pinned-offload",
    "cases/nccl-005-qp-unreachable-on-node1",
    "cases/vllm-135-fp8-blocks-at-tp16",
)
BEGAN_NS = 1_795_154_400_000_000_000
PATIENCE_S = 30.0
# an event without a text is refused by Splunk too, and between lines of plain text a blank one says nothing
WITHOUT_BLANKS = {"splunk event", "splunk raw", "source in the path"}
Told = set[tuple[str, str]]


def logs_of(case: str) -> list[Path]:
    """The logs of a case."""
    folder = FIXTURES / case
    named = yaml.safe_load((folder / "case.yaml").read_text(encoding="utf-8")).get("logs")
    found = [folder / name for name in named] if named else sorted({*folder.glob("input.*"), *folder.glob("log.txt")})
    assert found
    return found


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A service, and its folder."""
    folder = tmp_path_factory.mktemp("ways")
    with process(folder) as (_, url):
        yield url, folder


@remembered
def wanted(case: str) -> frozenset[tuple[str, str]]:
    """The causes that the files have, each with the line that decides."""
    found = analyze(logs_of(case), settings=Settings()).diagnoses
    return frozenset((item.id, item.evidence[0].text) for item in found if item.role in {"root", "perf"})


def incidents(folder: Path, tenant: str) -> Told:
    """The same of what the service tells."""
    with closing(open_database(folder / DATABASE)) as connection:
        rows = connection.execute(
            "SELECT class, document_en FROM incidents WHERE tenant = ? AND status = 'open' AND role IN ('root', 'perf')",
            (tenant,),
        ).fetchall()
    return {(name, json.loads(document)["evidence"][0]["text"]) for name, document in rows}


def lines(folder: Path, tenant: str) -> int:
    """How many lines are analysed."""
    with closing(open_database(folder / DATABASE)) as connection:
        row = connection.execute("SELECT lines FROM tenants WHERE name = ?", (tenant,)).fetchone()
    return row[0] if row else 0


def send(url: str, way: str, case: str, tenant: str) -> int:
    """Send a case, each of its logs as a source; how many lines of it are to be kept."""
    count = 0
    with httpx.Client(base_url=url) as client:
        for log in logs_of(case):
            for part in parts(log.read_text(encoding="utf-8"), BEGAN_NS):
                post = WAYS[way](part, log.name)
                answer = client.post(post.path, content=post.body, headers={**post.headers, "X-Scope-OrgID": tenant})
                assert answer.is_success, answer.text
                count += sum(bool(line) or way not in WITHOUT_BLANKS for _, line in part)
    return count


@pytest.mark.parametrize("way", WAYS)
def test_every_way_gives_what_the_files_give(service: tuple[str, Path], way: str) -> None:
    """The same causes, decided by the same lines."""
    url, folder = service
    tenants = {case: f"{way}.{case.rpartition('/')[2]}".replace(" ", "-") for case in CASES}
    counts = {case: send(url, way, case, tenant) for case, tenant in tenants.items()}
    until = time.monotonic() + PATIENCE_S
    found: dict[str, Told] = {}
    while time.monotonic() < until and found != {case: set(wanted(case)) for case in CASES}:
        found = {case: incidents(folder, tenant) for case, tenant in tenants.items()}
        time.sleep(0.2)

    assert {case: lines(folder, tenant) for case, tenant in tenants.items()} == counts
    assert found == {case: set(wanted(case)) for case in CASES}


@pytest.mark.parametrize("case", [case for case in CASES if len(logs_of(case)) == 1])
def test_a_pipe_gives_what_the_file_gives(case: str) -> None:
    """Byte by byte but for the name."""
    command = [sys.executable, "-m", "logsleuth", "analyze", "-", "--format", "json", "--exit-zero"]
    done = subprocess.run(command, input=logs_of(case)[0].read_bytes(), capture_output=True, check=True, timeout=120)
    diagnoses = json.loads(done.stdout)["diagnoses"]

    found = {(item["id"], item["evidence"][0]["text"]) for item in diagnoses if item["role"] in {"root", "perf"}}
    assert found == wanted(case)
