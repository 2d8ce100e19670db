"""Writes what the scan looks for as a file for `rg -f`, so that both search for the same.

    python bench/ripgrep.py FILE [--signatures N] [--literals]

Prints how many patterns were written; one that ripgrep refuses to read is left out and named on standard error. With
`--signatures`, those of a catalog of this size (see catalogs.py); with `--literals`, the fixed texts as they are, for
`grep -F`.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

from catalogs import sized

from logsleuth.catalog.match import expressions

META = frozenset(r"\.+*?()|[]{}^$#&-~")
REPETITION = re.compile(r"\{\d+(?:,\d*)?\}")
TOKEN = re.compile(r"\\.|\[:\w+:\]|.", re.DOTALL)


def literal(text: str) -> str:
    """Fixed text as a pattern."""
    return "".join(f"\\{character}" if character in META else character for character in text)


def translated(expression: str) -> str:
    """An expression in ripgrep's syntax, which allows fewer escapes and wants more of them."""
    parts: list[str] = []
    is_in_class, at = False, 0
    while at < len(expression):
        repetition = None if is_in_class else REPETITION.match(expression, at)
        token = repetition or TOKEN.match(expression, at)
        if token is None:
            break
        parts.append(token[0] if repetition else _token(token[0], is_in_class=is_in_class))
        at = token.end()
        if token[0] == "[" and not is_in_class:
            is_in_class = True
            # the first character after [ or [^ is itself, even ]
            first = re.compile(r"\^?\]?").match(expression, at)
            parts.append(first[0].replace("]", "\\]") if first else "")
            at = first.end() if first else at
        elif token[0] == "]":
            is_in_class = False
    return "".join(parts)


def _token(token: str, *, is_in_class: bool) -> str:
    if token in ("{", "}") or (is_in_class and token in ("[", "&", "~")):
        return f"\\{token}"
    is_idle_escape = len(token) == 2 and token[0] == "\\" and not token[1].isalnum() and token[1] not in META
    return token[1] if is_idle_escape else token


def is_readable(patterns: list[str]) -> bool:
    """Whether ripgrep takes these patterns."""
    command = ["rg", "-q", "--regex-size-limit=1G", "-f", "-", "/dev/null"]
    return subprocess.run(command, input="\n".join(patterns).encode(), check=False, capture_output=True).returncode < 2


def readable(patterns: list[str]) -> list[str]:
    """The patterns without those that ripgrep refuses, found by halving."""
    if not patterns or is_readable(patterns):
        return patterns
    if len(patterns) == 1:
        print(f"left out, ripgrep cannot read it: {patterns[0]}", file=sys.stderr)
        return []
    half = len(patterns) // 2
    return readable(patterns[:half]) + readable(patterns[half:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--signatures", type=int, default=0, help="0: as many as there are")
    parser.add_argument("--literals", action="store_true")
    given = parser.parse_args()
    sought = dict.fromkeys((item.expression.decode(), item.is_literal) for item in expressions(sized(given.signatures)))
    if given.literals:
        patterns = [text for text, is_literal in sought if is_literal]
    else:
        patterns = readable([literal(text) if is_literal else translated(text) for text, is_literal in sought])
    given.file.write_text("".join(f"{pattern}\n" for pattern in patterns), encoding="utf-8")
    print(len(patterns))


if __name__ == "__main__":
    main()
