"""Commands with facts filled in, so that what a log says can be pasted but never runs as a command of its own."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.wording import escaped, fill

# a fact stands between two private characters while the shell text around it is read
MARKER: Final = lazy("\ue000([a-z][a-z0-9_.]*)\ue001")
HARMLESS: Final = lazy(r"[\w@%+=:,./][\w@%+=:,./-]*|-\d[\d.]*", re.ASCII)
# what the next piece of a shell text is, by the quote that is open
PIECES: Final = {
    "": lazy(r"\\.|\$\(|(?:(?<=[\s;&|(])|^)#[^\n]*|['\"()]|[^\\$#'\"()]+|.", re.DOTALL),
    '"': lazy(r"\\.|\$\(|\"|[^\\$\"]+|.", re.DOTALL),
    "'": lazy(r"[^']+|'"),
}


def command(template: str, known: Mapping[str, str]) -> str | None:
    """`template` with its facts as shell words; None where a fact is unknown, empty where one cannot be made safe.

    A fact that a shell would not take for one plain word is quoted. Where the template has quotes of its own around
    such a fact, or the fact would be taken for an option, no quoting is safe and the command is withheld.
    """
    marked = fill(template, {name: f"\ue000{name}\ue001" for name in known})
    if marked is None:
        return None
    said: list[str] = []
    for piece, is_quoted in _pieces(marked):
        odd = [name for name in MARKER.findall(piece) if not HARMLESS.fullmatch(known[name])]
        if odd and (is_quoted or any(known[name].startswith("-") for name in odd)):
            return ""
        said.append(MARKER.sub(lambda match: _word(known[match[1]]), piece))
    return "".join(said)


def _word(value: str) -> str:
    return value if HARMLESS.fullmatch(value) else shlex.quote(escaped(value.replace("\t", " ")))


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The pieces of a shell text, and whether a fact in each stands where quoting it would not help."""
    if "`" in text:
        yield text, True
        return
    quotes, at = [""], 0  # the quote that is open in each nested command substitution, innermost last
    while at < len(text):
        match = PIECES[quotes[-1]].match(text, at)
        piece = match[0] if match else text[at:]
        is_comment = not quotes[-1] and piece.startswith("#")
        yield piece, bool(quotes[-1]) or is_comment
        if not is_comment:
            _follow(quotes, piece)
        at += len(piece)


def _follow(quotes: list[str], piece: str) -> None:
    """Note what `piece` opens or closes."""
    quote = quotes[-1]
    if piece in {"$(", "("}:
        quotes.append("")
    elif piece == ")" and len(quotes) > 1:
        quotes.pop()
    elif piece in {"'", '"'}:
        quotes[-1] = "" if quote else piece
