"""URLs and files of properties of a stream, and what is refused in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from logsleuth.errors import UsageError
from logsleuth.streams.address import Address, read_address, read_properties, settings_of


def test_a_url_names_brokers_topics_and_a_group() -> None:
    """And where it begins, and properties of the client."""
    found = read_address("kafka://a:9092,b:9092/logs,audit?group=g&from=end&client.id=x")

    assert found == Address(
        brokers="a:9092,b:9092",
        topics=("logs", "audit"),
        group="g",
        is_from_end=True,
        properties=(("client.id", "x"),),
    )


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("kafka://a:9092/logs", "names no group"),
        ("kafka://a:9092?group=g", "is no stream"),
        ("s3://bucket/x", "is no stream"),
        ("kafka://a/lo gs?group=g", "is no name of a topic"),
        ("kafka://anna:hunter2@a/logs?group=g", "holds credentials"),
        ("kafka://a/logs?group=g&sasl.password=hunter2", "does not belong into a URL"),
        ("kafka://a/logs?group=g&from=yesterday", "'start' or 'end'"),
        ("kafka://a/logs?group=g&enable.auto.commit=true", "cannot be set here"),
        ("kafka://a/logs?group=g&stats_cb=hunter2", "'stats_cb' is no text"),
        ("kafka://a/logs?group=g&default.topic.config=hunter2", "is no text"),
    ],
)
def test_what_is_wrong_is_said_without_secrets(url: str, said: str) -> None:
    """In one line."""
    with pytest.raises(UsageError, match=said) as raised:
        read_address(url)

    assert "hunter2" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_properties_of_java_clients_are_understood(tmp_path: Path) -> None:
    """As far as they have a counterpart."""
    path = tmp_path / "client.properties"
    path.write_text(
        "# ours\nsecurity.protocol=SASL_SSL\nsasl.mechanism = PLAIN\nbootstrap.servers=other:1\n"
        'sasl.jaas.config=org.apache.kafka.PlainLoginModule required \\\n  username="anna" password="hun\\"ter2";\n'
        "key.deserializer=x\n"
    )

    assert read_properties(path) == {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "anna",
        "sasl.password": 'hun"ter2',
    }


@pytest.mark.parametrize("line", ["ssl.truststore.location=/x.jks", "group.id=g", "auto.offset.reset=latest"])
def test_properties_that_cannot_hold_are_refused(tmp_path: Path, line: str) -> None:
    """By their names."""
    path = tmp_path / "client.properties"
    path.write_text(line)

    with pytest.raises(UsageError, match=line.partition("=")[0]):
        read_properties(path)


def test_the_url_has_the_last_word() -> None:
    """Over the file, and the file over the environment."""
    address = read_address("kafka://a/logs?group=g&client.id=url")

    found = settings_of(address, {"client.id": "variable", "debug": "x"}, {"client.id": "file", "debug": "file"})

    assert found == {
        "partition.assignment.strategy": "cooperative-sticky",
        "client.id": "url",
        "debug": "file",
        "bootstrap.servers": "a",
        "group.id": "g",
    }


@pytest.mark.parametrize("given", [{"sasl.oauthbearer.method": "oidc"}, {"sasl.oauthbearer.config": "principal=x"}])
def test_tokens_need_somebody_who_gives_them(given: dict[str, str]) -> None:
    """Without that, the client would wait for ever and say nothing."""
    address = read_address("kafka://a/logs?group=g")
    mechanism = {"sasl.mechanism": "OAUTHBEARER"}

    assert settings_of(address, mechanism, given).items() >= given.items()
    with pytest.raises(UsageError, match=r"sasl\.oauthbearer\.method=oidc"):
        settings_of(address, mechanism)
