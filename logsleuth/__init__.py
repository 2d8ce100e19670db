"""Names what broke first in the logs of LLM inference stacks.

>>> import logsleuth
>>> report = logsleuth.analyze("vllm.log")  # doctest: +SKIP
>>> report.verdict, report.diagnoses[0].id  # doctest: +SKIP
(<Verdict.INCIDENT: 'incident'>, 'cuda.oom.device')
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logsleuth.version import __version__

if TYPE_CHECKING:
    from logsleuth.api import analyze
    from logsleuth.catalog.load import load_catalog
    from logsleuth.config import Settings
    from logsleuth.errors import CatalogError, ConfigError, LogsleuthError, UsageError
    from logsleuth.limits import Limits
    from logsleuth.model import (
        Advice,
        Diagnosis,
        Evidence,
        Notice,
        Place,
        Report,
        Role,
        Severity,
        Signature,
        Stats,
        Template,
        Verdict,
        Words,
    )
    from logsleuth.report.document import document

__all__ = [
    "Advice",
    "CatalogError",
    "ConfigError",
    "Diagnosis",
    "Evidence",
    "Limits",
    "LogsleuthError",
    "Notice",
    "Place",
    "Report",
    "Role",
    "Settings",
    "Severity",
    "Signature",
    "Stats",
    "Template",
    "UsageError",
    "Verdict",
    "Words",
    "__version__",
    "analyze",
    "document",
    "load_catalog",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that a help text does not pay for the analysis."""
    from importlib import import_module  # noqa: PLC0415  only needed here

    homes = {
        "analyze": "logsleuth.api",
        "load_catalog": "logsleuth.catalog.load",
        "document": "logsleuth.report.document",
        "Settings": "logsleuth.config",
        "Limits": "logsleuth.limits",
        **dict.fromkeys(("CatalogError", "ConfigError", "LogsleuthError", "UsageError"), "logsleuth.errors"),
    }
    if name not in __all__:
        raise AttributeError(f"module 'logsleuth' has no attribute '{name}'")
    return getattr(import_module(homes.get(name, "logsleuth.model")), name)
