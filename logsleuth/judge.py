"""What an assembled event comes to: the hits of the scan confirmed, the better answers kept, the unexplained named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final, NamedTuple

from logsleuth.catalog.load import Catalog
from logsleuth.catalog.match import Sight, confirm, is_local, raised_in
from logsleuth.diagnosis import unexplained, unknown_finding
from logsleuth.diagnosis.rivals import Rivals
from logsleuth.diagnosis.unknown import INTERNAL, UNKNOWN
from logsleuth.events import Assembled, fingerprint, telling_frame
from logsleuth.limits import Limits
from logsleuth.model import Event, Facts, Finding, Level, Lost, Notice, Pattern, Role, Signature

Meaning = tuple[Signature, Pattern]
REMEMBERED: Final = 4096  # verdicts on short messages: floods and retries print the same ones again and again
REMEMBERED_CHARS: Final = 400
MESSAGE_CODE: Final = ("raise ", "logger.", "logging.", "warnings.", 'f"', "f'", '"', "'")
LOST: Final = 1000  # pairs of signatures
NOTICES: Final = 1000


# All that the verdict on a hit in a short event without a traceback depends on: expression, line, message, level
_Question = tuple[int, int, str, Level | None]
# The same for a hit that its line alone decides: expression, message, whether it is the event's first line, level
_LineQuestion = tuple[int, str, bool, Level | None]


class _Said(NamedTuple):
    """A finding without its event; its lines count from the one of the hit."""

    signature_id: str
    first: int
    last: int
    facts: Facts


class Judge:
    """Turns events into findings; remembers its verdicts, and what could not be decided."""

    def __init__(self, catalog: Catalog, meanings: Sequence[Sequence[Meaning]], *, limits: Limits) -> None:
        self._by_id = catalog.by_id
        self._rivals = Rivals(catalog.by_id)
        self._meanings = meanings
        self._limits = limits
        self._verdicts: dict[_Question, tuple[Finding, ...]] = {}
        self._local: dict[int, bool] = {}
        self._said: dict[_LineQuestion, tuple[_Said, ...]] = {}
        self._lost: dict[tuple[str, str], Lost] = {}
        self.notices: list[Notice] = []

    @property
    def lost(self) -> tuple[Lost, ...]:
        """Which signatures were found but lost to a better answer, with the first place of each pair."""
        return tuple(one for _, one in sorted(self._lost.items()))

    def absorb(self, lost: Iterable[Lost], notices: Iterable[Notice]) -> None:
        """Remember what could not be decided, and what was lost, elsewhere."""
        for one in lost:
            pair = one.loser, one.winner
            if pair in self._lost:
                self._lost[pair] = _together(self._lost[pair], one)
            elif len(self._lost) < LOST:
                self._lost[pair] = one
        self.notices += islice(notices, max(NOTICES - len(self.notices), 0))

    def findings(self, item: Assembled) -> tuple[Finding, ...]:
        """The findings of one event, those of structure included."""
        kept, lost = self._rivals.best(tuple(self._confirmed(item)))
        self.absorb(lost, ())
        unknown = self._unknown(item.event, kept)
        if unknown is None:
            return tuple(self._relayed(kept))
        known = [finding for finding in kept if finding.signature_id != INTERNAL]
        return (*self._relayed(known), unknown)

    def _relayed(self, kept: Sequence[Finding]) -> Iterator[Finding]:
        """The findings of one event; what stands on a line by which a wrapper was found came from elsewhere."""
        if len(kept) < 2:
            yield from kept
            return
        roles = [self._by_id[finding.signature_id].role for finding in kept]
        relaying = {finding.first for finding, role in zip(kept, roles, strict=True) if role is Role.WRAPPER}
        for finding, role in zip(kept, roles, strict=True):
            is_relayed = role is Role.ROOT and finding.first in relaying
            yield replace(finding, is_relayed=True) if is_relayed else finding

    def _confirmed(self, item: Assembled) -> Iterator[Finding]:
        """What the hits come to; a line that stands in the event again and again is judged once and counted."""
        lines = item.event.lines
        at: dict[tuple[int, str], list[int]] = {}
        for line, number in item.hits:
            at.setdefault((number, lines[line].message), []).append(line)
        found: dict[tuple[str, int], Finding] = {}
        for (number, _), places in at.items():
            count = len(places) * item.event.repeats
            for finding in self._verdict(number, item.event, places[0]):
                place = (finding.signature_id, finding.first)
                counted = replace(finding, count=count) if count > 1 else finding
                found[place] = completed(found[place], counted) if place in found else counted
        yield from found.values()

    def _verdict(self, number: int, event: Event, line: int) -> tuple[Finding, ...]:
        if not self._meanings[number] or _is_source_text(event, line):
            return ()
        if self._is_local(number) and len(event.lines[line].message) <= REMEMBERED_CHARS:
            return self._by_line(number, event, line)
        is_plain = not event.raised or len(event.lines) == 1  # the message alone tells what was raised
        if not is_plain or len(event.message) > REMEMBERED_CHARS:
            return tuple(self._asked(number, event, line))
        question = (number, line, event.message, event.level)
        known = self._verdicts.get(question)
        if known is not None:
            return tuple(replace(finding, event=event) for finding in known)
        if len(self._verdicts) >= REMEMBERED:
            self._verdicts.clear()
        self._verdicts[question] = tuple(self._asked(number, event, line))
        return self._verdicts[question]

    def _is_local(self, number: int) -> bool:
        """Whether its line alone decides a hit of this expression."""
        if number not in self._local:
            self._local[number] = all(is_local(pattern) for _, pattern in self._meanings[number])
        return self._local[number]

    def _by_line(self, number: int, event: Event, line: int) -> tuple[Finding, ...]:
        """The verdict on a hit that its line alone decides: floods repeat lines in events that are never the same."""
        question = (number, event.lines[line].message, line == 0, event.level)
        known = self._said.get(question)
        if known is not None:
            return tuple(_bound(said, event, line) for said in known)
        undecided = len(self.notices)
        found = tuple(self._asked(number, event, line))
        if len(self.notices) == undecided < NOTICES:  # what took too long once may not the next time
            if len(self._said) >= REMEMBERED:
                self._said.clear()
            self._said[question] = tuple(
                _Said(one.signature_id, one.first - line, one.last - line, one.facts) for one in found
            )
        return found

    def _asked(self, number: int, event: Event, line: int) -> Iterator[Finding]:
        sight = Sight(event, line)
        for signature, pattern in self._meanings[number]:
            found = confirm(signature, pattern, sight, limits=self._limits)
            if isinstance(found, Notice):
                if len(self.notices) < NOTICES:
                    self.notices.append(found)
            elif found is not None:
                yield found

    def _unknown(self, event: Event, kept: tuple[Finding, ...]) -> Finding | None:
        """What no signature explains; that vLLM raised it is no explanation where its place tells more."""
        named = tuple(finding for finding in kept if finding.signature_id != INTERNAL)
        index = unexplained(event, tuple((finding, self._by_id[finding.signature_id].role) for finding in named))
        if index is None:
            return None
        found = unknown_finding(
            event,
            index,
            frame=telling_frame(event.raised[index]),
            fingerprint=fingerprint(event.raised),
            limits=self._limits,
        )
        is_no_finer = len(named) < len(kept) and found.signature_id in (INTERNAL, UNKNOWN)
        return None if is_no_finer else found


def _bound(said: _Said, event: Event, line: int) -> Finding:
    """What was said of a line, said of line `line` of `event`."""
    first, last = line + said.first, line + said.last
    return Finding(
        signature_id=said.signature_id,
        event=event,
        first=first,
        last=last,
        facts=said.facts,
        raised=raised_in(event, first, last),
    )


def _together(one: Lost, other: Lost) -> Lost:
    """The same pair seen twice, at the first of both places whatever was read first."""
    where = min(one.where, other.where, key=lambda where: (where.source, where.line))
    return replace(one, count=one.count + other.count, where=where)


def completed(finding: Finding, other: Finding) -> Finding:
    """`finding` with the facts that only `other`, the same failure by another pattern, tells."""
    known = dict(other.facts) | dict(finding.facts)
    return finding if len(known) == len(finding.facts) else replace(finding, facts=tuple(known.items()))


def _is_source_text(event: Event, line: int) -> bool:
    """Whether a line of a traceback shows the code that makes a message, and not the message."""
    if not event.raised or line == 0 or not event.lines[line - 1].message.lstrip().startswith('File "'):
        return False
    return event.lines[line].message.lstrip().startswith(MESSAGE_CODE)
