"""What was taken already: keys of batches, bounded in number and age, so that a body sent again is stored once.

A body is sent again where its answer was lost. A body without a time of its own may also be said again by a program,
and is then another one: such keys are passing, and forgotten once the client is known to have read the answer. It is
when it sends another request over the same connection, or closes that in order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from logsleuth.limits import ServerLimits
from logsleuth.server.segments import KEY_BYTES
from logsleuth.server.spool import Kept

GENERATIONS: Final = 8
PASSING: Final = 0x01
UNANSWERED: Final = 4_096  # batches whose answers may be on their way at one moment


def key_of(tenant: str, digest: bytes, index: int, *, is_passing: bool) -> bytes:
    """The key of one batch of a delivery; its last bit says whether it is passing."""
    named = tenant.encode("utf-8", "surrogatepass") + b"\0" + index.to_bytes(8, "little") + digest
    key = blake2b(named, digest_size=KEY_BYTES).digest()
    return key[:-1] + bytes(((key[-1] & ~PASSING) | (PASSING if is_passing else 0),))


def is_passing(key: bytes) -> bool:
    """Whether the same body later may be another one."""
    return bool(key[-1] & PASSING)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Generation:
    since_s: float
    keys: set[bytes] = field(default_factory=set)


class Seen:
    """The window of keys; the oldest eighth goes where there are too many, or where it is too old."""

    def __init__(self, limits: ServerLimits, clock: Callable[[], float]) -> None:
        self._most = max(1, limits.seen_keys // (GENERATIONS + 1))
        self._age_s = limits.seen_seconds
        self._clock = clock
        self._generations: deque[_Generation] = deque([_Generation(since_s=clock())])

    def __contains__(self, key: bytes) -> bool:
        return any(key in generation.keys for generation in self._generations)

    def __len__(self) -> int:
        return sum(len(generation.keys) for generation in self._generations)

    def add(self, key: bytes) -> None:
        """Remember a key from now on."""
        self._turn()
        self._generations[-1].keys.add(key)

    def forget(self, key: bytes) -> None:
        """The client knows that this one was taken: the same again is another one."""
        for generation in self._generations:
            generation.keys.discard(key)

    def load(self, kept: Sequence[Kept], now_ns: int) -> None:
        """Take over what lies in the spool; passing keys only where a kill may have kept their answers back."""
        was_killed = bool(kept) and kept[-1].sealed_ns is None
        left = sum(len(segment.keys) for segment in kept) // KEY_BYTES
        for segment in kept:
            age_s = 0.0 if segment.sealed_ns is None else (now_ns - segment.sealed_ns) / 1e9
            if age_s <= self._age_s:
                self._begin(self._clock() - max(age_s, 0.0))
                self._take(segment.keys, left if was_killed else left + UNANSWERED)
            left -= len(segment.keys) // KEY_BYTES

    def _take(self, keys: bytes, left: int) -> None:
        """Add the keys of a segment; `left` are the keys from its first one to the newest of all."""
        for index, key in enumerate(_split(keys)):
            if left - index <= UNANSWERED or not is_passing(key):
                self.add(key)

    def _turn(self) -> None:
        """Begin another generation where it is time, and let old ones go."""
        now_s = self._clock()
        newest = self._generations[-1]
        if len(newest.keys) >= self._most or now_s - newest.since_s >= self._age_s / GENERATIONS:
            self._begin(now_s)
        # what came last in a generation is as old as the next one
        while len(self._generations) > 1 and now_s - self._generations[1].since_s > self._age_s:
            self._generations.popleft()

    def _begin(self, since_s: float) -> None:
        if not self._generations[-1].keys:
            self._generations.pop()
        self._generations.append(_Generation(since_s=since_s))
        while len(self._generations) > GENERATIONS + 1:
            self._generations.popleft()


def _split(keys: bytes) -> Iterable[bytes]:
    return (keys[at : at + KEY_BYTES] for at in range(0, len(keys) - KEY_BYTES + 1, KEY_BYTES))
