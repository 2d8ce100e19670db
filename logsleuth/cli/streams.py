"""What a command says on its streams: the report on standard output, progress and failures on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from logsleuth.model import Notice, Report

Item = TypeVar("Item")
EVERY_SECONDS: Final = 0.5
CLEAR_LINE: Final = "\r\x1b[K"


def with_progress(items: Iterable[Item], size: Callable[[Item], int], *, is_wanted: bool) -> Iterator[Item]:
    """Pass `items` through; on a terminal, say now and then how far the reading has come, by the sizes of them."""
    from logsleuth.config import is_terminal_able

    if not (is_wanted and sys.stderr.isatty() and is_terminal_able()):
        yield from items
        return
    said, read_bytes = monotonic(), 0
    try:
        for item in items:
            yield item
            read_bytes += size(item)
            if monotonic() - said > EVERY_SECONDS:
                said = monotonic()
                sys.stderr.write(f"{CLEAR_LINE}{read_bytes / 1e6:,.0f} MB read")
                sys.stderr.flush()
    finally:
        sys.stderr.write(CLEAR_LINE)


def say_failures(report: Report, named: Iterable[str]) -> bool:
    """Say in one line each what could not be read, and whether there was any such input.

    A binary file is a failure where the caller named it, and none where it lay in a folder.
    """
    return say_notices(report.notices, named)


def say_notices(notices: Iterable[Notice], named: Iterable[str]) -> bool:
    """The same of the notices of a report that is still to come."""
    from logsleuth.model import NoticeKind
    from logsleuth.wording import escaped

    failures = (NoticeKind.SOURCE_UNREADABLE, NoticeKind.SOURCE_TRUNCATED)
    wanted = set(named)
    has_any = False
    for notice in notices:
        is_named = notice.where.source in wanted and notice.kind in (NoticeKind.BINARY, NoticeKind.SOURCE_SKIPPED)
        if is_named or notice.kind in failures:
            has_any = True
            sys.stderr.write(f"logsleuth: {escaped(f'{notice.where}: {notice.detail}')}\n")
    return has_any


def _print(data: bytes) -> None:
    from logsleuth.errors import UsageError

    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"cannot write the report: {error.strerror}") from None


def write(text: str, output: Path | None) -> None:
    """The report to its file or to standard output, as UTF-8 whatever the locale is."""
    from logsleuth.errors import UsageError

    data = text.encode("utf-8", "backslashreplace")
    if output is None:
        _print(data)
        return
    try:
        output.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{output}: cannot write the report: {error.strerror}") from None
