"""`logsleuth watch` as a process: pipes, files, signals, and what it does with what it finds."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from logsleuth.cli.app import main

FIXTURE = Path(__file__).parents[2] / "fixtures" / "oom-four-ranks" / "input.log"
QUIET = Path(__file__).parents[2] / "fixtures" / "quiet" / "serving" / "input.log"
WATCH = (sys.executable, "-m", "logsleuth", "watch")
ROOT = "cuda.oom.device.weights"
pytestmark = pytest.mark.usefixtures("clean")


def watched(*options: str | Path, data: bytes = b"", status: int | None = None) -> subprocess.CompletedProcess[bytes]:
    """A watch of a pipe, to its end."""
    done = subprocess.run((*WATCH, *options), input=data, capture_output=True, check=False, timeout=60)
    assert status is None or done.returncode == status, done.stderr
    return done


def events(lines: bytes) -> list[dict[str, Any]]:
    """The events of a stream of JSON lines."""
    return [json.loads(line) for line in lines.splitlines()]


@contextmanager
def running(*options: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    """A watch that goes on until it is ended."""
    with subprocess.Popen((*WATCH, *options), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def next_event(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """The next event; it must come within half a minute."""
    assert process.stdout
    assert select.select([process.stdout], [], [], 30)[0]
    found = json.loads(process.stdout.readline())
    assert isinstance(found, dict)
    return found


def test_the_last_event_is_the_report_of_an_analysis() -> None:
    """Byte for byte, for the same bytes."""
    data = FIXTURE.read_bytes()
    analysis = subprocess.run(
        (sys.executable, "-m", "logsleuth", "analyze", "-f", "json"), input=data, capture_output=True, check=False
    )

    found = events(watched("-f", "jsonl", data=data, status=1).stdout)

    assert [event["type"] for event in found] == ["opened", "report"]
    assert found[-1]["report"] == json.loads(analysis.stdout)


def test_text_is_a_line_for_each_event_and_the_report() -> None:
    """As `analyze` prints it."""
    said = watched(data=FIXTURE.read_bytes(), status=1).stdout.decode()
    analysis = subprocess.run(
        (sys.executable, "-m", "logsleuth", "analyze"), input=FIXTURE.read_bytes(), capture_output=True, check=False
    )

    first, _, rest = said.partition("\n")
    assert re.fullmatch(rf"\d\d:\d\d:\d\d OPENED The model does not fit .* \({ROOT}\) · .*", first)
    assert rest == analysis.stdout.decode()


def test_a_healthy_log() -> None:
    """Is silent."""
    assert watched("--no-report", data=QUIET.read_bytes(), status=0).stdout == b""


def test_tee_passes_the_pipe_through() -> None:
    """Unchanged; events go beside it."""
    data = FIXTURE.read_bytes() + b"\xff\x00\x1b no end"

    done = watched("--tee", "-f", "jsonl", "--no-report", data=data, status=1)

    assert done.stdout == data
    assert [event["type"] for event in events(done.stderr)] == ["opened"]


@pytest.mark.parametrize(("root", "status"), [("cuda.oom", 1), ("any", 1), ("nccl", 0)])
def test_exit_on(root: str, status: int) -> None:
    """Ends at once, though the pipe goes on."""
    options = ("--exit-on", root, "--no-report", "--exit-zero", "--heartbeat", "0")
    with subprocess.Popen((*WATCH, *options), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        assert process.stdin
        process.stdin.write(FIXTURE.read_bytes())
        process.stdin.flush()
        if not status:
            process.stdin.close()
        assert process.wait(30) == status


def test_exec_gets_the_event(tmp_path: Path) -> None:
    """On its standard input, without a shell."""
    script = tmp_path / "take.py"
    script.write_text("import sys; open(sys.argv[1], 'ab').write(sys.stdin.buffer.read())", encoding="utf-8")

    watched("--exec", f"{sys.executable} {script} {tmp_path}/got", data=FIXTURE.read_bytes(), status=1)

    assert [event["diagnosis"]["id"] for event in events((tmp_path / "got").read_bytes())] == [ROOT]


def test_an_action_that_fails_is_said() -> None:
    """On standard error, and the watch goes on."""
    done = watched("--exec", "false", data=FIXTURE.read_bytes(), status=1)

    assert b"logsleuth: alert not delivered: false: exit status 1" in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--webhook", "ftp://x"], "http://"),
        (["--exec", "no-such-program-of-ours"], "no such program"),
        (["--rate", "many"], "10/m"),
        (["--webhook-secret", "/no/such", "--webhook", "http://127.0.0.1:1/"], "the key cannot be read"),
        (["--state", "/no/such/state"], "cannot be written"),
        (["-o", "/no/such/events"], "cannot be written"),
        (["--tee", "a.log"], "a pipe or files"),
        (["-", "a.log"], "a pipe or files"),
        (["--from", "middle"], "--from"),
    ],
)
def test_a_mistake_is_one_line(
    options: Sequence[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With status 2, before anything is read."""
    monkeypatch.setattr(sys, "argv", ["logsleuth", "watch", *options])
    for name in ("disable", "enable", "freeze"):
        monkeypatch.setattr(f"gc.{name}", lambda: None)

    with pytest.raises(SystemExit) as left:
        main()

    captured = capsys.readouterr()
    assert (left.value.code, captured.out) == (2, "")
    assert captured.err.count("\n") == 1
    assert said in captured.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_files_are_followed_until_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    """New files and rotations included; the end is a report."""
    with running("-f", "jsonl", "--heartbeat", "1", tmp_path) as process:
        assert next_event(process)["type"] == "heartbeat"
        log = tmp_path / "vllm.log"
        half = len(FIXTURE.read_bytes()) // 2
        log.write_bytes(FIXTURE.read_bytes()[:half])
        while (event := next_event(process))["type"] != "heartbeat" or not event["lines"]:
            pass
        log.rename(tmp_path / "vllm.log.1")
        log.write_bytes(FIXTURE.read_bytes()[half:])
        while (event := next_event(process))["type"] == "heartbeat":
            pass
        assert (event["type"], event["diagnosis"]["id"]) in {("opened", ROOT), ("opened", "vllm.worker-init-failed")}
        while next_event(process)["type"] == "heartbeat":
            break
        process.send_signal(number)
        assert process.stdout
        last = events(process.stdout.read())[-1]

        assert process.wait(30) == 128 + number
    assert last["type"] == "report"
    assert last["report"]["stats"]["sources"] == 1


