"""What the format modules share: the parts of a line's prefix, and the description of a format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from logsleuth.model import Level

ALPHANUMERIC: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

LEVEL_WORDS: Final = {
    "TRACE": Level.DEBUG,
    "DEBUG": Level.DEBUG,
    "VERBOSE": Level.DEBUG,
    "INFO": Level.INFO,
    "INFORMATION": Level.INFO,
    "NOTICE": Level.INFO,
    "SUCCESS": Level.INFO,
    "WARN": Level.WARNING,
    "WARNING": Level.WARNING,
    "ERROR": Level.ERROR,
    "ERR": Level.ERROR,
    "SEVERE": Level.ERROR,
    "CRITICAL": Level.CRITICAL,
    "CRIT": Level.CRITICAL,
    "FATAL": Level.CRITICAL,
    "PANIC": Level.CRITICAL,
    "ALERT": Level.CRITICAL,
    "EMERG": Level.CRITICAL,
    "EMERGENCY": Level.CRITICAL,
}
LEVEL_LETTERS: Final = {
    "T": Level.DEBUG,
    "V": Level.DEBUG,
    "D": Level.DEBUG,
    "I": Level.INFO,
    "W": Level.WARNING,
    "E": Level.ERROR,
    "C": Level.CRITICAL,
    "F": Level.CRITICAL,
}
LEVELS: Final = "TRACE|DEBUG|INFO|NOTICE|SUCCESS|WARNING|WARN|ERROR|SEVERE|CRITICAL|FATAL"


class Prefix(NamedTuple):
    """What one format found at the start of a line; `end` is the length it takes, `stop` where the message ends.

    For a format that is a stamp, `key` is the part of the prefix that says everything but the time.
    """

    end: int
    stop: int | None = None
    layer: str = ""
    key: str = ""
    ts: str | None = None
    level: Level | None = None
    code: str | None = None
    logger: str | None = None
    node: str | None = None
    process: str | None = None
    pid: int | None = None
    rank: int | None = None
    is_producer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One way to begin a line.

    `starts` holds every character that such a line can begin with. `closer` is the text that ends the prefix, where the
    prefix alone decides what is found, so that it can be remembered. A `is_stamp` format changes with every line. A
    `is_process` format names the process better than any producer does. A `may_nest` format is looked for behind
    another producer's prefix too, since it cannot be mistaken. `sign` is an expression without groups that fits the
    beginning of every such line: one search for those of all formats passes over most that would not parse it.
    """

    name: str
    starts: str
    parse: Callable[[str], Prefix | None]
    closer: str = ""
    is_producer: bool = False
    is_process: bool = False
    is_stamp: bool = False
    may_nest: bool = False
    sign: str = ""


def level_of(word: str | None) -> Level | None:
    """The level that a word of any producer stands for."""
    return LEVEL_WORDS.get(word.upper()) if word else None


def number_of(digits: str | None) -> int | None:
    """The number in a group of a match; process numbers are never longer than ten digits."""
    return int(digits) if digits else None
