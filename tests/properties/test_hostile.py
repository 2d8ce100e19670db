"""Input that nobody meant well: a report comes out of anything, in bounded memory, safe to print."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from logsleuth import Report, Role, Settings, UsageError, Verdict, analyze, document
from logsleuth.live.events import of_change
from logsleuth.live.incidents import Change, Kind, Reason
from logsleuth.report import markdown, terminal, why
from logsleuth.report.document import Json, encode

FIXTURES = Path(__file__).parents[2] / "fixtures"
OOM = b"torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB."
ERROR = b"ERROR 06-10 21:32:17 [x.py:1] "
HEAD = b"Traceback (most recent call last):"
MEGABYTE = 1024 * 1024
COMMANDS = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]"
)  # all but tab and newline
BOUND_MIB = 150  # of the whole process, whatever it reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """A hostile input of about any size, and what is to come of it: the verdict and the first diagnosis."""

    build: Callable[[int], bytes]
    small: int
    large: int
    verdict: Verdict = Verdict.HEALTHY
    first: str | None = None


def frames(count: int) -> bytes:
    """A traceback of so many frames."""
    lines = (b'  File "/opt/a.py", line %d, in f%d\n    f()\n' % (number, number) for number in range(count))
    return HEAD + b"\n" + b"".join(lines) + b"app.FooError: x\n"


def carriage_returns(count: int) -> bytes:
    """A progress bar, then nothing but carriage returns."""
    return b"\r".join(b"Loading: %d%%" % (number % 100) for number in range(count)) + b"\n" + b"\r" * count + b"\n"


def commands(count: int) -> bytes:
    """Errors between sequences that a terminal obeys."""
    line = b"\x1b[31m\x1b]0;evil\x07" + ERROR + OOM + b" \x1b[2J\x1b]8;;http://evil\x07\xc2\x9b5m\xe2\x80\xae\n"
    return line * count


def ranks(count: int) -> bytes:
    """As many processes that run out of memory."""
    return b"".join(b"(Worker_TP%d pid=%d) " % (rank, rank) + ERROR + OOM + b"\n" for rank in range(count))


def open_tracebacks(count: int) -> bytes:
    """As many processes of which each begins a traceback."""
    return b"".join(b"(Worker_TP%d pid=%d) " % (rank, rank) + HEAD + b"\n" for rank in range(count))


def deep_json(count: int) -> bytes:
    """Objects and arrays in one another, closed and not."""
    return (
        b'{"a":' * count
        + b"1"
        + b"}" * count
        + b"\n"
        + b"[" * count
        + b"\n"
        + b'{"log":"'
        + b'{\\"a\\":' * count
        + b'"}\n'
    )


def quotes(count: int) -> bytes:
    """A prompt that never ends, full of what quotations begin with."""
    return b"INFO 06-10 21:32:17 [x.py:1] " + b"prompt: '\\\\'" * count + OOM + b"\n"


def prefixes(count: int) -> bytes:
    """Prefixes of containers in one another."""
    return (b"vllm-1  | [pod/a/b] 0: (A pid=1) " * count + ERROR + OOM + b"\n") * 3


def words(count: int) -> bytes:
    """Lines of which no two have one shape."""
    chance = random.Random(3)
    letters = "abcdefghijklmnopqrstuvwxyz "
    return b"".join("".join(chance.choices(letters, k=40)).encode() + b"\n" for _ in range(count))


def random_lines(count: int) -> bytes:
    """Bytes of any value behind a line of text."""
    return b"a log\n" + random.Random(2).randbytes(count).replace(b"\0", b"\n")


ATTACKS = {
    "a line of 64 MiB": Attack(build=lambda size: b"x" * size + b"\n", small=4 * MEGABYTE, large=64 * MEGABYTE),
    "NUL before an error": Attack(
        build=lambda size: b"\0" * size + ERROR + OOM + b"\n",
        small=4 * MEGABYTE,
        large=64 * MEGABYTE,
        verdict=Verdict.INCIDENT,
        first="cuda.oom.device",
    ),
    "NUL within an error": Attack(
        build=lambda size: b"a log\n" + ERROR + b"\0" * size + OOM + b"\n",
        small=4 * MEGABYTE,
        large=64 * MEGABYTE,
        verdict=Verdict.INCIDENT,
        first="cuda.oom.device",
    ),
    "random bytes": Attack(build=random_lines, small=MEGABYTE // 4, large=16 * MEGABYTE),
    "terminal commands": Attack(
        build=commands, small=200, large=100_000, verdict=Verdict.INCIDENT, first="cuda.oom.device"
    ),
    "deep JSON": Attack(build=deep_json, small=20_000, large=1_000_000),
    "open tracebacks": Attack(build=open_tracebacks, small=3000, large=100_000),
    "ranks": Attack(build=ranks, small=2000, large=50_000, verdict=Verdict.INCIDENT, first="cuda.oom.device"),
    "frames": Attack(build=frames, small=100_000, large=1_000_000, verdict=Verdict.INCIDENT, first="unknown"),
    "carriage returns": Attack(build=carriage_returns, small=100_000, large=2_000_000),
    "prompts in one another": Attack(build=quotes, small=4000, large=40_000),
    "prefixes in one another": Attack(
        build=prefixes, small=2, large=1000, verdict=Verdict.INCIDENT, first="cuda.oom.device"
    ),
    "no two lines alike": Attack(build=words, small=2000, large=200_000),
}


@pytest.fixture
def settings(cache: str) -> Settings:
    """Nothing of the person who runs the tests."""
    return Settings(cache=Path(cache))


def texts(value: Json) -> Iterator[str]:
    """Every text in a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from texts(item)


