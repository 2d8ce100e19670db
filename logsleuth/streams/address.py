"""What a person says of a stream (a URL, a file of properties, variables) in, the settings of its client out.

Secrets come from the file or the environment alone, and no message repeats a value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote

from logsleuth.errors import UsageError
from logsleuth.sources.locations import shown

FORM: Final = "kafka://BROKER:PORT[,BROKER:PORT]/TOPIC[,TOPIC]?group=NAME"
URL: Final = re.compile(r"kafka://(?P<brokers>[^/?]+)/(?P<topics>[^?]+)(?:\?(?P<query>.*))?", re.IGNORECASE)
TOPIC: Final = re.compile(r"\^.+|[A-Za-z0-9._-]{1,249}")
SECRET: Final = re.compile(r"password|secret|token|jaas|oauth|\.pem$|key\.(?!location)", re.IGNORECASE)
JAAS: Final = re.compile(r"""\b(username|password)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s;]+))""")
LINE: Final = re.compile(r"\s*([^#!\s=:][^\s=:]*)\s*[=:]?\s*(.*)")
# what decides what is read and when it is told to have been read
OURS: Final = frozenset(
    {
        "group.id",
        "enable.auto.commit",
        "enable.auto.offset.store",
        "auto.commit.interval.ms",
        "auto.offset.reset",
        "enable.partition.eof",
    }
)
CALLBACK: Final = re.compile(r"(_cb|^on_commit|^logger|^default\.topic\.config)$")  # code, or tables of settings
# settings of Java clients that have no counterpart, and do no harm
JAVA_ONLY: Final = re.compile(
    r"(key|value)\.(de)?serializer$|max\.poll\.records$|ssl\.endpoint\.identification\.algorithm$"
)
JAVA_STORES: Final = re.compile(r"ssl\.(truststore|keystore)\.(location|password|type)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What to read and as which group; `properties` are settings of the client that are no secrets."""

    brokers: str
    topics: tuple[str, ...]
    group: str
    is_from_end: bool = False
    properties: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"kafka://{self.brokers}/{','.join(self.topics)}"


def read_address(url: str) -> Address:
    """The address that `url` means; raises UsageError."""
    if "@" in url.partition("?")[0]:
        raise UsageError(
            f"{shown(url)}: holds credentials: put them into the file of --config, or into the environment"
        )
    match = URL.fullmatch(url)
    if match is None:
        raise UsageError(f"'{shown(url)}' is no stream: write {FORM}")
    topics = tuple(unquote(topic) for topic in match["topics"].rstrip("/").split(","))
    if wrong := next((topic for topic in topics if not TOPIC.fullmatch(topic)), None):
        raise UsageError(f"'{wrong}' is no name of a topic: write {FORM}")
    asked = dict(parse_qsl(match["query"] or "", keep_blank_values=True))
    group, begin = asked.pop("group", ""), asked.pop("from", "start")
    if not group:
        raise UsageError(f"{shown(url)}: names no group: append ?group=NAME, the same for all that share the work")
    if begin not in {"start", "end"}:
        raise UsageError("from= is 'start' or 'end': where a group begins that has read nothing yet")
    for name in asked:
        if SECRET.search(name):
            raise UsageError(f"'{name}' does not belong into a URL: put it into the file of --config")
    _check(asked, "the URL")
    return Address(
        brokers=match["brokers"],
        topics=topics,
        group=group,
        is_from_end=begin == "end",
        properties=tuple(asked.items()),
    )


def read_properties(path: Path) -> dict[str, str]:
    """The settings in a file of properties, as the tools of Kafka and librdkafka take it; raises UsageError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or 'no UTF-8'}") from None
    found: dict[str, str] = {}
    for line in re.sub(r"\\\r?\n\s*", "", text).splitlines():
        if match := LINE.fullmatch(line):
            found[match[1]] = match[2].strip()
    _check(found, str(path))
    return _translated(found, str(path))


def settings_of(address: Address, *properties: Mapping[str, str]) -> dict[str, str]:
    """All settings of the client; of two that differ, the one that was named last counts, and the URL before all."""
    found = {"partition.assignment.strategy": "cooperative-sticky"}
    for given in properties:
        _check(given, "the environment")
        found |= given
    found |= dict(address.properties)
    if found.get("group.protocol") == "consumer":
        del found["partition.assignment.strategy"]  # the broker decides
    if found.get("sasl.mechanism", found.get("sasl.mechanisms", "")).upper() == "OAUTHBEARER" and not (
        found.get("sasl.oauthbearer.method") == "oidc" or "sasl.oauthbearer.config" in found
    ):
        raise UsageError(
            "OAUTHBEARER needs sasl.oauthbearer.method=oidc, and where to get tokens, in the file of --config"
        )
    return found | {"bootstrap.servers": address.brokers, "group.id": address.group}


def _check(properties: Mapping[str, str], origin: str) -> None:
    if ours := sorted(OURS & set(properties)):
        hint = "append ?group=NAME to the URL" if ours[0] == "group.id" else "what was read is told after it is safe"
        raise UsageError(f"{origin}: '{ours[0]}' cannot be set here: {hint}")
    if code := next(filter(CALLBACK.search, properties), None):
        raise UsageError(f"{origin}: '{code}' is no text: leave it out")


def _translated(properties: dict[str, str], origin: str) -> dict[str, str]:
    """The names that Java clients use for the same."""
    found = {name: value for name, value in properties.items() if not JAVA_ONLY.search(name)}
    if store := next((name for name in found if JAVA_STORES.search(name)), None):
        raise UsageError(f"{origin}: '{store}' is of Java clients: name PEM files as ssl.ca.location and the like")
    found.pop("bootstrap.servers", None)  # the URL names them
    jaas = found.pop("sasl.jaas.config", "")
    for match in JAAS.finditer(jaas):
        value = match[2] if match[2] is not None else match[3] or match[4] or ""
        found.setdefault(f"sasl.{match[1]}", re.sub(r"\\(.)", r"\1", value))
    return found
