"""The errors that logsleuth raises: only for a caller's mistake, never for what a log contains.

LogsleuthError
├── UsageError     a wrong option, an input that does not exist, nothing to read
├── SourceError    one input that cannot be read; the others still can
├── CatalogError   signatures that do not load
├── ConfigError    a configuration file or variable that does not load
└── StateError     a stored state that is damaged, or of another version
"""

from __future__ import annotations


class LogsleuthError(Exception):
    """Any error that logsleuth reports to its caller in one line: what, where, and what to do."""


class UsageError(LogsleuthError):
    """The command or the call was wrong."""


class SourceError(LogsleuthError):
    """One input could not be read."""


class CatalogError(LogsleuthError):
    """Signatures could not be loaded; the message holds one `file:line: what` per mistake."""


class ConfigError(LogsleuthError):
    """A configuration file or an environment variable has a bad value."""


class StateError(LogsleuthError):
    """A stored state cannot be used."""