def commanding(text: str) -> list[str]:
    """The characters that a terminal would obey, or that turn the direction of text."""
    return COMMANDS.findall(text)


@pytest.mark.parametrize("name", ATTACKS)
def test_a_report_comes_out_of_anything(name: str, settings: Settings) -> None:
    """The right one, in every form, without a character that a terminal would obey."""
    attack = ATTACKS[name]

    report = analyze(attack.build(attack.small), settings=settings)

    assert (report.verdict, report.diagnoses[0].id if report.diagnoses else None) == (attack.verdict, attack.first)
    said = [*texts(document(report)), terminal.render(report), markdown.render(report), why.render(report)]
    assert [text for text in said if commanding(text)] == []
    assert json.loads(encode(document(report)))["verdict"] == attack.verdict


# VmHWM and not ru_maxrss: the latter begins with the memory of the process that started this one
MEASURE = """
import sys
from pathlib import Path
from logsleuth import Settings, analyze
report = analyze(Path(sys.argv[1]), settings=Settings(cache=Path(sys.argv[2])))
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(report.verdict, int(peak.split()[1]) // 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ATTACKS)
def test_memory_is_bounded(name: str, cache: str, settings: Settings, tmp_path: Path) -> None:
    """Of a process of its own, on the full size."""
    attack = ATTACKS[name]
    analyze(b"", settings=settings)  # the catalog is compiled once, which takes memory of its own
    (tmp_path / "log").write_bytes(attack.build(attack.large))

    command = [sys.executable, "-c", MEASURE, str(tmp_path / "log"), cache]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    assert said[0] == attack.verdict
    assert int(said[1]) < BOUND_MIB


LIMITED = (
    """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
