"""What sources show beside failures: normal service, a UCM at work, the steps of a start-up, tests that passed."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from logsleuth.model import Event, Text
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
PASSED: Final = re.compile(
    rb"^(?:[^\n=]{0,120}=+ )?(?:%b, )*\d{1,9} passed(?:, %b)* in \d[\d.]*s" % (UNTROUBLED, UNTROUBLED), re.MULTILINE
)
SIGN_WORDS: Final = (*SERVICE, *UCM_VOICES, PLACED, PASSED_WORD)
NEAR_BYTES: Final = 8 * 1024
TAIL_BYTES: Final = 4 * 1024


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
    """The physical line that holds the byte at `at`, counted from the nearer end."""
    total = text.line_count if text.numbers is None else len(text.numbers)
    return text.number(total - newlines(text.data, at))


def _last(data: bytes, signs: Collection[bytes]) -> int:
    """Where the last of `signs` stands; a busy log shows one near its end."""
    near = max(len(data) - NEAR_BYTES, 0)
    at = max(data.rfind(sign, near) for sign in signs)
    return at if at >= 0 else max(data.rfind(sign) for sign in signs)
