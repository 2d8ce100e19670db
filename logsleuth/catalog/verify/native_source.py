"""A C, C++ or CUDA file in, the templates of its messages out; and the printable texts of a compiled library."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from logsleuth.catalog.verify.template import Kind, Template, is_telling, joined, split_holes
from logsleuth.model import Where

TOKEN: Final = re.compile(
    r"""
      (?P<comment>//[^\n]*+|/\*[\s\S]*?(?:\*/|\Z))
    | R"(?P<mark>[^()\\\s"]{0,16})\((?P<raw>[\s\S]*?)(?:\)(?P=mark)"|\Z)
    | (?:u8|[uUL])?"(?P<string>(?:[^"\\\n]|\\[\s\S])*+)"
    | (?P<char>'(?:[^'\\\n]|\\.){1,8}')
    | (?P<word>[A-Za-z_]\w*+(?:::[A-Za-z_~]\w*+)*+)
    | (?P<sign><<|[(){};,])
    """,
    re.VERBOSE,
)
ESCAPE: Final = re.compile(r"\\(?:(?P<simple>[abfnrtv0\\'\"?])|\n|x[0-9a-fA-F]{1,8}|[0-7]{1,3}|[\s\S])")
SIMPLE: Final = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "?": "?"}
CALLS: Final = (  # (what is called, what becomes of its text): the first row that fits
    (re.compile(r"WARN|(?:\w+_)?WARN(?:ING)?(?:_ONCE)?|TORCH_WARN\w*"), Kind.WARNING),
    (re.compile(r"(?:\w+_)?ERROR|PyErr_(?:SetString|Format)|AT_ERROR"), Kind.ERROR),
    (re.compile(r"(?:\w+_)?(?:CRITICAL|FATAL)"), Kind.CRITICAL),
    (re.compile(r"TORCH_CHECK\w*|C10_THROW_ERROR|AT_ERROR|(?:\w+::)*Status::(?!OK\b)\w+|throw"), Kind.RAISE),
    (re.compile(r"TORCH_INTERNAL_ASSERT\w*|CHECK\w*|static_assert|assert"), Kind.ASSERT),
)
JOINING: Final = re.compile(r"TORCH_\w+|AT_ERROR|C10_THROW_ERROR|(?:c10|torch)::(?:str|detail::\w+)|str")
SEVERITY: Final = {"ERROR": Kind.ERROR, "WARNING": Kind.WARNING, "FATAL": Kind.CRITICAL}
RUN: Final = re.compile(rb"[\x20-\x7e\t\n]{8,1000}")
READABLE: Final = re.compile(rb"[A-Za-z]{3,}[^ \n]{0,2} [^\n]{0,4}?(?:[A-Za-z]{2,}|[%{])")
OVERLAP: Final = 1000


def native_templates(path: str, data: bytes) -> tuple[Template, ...]:
    """The templates of a C, C++ or CUDA file; any text gives a result."""
    return tuple(_Reader(path).read(data.decode("utf-8", "replace")))


class _Reader:
    """One pass over the tokens of a file: the calls that are open, and the literal that may go on."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.line = 1
        self._reset()

    def _reset(self) -> None:
        self.open: list[str] = []
        self.word = ""
        self.statement: Kind | None = None
        self.groups: list[tuple[str, ...]] = []
        self.text = ""
        self.at = 0
        self.kind = Kind.TEXT
        self.is_adjacent = False
        self.is_streamed = False
        self.is_glued = False

    def read(self, text: str) -> Iterator[Template]:
        """The templates, in order."""
        reached = 0
        for token in TOKEN.finditer(text):
            self.line += text.count("\n", reached, token.start())
            reached = token.start()
            yield from self._take(token)
        yield from self._flush()

    def _take(self, token: re.Match[str]) -> Iterator[Template]:
        if token["string"] is not None or token["raw"] is not None:
            content = token["raw"] if token["string"] is None else _unescaped(token["string"])
            yield from self._literal(content)
        elif token["word"]:
            self._word(token["word"])
        elif token["sign"]:
            yield from self._sign(token["sign"])
        elif token["char"]:
            self.is_adjacent = False

    def _literal(self, content: str) -> Iterator[Template]:
        if self.is_adjacent:
            self.text += content
            return
        if self.groups or self.text:
            if self.is_streamed or self.is_glued or self._is_joining():
                self.groups += [split_holes(self.text), ("", "")]
            else:
                yield from self._flush()
        if not self.groups:
            self.at, self.kind = self.line, self._use()
        self.text, self.is_adjacent, self.is_streamed, self.is_glued = content, True, False, False

    def _word(self, word: str) -> None:
        if word.startswith("PRI") and self.is_adjacent:
            self.text += "d"  # "%" PRIu64 " bytes"
            return
        self.is_glued = self.is_adjacent  # a macro's parameter: "Call to " name " failed"
        self.is_adjacent = False
        self.word = word
        if word == "throw":
            self.statement = Kind.RAISE
        elif word in SEVERITY and self.open and self.open[-1].endswith("LOG"):
            self.statement = SEVERITY[word]

    def _sign(self, sign: str) -> Iterator[Template]:
        self.is_adjacent = self.is_glued = False
        if sign == "(":
            self.open.append(self.word)
        elif sign == ")":
            del self.open[-1:]
        elif sign == "<<":
            self.is_streamed = True
        elif sign != ",":
            is_braced = sign == "{" and self.statement is Kind.RAISE  # throw std::runtime_error{"..."}
            statement = self.statement if is_braced else None
            yield from self._flush()
            self._reset()
            self.statement = statement
        self.word = ""

    def _is_joining(self) -> bool:
        return bool(self.open) and JOINING.fullmatch(self.open[-1]) is not None

    def _use(self) -> Kind:
        called = (kind for name in reversed(self.open) for sought, kind in CALLS if sought.fullmatch(name))
        return next(called, self.statement or Kind.TEXT)

    def _flush(self) -> Iterator[Template]:
        parts = joined((*self.groups, split_holes(self.text)))
        self.groups, self.text = [], ""
        if is_telling(parts, self.kind):
            yield Template(parts=parts, where=Where(source=self.path, line=self.at), kind=self.kind)


def _unescaped(text: str) -> str:
    return ESCAPE.sub(lambda match: SIMPLE.get(match["simple"] or "", ""), text) if "\\" in text else text


def library_templates(path: str, chunks: Iterable[bytes]) -> Iterator[Template]:
    """The readable texts of a compiled library, each with the hole marks of printf and fmt."""
    where = Where(source=path)
    for run in _runs(chunks):
        for line in run.split(b"\n\n"):
            if READABLE.search(line):
                parts = split_holes(line.decode("ascii"))
                if is_telling(parts, Kind.TEXT):
                    yield Template(parts=parts, where=where)


def _runs(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The printable runs; one that a chunk's end cuts is read again with the next chunk."""
    kept = b""
    for chunk in chunks:
        data = kept + chunk
        kept = b""
        for run in RUN.finditer(data):
            if run.end() == len(data) and len(run[0]) < OVERLAP:
                kept = run[0]
            else:
                yield run[0]
        kept = kept or _short_end(data)
    if len(kept) >= 8:
        yield kept


def _short_end(data: bytes) -> bytes:
    """The beginning of a run that is still too short to be one."""
    end = re.search(rb"[\x20-\x7e\t\n]{1,7}\Z", data[-8:])
    return end[0] if end else b""
