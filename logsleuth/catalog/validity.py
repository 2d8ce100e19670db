"""Whether the expressions of a pattern are valid for the engines that will run them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import hyperscan
import regex

from logsleuth.catalog.problems import LintProblem
from logsleuth.model import Pattern, Signature, Where


def invalid_expressions(signature: Signature) -> Iterator[LintProblem]:
    """The expressions of a signature that no engine takes."""
    for pattern in signature.patterns:
        for code, message in invalid_parts(pattern):
            where = Where(source=signature.where.source, line=pattern.line)
            yield LintProblem(where=where, code=code, message=f"{signature.id}: {message}")


def invalid_parts(pattern: Pattern) -> Iterator[tuple[str, str]]:
    """(code, what is wrong) for each expression of a pattern that does not compile."""
    for key, expression in (("regex", pattern.regex), ("frame", pattern.frame)):
        if wrong := _mistake(expression):
            yield key, f"{key} does not compile: {wrong}"
    if pattern.scan and (wrong := _mistake(pattern.scan) or _scan_mistake(pattern.scan)):
        yield "scan", f"scan is not in hyperscan's linear syntax: {wrong}"


def _mistake(expression: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            regex.compile(expression, regex.MULTILINE)
    except (regex.error, Warning, RecursionError, OverflowError) as error:
        return str(error) or type(error).__name__
    return ""


def _scan_mistake(expression: str) -> str:
    try:
        hyperscan.Database().compile(expressions=[expression.encode()], flags=[hyperscan.HS_FLAG_MULTILINE])
    except hyperscan.error as error:
        return str(error)
    return ""
