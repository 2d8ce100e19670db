"""YAML text in, a plain tree out in which every value is a string that knows its line.

YAML's own conversions are not wanted: `no`, `12:30:45` and `0.10` stay what the author wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import yaml

from logsleuth.catalog.problems import LintProblem
from logsleuth.model import Where

MAX_FILE_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 12
MAX_NODES: Final = 20_000  # counted as visited, so that aliases cannot multiply

_CORE_TAG: Final = "tag:yaml.org,2002:"
_TEXT_TAG: Final = "tag:yaml.org,2002:str"
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
    """Turns composed YAML into the plain tree, counting what it visits."""

    def __init__(self, source: str, lines: list[str]) -> None:
        self.source = source
        self.lines = lines
        self.visited = 0
        self.problems: list[LintProblem] = []

    def node(self, raw: yaml.Node, depth: int = 0) -> Node:
        """The plain form of `raw`."""
        self.visited += 1
        line = raw.start_mark.line + 1
        if depth > MAX_DEPTH or self.visited > MAX_NODES:
            raise _Refused(line, "nested too deeply or too large; split it into several files")
        if isinstance(raw, yaml.MappingNode):
            return self._fields(raw, line, depth)
        if isinstance(raw, yaml.SequenceNode):
            return Items(tuple(self.node(item, depth + 1) for item in raw.value), line)
        if not isinstance(raw, yaml.ScalarNode):
            raise _Refused(line, "neither a text nor a list nor a mapping")
        return self._scalar(raw, line)

    def _fields(self, raw: yaml.MappingNode, line: int, depth: int) -> Fields:
        nodes: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for key, value in raw.value:
            at = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise _Refused(at, "a key must be a word; is a text with '{' unquoted?")
            if key.value in nodes:
                self._complain(
                    at, "duplicate-key", f"key '{key.value}' stands here twice; the first is in line {lines[key.value]}"
                )
            nodes[key.value] = self.node(value, depth + 1)
            lines[key.value] = at
        return Fields(nodes, lines, line)

    def _scalar(self, raw: yaml.ScalarNode, line: int) -> Scalar:
        is_plain = not raw.style
        if not raw.tag.startswith(_CORE_TAG) or (not is_plain and raw.tag != _TEXT_TAG):
            self._complain(line, "tag", f"tag '{raw.tag}' is not allowed; write the value alone")
        if is_plain and self._is_cut(raw.end_mark):
            self._complain(
                line,
                "cut-text",
                f"'{raw.value[-30:]}' ends at ' #'; quote the text, or put two spaces before a comment",
            )
        return Scalar(raw.value, line)

    def _is_cut(self, end: yaml.Mark) -> bool:
        rest = self.lines[end.line][end.column :] if end.line < len(self.lines) else ""
        return rest.startswith(" #")

    def _complain(self, line: int, code: str, message: str) -> None:
        self.problems.append(LintProblem(where=Where(source=self.source, line=line), code=code, message=message))


def read_tree(source: str, data: bytes) -> tuple[Node | None, list[LintProblem]]:
    """The tree of one YAML document and what is wrong with it; no tree where it cannot be read at all."""
    try:
        text = _decoded(data)
        tree = _Tree(source, text.splitlines())
        raw = yaml.compose(text, Loader=_LOADER)
        if raw is None:
            return None, [_unreadable(source, 0, "the file is empty")]
        return tree.node(raw), tree.problems
    except _Refused as refused:
        return None, [_unreadable(source, refused.line, str(refused))]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return None, [_unreadable(source, mark.line + 1 if mark else 0, _in_words(error))]
    except (yaml.YAMLError, RecursionError) as error:
        return None, [_unreadable(source, 0, f"not readable as YAML: {error}")]


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
