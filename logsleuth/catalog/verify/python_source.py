"""A Python file in, the templates of its messages out."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from logsleuth.catalog.verify.template import MAX_CHARS, Kind, Template, is_telling, joined, split_holes
from logsleuth.model import Where

LOGGED: Final = {
    "warning": Kind.WARNING,
    "warn": Kind.WARNING,
    "error": Kind.ERROR,
    "exception": Kind.ERROR,
    "critical": Kind.CRITICAL,
    "fatal": Kind.CRITICAL,
}
HOLE: Final = ("", "")
MAX_JOINED: Final = 200  # literals added to one another in one expression


class Use(NamedTuple):
    """What becomes of a literal."""

    kind: Kind = Kind.TEXT
    exception: str = ""


NO_USE: Final = Use()


def python_templates(path: str, data: bytes) -> tuple[Template, ...] | None:
    """The templates of a Python file, or None if it cannot be parsed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data)
        return tuple(_Reader(path, tree).read())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class _Reader:
    """One walk through a module."""

    def __init__(self, path: str, tree: ast.Module) -> None:
        self.path = path
        self.tree = tree
        constants = {name: use for name, use in _used_names(tree).items() if name.isupper()}
        self.names: dict[str, Use] = constants
        self.constants = constants
        self.depth = 0

    def read(self) -> Iterator[Template]:
        """The templates, in the order of the walk."""
        return self._visit(self.tree, NO_USE)

    def _visit(self, node: ast.AST, use: Use) -> Iterator[Template]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from self._function(node)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return  # a docstring, or a text that nobody uses
        elif isinstance(node, ast.expr) and (parts := text_of(node)) is not None:
            yield from self._template(node, parts, use)
            yield from self._below_text(node)
        else:
            for child, its_use in self._children(node, use):
                yield from self._visit(child, its_use)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Template]:
        if not self.depth:
            self.names = self.constants | _used_names(node)
        self.depth += 1
        for child in ast.iter_child_nodes(node):
            yield from self._visit(child, NO_USE)
        self.depth -= 1
        if not self.depth:
            self.names = self.constants

    def _template(self, node: ast.expr, parts: tuple[str, ...], use: Use) -> Iterator[Template]:
        if is_telling(parts, use.kind):
            where = Where(source=self.path, line=node.lineno)
            yield Template(parts=parts, where=where, kind=use.kind, exception=use.exception)

    def _below_text(self, node: ast.expr) -> Iterator[Template]:
        """What stands in the holes of a text."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):  # "...".format(...)
            children: Iterable[ast.AST] = (node.func.value, *node.args, *node.keywords)
        else:
            children = ast.iter_child_nodes(node)
        for child in children:
            if isinstance(child, ast.expr) and text_of(child) is not None:
                yield from self._below_text(child)
            else:
                yield from self._visit(child, NO_USE)

    def _children(self, node: ast.AST, use: Use) -> Iterator[tuple[ast.AST, Use]]:
        marked = _marked(node, use) | self._assigned(node)
        for child in ast.iter_child_nodes(node):
            yield child, marked.get(child, NO_USE)

    def _assigned(self, node: ast.AST) -> dict[ast.AST, Use]:
        if not isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) or node.value is None:
            return {}
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        uses = (self.names.get(target.id) for target in targets if isinstance(target, ast.Name))
        use = next((use for use in uses if use), None)
        return {node.value: use} if use else {}


def _marked(node: ast.AST, use: Use) -> dict[ast.AST, Use]:
    """Which direct children of a node hold a message, and what becomes of it."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        return {node.exc: Use(Kind.RAISE, _last_name(node.exc.func))}
    if isinstance(node, ast.Assert) and node.msg is not None:
        return {node.msg: Use(Kind.ASSERT, "AssertionError")}
    if isinstance(node, ast.Call):
        said = _logged(node)
        return {node.args[0]: said} if said else _arguments(node, use)
    if use.kind is not Kind.TEXT and isinstance(node, ast.IfExp):
        return {node.body: use, node.orelse: use}
    if use.kind is not Kind.TEXT and isinstance(node, ast.BoolOp | ast.List | ast.Tuple | ast.keyword | ast.NamedExpr):
        return dict.fromkeys(ast.iter_child_nodes(node), use)
    return {}


def _arguments(node: ast.Call, use: Use) -> dict[ast.AST, Use]:
    if use.kind is Kind.TEXT:
        return {}
    return dict.fromkeys((*node.args, *node.keywords), use)


def _logged(node: ast.Call) -> Use | None:
    """What a call of a logger, or `warnings.warn`, does with its first argument."""
    if not isinstance(node.func, ast.Attribute) or not node.args:
        return None
    kind = LOGGED.get(node.func.attr.removesuffix("_once"))
    owner = _last_name(node.func.value).lower()
    return Use(kind) if kind and ("log" in owner or owner == "warnings") else None


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return _last_name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _used_names(scope: ast.AST) -> dict[str, Use]:
    """The variables of a scope that are raised or logged: `message = ...; raise ValueError(message)`."""
    names: dict[str, Use] = {}
    for node in ast.walk(scope):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            use = Use(Kind.RAISE, _last_name(node.exc.func))
            names |= {one.id: use for one in node.exc.args if isinstance(one, ast.Name)}
        elif isinstance(node, ast.Call) and (said := _logged(node)) and isinstance(node.args[0], ast.Name):
            names.setdefault(node.args[0].id, said)
    return names


def text_of(node: ast.expr) -> tuple[str, ...] | None:
    """The fixed parts of an expression that builds a text, or None if it is no text."""
    if isinstance(node, ast.Constant):
        return split_holes(node.value) if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return joined(_segment(value) for value in node.values)
    if isinstance(node, ast.BinOp):
        return _combined(node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return text_of(node.func.value)
    return None


def _segment(node: ast.expr) -> tuple[str, ...]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return (node.value[:MAX_CHARS],)
    return HOLE


def _combined(node: ast.BinOp) -> tuple[str, ...] | None:
    if isinstance(node.op, ast.Mod):
        return text_of(node.left)
    sides = _added(node)
    texts = tuple(text_of(side) for side in sides) if len(sides) > 1 else ()
    return joined(HOLE if text is None else text for text in texts) if any(texts) else None


def _added(node: ast.expr) -> tuple[ast.expr, ...]:
    """The operands of `a + b + c`, without recursion along the chain."""
    sides: list[ast.expr] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and len(sides) < MAX_JOINED:
        sides.append(node.right)
        node = node.left
    return (node, *reversed(sides))
