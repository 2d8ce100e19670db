"""Arithmetic over captured facts: `floor(free / total, 2)`, with numbers read out of `11.2 GiB` and `32,768`."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Final

from logsleuth.lazy import lazy

NUMBER: Final = lazy(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d{1,3})?")
UNIT: Final = lazy(r"\d\s*([KMGT])i?B\b", re.IGNORECASE)
POWERS: Final = {"K": 1, "M": 2, "G": 3, "T": 4}
MAX_EXPRESSION_CHARS: Final = 500
_LARGEST: Final = 1e18  # beyond, printed digits would be noise


def _scale(digits: float) -> float:
    return 10.0 ** max(-12, min(12, int(digits)))


def _floor(x: float, digits: float = 0.0) -> float:
    return math.floor(round(x * _scale(digits), 6)) / _scale(digits)  # 0.57 * 100 is 56.99999999999999


def _ceil(x: float, digits: float = 0.0) -> float:
    return math.ceil(round(x * _scale(digits), 6)) / _scale(digits)


def _round(x: float, digits: float = 0.0) -> float:
    return float(round(x, max(-12, min(12, int(digits)))))


FUNCTIONS: Final[Mapping[str, tuple[Callable[..., float], int, int]]] = {
    "floor": (_floor, 1, 2),
    "ceil": (_ceil, 1, 2),
    "round": (_round, 1, 2),
    "int": (lambda x: float(math.trunc(x)), 1, 1),
    "min": (min, 2, 8),
    "max": (max, 2, 8),
}
_OPERATORS: Final[Mapping[type[ast.operator], Callable[[float, float], float]]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.Div: lambda left, right: left / right,
}


def number(text: str) -> float | None:
    """The first number in `text`, or None."""
    found = NUMBER.search(text)
    return float(found[0].replace(",", "")) if found else None


def derived(expression: str, facts: Mapping[str, str]) -> str | None:
    """The value of `expression`, or None where an input is missing or the result is no finite number.

    Where the inputs carry different units of memory, all are taken in the largest of them.
    """
    tree = _parsed(expression)
    if isinstance(tree, str):
        return None
    try:
        result = _value(tree, _numbers({name: facts[name] for name in inputs(expression)}))
    except (KeyError, ZeroDivisionError, OverflowError, ValueError):
        return None
    return printed(result) if math.isfinite(result) and abs(result) < _LARGEST else None


def printed(value: float) -> str:
    """The number without an exponent and without zeros at its end."""
    text = format(round(Decimal(repr(value)), 6) + 0, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _numbers(texts: Mapping[str, str]) -> dict[str, float]:
    units = {name: match[1].upper() for name, text in texts.items() if (match := UNIT.search(text))}
    largest = max((POWERS[unit] for unit in units.values()), default=0)
    found = ((name, number(text), units.get(name)) for name, text in texts.items())
    return {
        name: value * 1024.0 ** (POWERS[unit] - largest) if unit else value
        for name, value, unit in found
        if value is not None
    }


def inputs(expression: str) -> tuple[str, ...]:
    """The facts that `expression` reads."""
    tree = _parsed(expression)
    if isinstance(tree, str):
        return ()
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = (node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called)
    return tuple(dict.fromkeys(names))


def mistake(expression: str) -> str:
    """What is wrong with `expression`, or an empty text."""
    tree = _parsed(expression)
    return tree if isinstance(tree, str) else ""


@cache
def _parsed(expression: str) -> ast.expr | str:
    if len(expression) > MAX_EXPRESSION_CHARS:
        return f"longer than {MAX_EXPRESSION_CHARS} characters"
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "no arithmetic expression"
    return next((wrong for node in ast.walk(tree) if (wrong := _refusal(node))), tree)


def _refusal(node: ast.AST) -> str:
    if isinstance(node, ast.Call):
        return _call_refusal(node)
    if isinstance(node, ast.Constant):
        return "" if type(node.value) in {int, float} else f"{node.value!r} is no number"
    if isinstance(node, ast.BinOp):
        return "" if type(node.op) in _OPERATORS else "only + - * / and parentheses are known"
    allowed = (ast.UnaryOp, ast.USub, ast.UAdd, ast.Name, ast.Load, *_OPERATORS)
    return "" if isinstance(node, allowed) else "only numbers, facts, + - * /, parentheses and functions are known"


def _call_refusal(call: ast.Call) -> str:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name not in FUNCTIONS:
        return f"unknown function '{name}'; known are {', '.join(FUNCTIONS)}"
    _, least, most = FUNCTIONS[name]
    fits = not call.keywords and least <= len(call.args) <= most
    return "" if fits else f"{name}() takes {least} to {most} values"


def _value(node: ast.expr, facts: Mapping[str, float]) -> float:
    match node:
        case ast.Name(id=name):
            return facts[name]
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.UnaryOp(op=op, operand=operand):
            value = _value(operand, facts)
            return -value if isinstance(op, ast.USub) else value
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_value(left, facts), _value(right, facts))
        case ast.Call(func=ast.Name(id=name), args=args):
            return FUNCTIONS[name][0](*(_value(arg, facts) for arg in args))
    raise ValueError(type(node).__name__)
