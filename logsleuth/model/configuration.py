"""What a configuration says that its author may not have meant."""

from __future__ import annotations

from dataclasses import dataclass

from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationNotice:
    """A setting that does not do what it seems to do; the server may be healthy all the same."""

    id: str
    setting: str  # its name, as the environment of the report has it
    text: Words
    advice: Words
    facts: Facts = ()
