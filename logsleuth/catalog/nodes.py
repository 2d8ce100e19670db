"""YAML text in, a plain tree out in which every value is a string that knows its line.

YAML's own conversions are not wanted: `no`, `12:30:45` and `0.10` stay what the author wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import yaml

from logsleuth.catalog.problems import LintProblem
from logsleuth.model import Where

MAX_FILE_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 12
MAX_NODES: Final = 20_000

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # PyYAML can be built without libyaml


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text."""

    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    nodes: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping; `lines` tells where each key stands."""

    nodes: Mapping[str, Node]
    lines: Mapping[str, int]
    line: int


Node = Scalar | Items | Fields


class _Refused(Exception):  # noqa: N818  # it never leaves this module
    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class _Tree:
    """Builds the plain tree from the parser's events: PyYAML's own composer overflows the stack on deep nesting."""

    def __init__(self, source: str, text: str) -> None:
        self.source = source
        self.lines = text.split("\n")
        self.visited = 0
        self.problems: list[LintProblem] = []
        self._anchored: dict[str, str] = {}  # texts only, so that aliases cannot multiply
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=_LOADER)

    def document(self) -> Node | None:
        """The tree of the only document, or None where there is nothing."""
        self._next()  # the stream begins
        if isinstance(self._next(), yaml.StreamEndEvent):
            return None
        tree = self._node(self._next(), 0)
        self._next()  # the document ends
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            raise _Refused(_line(after), "a second document begins here; one file holds one list")
        return tree

    def _next(self) -> yaml.Event:
        return next(self._events)

    def _node(self, event: yaml.Event, depth: int) -> Node:
        self.visited += 1
        line = _line(event)
        if depth > MAX_DEPTH or self.visited > MAX_NODES:
            raise _Refused(line, "nested too deeply or too large; split it into several files")
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event.anchor or "", line)
        if tag := getattr(event, "tag", None):
            self._complain(line, "tag", f"tag '{tag}' is not allowed; write the value alone")
        if isinstance(event, yaml.MappingStartEvent):
            return self._fields(line, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._items(line, depth)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, line)
        raise _Refused(line, "neither a text nor a list nor a mapping")

    def _aliased(self, name: str, line: int) -> Scalar:
        if name not in self._anchored:
            raise _Refused(line, f"'*{name}' names no text above; write the value out, or quote it")
        return Scalar(self._anchored[name], line)

    def _items(self, line: int, depth: int) -> Items:
        nodes: list[Node] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            nodes.append(self._node(event, depth + 1))
        return Items(tuple(nodes), line)

    def _fields(self, line: int, depth: int) -> Fields:
        nodes: dict[str, Node] = {}
        lines: dict[str, int] = {}
        while not isinstance(key := self._next(), yaml.MappingEndEvent):
            at = _line(key)
            if not isinstance(key, yaml.ScalarEvent):
                raise _Refused(at, "a key must be a word; is a text with '{' unquoted?")
            if key.value in nodes:
                first = lines[key.value]
                self._complain(
                    at, "duplicate-key", f"key '{key.value}' stands here twice; the first is in line {first}"
                )
            nodes[key.value] = self._node(self._next(), depth + 1)
            lines[key.value] = at
        return Fields(nodes, lines, line)

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> Scalar:
        if not event.style and self._is_cut(event):
            shown = event.value[-30:]
            self._complain(
                line, "cut-text", f"'{shown}' ends at ' #'; quote the text, or put two spaces before a comment"
            )
        if event.anchor:
            self._anchored[event.anchor] = event.value
        return Scalar(event.value, line)

    def _is_cut(self, event: yaml.ScalarEvent) -> bool:
        end = event.end_mark
        if end is None or end.line >= len(self.lines):
            return False
        return self.lines[end.line].startswith(" #", end.column)

    def _complain(self, line: int, code: str, message: str) -> None:
        self.problems.append(LintProblem(where=Where(source=self.source, line=line), code=code, message=message))


def read_tree(source: str, data: bytes) -> tuple[Node | None, list[LintProblem]]:
    """The tree of one YAML document and what is wrong with it; no tree where it cannot be read at all."""
    try:
        tree = _Tree(source, _decoded(data))
        root = tree.document()
    except _Refused as refused:
        return None, [_unreadable(source, refused.line, str(refused))]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return None, [_unreadable(source, mark.line + 1 if mark else 0, _in_words(error))]
    except yaml.YAMLError as error:
        return None, [_unreadable(source, 0, f"not readable as YAML: {error}")]
    if root is None:
        return None, [_unreadable(source, 0, "the file is empty")]
    return root, tree.problems


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def _decoded(data: bytes) -> str:
    if len(data) > MAX_FILE_BYTES:
        raise _Refused(0, f"{len(data)} bytes are more than the {MAX_FILE_BYTES} allowed; split the file")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise _Refused(data.count(b"\n", 0, error.start) + 1, "not UTF-8; save the file as UTF-8") from None


def _in_words(error: yaml.MarkedYAMLError) -> str:
    what = " ".join(part for part in (error.context, error.problem) if part)
    hint = "; quote a text that holds ': ' or begins with a special sign" if "mapping values" in what else ""
    return f"not readable as YAML: {what}{hint}"


def _unreadable(source: str, line: int, message: str) -> LintProblem:
    return LintProblem(where=Where(source=source, line=line), code="yaml", message=message)