"""
    + MEASURE
)


def test_a_configuration_of_a_hundred_million_ranks(cache: str, settings: Settings, tmp_path: Path) -> None:
    """What a log claims costs nothing."""
    analyze(b"", settings=settings)
    engine = b"INFO 06-10 21:32:17 [core.py:1] Initializing a V1 LLM engine (v0.9.1) with config: model='m', "
    engine += b"tensor_parallel_size=99999, pipeline_parallel_size=9999, dtype=torch.bfloat16\n"
    (tmp_path / "log").write_bytes(engine + ranks(3))

    command = [sys.executable, "-c", LIMITED, str(tmp_path / "log"), cache]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    assert said[0] == "incident"


# what people ask a model about: the lines of their own failures

QUOTED = (
    "Traceback (most recent call last):",
    '  File "/opt/a.py", line 3, in load',
    "    load()",
    "app.FooError: no such thing",
    OOM.decode(),
)
PROMPT = "\n".join(QUOTED)
ESCAPED = PROMPT.replace("\n", "\\n")
VLLM = "INFO 06-10 21:32:17 [logger.py:41] "
IN_ONE_LINE = {
    "vllm": f"{VLLM}Received request cmpl-1: prompt: {PROMPT!r}, params: SamplingParams(n=1), lora_request: None.",
    "logging": f"2025-06-10 21:32:17,123 - app - INFO - prompt={PROMPT!r}",
    "lmcache": f"[2025-06-10 21:32:17,123] LMCache INFO: prompt {ESCAPED} (x.py:1:lmcache)",
    "json": json.dumps({"level": "info", "message": f"prompt: {PROMPT}", "ts": "2025-06-10T21:32:17Z"}),
    "json field": json.dumps({"ts": "2025-06-10T21:32:17Z", "level": "info", "msg": "Received", "prompt": PROMPT}),
    "loguru": f"2025-06-10 21:32:17.123 | INFO     | app:run:12 - prompt: {ESCAPED}",
    "glog": f"I0610 21:32:17.123456 4711 server.cc:12] prompt: {ESCAPED}",
    "uvicorn": f"INFO:     10.0.0.1:5 - prompt {PROMPT!r}",
    "ucm": f"[2025-06-10 21:32:17.123456][UC][I] prompt {ESCAPED}. [1,2][x.cc:1,F]",
    "sglang": f"[2025-06-10 21:32:17 TP0] Receive: obj=GenerateReqInput(rid='1', text={PROMPT!r})",
    "chat": VLLM + "body: " + json.dumps({"messages": [{"role": "user", "content": PROMPT}]}),
    "every line": "\n".join(f"{VLLM}{line}" for line in ("Received request cmpl-1: prompt: '", *QUOTED, "', params")),
}
TRACEBACK = "\n".join((*QUOTED[:3], OOM.decode()))
BEFORE_LINES = {
    "vllm": f"{VLLM}Received request cmpl-1: prompt: '",
    "logging": "2025-06-10 21:32:17,123 - app - INFO - prompt: ",
    "loguru": "2025-06-10 21:32:17.123 | INFO     | app:run:12 - prompt: ",
    "glog": "I0610 21:32:17.123456 4711 server.cc:12] prompt: ",
}


def among_healthy_lines(text: str) -> bytes:
    """The text in the log of a server that works."""
    fine = "INFO 06-10 21:32:18 [async_llm.py:269] Added request cmpl-2.\n" * 3
    return f"{fine}{text}\n{fine}".encode()


@pytest.mark.parametrize("name", IN_ONE_LINE)
def test_a_prompt_that_quotes_a_failure_is_none(name: str, settings: Settings) -> None:
    """Whoever logs it."""
    report = analyze(among_healthy_lines(IN_ONE_LINE[name]), settings=settings)

    assert (report.verdict, report.diagnoses) == (Verdict.HEALTHY, ())


@pytest.mark.parametrize("name", BEFORE_LINES)
def test_a_prompt_over_several_lines_is_none(name: str, settings: Settings) -> None:
    """Its first line belongs to a record that is information."""
    text = f"{BEFORE_LINES[name]}{TRACEBACK}\nWhat does it mean?"

    assert analyze(among_healthy_lines(text), settings=settings).verdict is Verdict.HEALTHY


def test_a_prompt_of_two_exceptions_is_none(settings: Settings) -> None:
    """One below the other, without a second traceback."""
    text = f"{BEFORE_LINES['logging']}{TRACEBACK}\n{OOM.decode()}"

    assert analyze(among_healthy_lines(text), settings=settings).verdict is Verdict.HEALTHY


# what logsleuth itself has written

REPORTED = (
    "oom-four-ranks/input.log",
    "cases/nccl-003-ibv-reg-mr-memlock/log.txt",
    "cases/deps-106-lmcache-not-in-image/log.txt",
)
FORMS: dict[str, Callable[[Report], str]] = {
    "text": terminal.render,
    "Chinese": lambda report: terminal.render(report, language="zh"),
    "Markdown": markdown.render,
    "issue": markdown.render_issue,
    "Chinese issue": lambda report: markdown.render_issue(report, language="zh"),
    "colours": lambda report: terminal.render(report, color=True),
    "watch": lambda report: watched(report, "en"),
    "Chinese watch": lambda report: watched(report, "zh"),
}


def watched(report: Report, language: str) -> str:
    """What a watch tells of the report's diagnoses."""
    changes = (
        Change(kind=Kind.OPENED, reason=Reason.NEW, incident="a", revision=1, diagnosis=item)
        for item in report.diagnoses
    )
    return "\n".join(of_change(change, time="2026-11-20T06:00:00Z", language=language).line for change in changes)


