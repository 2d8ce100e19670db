"""What a rule over the configuration is: conditions over settings and versions, and what to say where they hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from logsleuth.model import Words

Settings = Mapping[str, str]
Condition = Callable[[Settings], bool]

# settings under whose value UCM's sparse methods keep their own keys
SPARSE_METHODS: Final = ("gsa", "gsaondevice", "esa", "kvstar", "kvcomp", "blend", "ucm_sparse_config")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Holds where all of `when` hold, the `versions` do not rule it out, and those in `known` are known versions.

    `{name}` in the texts is a setting; a rule whose texts need an unknown one is silent. `about` are further settings
    told as facts.
    """

    id: str
    setting: str
    when: tuple[Condition, ...]
    text: Words
    advice: Words
    versions: str = ""
    known: tuple[str, ...] = ()
    about: tuple[str, ...] = ()


def is_set(*names: str) -> Condition:
    """Whether any of `names` is told."""
    return lambda settings: any(name in settings for name in names)


def is_absent(*names: str) -> Condition:
    """Whether none of `names` is told."""
    return lambda settings: not any(name in settings for name in names)


def is_key(name: str) -> Condition:
    """Whether `name` is a key of UCM's configuration, or of one of its sparse methods."""
    return lambda settings: (
        name in settings or any(f"'{name}'" in settings.get(method, "") for method in SPARSE_METHODS)
    )


def equals(name: str, *values: str) -> Condition:
    """Whether `name` has one of `values`, whatever the case."""
    wanted = {value.casefold() for value in values}
    return lambda settings: settings.get(name, "").casefold() in wanted


def differs(name: str, *values: str) -> Condition:
    """Whether `name` has none of `values`; it may be unknown."""
    is_one = equals(name, *values)
    return lambda settings: not is_one(settings)


def contains(name: str, part: str) -> Condition:
    """Whether the value of `name` holds `part`, whatever the case."""
    return lambda settings: part.casefold() in settings.get(name, "").casefold()


def lacks(name: str, part: str) -> Condition:
    """Whether `name` is told and its value does not hold `part`."""
    return lambda settings: name in settings and part.casefold() not in settings[name].casefold()


def is_off(name: str) -> Condition:
    """Whether `name` was turned off, by its value or by its `no_` flag."""
    return lambda settings: (
        settings.get(name, "").casefold() == "false" or settings.get(f"no_{name}", "").casefold() == "true"
    )


def is_upper(name: str) -> Condition:
    """Whether the value of `name` has a capital letter."""
    return lambda settings: settings.get(name, "") != settings.get(name, "").lower()


def at_least(name: str, bound: float) -> Condition:
    """Whether `name` is a number of at least `bound`."""
    return lambda settings: (number := number_of(settings, name)) is not None and number >= bound


def below(name: str, bound: float) -> Condition:
    """Whether `name` is a number less than `bound`."""
    return lambda settings: (number := number_of(settings, name)) is not None and number < bound


def exceeds(name: str, other: str) -> Condition:
    """Whether `name` and `other` are numbers, the first the larger."""

    def holds(settings: Settings) -> bool:
        left, right = number_of(settings, name), number_of(settings, other)
        return left is not None and right is not None and left > right

    return holds


def number_of(settings: Settings, name: str) -> float | None:
    """The setting as a number, or None where it is none."""
    text = settings.get(name, "").replace(",", "")
    # bounded: digits of any script and any length would be taken for a number otherwise
    if not text or len(text) > 20 or not text.isascii():
        return None
    try:
        return float(text)
    except ValueError:
        return None
