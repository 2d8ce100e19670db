"""Typed access to the tree of one file: what is missing, unknown or of the wrong kind is collected, never raised."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from logsleuth.catalog.nodes import Fields, Items, Node, Scalar
from logsleuth.catalog.problems import LintProblem, suggestion
from logsleuth.model import Where, Words

Choice = TypeVar("Choice", bound=StrEnum)
NO_WORDS = Words(en="", zh="")


class Reading:
    """The reading of one file, with the problems found so far."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.problems: list[LintProblem] = []

    def complain(self, line: int, code: str, message: str) -> None:
        """Note a problem."""
        self.problems.append(LintProblem(where=Where(source=self.source, line=line), code=code, message=message))

    def unknown(self, line: int, code: str, message: str, word_and_known: tuple[str, Iterable[str]]) -> None:
        """Note an unknown word, with the known one nearest to it."""
        self.complain(line, code, message + suggestion(*word_and_known))

    def fields(self, node: Node, keys: tuple[str, ...], what: str) -> Fields | None:
        """`node` as a mapping that has no other keys than these."""
        if not isinstance(node, Fields):
            self.complain(node.line, "kind", f"{what} must be a mapping of keys to values")
            return None
        for key, line in node.lines.items():
            if key not in keys:
                hint = "; a text with a comma needs quotes" if " " in key else suggestion(key, keys)
                self.complain(line, "unknown-key", f"unknown key '{key}' in {what}{hint}")
        return node

    def text(
        self,
        fields: Fields,
        key: str,
        *,
        is_required: bool = False,
        form: re.Pattern[str] | None = None,
        example: str = "",
    ) -> str:
        """The text under `key`, or an empty one."""
        if key not in fields.nodes:
            if is_required:
                self.complain(fields.line, "missing", f"'{key}' is missing")
            return ""
        value = self._as_text(fields.nodes[key], f"'{key}'")
        if form and value and not form.fullmatch(value):
            self.complain(fields.lines[key], "value", f"'{value}' is no valid '{key}'; write it like {example}")
        return value

    def texts(self, fields: Fields, key: str) -> tuple[str, ...]:
        """The texts under `key`; a single one may stand without its brackets."""
        node = fields.nodes.get(key)
        if isinstance(node, Scalar):
            return (self._as_text(node, f"'{key}'"),)
        return tuple(self._as_text(item, f"each of '{key}'") for item in self.items(fields, key))

    def choice(self, fields: Fields, key: str, choices: type[Choice], otherwise: Choice) -> Choice:
        """The member of `choices` under `key`, which must be there."""
        value = self.text(fields, key, is_required=True)
        known = tuple(str(member) for member in choices)
        if value in known:
            return choices(value)
        if value:
            listed = ", ".join(known)
            self.complain(fields.lines[key], "value", f"{key} '{value}' is none of: {listed}{suggestion(value, known)}")
        return otherwise

    def is_true(self, fields: Fields, key: str) -> bool:
        """The truth under `key`; absent means false."""
        value = self.text(fields, key)
        if value not in {"", "true", "false"}:
            self.complain(fields.lines[key], "value", f"'{key}' is true or false, not '{value}'")
        return value == "true"

    def items(self, fields: Fields, key: str) -> tuple[Node, ...]:
        """The list under `key`, or an empty one."""
        node = fields.nodes.get(key)
        if node is None:
            return ()
        if isinstance(node, Items):
            return node.nodes
        self.complain(fields.lines[key], "kind", f"'{key}' must be a list: begin each entry with '- '")
        return ()

    def mapping(self, fields: Fields, key: str) -> Fields | None:
        """The mapping under `key`, or None."""
        node = fields.nodes.get(key)
        if node is None or isinstance(node, Fields):
            return node
        self.complain(fields.lines[key], "kind", f"'{key}' must be a mapping of names to values")
        return None

    def words(self, fields: Fields, key: str, *, is_required: bool = False) -> Words:
        """The text under `key` in both languages."""
        node = fields.nodes.get(key)
        if node is not None:
            return self.as_words(node)
        if is_required:
            self.complain(fields.line, "missing", f"'{key}' is missing")
        return NO_WORDS

    def as_words(self, node: Node) -> Words:
        """`node` as a text in both languages."""
        fields = self.fields(node, ("en", "zh"), "a text in two languages")
        if fields is None:
            return NO_WORDS
        return Words(en=self.text(fields, "en", is_required=True), zh=self.text(fields, "zh", is_required=True))

    def _as_text(self, node: Node, what: str) -> str:
        if not isinstance(node, Scalar):
            self.complain(node.line, "kind", f"{what} must be a text; quote it if it begins with '[' or '{{'")
            return ""
        if not node.value.strip():
            self.complain(node.line, "empty", f"{what} is empty")
            return ""
        return node.value