def roots(report: Report) -> set[str]:
    """What the report names as causes."""
    return {item.id for item in report.diagnoses if item.role is Role.ROOT}


@pytest.mark.parametrize("indent", [False, True])
@pytest.mark.parametrize("name", REPORTED)
def test_a_report_in_json_is_no_log(name: str, settings: Settings, tmp_path: Path, *, indent: bool) -> None:
    """It may lie beside the logs that it is about."""
    report = analyze(FIXTURES / name, settings=settings)
    (tmp_path / "report.json").write_bytes(encode(document(report), indent=indent))
    (tmp_path / "fine.log").write_bytes(among_healthy_lines("fine"))

    again = analyze(tmp_path, settings=settings)

    assert (again.verdict, again.stats.sources) == (Verdict.HEALTHY, 1)
    assert [notice.detail for notice in again.notices] == ["is a report of logsleuth; skipped"]
    with pytest.raises(UsageError, match="is a report of logsleuth"):
        analyze(tmp_path / "report.json", settings=settings)


@pytest.mark.parametrize("form", FORMS)
def test_a_report_to_read_is_no_incident(form: str, settings: Settings) -> None:
    """Its evidence is quoted from elsewhere."""
    found = set()
    for name in REPORTED:
        report = analyze(FIXTURES / name, settings=settings)
        found |= roots(analyze(among_healthy_lines(FORMS[form](report)), settings=settings))

    assert found == set()


@pytest.mark.parametrize("form", FORMS)
def test_a_report_hides_no_failure(form: str, settings: Settings) -> None:
    """Neither beside it, nor where somebody prints only its first and last lines around the failure."""
    quoted = FORMS[form](analyze(FIXTURES / REPORTED[0], settings=settings)).strip()
    head, *_, foot = quoted.split("\n")
    failure = f"ERROR 06-10 21:32:17 [x.py:1] {OOM.decode()}"
    real = f"{failure}\n{failure}"

    beside = analyze(among_healthy_lines(f"{real}\n{quoted}\n{real}"), settings=settings)
    around = analyze(among_healthy_lines(f"{head}\n\n{real}\n{foot}"), settings=settings)

    assert {item.id: item.count for item in beside.diagnoses}[roots(beside).pop()] == 4
    assert len(roots(beside)) == 1
    assert roots(around) >= roots(beside)
    said = [notice.detail for notice in beside.notices if "report of logsleuth" in notice.detail]
    assert bool(said) is ("watch" not in form)  # which tells failures in words of its own


@pytest.mark.parametrize("name", REPORTED)
def test_a_report_that_a_program_logs_is_no_incident(name: str, settings: Settings) -> None:
    """As JSON in a record of its own, or line by line."""
    report = analyze(FIXTURES / name, settings=settings)
    logged = f"{VLLM}{encode(document(report)).decode()}".rstrip()
    by_line = "\n".join(f"{VLLM}{line}" for line in terminal.render(report).splitlines())

    assert roots(analyze(among_healthy_lines(logged), settings=settings)) == set()
    assert roots(analyze(among_healthy_lines(by_line), settings=settings)) == set()
