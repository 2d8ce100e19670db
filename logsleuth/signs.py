"""What sources show beside failures: normal service, a UCM at work, the steps of a start-up, tests that passed."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.model import Event, Shift, Text
from logsleuth.vector import newlines

# what a server prints while all is well: the end of a failure that was tried again
SERVICE: Final = (b'HTTP/1.1" 200', b"Avg generation throughput", b"Application startup complete", b"hit tokens")
# what only a UCM that runs prints
UCM_VOICES: Final = (b"][UC][", b" - ucm.", b"[ucm_connector.py", b"UCM patch", b"total_blocks_num", b"[UCM.")
# what Kubernetes says of a pod that waited for a node and got one
PLACED: Final = b"Successfully assigned "
# the last line of a pytest session in which nothing failed
PASSED_WORD: Final = b" passed"
UNTROUBLED: Final = rb"\d{1,9} (?:skipped|deselected|xfailed|xpassed|warnings?)"
PASSED: Final = lazy(
    rb"^(?:[^\n=]{0,120}=+ )?(?:%b, )*\d{1,9} passed(?:, %b)* in \d[\d.]*s" % (UNTROUBLED, UNTROUBLED), re.MULTILINE
)
SIGN_WORDS: Final = (*SERVICE, *UCM_VOICES, PLACED, PASSED_WORD)
NEAR_BYTES: Final = 8 * 1024
TAIL_BYTES: Final = 4 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SignsRead:
    """The signs in one piece of a source: lines, or None where there is none."""

    progress: int | None = None
    began: int | None = None
    placed: int | None = None
    passed: int | None = None
    end: int | None = None
    step: Event | None = None
    tail: bytes = b""
    is_tail_whole: bool = False  # whether the tail is all there is
    configured: Event | None = None
    is_ucm_heard: bool = False


class Signs:
    """The signs of all sources, by the index of the source."""

    def __init__(self) -> None:
        self.progress: dict[int, int] = {}  # the last line of normal service
        self.began: dict[int, int] = {}  # and the first
        self.placed: dict[int, int] = {}  # the line at which a pod got its node
        self.passed: dict[int, int] = {}  # the line at which a test session ended well
        self.steps: dict[int, Event] = {}  # the last step of start-up
        self.tails: dict[int, bytes] = {}  # the end of what was read, of sources that may be stuck in their start-up
        self.ends: dict[str, int] = {}  # the last line read, by the name of the source
        self.configured: Event | None = None  # the event that names the KV connector
        self.is_ucm_heard = False

    def listen(self, index: int, text: Text, words: Collection[bytes] | None = None) -> None:
        """Note the signs in the next text of a source; `words` are the `SIGN_WORDS` in it (None: not known)."""
        data = text.data
        if words is None:
            words = [word for word in SIGN_WORDS if word in data]
        if not data:
            return
        self.ends[text.source] = text.first_line + text.line_count - 1
        self.is_ucm_heard = self.is_ucm_heard or any(voice in words for voice in UCM_VOICES)
        # the last one of the block, so that it does not matter where blocks are cut
        for session in PASSED.finditer(data) if PASSED_WORD in words else ():
            self.passed[index] = _number(text, session.end())
        if PLACED in words:
            self.placed[index] = _number(text, data.rfind(PLACED))
        service = [sign for sign in SERVICE if sign in words]
        if service:
            self.progress[index] = _number(text, _last(data, service))
            if index not in self.began:
                self.began[index] = _number(text, min(map(data.find, service)))
            self.steps.clear()
            self.tails.clear()
        elif not self.progress:
            self.tails[index] = _tail(self.tails.get(index, b""), data)

    def export(self, source: str, index: int, *, text_bytes: int) -> SignsRead:
        """The signs of one source, of which `text_bytes` were listened to."""
        tail = self.tails.get(index, b"")
        return SignsRead(
            progress=self.progress.get(index),
            began=self.began.get(index),
            placed=self.placed.get(index),
            passed=self.passed.get(index),
            end=self.ends.get(source),
            step=self.steps.get(index),
            tail=tail,
            is_tail_whole=len(tail) == text_bytes,
            configured=self.configured,
            is_ucm_heard=self.is_ucm_heard,
        )

    def absorb(self, read: SignsRead, source: str, shift: Shift) -> None:
        """Note the signs in the next piece of a source."""
        index, lines = shift.source_index, shift.lines
        if read.end is not None:
            self.ends[source] = read.end + lines
        self.is_ucm_heard = self.is_ucm_heard or read.is_ucm_heard
        if read.configured is not None and self.configured is None:
            self.configured = shift.event(read.configured)
        if read.passed is not None:
            self.passed[index] = read.passed + lines
        if read.placed is not None:
            self.placed[index] = read.placed + lines
        if read.progress is not None:
            self.progress[index] = read.progress + lines
            self.began.setdefault(index, lines + (read.progress if read.began is None else read.began))
            self.steps.clear()
            self.tails.clear()
        elif not self.progress:
            self._follow(read, shift)

    def _follow(self, read: SignsRead, shift: Shift) -> None:
        """Note how far a start-up has come."""
        index = shift.source_index
        if read.step is not None:
            self.steps[index] = shift.event(read.step)
        if read.end is not None:
            before = self.tails.get(index, b"") if read.is_tail_whole else b""
            self.tails[index] = _tail(before, read.tail)

    def step(self, event: Event) -> None:
        """Take note of a step of start-up, as long as nothing serves."""
        if not self.progress:
            self.steps[event.source_index] = event

    def leave(self, index: int) -> None:
        """Forget what only matters of a source that goes on, or that began to start something."""
        if index not in self.steps:
            self.tails.pop(index, None)


def _tail(before: bytes, data: bytes) -> bytes:
    """The whole lines at the end of what was read, wherever blocks are cut."""
    joined = data if len(data) > TAIL_BYTES else before + data
    cut = len(joined) - TAIL_BYTES
    return joined[joined.find(b"\n", cut - 1) + 1 :] if cut > 0 else joined


def _number(text: Text, at: int) -> int:
    """The physical line that holds the byte at `at`, counted from the nearer end where both ends are known."""
    if text.numbers is not None:
        return text.number(newlines(text.data, 0, at))
    return text.number(text.line_count - newlines(text.data, at))


def _last(data: bytes, signs: Collection[bytes]) -> int:
    """Where the last of `signs` stands; a busy log shows one near its end."""
    near = max(len(data) - NEAR_BYTES, 0)
    at = max(data.rfind(sign, near) for sign in signs)
    return at if at >= 0 else max(data.rfind(sign) for sign in signs)