def test_idle_exit_ends_a_watch_of_files(tmp_path: Path) -> None:
    """With the status of what was found; a state and a file of events tell nothing twice."""
    (tmp_path / "a.log").write_bytes(FIXTURE.read_bytes())
    options = ("-f", "jsonl", "--idle-exit", "1.5", "--state", tmp_path / "s", "-o", tmp_path / "e", "--no-report")

    assert watched(*options, tmp_path / "a.log").returncode == 1
    assert watched(*options, tmp_path / "a.log").returncode == 0
    assert [event["type"] for event in events((tmp_path / "e").read_bytes())] == ["opened"]


def test_a_reader_that_has_gone_ends_the_watch() -> None:
    """Silently."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        (*WATCH, "-f", "jsonl"), input=FIXTURE.read_bytes(), stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)

    assert (done.returncode, done.stderr) == (141, b"")


def test_a_terminal_shows_a_panel(tmp_path: Path) -> None:
    """And the report when it is over; nothing that the log says is obeyed."""
    (tmp_path / "a.log").write_bytes(b"ERROR \x1b]0;evil\x07 [/x]\n" + FIXTURE.read_bytes())
    process, terminal = pty.fork()
    if process == 0:
        os.execv(sys.executable, [*WATCH, str(tmp_path / "a.log"), "--idle-exit", "2"])  # noqa: S606  no shell is meant
    shown, limit = b"", time.monotonic() + 60
    while time.monotonic() < limit:
        try:
            shown += os.read(terminal, 65536)
        except OSError:
            break
    os.close(terminal)

    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 1
    text = shown.decode()
    assert "Open incidents" in text
    assert "OPENED" in text
    assert "✗ Incident" in text
    assert "\x1b]0;" not in text
