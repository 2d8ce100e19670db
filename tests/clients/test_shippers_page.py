"""The page of shippers: every configuration parses, says how it was checked, and avoids the trap that its section names."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Callable
from configparser import ConfigParser
from typing import Any

import pytest
import yaml

from tests.clients.crash import ROOT
from tests.clients.snippets import FENCE, PAGE, SNIPPETS, Snippet

RUN = {"rsyslog", "syslog-ng", "journal-upload", "journal-upload-restart", "splunk", "opentelemetry", "curl"}
SECRET = re.compile(r"(?i)(token|passw(or)?d|pwd|access-?key|api_key)")
TAG = re.compile(r"^\s*<(/?)(\w+)", re.MULTILINE)


def tagged(text: str) -> list[str]:
    """The tags that are open where a configuration of Fluentd ends."""
    opened: list[str] = []
    for slash, name in TAG.findall(text):
        if slash:
            assert opened.pop() == name
        else:
            opened.append(name)
    return opened


def check_blocks(text: str) -> None:
    """Brackets, as Alloy, Logstash, rsyslog and syslog-ng have them, outside of strings."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
    for opening, closing in ("{}", "()", "[]"):
        assert bare.count(opening) == bare.count(closing)


def check_ini(text: str) -> None:
    """Sections with settings."""
    parser = ConfigParser(strict=True, interpolation=None)
    parser.read_string(text)

    assert parser.sections()


def check_conf(text: str) -> None:
    """Fluentd's tags, or blocks."""
    assert tagged(text) == []
    check_blocks(text)


def check_shell(text: str) -> None:
    """A shell can read it."""
    subprocess.run(["/bin/sh", "-n"], input=text, text=True, check=True)


PARSERS: dict[str, Callable[[str], object]] = {
    "yaml": yaml.safe_load,
    "json": json.loads,
    "ini": check_ini,
    "conf": check_conf,
    "alloy": check_blocks,
    "python": ast.parse,
    "sh": check_shell,
}


@pytest.mark.parametrize("snippet", SNIPPETS.values(), ids=SNIPPETS)
def test_every_snippet_parses(snippet: Snippet) -> None:
    """In its language."""
    PARSERS[snippet.language](snippet.text)


@pytest.mark.parametrize("snippet", SNIPPETS.values(), ids=SNIPPETS)
def test_every_section_says_how_it_was_checked(snippet: Snippet) -> None:
    """First of all."""
    said = snippet.section.partition("\n\n")[2]

    assert said.startswith("Run with " if snippet.name in RUN else "Shape only")


@pytest.mark.parametrize("snippet", SNIPPETS.values(), ids=SNIPPETS)
def test_no_snippet_holds_a_secret(snippet: Snippet) -> None:
    """Only the word that stands for a token."""
    for line in snippet.text.splitlines():
        assert not SECRET.search(line) or re.search(r"TOKEN|^\s*$", line), line


def test_the_readme_shows_what_the_page_does() -> None:
    """Its sink says the same, as far as it goes."""
    fence = FENCE.search((ROOT / "README.md").read_text())
    assert fence is not None
    shown = yaml.safe_load(fence[3])["sinks"]["logsleuth"]
    full = yaml.safe_load(SNIPPETS["vector"].text)["sinks"]["logsleuth"]

    assert {**full, **shown, "uri": ""} == {**full, "uri": ""}


def test_every_fence_of_the_page_is_checked() -> None:
    """None without a name."""
    assert PAGE.read_text().count("\n```") == 2 * len(SNIPPETS)


TRAPS = [
    ("vector", "sinks.logsleuth.acknowledgements.enabled", True),
    ("vector", "sinks.logsleuth.buffer.type", "disk"),
    ("vector", "sinks.logsleuth.buffer.when_full", "block"),
    ("fluent-bit", "pipeline.outputs.0.retry_limit", "no_limits"),
    ("fluent-bit", "pipeline.inputs.0.storage\\.type", "filesystem"),
    ("fluent-bit-es", "pipeline.outputs.0.suppress_type_name", True),
    ("fluent-bit-es", "pipeline.outputs.0.retry_limit", "no_limits"),
    ("promtail", "clients.0.backoff_config.max_retries", 0),
    ("opentelemetry-collector", "exporters.otlphttp.retry_on_failure.max_elapsed_time", "0s"),
    ("opentelemetry-collector", "exporters.otlphttp.sending_queue.storage", "file_storage"),
    ("opentelemetry-collector", "receivers.filelog.storage", "file_storage"),
    ("filebeat", "setup\\.template\\.enabled", False),
    ("docker", "log-opts.splunk-verify-connection", "false"),
    ("firehose", "HttpEndpointDestinationConfiguration.S3BackupMode", "FailedDataOnly"),
]


@pytest.mark.parametrize(("name", "path", "value"), TRAPS)
def test_traps_are_avoided(name: str, path: str, value: object) -> None:
    """With the setting that the section speaks of."""
    found: Any = PARSERS[SNIPPETS[name].language](SNIPPETS[name].text)
    for key in re.split(r"(?<!\\)\.", path):
        found = found[int(key)] if key.isdigit() else found[key.replace("\\", "")]

    assert found == value


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("fluentd", "retry_forever true"),
        ("fluentd", "retryable_response_codes 408,429,500,502,503,504"),
        ("alloy", "max_backoff_retries = 0"),
        ("logstash", "retry_failed => true"),
        ("rsyslog", 'action.resumeRetryCount="-1"'),
        ("rsyslog", 'dynbulkid="on"'),
        ("syslog-ng", "retries(1000000)"),
        ("syslog-ng", "application/x-ndjson"),
        ("journal-upload-restart", "Restart=always"),
        ("datadog", "force_use_http: true"),
    ],
)
def test_settings_of_other_languages_are_there(name: str, setting: str) -> None:
    """The same for those that no library reads."""
    assert setting in SNIPPETS[name].text
