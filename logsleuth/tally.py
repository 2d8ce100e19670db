"""What was found so far, bounded: repetitions of one finding in one stream are counted, not kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from logsleuth.limits import Limits
from logsleuth.model import Finding, Origin, Shift

FACTS: Final = 32  # names of facts kept of one finding and its repetitions
Key = tuple[str, str, int, Origin]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tallied:
    """One finding and its repetitions in one stream: the first, the latest if it is another, and how many."""

    first: Finding
    latest: Finding | None = None
    count: int = 1

    def moved(self, shift: Shift) -> Tallied:
        """The same, where it stands in all that was read."""
        latest = self.latest and shift.finding(self.latest)
        return Tallied(first=shift.finding(self.first), latest=latest, count=self.count)


@dataclass(slots=True)
class _Seen:
    first: Finding
    latest: Finding
    count: int
    names: set[str]  # of the facts told so far
    touched: int = 0  # when the latest came, in findings

    @property
    def chars(self) -> int:
        """What it holds in memory."""
        is_one = self.first.event is self.latest.event
        return len(self.first.event.message) + (0 if is_one else len(self.latest.event.message))


class Tally:
    """Findings by (signature, failure, source, stream): the first, the latest, and how many."""

    def __init__(self, *, limits: Limits) -> None:
        self._limits = limits
        self._seen: dict[Key, _Seen] = {}
        self._fingerprints: set[str] = set()  # of unknown failures
        self.dropped = 0
        self._added = 0
        self._chars = 0  # of all events
        self._is_bounded = False

    @property
    def is_full(self) -> bool:
        """Whether what is found next may have no room."""
        return len(self._seen) >= self._limits.tallies or self._chars >= self._limits.tally_chars

    def bound(self) -> None:
        """Take no more events than a watcher has in mind: what is sent or stored must stay small."""
        self._is_bounded = True

    def add(self, finding: Finding) -> None:
        """Count `finding`; beyond the limit of distinct keys it is only counted as dropped."""
        key = _key(finding)
        seen = self._seen.get(key)
        self._added += 1
        if seen is not None:
            self._chars -= seen.chars
            if finding.position > seen.latest.position:
                seen.latest = finding
            elif finding.position < seen.first.position:
                seen.first = finding
            seen.count += finding.count
            if len(seen.names) < FACTS and not seen.names.issuperset([name for name, _ in finding.facts]):
                self._complete(seen, finding)
            seen.touched = self._added
            self._chars += seen.chars
        elif len(self._seen) < self._limits.tallies and not self._is_overfull and self._has_room_for(finding):
            self._seen[key] = _Seen(
                first=finding,
                latest=finding,
                count=finding.count,
                names={name for name, _ in finding.facts},
                touched=self._added,
            )
            self._chars += self._seen[key].chars
        else:
            self.dropped += 1

    @property
    def _is_overfull(self) -> bool:
        return self._is_bounded and self._chars >= self._limits.tally_chars

    def export(self) -> tuple[Tallied, ...]:
        """All that was counted, for another tally to absorb."""
        return tuple(
            Tallied(first=seen.first, latest=None if seen.first is seen.latest else seen.latest, count=seen.count)
            for seen in self._seen.values()
        )

    def absorb(self, tallied: Tallied) -> None:
        """Count what another tally has counted of what comes next."""
        key = _key(tallied.first)
        is_new = key not in self._seen
        dropped = self.dropped
        self.add(replace(tallied.first, count=tallied.count))
        if self.dropped > dropped:
            self.dropped = dropped + tallied.count
            return
        seen = self._seen[key]
        if is_new:
            seen.first = seen.latest = tallied.first
        if tallied.latest is not None:
            self._chars -= seen.chars
            seen.latest = max(seen.latest, tallied.latest, key=_position)
            self._complete(seen, tallied.latest)
            self._chars += seen.chars

    def drop(self, is_dropped: Callable[[Finding], bool]) -> None:
        """Forget findings, as if they had not been made."""
        self._keep({key: seen for key, seen in self._seen.items() if not is_dropped(seen.first)})

    def shed(self) -> None:
        """Forget what was not seen for the longest time: a quarter, and more as long as it is too large."""
        latest = sorted(self._seen.items(), key=lambda item: -item[1].touched)[: self._limits.tallies * 3 // 4]
        chars, kept = 0, set()
        for key, seen in latest:
            chars += seen.chars
            if chars > self._limits.tally_chars * 3 // 4:
                break
            kept.add(key)
        self._keep({key: seen for key, seen in self._seen.items() if key in kept})

    def _keep(self, kept_seen: dict[Key, _Seen]) -> None:
        self._seen = kept_seen
        self._chars = sum(seen.chars for seen in kept_seen.values())
        kept = (dict(seen.first.facts).get("fingerprint") for seen in self._seen.values())
        self._fingerprints = {fingerprint for fingerprint in kept if fingerprint}

    def _has_room_for(self, finding: Finding) -> bool:
        """Whether `finding` is known by a signature, or is one of the first unknown failures."""
        fingerprint = dict(finding.facts).get("fingerprint")
        if fingerprint is None or fingerprint in self._fingerprints:
            return True
        if len(self._fingerprints) >= self._limits.unknown_failures:
            return False
        self._fingerprints.add(fingerprint)
        return True

    def _complete(self, seen: _Seen, finding: Finding) -> None:
        """Keep the facts that only this repetition tells."""
        new = tuple((name, value) for name, value in finding.facts if name not in seen.names)
        seen.names |= {name for name, _ in new}
        seen.first = replace(seen.first, facts=(*seen.first.facts, *new))

    def __len__(self) -> int:
        return len(self._seen)

    def findings(self) -> Iterator[Finding]:
        """The first and, where it is another, the latest finding of each key; their counts add up."""
        for seen in self._seen.values():
            is_one = seen.first is seen.latest
            last = seen.latest.event
            yield replace(
                seen.first,
                count=seen.count if is_one else seen.count - 1,
                last_line=last.lines[seen.latest.first].number,
                last_ts=last.ts,
            )
            if not is_one:
                yield replace(seen.latest, count=1, last_line=last.lines[seen.latest.first].number, last_ts=last.ts)


def _key(finding: Finding) -> Key:
    facts = dict(finding.facts)
    # where no prefix tells the rank, the text may: sixteen watchdogs in one file are sixteen findings
    rank = facts.get("rank", "") if finding.event.origin.rank is None else ""
    return (
        finding.signature_id,
        f"{facts.get('fingerprint', '')} {rank}",
        finding.event.source_index,
        finding.event.origin,
    )


def _position(finding: Finding) -> tuple[int, int, int]:
    return finding.position
